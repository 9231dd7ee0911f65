package report_test

import (
	"testing"

	"github.com/trellis-authz/trellis/internal/report"
)

func TestPathPrintsAsItIsRead(t *testing.T) {
	var p report.Path
	for _, c := range []struct {
		path report.Path
		want string
	}{
		{p, ""},
		{p.Names("roles", "admin").Name("grants").Index(0).Name("when"), "roles.admin.grants[0].when"},
		{p.Names("roles", "a").Name("areas").Name("analytics.kpis"), `roles.a.areas."analytics.kpis"`},
		{p.Name("scopes").Name(""), `scopes.""`},
	} {
		if got := c.path.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
