package condition

import (
	"strings"
	"testing"
)

func TestWhatAConditionReads(t *testing.T) {
	e := testEnv(t)
	for _, tt := range []struct {
		source string
		reads  string // key, groups, request, time, settled
	}{
		{`true`, "settled"},
		{`org.plan == "team"`, "settled"},
		{`org.plan in ["a"] && has(org.since) && org.since < timestamp("2026-06-01T00:00:00Z")`, "settled"},
		{`org.id == "acme" || workspace.path == "x" || workspace == workspace`, "settled"},
		{`workspace.flags.exists(org, org == "principal" && workspace.flags[org] == "on")`, "settled"},
		{`["request.time"].exists(request, request == "x") && ["a"].all(principal, principal == org.plan)`, "settled"},
		{`size.int == 1 && list.type == "x" && org.plan.matches("^a")`, "settled"},
		{`workspace.owner.status == "active"`, ""},
		{`workspace.owner.id == "bob"`, ""},
		{`workspace.owner == workspace.owner`, ""},
		{`has(workspace.owner)`, ""},
		{`has(workspace.members)`, ""},
		{`workspace.members.size() == 1`, ""},
		{`workspace.members.exists(m, m.id == "a")`, ""},
		{`org.plan == "team" && principal.id == "alice"`, ""},
		{`principal.key == ""`, "key"},
		{`has(principal.key)`, "key"},
		{`principal == principal`, "key groups"},
		{`[principal][0].id == ""`, "key groups"},
		{`[principal].exists(p, p.id == "")`, "key groups"},
		{`"a" in principal.groups`, "groups"},
		{`has(principal.groups)`, "groups"},
		{`principal.groups.exists(g, g == org.plan)`, "groups"},
		{`request.ip == ""`, "request"},
		{`request.age > duration("1h")`, "request"},
		{`request.who.status == "active"`, "request"},
		{`request.time < request.at`, "request time"},
		{`.request.time.getHours() == 1`, "request time"},
		{`has(request.time)`, "request time"},
		{`request == request`, "request time"},
		{`[request].exists(r, has(r.ip))`, "request time"},
		{`[1].exists(request, request == 1 && .request.ip == "")`, "request"},
		{`(true ? request : request).ip == ""`, "request time"},
	} {
		p, problems := e.Compile(tt.source)
		if len(problems) > 0 {
			t.Errorf("%s: %v", tt.source, problems)
			continue
		}
		var got []string
		for _, r := range []struct {
			name  string
			reads bool
		}{{"key", p.ReadsKey()}, {"groups", p.ReadsGroups()}, {"request", p.ReadsRequest()}, {"time", p.ReadsTime()}, {"settled", p.SettledByScopes()}} {
			if r.reads {
				got = append(got, r.name)
			}
		}
		if got := strings.Join(got, " "); got != tt.reads {
			t.Errorf("%s reads %q, want %q", tt.source, got, tt.reads)
		}
	}
}
