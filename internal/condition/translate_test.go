package condition

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

func compiled(t testing.TB, e *Env, source string) *Program {
	t.Helper()
	p, problems := e.Compile(source)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", source, problems)
	}
	return p
}

// What has neither loops nor patterns, nor could cost too much, is translated; the rest is CEL's.
func TestWhatIsTranslated(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	for _, source := range []string{
		`org.plan == "team"`, `workspace.owner.manager.department in principal.groups`, `sets.intersects(principal.groups, ["a", "b", "c"])`,
		`request.text.indexOf("ö") == 2 && request.text.replace("g", request.ip).size() > 3`, `request.items.join(request.text) == ""`,
		`request.items == principal.tags && request.limits != {"a": 1}`, `request.text.split(",") == request.items`, `"%s".format([request.items]) == ""`,
		`request.time.getHours("Europe/Berlin") < 9 || request.time.getHours(request.text) > 17`, `strings.quote(request.text) == ""`,
		`sets.contains(request.numbers, [` + strings.Repeat("1,", 8) + `1])`, `request.matrix == [[1]]`, `workspace.members[1] in principal.team`,
		`request.at.getHours("x" + "y") == 1`,
	} {
		p := compiled(t, e, source)
		if !p.Translated() {
			t.Errorf("%s is not translated", source)
		}
		agrees(t, p, f)
	}
	for _, source := range []string{
		`request.items.exists(i, i == "x")`, `true || [1].all(n, n == 1)`, `request.text.matches("^a")`, `matches(request.text, request.pattern)`,
		`request.text.indexOf(request.pattern) == 1`, `request.items + request.items == principal.tags + ["a"] && sets.contains(request.items, principal.tags)`,
		`strings.quote(strings.quote(strings.quote(request.text))) == ""`, filled(`request.text.split("")==[]||`, "true"),
		filled(`request.items+[]==[]||`, "true"), `sets.equivalent(request.items, principal.tags)`,
		`request.text.split(",") in [request.items, request.text.split(",")] && sets.contains(request.text.split(","), [` + strings.Repeat(`"a",`, 20) + `"a"])`,
	} {
		if p := compiled(t, e, source); p.Translated() {
			t.Errorf("%.80s is translated", source)
		}
	}
}

// The largest facts that there may be cost no more than was reckoned, so that no translated condition could have ended
// for its cost.
func TestWhatIsTranslatedCannotCostTooMuch(t *testing.T) {
	e, f := hostileFacts(t)
	lists := []string{"principal.tags", "principal.groups", "request.many", "full.many", "broad.wide", `["a", request.text]`, `request.text.split("")`, `request.colons.split(":")`, `(broad.wide + [request.text])`}
	texts := []string{"request.text", "request.other", "request.colons", `"x"`, `"xy"`, "broad.wide[0]", "principal.id", `(request.other.substring(8192) + request.text.substring(8192))`}
	var sources []string
	for _, a := range texts {
		for _, s := range []string{
			`@.size()==1`, `@.charAt(3)==""`, `@.substring(1,9)==""`, `@.lowerAscii()==@`, `@.reverse()==""`, `@.trim()==""`, `@.split("")==[]`, `strings.quote(@)==""`, `strings.quote(strings.quote(@))==""`,
			`@.replace("x","y")==""`, `@.replace("","y")==""`, `@.replace("x","")==""`, `"%s%s".format([@,"b"])==""`, `"%x".format([@])==""`, `isIP(@)`, `isCIDR(@)`, `inCIDR(@,@)`, `timestamp(@)==timestamp(@)`,
			`duration(@)==duration(@)`, `int(@)==1`, `bool(@)`, `double(@)==1.0`, `bytes(@)==b""`, `string(bytes(@))==@`, `@ in table.map`, `@ in long.keys`,
		} {
			sources = append(sources, strings.ReplaceAll(s, "@", a))
		}
		for _, b := range texts {
			sources = append(sources, a+".indexOf("+b+")==1", a+".lastIndexOf("+b+",9)==1", a+"+"+b+"==''", a+".replace("+b+",'y')==''", a+".split("+b+")==[]")
		}
		for _, l := range lists {
			sources = append(sources, a+" in "+l, l+".join("+a+")==''", "["+l+"]==["+l+"]", l+" in ["+l+","+l+"]", "'%s'.format(["+l+"])==''")
		}
	}
	for _, a := range lists {
		for _, b := range lists {
			sources = append(sources, a+"=="+b, a+"+"+b+"==[]", "sets.contains("+a+","+b+")", "sets.intersects("+a+","+b+")", "sets.equivalent("+a+","+b+")", "["+a+","+a+"]==["+b+","+b+"]",
				"sets.contains(["+a+"],["+b+"])", "[["+a+"]]==[["+b+"]]")
		}
	}
	sources = append(sources, `tree.tree==tree.tree`, `tree.tree[0] in tree.tree`, `sets.contains(tree.tree,[tree.tree[1]])`, `tables.maps==tables.maps`, `tables.maps[1] in tables.maps`, `crowd.people==crowd.people`,
		`principal.manager in crowd.people`, `long.keys==long.keys`, `table.map==table.map`, `[long.keys]==[long.keys]`, `sets.contains([long.keys],[long.keys])`, `grid.matrix==grid.matrix`, `sets.contains(grid.matrix,[[0]])`)
	translated := 0
	for _, source := range sources {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			if problems[0].Rule != RuleLiteral {
				t.Errorf("%s: %v", source, problems)
			}
			continue
		}
		checked, _ := e.cel.Compile(source)
		plan, err := newPlan(checked.NativeRep())
		if err != nil {
			t.Fatal(err)
		}
		reckoned, known := plan.worst()
		a := &activation{e, f.whole(), newMeter(t.Context())}
		_, err = p.eval(t.Context(), f, a)
		if paid := MaxCost - a.meter.left; known && paid > reckoned || errors.Is(err, ErrCost) && p.Translated() {
			t.Errorf("%s pays %d (%v), and %d were reckoned", source, paid, err, reckoned)
		}
		if p.Translated() {
			translated++
			agrees(t, p, f)
		}
	}
	if translated < len(sources)/2 || translated == len(sources) {
		t.Errorf("%d of %d are translated", translated, len(sources))
	}
}

