package condition

import (
	"time"

	"github.com/google/cel-go/common/types/ref"
)

// Frame is room for the facts of one evaluation after another: a service that keeps frames in a pool makes no objects
// for a check. Its Facts are what Eval takes. What was made once, such as the principal of a session, is put into them;
// what only this check knows is set in place. A frame belongs to one goroutine, and what it was given must not change
// while it is in use.
type Frame struct {
	Facts
	env       *Env
	principal room
	request   room
}

// room is an object with what belongs to it, in a few lines of the cache that lie side by side.
type room struct {
	Object
	values Values
	has    own
}

// Values is room for the values of few attributes, beside whatever has the attributes.
type Values [2]ref.Val

// Gather copies the values of the attributes into the room, if it is enough.
func (a *Attributes) Gather(room *Values) {
	if len(a.values) <= len(room) {
		a.values = room[:copy(room[:], a.values)]
	}
}

// NewFrame returns a frame in which nothing is set.
func (e *Env) NewFrame() *Frame { return &Frame{env: e} }

// SetPrincipal sets the principal as [Env.Principal] would make it, except that its groups are not copied. A condition
// for which [Program.ReadsGroups] is false needs none.
func (f *Frame) SetPrincipal(p Principal, a Attributes) {
	f.principal.setPrincipal(f.env, &f.principal.has, p, a, nil)
	f.Principal = &f.principal.Object
}

// SetRequest sets the request as [Env.Request] would make it.
func (f *Frame) SetRequest(now time.Time, a Attributes) {
	f.request.setRequest(f.env, &f.request.has, now, a, nil)
	f.Request = &f.request.Object
}

// Reset takes everything out of the frame. What it was given is not kept alive by it any longer.
func (f *Frame) Reset() {
	f.Facts = Facts{}
	f.principal.empty()
	f.request.empty()
}

func (r *room) empty() {
	if r.class == nil { // nothing has been set
		return
	}
	r.Object = Object{}
	r.has.path, r.has.kind, r.has.key, r.has.groups, r.has.now = "", "", "", nil, time.Time{}
	if r.has.list.Load() != nil {
		r.has.list.Store(nil)
	}
}
