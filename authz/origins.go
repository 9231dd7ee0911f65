package authz

import (
	"slices"

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
		when, reach := table.Always, compiled.Reach
		if o.When != "" {
			when = e.policy.when[o.When]
		}
		if o.Reach >= 0 {
			reach = table.Reach(o.Reach)
		}
		n := slices.IndexFunc(compiled.Entries, func(entry table.Entry) bool { return entry.When == when && entry.Reach == reach })
		list[n] = append(list[n], o)
	}
	return list
}