// Ids, and what a lookup says, are bounded by nobody. A condition over longer ones is CEL's.
func TestTextsThatAreTooLongAreLeftToCEL(t *testing.T) {
	e := testEnv(t)
	long := strings.Repeat("x", 2*MaxText)
	lookup := func(string) (string, Attributes, bool) { return long, Attributes{}, true }
	f := &Facts{Principal: e.Principal(Principal{ID: long, Kind: "user"}, Attributes{}, nil), Around: &Around{Scopes: ScopeList{
		e.Scope(org, long, long, Attributes{}, nil), e.Scope(workspace, "ml", "ml", must(t)(e.KindAttributes(workspace, map[string]any{"owner": "bob"})), lookup),
	}}}
	for _, source := range []string{`principal.id != ""`, `org.id == org.path`, `workspace.owner.status.size() == 32768`, `principal.id.startsWith("x") && principal.kind == "user"`} {
		holds(t, e, f, source)
		if _, how := compiled(t, e, source).translated(t.Context(), f); how != undone {
			t.Errorf("%s is %v as closures", source, how)
		}
	}
	p := compiled(t, e, filled(`principal.id.split("")==[]||`, "true"))
	if _, err := p.Eval(t.Context(), f); !errors.Is(err, ErrCost) {
		t.Errorf("a long id: %v", err)
	}
}

