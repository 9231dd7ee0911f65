package condition

import (
	"testing"
	"time"
)

// FuzzCompile compiles any text and evaluates what compiles: nothing panics, takes long or points outside of the text,
// and a text that differs in white space alone is the same condition.
func FuzzCompile(f *testing.F) {
	for _, source := range hostileSources() {
		f.Add(source)
	}
	for _, source := range []string{
		`principal.id == "alice" && "eng" in principal.groups`,
		`workspace.members.exists(m, m.id == principal.id && has(m.manager.department))`,
		`request.time.getHours("Europe/Berlin") > 8 || request.time - request.at < duration("1h30m")`,
		`inCIDR(request.ip, "10.0.0.0/8") ? request.text.matches("^gr.ße$") : request.limits["a"] == 1`,
		`request.items.map(i, i.size() > 1, i.upperAscii()).join("-").replace("Y", "ü").split("-") == ["a"]`,
		`sets.contains([1, 2u, 1.5], []) && "%s %d".format(["a", 1]) == {"b": r"\d", 'c': b"x"}.b // é`,
		"not a and b = 1 or 'ü' <> \"\"\"\n\"\"\" \\ “x” =~ &|",
		`.org.plan == "\u00fc\x41\101\U0001F600" && dyn(null) != type(int) || a{b: 1}`,
	} {
		f.Add(source)
	}
	e := testEnv(f)
	facts := testFacts(f, e)
	f.Fuzz(func(t *testing.T, source string) {
		start := time.Now()
		p, problems := e.Compile(source)
		if took := time.Since(start); took > patience {
			t.Errorf("compiling takes %v", took)
		}
		if (p == nil) != (len(problems) > 0) {
			t.Fatalf("a program: %v, problems: %v", p != nil, problems)
		}
		for i, q := range problems {
			if q.Offset < 0 || q.Width < 0 || q.Offset+q.Width > len(source) || q.Message == "" || q.Rule == "" {
				t.Errorf("the problem %+v is not of a text of %d bytes", q, len(source))
			}
			if i > 0 && (q.Offset < problems[i-1].Offset || q == problems[i-1]) {
				t.Errorf("%+v comes after %+v", q, problems[i-1])
			}
		}
		if p == nil {
			return
		}
		start = time.Now()
		got, err := p.Eval(t.Context(), facts)
		if took := time.Since(start); took > patience {
			t.Errorf("evaluating takes %v", took)
		}
		if again, errAgain := p.Eval(t.Context(), facts); again != got || (err == nil) != (errAgain == nil) || got && err != nil {
			t.Errorf("it is %v, %v and then %v, %v", got, err, again, errAgain)
		}
		if p.Key() == source {
			return
		}
		same, problems := e.Compile(p.Key())
		if same == nil && len(p.Key()) <= MaxSource {
			t.Fatalf("its key %q is no condition: %v", p.Key(), problems)
		}
		if same == nil {
			return
		}
		if same.Key() != p.Key() {
			t.Errorf("the key of its key is %q", same.Key())
		}
		if again, errAgain := same.Eval(t.Context(), facts); again != got || (err == nil) != (errAgain == nil) {
			t.Errorf("it is %v, %v and without its white space %v, %v", got, err, again, errAgain)
		}
	})
}

// FuzzTranslatedConditionsAgree evaluates any text that is translated as closures and by CEL: both come to the same.
func FuzzTranslatedConditionsAgree(f *testing.F) {
	for _, source := range allocationFree {
		f.Add(source)
	}
	for _, source := range []string{
		`1 / (request.count - 7) == 1 || request.count % 0 == 1 || -request.count - 9223372036854775807 < 0 && 2u - 3u == 1u`,
		`timestamp(request.count + 999999999999999) > request.time || duration("-1h") + request.age > org.ttl`,
		`inCIDR(request.text, request.ip) || cidr("fe80::/10").masked().ip() == ip("::1") && isIP(request.ip)`,
		`request.text.charAt(2) == "ö" && "%s".format([request.limits]) == "" || request.items.join("-").split("-", 2) == ["x"]`,
		`{org.plan: 1, "team": 2}["team"] == 1 || request.limits.c == 1 || request.numbers[9] == 1 || 0.0 / 0.0 < 1.0`,
		`sets.equivalent([1, 2], [2, 1, 1]) && b"a" + bytes("ü") == b"x" && string(request.score) == "0.5" && int("7") == 7`,
		`list.type == "x" ? principal.groups == ["staff"] : request.time.getHours(request.text) == 1`,
	} {
		f.Add(source)
	}
	e := testEnv(f)
	full := testFacts(f, e)
	facts := []*Facts{
		full, {Principal: full.Principal, Around: &Around{full.Request, full.Scopes.(ScopeList)[:1], full.Principal.people}}, nil,
		{Principal: e.Principal(Principal{ID: "bob"}, Attributes{}, nil), Around: &Around{Request: e.Request(testNow, Attributes{}, nil), Scopes: ScopeList{e.Scope(org, "acme", "org:acme", Attributes{}, nil)}}},
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, _ := e.Compile(source)
		if p == nil || !p.Translated() {
			return
		}
		for _, f := range facts {
			agrees(t, p, f)
		}
	})
}
