package authz

import (
	"slices"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

func (d *directory) checkPrincipals(p *policy, list []Principal, at report.Path, r *report.Reporter) {
	for i := range list {
		m := &list[i]
		q := at.Lazy().Name(m.ID)
		if _, again := d.checking.principals[m.ID]; again {
			r.Errorf("duplicate-name", report.Key(q()), "the principal %s is listed twice", diag.Quote(m.ID))
			continue
		}
		x := d.checkPrincipal(p, m, q, r)
		d.stated.count(x.attributes, 1)
		d.checking.principals[m.ID] = x
		d.checking.ids = append(d.checking.ids, m.ID)
	}
	for i := range list {
		m := &list[i]
		if x := d.checking.principals[m.ID]; x.kind == Key && x.owner == nil && m.Owner != "" {
			d.checkOwner(x, m, func(id string) *principal { return d.checking.principals[id] }, at.Name(m.ID), r)
		}
	}
}

// checkOwner resolves the owner of a key.
func (d *directory) checkOwner(x *principal, m *Principal, find func(id string) *principal, q report.Path, r *report.Reporter) {
	at := q.Name("owner")
	owner := find(m.Owner)
	x.ownedBy = m.Owner
	switch {
	case r.Broken(at):
	case owner == nil:
		r.Unknown("unknown-principal", report.Value(at), m.Owner, d.namesOfPrincipals(), "there is no principal %s to own the key", diag.Quote(m.Owner))
	case owner.kind == Key:
		r.Errorf("key-owner", report.Value(at), "%s is a key itself: a key is owned by a user or a service", diag.Quote(m.Owner))
	default:
		x.owner = owner
		owner.keys++
	}
}

var (
	kindNames   = []string{string(User), string(Service), string(Key)}
	statusNames = []string{string(Active), string(Invited), string(Suspended), string(Deactivated)}
)

// checkPrincipal resolves a principal, all but the owner of a key.
func (d *directory) checkPrincipal(p *policy, m *Principal, q report.Lazy, r *report.Reporter) *principal {
	x := &principal{}
	d.checkInto(x, p, m, q, r)
	return x
}

// checkInto makes x the principal that [directory.checkPrincipal] returns, in the lists that it has: by the million, new ones
// would be most of the work.
func (d *directory) checkInto(x *principal, p *policy, m *Principal, q report.Lazy, r *report.Reporter) {
	*x = principal{
		id: m.ID, kind: m.Kind, status: m.Status, until: table.Never,
		groups: x.groups[:0], assigned: assigned{Given: table.Given{Grants: x.Grants[:0], Terms: x.Terms[:0]}, nth: x.nth[:0]},
	}
	if x.kind == "" {
		x.kind = User
	}
	if why := scope.BadID(m.ID); why != "" {
		r.Errorf("bad-id", report.Key(q()), "the id %s %s; ids are valid UTF-8 of 1 to %d bytes without a slash, white space or control characters", diag.Quote(m.ID), why, scope.MaxID)
	}
	if !slices.Contains(kindNames, string(x.kind)) && !r.BrokenAt(q.Name("kind")) {
		r.Unknown("unknown-word", report.Value(q().Name("kind")), string(x.kind), kindNames, "there is no kind of principal %s; it is user, service or key", diag.Quote(string(x.kind)))
	}
	switch s := q.Name("status"); {
	case r.BrokenAt(s):
	case m.Status == "" && r.BrokenAt(q): // it may have stood in what was not read
	case m.Status == "":
		r.Errorf("missing-key", report.Value(s()), "the status is missing; it is active, invited, suspended or deactivated")
	case !slices.Contains(statusNames, string(m.Status)):
		r.Unknown("unknown-word", report.Value(s()), string(m.Status), statusNames, "there is no status %s; it is active, invited, suspended or deactivated", diag.Quote(string(m.Status)))
	}
	switch {
	case x.kind == Key: // has none: see checkKey
	case d.given:
		x.groups = d.memberships(x.groups, m.Groups, q.Name("groups"), r)
	default:
		for j, name := range m.Groups {
			if !names.Name(name) {
				r.Errorf("bad-name", report.Value(q().Name("groups").Index(j)), "%s is no name of a group: %s", diag.Quote(name), names.NameRule)
			} else if !builtin(name) {
				x.groupNames = append(x.groupNames, name)
			}
		}
	}
	f := facts{env: p.env, known: d.known, Reporter: r}
	if m.Attributes != nil {
		x.attributes = f.check(m.Attributes, q().Name("attributes"), func(e *condition.Env) declared { return e.PrincipalAttributes })
		if d.local == nil && p.env != nil {
			p.env.Share(x.attributes)
		}
	}
	d.resolve(p, m.Assignments, q.Name("assignments"), r, &x.assigned)
	if !m.Limit.None() {
		x.limit = p.tree.LimitRow(m.Limit, p.chain, model.LimitPath(m.Limit, q()), r)
	}
	d.checkKey(p, x, m, q, r)
}

// checkKey reports what a key lacks, and what only a key has.
func (d *directory) checkKey(p *policy, x *principal, m *Principal, q report.Lazy, r *report.Reporter) {
	misplaced := func(key string, there bool, why string) {
		if there {
			r.Errorf("key-fields", report.Key(q().Name(key)), "%s", why)
		}
	}
	if !slices.Contains(kindNames, string(x.kind)) {
		return
	}
	if x.kind != Key {
		owned := m.Owner != "" || r.Locator != nil && hasPath(r, q().Name("owner"))
		for _, field := range []struct {
			key   string
			there bool
		}{{"owner", owned}, {"in", m.In != nil}, {"until", !m.Until.IsZero()}} {
			if field.there {
				misplaced(field.key, true, "only a key has `"+field.key+"`: write `kind: key`, or leave it out")
			}
		}
		return
	}
	const holds = "; a key holds what its owner holds"
	misplaced("groups", m.Groups != nil, "a key has no groups of its own"+holds)
	misplaced("attributes", m.Attributes != nil, "a key has no attributes of its own"+holds)
	misplaced("assignments", m.Assignments != nil, "a key has no assignments of its own"+holds)
	if m.Owner == "" && !r.BrokenAt(q.Name("owner")) {
		r.Errorf("missing-key", report.Value(q().Name("owner")), "the key \"owner\" is missing: a key holds what its owner holds")
	}
	if m.In != nil && len(m.In) == 0 && !r.BrokenAt(q.Name("in")) {
		r.Errorf("empty-list", report.Value(q().Name("in")), "an empty list selects no scope: name one, or leave the key out to allow all")
	}
	for _, s := range d.resolveScopes(nil, p, m.In, q.Name("in"), r) {
		x.in = append(x.in, s.path)
	}
	if !m.Until.IsZero() {
		x.until = instant(m.Until)
	}
}
