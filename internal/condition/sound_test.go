package condition

import (
	"strings"
	"testing"
)

// A value of a type that is not known is never equal to anything, and a boundary that compares it never applies.
func TestNothingHidesATypeError(t *testing.T) {
	e := testEnv(t)
	for _, source := range []string{
		`.dyn(principal.level) == "7"`,
		`dyn(principal.level) == "7"`,
		`. dyn (principal.level) == "7"`,
		`.type(principal.level) == string`,
		`.type(principal.level) == .type("7")`,
		`.int == .string`,
		`google.protobuf.Timestamp == google.protobuf.Duration`,
		`([].filter(x, true) + principal.tags).exists(t, t == 7)`,
		`7 in ([].filter(x, true) + principal.tags)`,
		`[[]].exists(l, l.exists(x, true) || 7 in (principal.tags + l))`,
		`[].map(x, x) == []`,
		`[[]].map(x, x)[0] == []`,
		`[][0].foo == 1`,
		`has([][0].foo)`,

		`[{}][0].a == {}.b`,
		`[][0] == {}.b`,

		`[1].map(x, []) == [[]]`,
		`(principal.mfa ? [] : []) == []`,
	} {
		if p, problems := e.Compile(source); p != nil || len(problems) == 0 {
			t.Errorf("%s compiles", source)
		} else if strings.Contains(problems[0].Message, "undeclared") || problems[0].Width == 0 {
			t.Errorf("%s: %v", source, problems)
		}
	}
	for _, source := range []string{
		`[] == []`, `{} == {}`, `principal.tags != []`, `!(org.plan in [])`, `([] + ["a"]) == ["a"]`, `size([]) == 0`, `[[], ["a"]] == [[], ["a"]]`,
		`"a".format([]) == "a"`, `(principal.mfa ? [] : ["a"]) == []`, `![].exists(x, true)`, `![].exists(x, x == 7)`, `"%s".format(["a"]) == "a"`,
		`!sets.contains([], [1]) && sets.contains([], [])`, `workspace.flags != {}`, `([] + []) != principal.tags`,
	} {
		holds(t, e, testFacts(t, e), source)
	}
}

// A dot before a name leaves the name what it is.
func TestLiteralsAreCheckedBehindALeadingDot(t *testing.T) {
	e := testEnv(t)
	for _, source := range []string{
		`.timestamp("x") == request.time`, `.duration("x") == org.ttl`, `.inCIDR(request.ip, "x")`, `.cidr("x").containsIP(request.ip)`,
		`.matches(org.plan, "(")`, `.int("x") == 1`, `.bool("x")`, `.double("x") == 1.5`, `.uint("x") == 1u`, `.ip("x") == ip(request.ip)`,
	} {
		if _, problems := e.Compile(source); len(problems) != 1 || problems[0].Rule != RuleLiteral {
			t.Errorf("%s: %v", source, problems)
		}
	}
	for _, source := range []string{`.exists(principal.tags, x, x == "a")`, `.map(principal.tags, x, x) == []`} {
		if _, problems := e.Compile(source); len(problems) != 1 || !strings.Contains(problems[0].Message, "is written after its list") {
			t.Errorf("%s: %v", source, problems)
		}
	}
}

// CEL finds only keys of these types again, and takes the last of two keys that are the same.
func TestKeysOfMapsAreFoundAgain(t *testing.T) {
	e := testEnv(t)
	const types = "the keys of a map are strings, ints, uints or bools, and this is "
	for _, tt := range []struct{ source, at, message string }{
		{`org in {org: true}`, "org", types + "the scope org"},
		{`workspace.owner in {workspace.owner: true}`, "owner", types + "a principal"},
		{`{b"a": 1} == {b"a": 1}`, `b"a"`, types + "bytes"},
		{`{bytes("a"): 1}[b"a"] == 1`, "bytes", types + "bytes"},
		{`1.5 in {1.5: true}`, "1.5", types + "a double"},
		{`request.time in {request.time: true}`, "time", types + "a timestamp"},
		{`principal.tags in {principal.tags: 1}`, "tags", types + "a list(string)"},
		{`[1].exists(x, duration("1h") in {duration("1h"): x})`, "duration", types + "a duration"},
		{`org.plan in {"a": 1, "b": 2, 'a': 3}`, "'a'", "the key 'a' stands in the map already"},
		{`{1: "a", 0x1: "b"}[1] == "a"`, "0x1", "the key 0x1 stands in the map already"},
		{`{-1: "a", -1: "b"}[-1] == "a"`, "-1", "the key -1 stands in the map already"},
		{`{true: 1, true: 2}[true] == 1 || {1u: 1, 1u: 2}[1u] == 1`, "true", "the key true stands in the map already"},
	} {
		_, problems := e.Compile(tt.source)
		if len(problems) == 0 {
			t.Errorf("%s compiles", tt.source)
			continue
		}
		p := problems[0]
		if at := tt.source[p.Offset : p.Offset+p.Width]; p.Rule != RuleType || at != tt.at || p.Message != tt.message {
			t.Errorf("%s: %q %+v", tt.source, at, p)
		}
	}
	f := testFacts(t, e)
	for _, source := range []string{
		`org.plan in {"team": true} && !("x" in {"team": true}) && {1: "a", -1: "b"}[-1] == "b" && {true: 1}[true] == 1 && {2u: 1}[2u] == 1`,
		`org.id in {org.id: true, principal.id: false} && {org.id: 1}.acme == 1`,
		`{"a": [], "b": ["x"]}.b == ["x"] && {"a": 1, "A": 2}.A == 2`,
	} {
		holds(t, e, f, source)
	}
	// Which of two values counts, nobody has said.
	fails(t, e, f, `{org.id: true, "acme": false}.acme`, `the key "acme" stands in the map twice`, "{")
}
