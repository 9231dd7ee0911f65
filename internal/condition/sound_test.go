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
