package condition

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostileSources are those that take a compiler longest, at the greatest size that is allowed.
func hostileSources() []string {
	rep := strings.Repeat
	n := MaxNesting
	return []string{
		rep("[", n) + "1" + rep("]", n) + " == []",
		rep("[", n) + "1" + rep(",1", 1900) + rep("]", n) + " == []",
		rep("{1:", n) + "1" + rep("}", n) + " == {}",
		rep("{", n) + "1" + rep(":1}", n) + " == {}",
		"[" + rep("[],", 1300) + "[]] == []",
		"[" + rep("{},", 1300) + "{}] == []",
		"[" + rep("[[[[[[[[[[]]]]]]]]]],", 180) + "[]] == []",
		rep("(", n) + "1" + rep(")", n) + " == 1",
		rep("(", 2000) + "1" + rep(")", 2000) + " == 1",
		rep("[", 4000),
		rep("true ? true : ", 30) + "true",
		rep("true ? true : ", 280) + "true",
		rep("(true ? 1 : ", n) + "1" + rep(")", n) + " == 1",
		rep("(true?", n-1) + "[]" + rep(":[])", n-1) + "==[]",
		rep("{'a': true ? ", n-1) + "{}" + rep(" : {}}", n-1) + " == {}",
		rep("[1].exists(a, [1].exists(b, a == b)) || ", 90) + "true",
		"[1]" + rep(".filter(a, true)", 31) + " == [1]",
		"[1]" + rep(".map(a, [a,a])", 31) + " == []",
		"[1]" + rep(".filter(a, true)", 200) + " == [1]",
		rep("[1].map(a, ", n-1) + "a" + rep(")", n-1) + " == []",
		"1" + rep("+1", 31) + " == 1",
		"1" + rep("+1", 2000) + " == 1",
		"true" + rep("||true", 600),
		rep("!", 4000) + "true",
		rep("-", 4000) + "1 == 1",
		"principal" + rep(".manager", 30) + ".mfa",
		"principal" + rep(".manager", 490) + ".mfa",
		"[1]" + rep("[0]", 1300) + "== 1",
		"1" + rep(" in [1]", 500),
		rep("1==1||", 250) + "true", rep("1==1||", 680) + "true",
		rep("1 in[1]||", 160) + "true", rep("(true?1:2)==1||", 90) + "true",
		rep("[1]+[1]==[1]||", 90) + "true", rep("{1:1}[1]==1||", 100) + "true", rep("[].map(a,a)==[]||", 70) + "true",
		rep("sets.contains([1],[1])||", 80) + "true", rep("sets.contains([], ", n) + "[]" + rep(")", n),
		rep("foo||", 800) + "true", rep("org.foo||", 450) + "true", rep("1==true||", 450) + "true", rep("foo(1)||", 500) + "true",
		rep("1 ", 2000), rep("a.", 2000), rep("? ", 2000), rep("1 ? ", 1000), rep("&& ", 1300), "1" + rep(" == ", 1000), rep("1 = ", 1000),
		rep("(", n) + rep("1 1 ", 800) + rep(")", n), rep("not ", 1000), rep("a and ", 680), rep(`"\q"`, 1000), rep("“", 1300),
		`"a".matches("` + rep("(a{1,30}){1,30}", 60) + `")`,
		`"a".matches("` + rep("[a-z]{1000}", 80) + `")`,
		`"a".matches("` + rep(`\\pL`, 240) + `")`,
		`"a".matches("` + rep(`(`, 450) + rep(`)`, 450) + `")`,
		rep(`"a".matches("(?i)\\pL{30}")||`, 120) + "true",
		`"` + rep("a", 4000) + `" == "a"`,
		rep("timestamp('x')==timestamp('y')||", 120) + "true",
		rep("request.time.getHours('a')==1||", 120) + "true",
	}
}

// patience is far more than anything takes on a machine that is busy, and far less than what is not bounded.
const patience = 30 * time.Second

func TestCompilingIsBounded(t *testing.T) {
	e := testEnv(t)
	e.Compile("true")
	// By itself none takes 50 ms. What is asserted is that none runs away, on whatever machine.
	for _, source := range hostileSources() {
		start := time.Now()
		p, problems := e.Compile(source)
		if took := time.Since(start); took > patience {
			t.Errorf("%.60s… takes %v to compile", source, took)
		}
		if (p == nil) != (len(problems) > 0) {
			t.Errorf("%.60s… has a program %v and the problems %v", source, p != nil, problems)
		}
	}
}

