package authz

import (
	"slices"
	"sort"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/table"
)

// resolve appends what assignments stand for: every role and profile in every scope.
func (d *directory) resolve(p *policy, list []Assignment, at report.Lazy, r *report.Reporter, all *assigned) {
	all.Grants, all.nth = slices.Grow(all.Grants, len(list)), slices.Grow(all.nth, len(list))
	for i := range list {
		if q := at.Index(i); !r.BrokenAt(q) {
			d.resolveOne(p, &list[i], int32(i), q, r, all)
		}
	}
	all.sort()
}

// sort puts the grants in the order in which a walk searches them.
func (a *assigned) sort() {
	if len(a.Grants) > table.Few {
		sort.Stable((*byScope)(a))
	}
}

type byScope assigned

func (a *byScope) Len() int           { return len(a.Grants) }
func (a *byScope) Less(i, j int) bool { return a.Grants[i].Scope < a.Grants[j].Scope }
func (a *byScope) Swap(i, j int) {
	a.Given.Swap(i, j)
	if a.nth != nil {
		a.nth[i], a.nth[j] = a.nth[j], a.nth[i]
	}
}

// on returns terms for a grant: none, those of its profile, the last ones if they are the same, or else new ones.
func (p *policy) on(t table.Terms, last *table.Terms) *table.Terms {
	switch {
	case t.From != table.Ever || t.Until != table.Never || t.Own != nil:
		if alike(last, &t) {
			return last
		}
		kept := t // so that only what is kept is made
		return &kept
	case t.Profile >= 0:
		return &p.byProfile[t.Profile]
	}
	return nil
}

// alike reports whether terms are the same.
func alike(a, b *table.Terms) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.From == b.From && a.Until == b.Until && a.Profile == b.Profile && slices.Equal(a.Limit, b.Limit) && slices.Equal(a.Own, b.Own)
}

// resolveOne appends what the n-th assignment stands for.
func (d *directory) resolveOne(p *policy, a *Assignment, n int32, q report.Lazy, r *report.Reporter, all *assigned) {
	base := table.Terms{From: table.Ever, Until: table.Never}
	if !a.From.IsZero() {
		base.From = instant(a.From)
	}
	if !a.Until.IsZero() {
		base.Until = instant(a.Until)
		if !base.From.Before(base.Until) {
			when := "before"
			if base.From == base.Until {
				when = "when"
			}
			r.Warnf("empty-time", report.Value(q().Name("until")), "the assignment ends %s it begins, so it never counts", when)
		}
	}
	all.timed = all.timed || base.From != table.Ever || base.Until != table.Never
	var limit model.Row
	if !a.Limit.None() {
		limit = p.tree.LimitRow(a.Limit, p.chain, model.LimitPath(a.Limit, q()), r)
	}
	var room [4]resolved
	scopes := d.resolveScopes(room[:0], p, a.In, q.Name("in"), r)
	d.checkListed(a, q, r)
	if !d.hasRoom(p, a, len(scopes), q, r) {
		return
	}

	var last *table.Terms // of the role before
	give := func(role int, row model.Row, profile int, at report.Lazy) (fits bool) {
		fits = true
		on := base
		on.Limit, on.Own, on.Profile = row, limit, int32(profile)
		last = p.on(on, last)
		for _, s := range scopes {
			c := p.roles.Role(role)
			switch {
			case c.At == nil && profile < 0:
				r.Errorf("not-assignable", report.Value(at()), "the role %s has no `at`, so it may only be inherited", diag.Quote(c.Name))
				return false
			case c.At != nil && !c.Kinds.Has(s.kind) && !c.Kinds.Empty():
				what := "the role " + diag.Quote(c.Name)
				if profile >= 0 {
					what = "the role " + diag.Quote(c.Name) + " of the profile " + diag.Quote(p.profiles.Profile(profile).Name)
				}
				r.Errorf("wrong-kind", report.Value(at()), "%s is assigned at %s, and %s is of the kind %s", what, p.kindNames(c.Kinds), diag.Quote(s.path), p.kinds.Name(s.kind))
				fits = false
				continue
			case c.NeedsLimit && row == nil && a.Limit.Areas != nil:
				r.Errorf("needs-limit", report.Value(at()), "the role %s must not be given without a limit, and its `limit` names no area: name some, or write `only`", diag.Quote(c.Name))
				return false
			case c.NeedsLimit && row == nil:
				r.Errorf("needs-limit", report.Value(at()), "the role %s must not be given without a limit: add `limit` or `only` to the assignment", diag.Quote(c.Name))
				return false
			}
			all.Add(table.Grant{Role: int32(role), Scope: s.number}, last)
			all.nth = append(all.nth, n)
		}
		return fits
	}
	before := newSeen(a.Roles)
	for j, name := range a.Roles {
		at := q.Name("roles").Index(j)
		role, ok := p.roles.Find(name)
		switch {
		case r.BrokenAt(at):
		case before.again(a.Roles, j):
			r.Errorf("duplicate-name", report.Value(at()), "%s is listed twice", diag.Quote(name))
		case ok:
			give(role, limit, -1, at)
		default:
			if _, profile := p.profiles.Find(name); profile {
				r.Errorf("unknown-role", report.Value(at()), "%s is a profile, not a role: name it under `profiles`", diag.Quote(name))
			} else {
				r.Unknown("unknown-role", report.Value(at()), name, p.roles.Names(), "there is no role %s", diag.Quote(name))
			}
		}
	}
	before = newSeen(a.Profiles)
	for j, name := range a.Profiles {
		at := q.Name("profiles").Index(j)
		profile, ok := p.profiles.Find(name)
		switch {
		case r.BrokenAt(at):
			continue
		case before.again(a.Profiles, j):
			r.Errorf("duplicate-name", report.Value(at()), "%s is listed twice", diag.Quote(name))
			continue
		case !ok:
			if _, role := p.roles.Find(name); role {
				r.Errorf("unknown-profile", report.Value(at()), "%s is a role, not a profile: name it under `roles`", diag.Quote(name))
			} else {
				r.Unknown("unknown-profile", report.Value(at()), name, p.profiles.Names(), "there is no profile %s", diag.Quote(name))
			}
			continue
		}
		c := p.profiles.Profile(profile)
		for _, role := range c.Roles {
			if !give(role, model.MeetLimits(c.LimitRow, limit), profile, at) {
				break // one mistake, said once: the profile cannot be given there
			}
		}
	}
}

