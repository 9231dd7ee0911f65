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

// A hostile file of unknown names is refused in seconds: at some point its errors come without a suggestion.
func TestSuggestionsEndWithTheEffort(t *testing.T) {
	known := make([]string, 100_000)
	for i := range known {
		known[i] = "x"
	}
	known[0] = "billing"
	var r report.Reporter
	for i := range 5 {
		if got := r.Nearest("biling", known); got != "billing" {
			t.Errorf("the suggestion %d is %q", i, got)
		}
	}
	if got := r.Nearest("biling", known[:1]); got != "" {
		t.Errorf("after half a million names it suggests %q", got)
	}
}