func TestLimitsOfSources(t *testing.T) {
	e := testEnv(t)
	rep := strings.Repeat
	for _, tt := range []struct{ within, beyond, rule, message string }{
		{`true` + rep(" ", MaxSource-4), `true` + rep(" ", MaxSource-3), RuleSize, "the condition has 4,097 bytes; a condition may have at most 4,096"},
		{`true` + rep("||true", MaxWords/2-1), `true` + rep("||true", MaxWords/2), RuleSize, "the condition has 1,025 words (names, operators, literals); a condition may have at most 1,024"},
		{`principal.level in [1` + rep(",1", MaxWords-7) + "]", `principal.level in [1` + rep(",1", MaxWords-6) + "]", RuleSize, "the condition has 1,025 words (names, operators, literals); a condition may have at most 1,024"},
		{rep("(", MaxNesting) + "true" + rep(")", MaxNesting), rep("(", MaxNesting+1) + "true" + rep(")", MaxNesting+1), RuleDepth, "brackets may stand in each other at most 12 deep"},
		{`[1].exists(a, [1].exists(b, a == b))`, `[1].exists(a, [1].exists(b, [1].all(c, c == b)))`, RuleDepth, "all stands in more than 1 others of its like: loops may be nested 2 deep"},
		{`[1].filter(a, true).filter(a, true).exists(a, [1].exists(b, a == b))`, `[1].filter(a, [1].exists(b, [1].exists_one(c, c == b))) == []`, RuleDepth, "exists_one stands in more than 1 others of its like: loops may be nested 2 deep"},
		{`1` + rep(" + 1", MaxRecursion-4) + " == 1", `1` + rep(" + 1", MaxRecursion) + " == 1", RuleDepth, "the condition is nested too deep: at most 32 steps in one path and 31 operators such as + in a row"},
		{`principal` + rep(".manager", MaxRecursion-4) + ".mfa", `principal` + rep(".manager", MaxRecursion) + ".mfa", RuleDepth, "the condition is nested too deep: at most 32 steps in one path and 31 operators such as + in a row"},
	} {
		if _, problems := e.Compile(tt.within); len(problems) > 0 {
			t.Errorf("%.60s… is within the limits: %v", tt.within, problems)
		}
		_, problems := e.Compile(tt.beyond)
		if len(problems) != 1 || problems[0].Rule != tt.rule || problems[0].Message != tt.message {
			t.Errorf("%.60s…: %v, want %s: %s", tt.beyond, problems, tt.rule, tt.message)
		}
	}
}

// hostileFacts are as large as facts may be.
func hostileFacts(t *testing.T) (*Env, *Facts) {
	e, err := NewEnv(Declarations{Request: declared(t, "many", "list(string)", "text", "string", "other", "string", "numbers", "list(int)",
		"map", "map(string)", "wide", "list(string)", "people", "list(principal)", "matrix", "list(list(int))", "pattern", "string")})
	if err != nil {
		t.Fatal(err)
	}
	many, people, table := make([]string, 3000), make([]string, 500), map[string]string{}
	for i := range many {
		many[i] = fmt.Sprint("e", i)
	}
	for i := range people {
		people[i] = fmt.Sprint("u", i)
	}
	for i := range 500 {
		table[fmt.Sprint(i)] = "v"
	}
	wide := make([]string, 20)
	for i := range wide {
		wide[i] = strings.Repeat("y", MaxText-i)
	}
	matrix := make([][]int, 20)
	for i := range matrix {
		matrix[i] = make([]int, 50)
	}
	a := must(t)(e.RequestAttributes(map[string]any{
		"many": many, "text": strings.Repeat("x", MaxText), "other": strings.Repeat("x", MaxText-1) + "y", "numbers": make([]int, 3000),
		"map": table, "wide": wide, "people": people, "matrix": matrix, "pattern": "(a|b)*c[a-z]{900}",
	}))
	lookup := func(string) (string, Attributes, bool) { return "active", Attributes{}, true }
	return e, &Facts{Request: e.Request(testNow, a, lookup)}
}

