package model

import (
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/profiles"
)

// Profile is a profile whose names are resolved.
type Profile struct {
	*profiles.Profile
	Roles    []int
	Kinds    bits.Set // the scope kinds at which every one of its roles may be assigned
	LimitRow Row      // nil: none
}

// Profiles is the profiles of a policy, numbered in the order of their declaration. It is immutable and safe for
// concurrent use.
type Profiles struct {
	profiles []Profile
	index    map[string]int
	names    []string
}

// Len returns the number of profiles.
func (s *Profiles) Len() int { return len(s.profiles) }

// Profile returns the i-th profile; it must not be changed.
func (s *Profiles) Profile(i int) *Profile { return &s.profiles[i] }

// Find returns the number of the profile with that name.
func (s *Profiles) Find(name string) (int, bool) {
	i, ok := s.index[name]
	return i, ok
}

// Names returns the names of all profiles, in order; the slice must not be changed.
func (s *Profiles) Names() []string { return s.names }

// CompileProfiles resolves the profiles, and reports what is wrong with them at paths under at. Rules: bad-name,
// duplicate-name, name-clash, empty-list, unknown-role, not-assignable,
// and those of [Tree.Row] and [Rows.Bound].
func CompileProfiles(list []profiles.Profile, set *Roles, rows *Rows, at report.Path, r *report.Reporter) *Profiles {
	s := &Profiles{index: make(map[string]int, len(list))}
	declared := make(map[string]bool, len(list))
	for i := range list {
		declared[list[i].Name] = true
	}
	for i := range list {
		profile := &list[i]
		p := at.Name(profile.Name)
		if _, again := s.index[profile.Name]; again {
			r.Errorf("duplicate-name", report.Key(p), "the profile %s is declared twice", diag.Quote(profile.Name))
			continue
		}
		if !names.Name(profile.Name) {
			r.Errorf("bad-name", report.Key(p), "%s is no name of a profile: %s", diag.Quote(profile.Name), names.NameRule)
		}
		if _, clash := set.Find(profile.Name); clash {
			r.Errorf("name-clash", report.Key(p), "there is a role %s, too, and who gives %s must mean one thing; rename one of them", diag.Quote(profile.Name), diag.Quote(profile.Name))
		}
		c := Profile{
			Profile:  profile,
			Roles:    set.ReferencesBeside(func(name string) bool { return declared[name] }, profile.Roles, p.Name("roles"), r),
			LimitRow: rows.Limit(profile.Limit, LimitPath(profile.Limit, p), r),
		}
		rows.Bound(p, r)
		if len(profile.Roles) == 0 && !r.Broken(p) && !r.Broken(p.Name("roles")) {
			r.Errorf("empty-list", report.Value(p.Name("roles")), "the profile %s bundles no role, so it would give nothing", diag.Quote(profile.Name))
		}
		for j, name := range profile.Roles {
			role, ok := set.Find(name)
			if !ok {
				continue
			}
			if d := set.Role(role); d.At == nil && !r.Broken(DeclarationOf(d.Name).Name("at")) {
				r.Errorf("not-assignable", report.Value(p.Name("roles").Index(j)), "the role %s has no `at`, so it may only be inherited; say at which scope kinds it is assigned", diag.Quote(name))
			}
		}
		for n, role := range c.Roles {
			if kinds := set.Role(role).Kinds; n == 0 {
				c.Kinds = kinds
			} else {
				c.Kinds = c.Kinds.And(kinds)
			}
		}
		s.index[profile.Name] = len(s.profiles)
		s.names = append(s.names, profile.Name)
		s.profiles = append(s.profiles, c)
	}
	return s
}

// DeclarationOf returns the path at which a role is declared.
func DeclarationOf(role string) report.Path { return report.Path{}.Names("roles", role) }
