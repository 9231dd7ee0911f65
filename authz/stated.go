package authz

import (
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/store"
)

// stated counts in how many facts of a directory it stands who somebody is. Such a fact goes on saying it, whatever
// becomes of them: who is stated is not listed beside it. It is immutable but while it is edited, so that a change costs
// the same however many there are.
type stated struct {
	in   store.Map[int32]      // by id
	edit *store.MapEdit[int32] // nil when nothing is being changed
}

// count notes that facts are there, by 1, or are gone, by -1.
func (s *stated) count(facts condition.Attributes, by int32) {
	facts.Known(func(id string) {
		if s.edit == nil {
			s.edit = s.in.Edit()
		}
		n, _ := s.edit.Find(id)
		if n += by; n > 0 {
			s.edit.Put(id, n)
		} else {
			s.edit.Remove(id)
		}
		s.in = s.edit.Map
	})
}

func (s *stated) has(id string) bool {
	_, ok := s.in.Find(id)
	return ok
}

func (s *stated) done() {
	if s.edit != nil {
		s.in, s.edit = s.edit.Done(), nil
	}
}

// facts are what conditions read of a principal; of nil, which few are not, none.
func (x *extra) facts() condition.Attributes {
	if x == nil {
		return condition.Attributes{}
	}
	return x.about.Object().Attributes()
}