func TestTextsAndListsThatAreMadeAreBounded(t *testing.T) {
	e, f := hostileFacts(t)
	for _, tt := range []struct{ source, message, at string }{
		{`request.text + "y" == ""`, "+ would make a text of more than 16,384 bytes", "+"},
		{`request.text.replace("x", "yy") == ""`, "replace would make a text of more than 16,384 bytes", "replace"},
		{`request.text.replace("x", "yy", 1) == ""`, "replace would make a text of more than 16,384 bytes", "replace"},
		{`request.many.join("-") == ""`, "join would make a text of more than 16,384 bytes", "join"},
		{`request.wide.join() == ""`, "join would make a text of more than 16,384 bytes", "join"},
		{`"%s".format([request.many]) == ""`, "format would make a text of more than 16,384 bytes", "format"},
		{`request.many + request.many + request.many + request.many == []`, "+ would make a list of more than 10,000 elements", "+"},
	} {
		fails(t, e, f, tt.source, tt.message, tt.at)
	}
	for _, source := range []string{
		`(request.text + "").size() == 16384`,
		`request.text.replace("x", "y").size() == 16384 && request.text.replace("x", "") == ""`,
		`request.other.replace("y", "xx", 0) == request.other`,
		`request.numbers.map(n, "a").join().size() == 3000 && request.numbers.map(n, "abc").join("d").size() == 11999`,
		`(request.many + request.many + request.many).size() == 9000`,
	} {
		holds(t, e, f, source)
	}
}

// TestEvaluationsAreBounded runs what would take seconds and gigabytes. Every line ends within milliseconds: because
// it is cheap, or because its cost stops it.
func TestEvaluationsAreBounded(t *testing.T) {
	e, f := hostileFacts(t)
	for _, source := range []string{
		`MANY.all(x, MANY.all(y, true))`,
		`MANY.all(x, MANY.all(y, MANY.size() > 0))`,
		`PEOPLE.exists(p, p in PEOPLE.filter(q, false))`,
		`PEOPLE.exists(p, PEOPLE.exists(q, q.status == "x"))`,
		`NUMBERS.all(x, NUMBERS.all(y, x + y == 0 && x * y == 0))`,
		`MANY.exists(x, x == TEXT || TEXT == OTHER || TEXT < x)`,
		`MANY.exists(x, size(TEXT) == 1 || TEXT.size() == 1)`,
		`MANY.exists(x, TEXT.startsWith(OTHER) || TEXT.endsWith(OTHER))`,
		`MANY.exists(x, TEXT.contains("y") || TEXT.contains(OTHER))`,
		`MANY.exists(x, TEXT.indexOf("y") == 1)`,
		`TEXT.indexOf(OTHER.substring(8000)) == 1 || TEXT.lastIndexOf(OTHER.substring(8000)) == 1`,
		`MANY.exists(x, TEXT.charAt(3) == "")`,
		`MANY.exists(x, TEXT.substring(1) == "" || TEXT.substring(1, 16000) == "")`,
		`MANY.exists(x, TEXT.lowerAscii() == "" || TEXT.upperAscii() == "" || TEXT.reverse() == "" || TEXT.trim() == "")`,
		`MANY.exists(x, TEXT.split("") == [])`,
		`MANY.exists(x, TEXT.split("x", 9) == [])`,
		`MANY.exists(x, TEXT.replace("x", "yy") == "")`,
		`MANY.exists(x, TEXT.replace("x", "y") == "")`,
		`TEXT.replace("x", TEXT) == "" || TEXT.replace("", TEXT) == "" || TEXT.replace("", TEXT, 9) == ""`,
		`MANY.map(x, TEXT).join(TEXT) == ""`,
		`MANY.exists(x, MANY.join(TEXT) == "" || WIDE.join() == "")`,
		`MANY.exists(x, "%s%s".format([TEXT, TEXT]) == "")`,
		`"%s".format([MANY.map(x, TEXT)]) == ""`,
		`MANY.exists(x, "%.100f".format([1.0]) == "")`,
		`MANY.exists(x, TEXT + x == "" || TEXT + TEXT == "")`,
		`MANY.map(x, "a" + x).map(x, "b" + x).map(x, "c" + x) == []`,
		`MANY.exists(x, MANY == NUMBERS.map(n, "a") || MANY != MANY)`,
		`MANY.exists(x, x in MANY.filter(y, true) || TEXT in MANY || "zz" in MANY || TEXT in WIDE)`,
		`MANY.exists(x, [` + strings.Repeat(`MANY,`, 60) + `[x]] == [` + strings.Repeat(`MANY,`, 60) + `[]])`,
		`MANY.exists(x, MATRIX[0] in MATRIX || [MATRIX, MATRIX] == [MATRIX])`,
		`MANY.exists(x, x in MAP || TEXT in MAP || MAP[TEXT] == "")`,
		`sets.contains(MANY, MANY) || sets.equivalent(MANY, MANY) || sets.intersects(MANY, WIDE)`,
		`MANY.exists(x, sets.contains(["a"], ["b"]))`,
		`MANY` + strings.Repeat(` + MANY`, 25) + ` == MANY`,
		`(MANY + MANY + MANY).all(x, true)`,
		`NUMBERS.exists(x, NUMBERS + NUMBERS == [])`,
		`MANY.exists(x, x.matches("^(a|b)*c[a-z]{400}$") || TEXT.matches("y"))`,
		`MANY.exists(x, x.matches(PATTERN) || x.matches("a" + x) || x.matches(TEXT))`,
		`TEXT.matches("(x*)*y") || TEXT.matches("(x|xx|xxx){20}y")`,
		`MANY.exists(x, request.time.getHours(x) == 99)`,
		`MANY.exists(x, request.time.getHours("Europe/Berlin") == 99 || request.time.getHours("+02:00") == 99)`,
		`MANY.exists(x, inCIDR(TEXT, "11.0.0.0/8"))`,
		`MANY.exists(x, inCIDR("1.1.1.1", TEXT))`,
		`MANY.exists(x, isIP(TEXT) || isCIDR(TEXT))`,
		`MANY.exists(x, int(TEXT) == 1)`,
		`MANY.exists(x, double(TEXT) == 1.0 || duration(TEXT) == duration("1s"))`,
		`MANY.exists(x, timestamp(TEXT) == request.time || bool(TEXT) || uint(TEXT) == 1u)`,
		`MANY.exists(x, strings.quote(TEXT) == "")`,
		`MANY.exists(x, string(bytes(TEXT)) == "" || bytes(TEXT) == b"" || bytes(TEXT) + bytes(TEXT) == b"")`,
		`MANY.exists(x, string(request.time) == x || string(1.5) == x || string(duration("1h")) == x)`,
		`MANY.map(x, [x, x, x]).map(y, y + y) == []`,
		`MANY.map(x, {x: x, "a": TEXT}).map(m, m.a) == []`,
		`MANY.exists(x, MAP.exists(k, MAP[k] == "x"))`,
		`MANY.exists(x, {"a": 1, "b": 2, "c": 3, x: 4}.exists(k, k == "q"))`,
		`MANY.exists(x, 1 / 0 == 1)`,
		`MANY.exists_one(x, MANY.exists_one(y, x == y))`,
	} {
		source = strings.NewReplacer("MANY", "request.many", "TEXT", "request.text", "OTHER", "request.other", "NUMBERS", "request.numbers",
			"MAP", "request.map", "WIDE", "request.wide", "PEOPLE", "request.people", "MATRIX", "request.matrix", "PATTERN", "request.pattern").Replace(source)
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			t.Errorf("%s: %v", source, problems)
			continue
		}
		_, _ = p.Eval(t.Context(), f)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := p.Eval(t.Context(), f)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		// By itself none takes 20 ms. The memory is exact; of the time, that none runs away.
		if took > patience {
			t.Errorf("%s takes %v (%v)", source, took, err)
		}
		if made := after.TotalAlloc - before.TotalAlloc; made > 16<<20 {
			t.Errorf("%s allocates %d bytes (%v)", source, made, err)
		}
		t.Logf("%7v %8d %v %s", took.Round(10*time.Microsecond), after.TotalAlloc-before.TotalAlloc, err, source)
	}
}

