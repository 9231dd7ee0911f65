package condition

import "testing"

// Each condition as closures, where it is translated, and as CEL evaluates it.
func BenchmarkEval(b *testing.B) {
	e := testEnv(b)
	f := testFacts(b, e)
	for _, bb := range []struct{ name, source string }{
		{"two attributes", `org.plan != principal.department`},
		{"a constant", `org.plan == "team"`},
		{"in a list", `!(org.plan in ["free", "enterprise"])`},
		{"in the groups", `"eng" in principal.groups`},
		{"a named principal", `workspace.owner.status == "deactivated"`},
		{"times", `request.time < timestamp("2030-01-01T00:00:00Z") && request.time.getHours() >= 8`},
		{"a network", `inCIDR(request.ip, "10.0.0.0/8")`},
		{"has and a text", `has(org.plan) && org.plan.startsWith("te")`},
		{"what fails", `!has(org.since) || org.since < request.time || org.since == request.at`},
		{"a loop", `workspace.members.exists(m, m.id == principal.id)`},
	} {
		p, problems := e.Compile(bb.source)
		if len(problems) > 0 {
			b.Fatal(problems)
		}
		if p.Translated() {
			b.Run(bb.name+"/closures", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := p.Eval(b.Context(), f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(bb.name+"/CEL", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.interpret(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	e := testEnv(b)
	for b.Loop() {
		if _, problems := e.Compile(`workspace.owner.status == "deactivated" && org.plan in ["team", "enterprise"]`); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
