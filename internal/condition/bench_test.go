package condition

import "testing"

func BenchmarkEval(b *testing.B) {
	e := testEnv(b)
	f := testFacts(b, e)
	for _, source := range []string{
		`org.plan == "team"`,
		`!(org.plan in ["free", "enterprise"])`,
		`workspace.owner.status == "deactivated"`,
		`workspace.members.exists(m, m.id == principal.id)`,
		`inCIDR(request.ip, "10.0.0.0/8") && request.time.getHours() >= 8`,
	} {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			b.Fatal(problems)
		}
		b.Run(source, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(b.Context(), f); err != nil {
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