func TestAnEvaluationThatCostsTooMuchIsAnError(t *testing.T) {
	e, f := hostileFacts(t)
	for _, source := range []string{
		`request.numbers.all(x, request.numbers.all(y, true))`,
		`request.numbers.exists(x, request.numbers.exists(y, false)) || true`, // nothing absorbs it
		`!request.numbers.exists(x, request.many.exists(y, request.text.replace("x", "z") == ""))`,
		`sets.contains(request.many, request.many)`,
	} {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got, err := p.Eval(t.Context(), f)
		failed, ok := errors.AsType[*EvalError](err)
		if got || !errors.Is(err, ErrCost) || !ok || failed.Message != "the condition costs too much to evaluate: more than 250,000" || failed.Width != len(source) {
			t.Errorf("%s is %v, %#v", source, got, err)
		}
	}
	// What policies do is far from the limit.
	for _, source := range []string{
		`request.many.exists(x, x == "e2999")`,
		`request.many.exists(x, x.startsWith("e29") && x.endsWith("99"))`,
		`"e2999" in request.many && sets.contains(request.many, ["e1", "e2", "e3"])`,
		`request.people.exists(p, p.status == "active" && p.id == "u499")`,
		`request.many.exists(x, x.matches("^e[0-9]99$"))`,
		`request.many.map(x, x.size() > 4, x.substring(1)).size() == 2000`,
	} {
		holds(t, e, f, source)
	}
}
