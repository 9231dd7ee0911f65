package condition

import (
	"slices"
	"strings"
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
	around    Around
	principal owned
	request   owned
}

// owned is an object with what belongs to it.
type owned struct {
	Object
	has own
}

// Room is room for an object inside whatever it is an object of, so that conditions find it in the lines of the cache
// that lie beside what has been read already: of few attributes the first 64 bytes are all that is read. The zero Room
// holds none.
type Room struct {
	values [2]ref.Val
	is     Object
}

// Object returns the object; nil when there is none, or no room. It belongs to the room, and stays as it is while the room
// does.
func (r *Room) Object() *Object {
	if r == nil || r.is.class == nil {
		return nil
	}
	return &r.is
}

// SetPrincipal sets what [Env.Principal] would make. What nobody else has is put into a sort of its own, which is the
// object's from then on.
func (r *Room) SetPrincipal(e *Env, alone *Sort, p Principal, a Attributes) {
	p.Groups = slices.Clone(p.Groups)
	r.is.setPrincipal(e, &alone.has, p, a, nil)
	r.Gather()
}

// Sort is what principals of a kind have in common who are in no groups and whom no key stands for. Their objects share
// it. The zero Sort is room for one.
type Sort struct{ has own }

// NewSort returns the sort of a kind of principals.
func NewSort(kind string) *Sort { return &Sort{own{kind: kind}} }

// SetSimple sets what [Env.Principal] would make of a principal of that sort. It copies the id.
func (r *Room) SetSimple(e *Env, of *Sort, id, status string, a Attributes) {
	r.is = Object{class: e.principal, id: strings.Clone(id), status: status, values: a.of(e.principal.attributes), own: &of.has}
	r.Gather()
}

// SetScope sets what [Env.Scope] would make, with a number by which whoever sets it finds it again.
func (r *Room) SetScope(e *Env, kind int, number int32, id, path string, a Attributes) {
	r.is.setScope(e, &own{}, kind, id, path, a, nil)
	r.is.number = number
	r.Gather()
}

// Gather puts the values beside the object, if they are few. A room that is a copy of another has them there still.
func (r *Room) Gather() {
	if len(r.is.values) <= len(r.values) {
		r.is.values = r.values[:copy(r.values[:], r.is.values)]
	}
}

// NewFrame returns a frame in which nothing is set.
func (e *Env) NewFrame() *Frame {
	f := &Frame{env: e}
	f.Around = &f.around
	return f
}

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
	f.around = Around{}
	f.Facts = Facts{Around: &f.around}
	f.principal.empty()
	f.request.empty()
}

func (r *owned) empty() {
	if r.class == nil { // nothing has been set
		return
	}
	r.Object = Object{}
	r.has.path, r.has.kind, r.has.key, r.has.groups, r.has.now = "", "", "", nil, time.Time{}
	if r.has.list.Load() != nil {
		r.has.list.Store(nil)
	}
}