// Bounds on the assignments that a directory writes in short: each of several roles in several scopes stands for one of
// every role in every scope, and so a line of a few kilobytes may stand for millions.
const (
	MaxAssigned    = 10_000  // one assignment
	MaxAllAssigned = 500_000 // all of a directory, or of one principal given in Go, but for those that stand for few
	fewAssigned    = 16      // what stands for no more costs about what it takes to write, and may stand a million times
)

// hasRoom counts the roles in scopes that an assignment stands for, and reports those that are too many. Of all
// together it is said once.
func (d *directory) hasRoom(p *policy, a *Assignment, scopes int, q report.Lazy, r *report.Reporter) bool {
	given := len(a.Roles)
	for _, name := range a.Profiles {
		if n, ok := p.profiles.Find(name); ok {
			given += len(p.profiles.Profile(n).Roles)
		}
	}
	n := given * scopes
	if n > MaxAssigned {
		r.Errorf("too-many-assigned", report.Value(q()), "%d roles in %d scopes are %d assignments: one may stand for %d, so write several, or assign at a scope above", given, scopes, n, MaxAssigned)
		return false
	}
	if n <= fewAssigned {
		return true
	}
	before := d.assigned
	if d.assigned += n; d.assigned <= MaxAllAssigned {
		return true
	}
	if before <= MaxAllAssigned {
		r.Errorf("too-many-assigned", report.Value(q()), "the assignments up to this one stand for %d, each role in each scope: all together may stand for %d", d.assigned, MaxAllAssigned)
	}
	return false
}

// seen tells which names of a list stand there already. Of a short list it looks at all.
type seen map[string]bool

func newSeen(list []string) seen {
	if len(list) <= 8 {
		return nil
	}
	return make(seen, len(list))
}

// again reports whether the i-th name stands further to the front as well. It is asked for each in turn.
func (s seen) again(list []string, i int) bool {
	if s == nil {
		return slices.Contains(list[:i], list[i])
	}
	before := s[list[i]]
	s[list[i]] = true
	return before
}

// checkListed reports an assignment that gives nothing, or gives it nowhere.
func (d *directory) checkListed(a *Assignment, q report.Lazy, r *report.Reporter) {
	empty := func(key, what string, list []string) {
		if len(list) == 0 && !r.BrokenAt(q.Name(key)) {
			r.Errorf("empty-list", report.Value(q().Name(key)), "%s", what)
		}
	}
	empty("in", "the assignment is in no scope: name one", a.In)
	if a.Roles != nil || a.Profiles == nil {
		if a.Profiles == nil {
			empty("roles", "the assignment gives nothing: name a role or a profile", a.Roles)
		} else {
			empty("roles", "an empty list gives nothing: name a role, or leave the key out", a.Roles)
		}
	}
	if a.Profiles != nil {
		empty("profiles", "an empty list gives nothing: name a profile, or leave the key out", a.Profiles)
	}
}

// resolved is a scope that an assignment or a key names.
type resolved struct {
	path   string
	kind   int
	number int32
}

// resolveScopes appends the scopes that an assignment or a key names.
func (d *directory) resolveScopes(scopes []resolved, p *policy, list []string, at report.Lazy, r *report.Reporter) []resolved {
	before := newSeen(list)
	for j, path := range list {
		if r.BrokenAt(at.Index(j)) {
			continue
		}
		known := d.scopes.find(path)
		if known != nil && !p.unread && !before.again(list, j) {
			scopes = append(scopes, resolved{path: path, kind: int(known.kind), number: known.number})
			continue
		}
		q := at().Index(j)
		steps, err := p.kinds.Resolve(path, nil)
		if err != nil {
			reportPath(r, report.Value(q), err)
		}
		if err != nil && !(p.unread && wellFormed(err)) {
			continue
		}
		if known != nil && !p.unread || before.again(list, j) {
			r.Errorf("duplicate-name", report.Value(q), "%s is listed twice", diag.Quote(path))
			continue
		}
		n, ok := int32(0), known != nil
		if ok {
			n = known.number
		} else {
			n, ok = d.localScope(path)
		}
		if !ok {
			r.Unknown("unknown-scope", report.Value(q), path, d.namesOfScopes(), "the directory lists no scope %s", diag.Quote(path))
		}
		scopes = append(scopes, resolved{path: path, kind: lastKind(steps), number: n})
	}
	return scopes
}

// localScope numbers a scope that the directory does not list, behind those that it does.
func (d *directory) localScope(path string) (int32, bool) {
	if d.local == nil {
		return 0, false
	}
	if named, ok := d.scopes.index.Find(path); ok {
		return named.number, true
	}
	n, ok := d.local[path]
	if !ok {
		n = int32(d.scopes.list.Len() + len(d.local))
		d.local[path] = n
	}
	return n, true
}