// Should the closures ever fail where CEL does not, nothing is given.
func TestClosuresThatFailAlone(t *testing.T) {
	e := testEnv(t)
	p := compiled(t, e, `true`)
	p.run = func(Facts) (bool, bool) { return true, false }
	if got, err := p.Eval(t.Context(), nil); got || err == nil || err.Error() != "the condition cannot be evaluated" {
		t.Errorf("%v, %v", got, err)
	}
	p.run = func(Facts) (bool, bool) { panic("oops") }
	if got, err := p.Eval(t.Context(), nil); !got || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// Of constants nothing is left to evaluate.
func TestConstantsFold(t *testing.T) {
	e := testEnv(t)
	for _, source := range []string{
		`1 + 2 * 3 == 7`, `"a" + "b" == "ab" && "x".upperAscii() == "X"`, `timestamp("2026-06-01T12:00:00Z") + duration("1h") > timestamp("2026-06-01T12:00:00Z")`, `inCIDR("10.0.0.1", "10.0.0.0/8")`,
		`["b"] + ["a"] == ["b", "a"] && {"a": [1]}.a[0] == 1`, `cidr("10.0.0.0/8").containsIP("10.1.2.3")`,
	} {
		p := compiled(t, e, source)
		if n := testing.AllocsPerRun(10, func() { holds, how := p.translated(t.Context(), nil); _ = holds && how == decided }); n != 0 {
			t.Errorf("%s allocates %v times", source, n)
		}
		holds(t, e, nil, source)
	}
}

// An evaluation that compares, and that succeeds, makes nothing.
func TestEvaluationsDoNotAllocate(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, source := range allocationFree {
		p := compiled(t, e, source)
		if !p.Translated() {
			t.Errorf("%s is not translated", source)
		}
		if got, err := p.Eval(ctx, f); !got || err != nil {
			t.Errorf("%s is %v, %v", source, got, err)
		}
		for _, facts := range []*Facts{f, {Principal: f.Principal, Around: &Around{f.Request, f.Scopes, f.Principal.people}}} {
			if n := testing.AllocsPerRun(100, func() { _, _ = p.Eval(ctx, facts) }); n != 0 {
				t.Errorf("%s allocates %v times", source, n)
			}
		}
	}
}

var allocationFree = []string{
	`org.plan == "team"`, `principal.department != org.plan`, `org.plan in ["team", "enterprise"] && !(org.plan in ["a", "b", "c", "d", "e", "f", "g", "h", "i"])`, `principal.level in [1, 2, 3]`,
	`"eng" in principal.groups && principal.groups.size() == 2 && principal.groups[0] == "staff"`, `"a" in principal.tags && principal.tags.size() == 2 && principal.tags[1] == "b"`,
	`has(principal.manager) && !has(org.since) && has(workspace.flags.beta)`, `workspace.owner.status == "deactivated" && workspace.owner.department == "ops"`,
	`workspace.owner.manager.manager.department == "ops" && workspace.members[0].manager.id == "bob"`, `workspace.owner == principal.manager && principal.manager in workspace.members`,
	`request.time >= request.at && request.time - request.at == duration("0s") && request.time + request.age > request.time - duration("1h")`,
	`request.time.getHours("Europe/Berlin") == 14 && request.time.getDayOfWeek() == 1 && request.age.getHours() == 36`, `request.score * 2.0 < 1.5 && request.count % 2 == 1 && -request.count < 0`,
	`inCIDR(request.ip, "10.0.0.0/8") && request.ip.startsWith("10.") && request.text.size() == 5`, `request.flag ? principal.mfa : org.since == request.time`,
	`org.since == request.time || principal.kind == "user"`, `workspace.path.contains("/") && principal.id == "alice" && principal.key == ""`,
	`request.limits.a == 1 && request.limits["b"] == 2 && org.plan != "x" && !(org.plan in request.limits)`, `cidr("10.0.0.0/8").containsIP("10.1.2.3") && request.matrix[0][1] == 2`,
	`request.time < timestamp("2030-01-01T00:00:00Z") && sets.intersects(principal.tags, ["b", "c"])`, `principal == principal && request == request && org == org`,
}

// Integer arithmetic is CEL's at every bound.
func TestIntegerArithmetic(t *testing.T) {
	for _, x := range someInts {
		for _, y := range slices.Concat(someInts, []int64{-7, 1 << 32, -1 << 32, 3037000500, -3037000500}) {
			a, b := types.Int(x), types.Int(y)
			for _, tt := range []struct {
				name string
				own  func(x, y int64) (int64, bool)
				cel  ref.Val
			}{{"+", add, a.Add(b)}, {"-", subtract, a.Subtract(b)}, {"*", multiply, a.Multiply(b)}, {"/", divide, a.Divide(b)}, {"%", modulo, a.Modulo(b)}} {
				got, ok := tt.own(x, y)
				if ok == types.IsError(tt.cel) || ok && types.Int(got) != tt.cel {
					t.Errorf("%d %s %d is %d, %v, and CEL says %v", x, tt.name, y, got, ok, tt.cel)
				}
			}
		}
	}
}

// A price that nobody has reckoned the worst of would let a condition be translated that may cost more.
func TestEveryPriceIsReckoned(t *testing.T) {
	for overload, price := range prices {
		if strings.HasPrefix(overload, "list_join") || overload == "string_format" || price == nil {
			continue // which take a list
		}
		for _, n := range []int{0, 1, 100, 5000} {
			text := types.String(strings.Repeat("x", n))
			args := []ref.Val{text, text, text, types.Int(5)}
			if overload == "string_substring_int" || overload == "string_substring_int_int" || overload == "string_char_at_int" {
				args = []ref.Val{text, types.Int(0), types.Int(1)}
			}
			cost, _ := price(args)
			r := &reckoning{}
			r.paysFor(overload, []bound{aText(n), aText(n), aText(n), {}})
			if r.cost < cost {
				t.Errorf("%s of %d bytes costs %d, and %d were reckoned", overload, n, cost, r.cost)
			}
		}
	}
	if fmt.Sprint(aText(enough*2).with(aText(enough))) != fmt.Sprint(bound{bytes: enough, longest: enough}) {
		t.Error("bounds overflow")
	}
}
