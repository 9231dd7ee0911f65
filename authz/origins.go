package authz

import (
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/table"
)

// origins returns where the entries of a compiled role come from: the tables merge what decides alike, an explanation
// tells it apart again.
func (e *Engine) origins(role int) [][]model.Origin {
	compiled := &e.tables.Roles[role]
	list := make([][]model.Origin, len(compiled.Entries))
	for _, o := range e.policy.roles.Origins(role) {
		if o.Row.Empty() {
			continue
		}
		n := e.entry(compiled, &o.Entry)
		list[n] = append(list[n], o)
	}
	return list
}

// entry returns the entry of a compiled role that holds what a grant of its lineage gives.
func (e *Engine) entry(compiled *table.Role, of *model.Entry) int {
	when, reach := table.Always, compiled.Reach
	if of.When != "" {
		when = e.policy.when[of.When]
	}
	if of.Reach >= 0 {
		reach = table.Reach(of.Reach)
	}
	n := 0
	for compiled.Entries[n].When != when || compiled.Entries[n].Reach != reach {
		n++
	}
	return n
}

// originSpot is where an origin stands in the policy: a grant of a role, or the role with its own areas.
func (e *Engine) originSpot(o model.Origin) doc.Spot {
	role := e.places.role(e.policy.roles.Role(o.Role).Name)
	if o.Grant < 0 {
		return role
	}
	return role.Name("grants").Index(o.Grant)
}

// source is a grant that concerns a leaf.
type source struct {
	role, grant    int         // as of an origin
	entry          int         // of the compiled role
	declared, left table.Level // in the leaf: as it is declared, and under the limits of the roles on the way
	gives          table.Level // what comes of that
}

// sources appends the origins of a role that concern a leaf. Where no role on the way has a limit, as is most often so,
// nothing is put together for it.
func (e *Engine) sources(list []source, role, leaf int) []source {
	l := lineage{engine: e, role: role, leaf: leaf}
	if found, limited := l.add(list, role); !limited {
		return found
	}
	for n, origins := range e.origins(role) {
		for _, o := range origins {
			if declared := e.policy.roles.Role(o.Role).Declared[1+o.Grant].Row[leaf]; declared > 0 {
				list = append(list, source{o.Role, o.Grant, n, declared, o.Row[leaf], o.Row[leaf]})
			}
		}
	}
	return list
}

// anyLeaf has a lineage gather what gives anything.
const anyLeaf = -1

// firstOrigin returns the first of the origins of an entry of a compiled role.
func (e *Engine) firstOrigin(role, entry int) model.Origin {
	var room [8]source
	l := lineage{engine: e, role: role, leaf: anyLeaf}
	if found, limited := l.add(room[:0], role); !limited {
		for i := range found {
			if o := &found[i]; o.entry == entry {
				return model.Origin{Role: o.role, Grant: o.grant}
			}
		}
	}
	return e.origins(role)[entry][0]
}

// lineage is a role with all that it inherits, as origins are gathered from it.
type lineage struct {
	engine     *Engine
	role, leaf int
	seen       bits.Set
}

// declared returns what a row gives in the leaf; of all leaves, whether it gives anything.
func (l *lineage) declared(row model.Row) table.Level {
	switch {
	case l.leaf != anyLeaf:
		return row[l.leaf]
	case row.Empty():
		return 0
	}
	return 1
}

// add appends what a role of the lineage declares, and what it inherits; or reports that one of the roles has a limit.
func (l *lineage) add(list []source, role int) (_ []source, limited bool) {
	r := l.engine.policy.roles.Role(role)
	if r.LimitRow != nil {
		return list, true
	}
	for i := range r.Declared {
		if declared := l.declared(r.Declared[i].Row); declared > 0 {
			list = append(list, source{role, i - 1, l.engine.entry(&l.engine.tables.Roles[l.role], &r.Declared[i]), declared, declared, declared})
		}
	}
	for _, parent := range r.Parents {
		if !l.seen.Has(parent) {
			l.seen.Add(parent)
			if list, limited = l.add(list, parent); limited {
				return list, true
			}
		}
	}
	return list, false
}
