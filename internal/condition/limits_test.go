package condition

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// hostileSources are those that take a compiler longest, at the greatest size that is allowed.
func hostileSources() []string {
	rep := strings.Repeat
	n := MaxNesting
	list := []string{
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
	for _, unit := range checkedSlowly {
		list = append(list, filled(unit, "true"))
	}
	for _, elem := range []string{`[],`, `{},`, `[[]],`, `1==1,`, `[]==[],`, `{1:1},`, `[1]+[1],`} {
		list = append(list, "["+filled(elem, "")+"]==[]", rep("[", n-1)+filled(elem, "")+rep("]", n-1)+"==[]")
	}
	for _, around := range []string{"[%]", "{1:%}", "[%,%]", "(%+%)", "(true?%:%)", "[%][0]", "[%].map(a,a)", "size([%])", "[%]+[]", "{'a':%}.a"} {
		for _, inside := range []string{"[]", "1", "{}"} {
			text := inside
			for range n - 1 {
				if next := strings.ReplaceAll(around, "%", text); len(lex(next)) < MaxWords/2 && len(next) < MaxSource/2 {
					text = next
				}
			}
			list = append(list, text+"=="+text, filled(text+"==[]||", "true"))
		}
	}
	return list
}

// checkedSlowly are parts of conditions of which a condition holds as many as it may: each makes the type-checker
// infer something, and keep it for all that follows.
var checkedSlowly = []string{
	`{}=={}||`, `[]==[]||`, `[[]]==[[]]||`, `[][0]==[][0]||`, `[].all(a,a)||`, `[1].map(a,a)==[1]||`, `[].exists(a,true)||`,
	`[].exists_one(a,true)||`, `[1].map(a,[1].map(b,1))==[]||`, `[].filter(a,true)==[1]||`, `[].map(a,1)==[1]||`, `[].map(a,true,1)==[]||`,
	`size([])==0||`, `[]+[]==[1]||`, `1 in{}||`, `{}[1]==1||`, `[][0]==1||`, `(true?[]:[])==[1]||`, `[{}]==[{}]||`, `{1:{1:{1:{1:1}}}}=={}||`,
	`sets.contains([],[])||`, `sets.equivalent([],[])||`, `[].join()==""||`, `"".format([])==""||`, `[1]==[]||`, `[].all(a,[].all(b,true))||`,
	`[].all(a,[].all(b,[]==[]))||`, `[].all(a,1 in a)||`, `"".size()==1||`, `"a"+"b"==""||`, `1+1==1||`, `-1==1||`, `!true||`, `true?true:true||`,
	`has(org.plan)||`, `principal.manager.id==""||`, `"".startsWith("")||`, `request.time.getHours()==1||`, `[[],[[]],[[[]]]]==[]||`,
	`[].map(a,[a])==[[1]]||`, `string(1)==""||`, `{}["a"]["b"]==1||`, `[][0][0][0][0]==1||`, `([]+[]+[]+[])==[1]||`, `[1,2,3].sortBy(a,a)==[]||`,
	`cel.bind(a,1,a)==1||`, `[].exists(i,v,v)||`, `.dyn(1)==1||`, `org.plann==""||`, `timestamp("x")==1||`, `int(1e300)==1||`, `{1:1,1:1}=={}||`,
}

// filled repeats a part of a condition as often as it may, and ends it.
func filled(part, end string) string {
	words := 0
	for _, t := range lex(part) {
		if t.text != "," {
			words++
		}
	}
	return strings.Repeat(part, min((MaxWords-2*MaxNesting)/words, (MaxSource-2*MaxNesting-len(end))/len(part))) + end
}

// patience is far more than anything takes on a machine that is busy, and far less than what is not bounded. What is
// exact, and so is asserted exactly, are cost and memory.
const patience = 5 * time.Second

func TestCompilingIsBounded(t *testing.T) {
	small, big := testEnv(t), bigEnv(t)
	sources := hostileSources()
	sources = append(sources, unknownAttributes(), filled("kind1.atribute7==7||", "true"), filled("kind1.attribute7==''||", "true"))
	for _, source := range sources {
		e := small
		if strings.HasPrefix(source, "kind") {
			e = big
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		p, problems := e.Compile(source)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		// Of the time, only that nothing runs away.
		if took > patience {
			t.Errorf("%.60s… takes %v to compile", source, took)
		}
		if made := after.TotalAlloc - before.TotalAlloc; made > 16<<20 {
			t.Errorf("%.60s… allocates %d bytes", source, made)
		}
		if (p == nil) != (len(problems) > 0) || len(problems) > MaxProblems+1 {
			t.Errorf("%.60s… has a program %v and the problems %v", source, p != nil, problems)
		}
	}
	if len(sources) < 100 {
		t.Errorf("there are but %d texts", len(sources))
	}
}

// bigEnv declares a thousand attributes of each of thirty kinds.
func bigEnv(t testing.TB) *Env {
	attributes := map[string]Type{}
	for i := range 1000 {
		attributes[fmt.Sprint("attribute", i)], _ = ParseType("int")
	}
	d := Declarations{Principal: attributes, Request: attributes}
	for i := range 30 {
		d.Kinds = append(d.Kinds, Kind{fmt.Sprint("kind", i), attributes})
	}
	e, err := NewEnv(d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// unknownAttributes is a condition that reads as many attributes as it may that are nearly declared in bigEnv.
func unknownAttributes() string {
	var b strings.Builder
	for i := range MaxWords / 7 {
		fmt.Fprintf(&b, "kind%d.atribute%dx==%d||", i%30, i, i)
	}
	return b.String() + "true"
}

func BenchmarkCompileHostile(b *testing.B) {
	small, big := testEnv(b), bigEnv(b)
	for _, bb := range []struct {
		name, source string
		env          *Env
	}{
		{"lists joined", filled(`([]+[]+[]+[])==[1]||`, "true"), small},
		{"filters", filled(`[].filter(a,true)==[1]||`, "true"), small},
		{"unknown attributes", unknownAttributes(), big},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.env.Compile(bb.source)
			}
		})
	}
}

func TestLimitsOfSources(t *testing.T) {
	e := testEnv(t)
	rep := strings.Repeat
	for _, tt := range []struct{ within, beyond, rule, message string }{
		{`true` + rep(" ", MaxSource-4), `true` + rep(" ", MaxSource-3), RuleSize, "the condition has 4,097 bytes; a condition may have at most 4,096"},
		{`!true` + rep("||true", MaxWords/2-1), `true` + rep("||true", MaxWords/2), RuleSize, "the condition has 601 words (names, operators, literals); a condition may have at most 600"},
		{`principal.level in [1` + rep(",1", MaxWords-7) + "]", `principal.level in [1` + rep(",1", MaxWords-6) + "]", RuleSize, "the condition has 601 words (names, operators, literals); a condition may have at most 600"},
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

// hostileFacts are as large as facts may be: each kind of a scope has attributes of its own.
func hostileFacts(t testing.TB) (*Env, *Facts) {
	kind := func(name string, attributes ...string) Kind { return Kind{name, declared(t, attributes...)} }
	e, err := NewEnv(Declarations{
		Principal: declared(t, "manager", "principal", "tags", "list(string)"),
		Request:   declared(t, "many", "list(string)", "text", "string", "other", "string", "numbers", "list(int)", "pattern", "string", "colons", "string"),
		Kinds: []Kind{
			kind("full", "many", "list(string)"), kind("count", "numbers", "list(int)"), kind("crowd", "people", "list(principal)"),
			kind("table", "map", "map(string)"), kind("grid", "matrix", "list(list(int))"), kind("broad", "wide", "list(string)"),
			kind("long", "keys", "map(string)"), kind("tree", "tree", "list(list(list(list(int))))"), kind("tables", "maps", "list(map(int))"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	make1 := func(n int, prefix string) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprint(prefix, i)
		}
		return list
	}
	table, keys := map[string]string{}, map[string]string{}
	for i := range MaxElements {
		table[fmt.Sprint(i)] = "v"
	}
	wide := make([]string, 63)
	for i := range wide {
		wide[i] = strings.Repeat("y", MaxText-i)
		keys[wide[i]] = "v"
	}
	matrix := make([][]int, 99)
	for i := range matrix {
		matrix[i] = make([]int, 100)
	}
	tree := [][][][]int{}
	for range 9 {
		a := [][][]int{}
		for range 10 {
			b := [][]int{}
			for range 10 {
				b = append(b, make([]int, 9))
			}
			a = append(a, b)
		}
		tree = append(tree, a)
	}
	maps := make([]map[string]int, 100)
	for i := range maps {
		maps[i] = map[string]int{}
		for j := range 98 {
			maps[i][fmt.Sprint(j)] = 1
		}
	}
	text := strings.Repeat("x", MaxText)
	request := must(t)(e.RequestAttributes(map[string]any{
		"many": make1(3000, "e"), "text": text, "other": text[1:] + "y", "numbers": make([]int, 3000), "pattern": "(a|b)*c[a-z]{900}",
		"colons": strings.Repeat(":", MaxText),
	}))
	someone := must(t)(e.PrincipalAttributes(map[string]any{"manager": "m"}))
	lookup := func(string) (string, Attributes, bool) { return "active", someone, true }
	self := must(t)(e.PrincipalAttributes(map[string]any{"manager": "m", "tags": make1(MaxElements, "t")}))
	f := &Facts{Principal: e.Principal(Principal{ID: "alice", Groups: make1(MaxElements, "group")}, self, lookup), Around: &Around{Request: e.Request(testNow, request, lookup)}}
	var scopes ScopeList
	for i, values := range []map[string]any{
		{"many": make1(MaxElements, "e")}, {"numbers": make([]int, MaxElements)}, {"people": make1(MaxElements, "u")},
		{"map": table}, {"matrix": matrix}, {"wide": wide}, {"keys": keys}, {"tree": tree}, {"maps": maps},
	} {
		scopes = append(scopes, e.Scope(i, "x", "x", must(t)(e.KindAttributes(i, values)), lookup))
	}
	f.Scopes = scopes
	return e, f
}

func TestTextsAndListsThatAreMadeAreBounded(t *testing.T) {
	e, f := hostileFacts(t)
	for _, tt := range []struct{ source, message, at string }{
		{`request.text + "y" == ""`, "+ would make a text of more than 16,384 bytes", "+"},
		{`request.text.replace("x", "yy") == ""`, "replace would make a text of more than 16,384 bytes", "replace"},
		{`request.text.replace("x", "yy", 1) == ""`, "replace would make a text of more than 16,384 bytes", "replace"},
		{`request.many.join("-") == ""`, "join would make a text of more than 16,384 bytes", "join"},
		{`broad.wide.join() == ""`, "join would make a text of more than 16,384 bytes", "join"},
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

// hostileConditions are those that would take seconds and gigabytes, over hostileFacts.
func hostileConditions() []string {
	rep := strings.Repeat
	list := []string{
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
		// what compares
		`NUMBERS.exists(x, NUMBERS == [])`,
		`NUMBERS.exists(x, NUMBERS != NUMBERS.filter(y, y == 1))`,
		`PEOPLE.exists(x, PEOPLE == [])`,
		`PEOPLE.exists(x, PEOPLE != PEOPLE)`,
		`PEOPLE.exists(x, x.tags == ["admin"])`,
		`PEOPLE.exists(x, x.manager == x || x in PEOPLE)`,
		`principal.groups.all(g, principal.groups == principal.groups)`,
		`principal.groups.all(g, g in principal.groups)`,
		`principal.groups.exists(g, principal.groups.exists(h, g == h + "x"))`,
		`principal.groups.exists(g, principal.groups + [g] == [])`,
		`principal.tags.all(g, principal.tags == principal.tags)`,
		`sets.equivalent(principal.groups, principal.groups) || sets.intersects(principal.groups, MANY)`,
		`WIDE.exists(x, WIDE == WIDE.filter(y, true) && WIDE != WIDE)`,
		`NUMBERS.exists(x, WIDE != WIDE)`,
		`NUMBERS.exists(x, TEXT == OTHER || TEXT != TEXT || TEXT + "" == OTHER)`,
		`NUMBERS.exists(x, MAPS != MAPS)`,
		`NUMBERS.exists(x, MAP != MAP)`,
		`NUMBERS.exists(x, KEYS != KEYS)`,
		`NUMBERS.exists(x, TREE != TREE)`,
		`NUMBERS.exists(x, [TREE] == [] || [TREE, TREE] == [TREE] || TREE[0] in TREE)`,
		`NUMBERS.exists(x, {"a": NUMBERS} != {"a": NUMBERS})`,
		`sets.contains(MATRIX, MATRIX) && sets.contains(TREE, TREE) && sets.contains(MAPS, MAPS)`,
		`MATRIX == MATRIX && TREE == TREE && MAPS == MAPS && MAP == MAP && NUMBERS == NUMBERS && PEOPLE == PEOPLE && WIDE == WIDE`,
		// what is looked up
		`NUMBERS.exists(x, MAP[TEXT] == "" || MAP[OTHER] == "")`,
		`NUMBERS.exists(x, ` + rep(`TEXT in ["a"] || `, 40) + `false)`,
		`NUMBERS.exists(x, ` + rep(`TEXT in KEYS || `, 40) + `false)`,
		`NUMBERS.exists(x, ` + rep(`KEYS[WIDE[0]] == "" || `, 40) + `false)`,
		`NUMBERS.exists(x, NUMBERS.exists(y, TEXT in ["a"]))`,
		`NUMBERS.map(x, {TEXT: 1, OTHER: 2}) == []`,
		`NUMBERS.map(x, {TEXT: 1}[TEXT]) == []`,
		`MANY.map(x, {x: 1, x + "a": 2, x + "b": 3}) == []`,
		// what is read
		`PEOPLE.exists(x, x` + rep(`.manager`, 25) + `.id == "q")`,
		`PEOPLE.exists(x, ` + rep(`x.manager.id == "q" || `, 50) + `false)`,
		`NUMBERS.exists(x, ` + rep(`principal.manager.id == "q" || `, 50) + `false)`,
		`PEOPLE.map(x, [x, x]) == []`,
		`(PEOPLE.filter(x, true) + []).exists(x, x.id == "q")`,
		`NUMBERS.exists(x, (PEOPLE + []).size() == 1)`,
		`NUMBERS.exists(x, size(PEOPLE) == 1 || PEOPLE[0].id == "q")`,
		`PEOPLE.filter(x, true).filter(x, true).filter(x, true).filter(x, true).filter(x, true) == []`,
		`NUMBERS.map(x, x + 1).map(x, [x]).map(x, x + x).map(x, size(x)) == []`,
		`NUMBERS.map(x, string(x)).map(x, x + x + x + x) == []`,
		`NUMBERS.exists(x, ` + rep(`principal.id + "" == "q" || `, 60) + `false)`,
		`NUMBERS.exists(x, ` + rep(`double(x) == 1.5 || `, 60) + `false)`,
		`NUMBERS.exists(x, ` + rep(`[x, x, x] == [] || `, 60) + `false)`,
		`NUMBERS.exists(x, ` + rep(`request.time == timestamp(x) || `, 60) + `false)`,
		`NUMBERS.exists(x, ` + rep(`request.time - request.time == duration("1s") || `, 40) + `false)`,
		`NUMBERS.exists(x, [1, 2, 3].exists(y, [1].size() == 2))`,
		`NUMBERS.exists(x, [1].map(y, y).size() == 2)`,
		`NUMBERS.exists(x, [].exists(y, y == 1) || [1].exists(y, y == 2))`,
		`NUMBERS.exists(x, {}.exists(y, y == 1) || {x: 1}.exists(y, y == 2))`,
		`NUMBERS.exists(x, MAP.exists(y, y == "q"))`,
		`NUMBERS.exists(x, 1 / x == 1 || NUMBERS[20000] == 1 || MAP["q"] == "")`,
		`NUMBERS.exists(x, [x][1] == 1)`,
		// zones
		`NUMBERS.exists(x, request.time.getHours(request.colons) == 99)`,
		`NUMBERS.exists(x, request.time.getHours(TEXT) == 99)`,
		`MANY.exists(x, request.time.getHours("+0" + x + ":00") == 99)`,
		`NUMBERS.exists(x, request.time.getHours("Europe/Berlin" + TEXT.substring(16000, 16000 + x)) == 99)`,
		// networks
		`NUMBERS.exists(x, ip("1.2.3.4") == ip("1.2.3.5") || cidr("10.0.0.0/8").containsIP("1.2.3.4"))`,
		`NUMBERS.exists(x, inCIDR(request.colons, "10.0.0.0/8"))`,
	}
	names := strings.NewReplacer("MANY", "full.many", "TEXT", "request.text", "OTHER", "request.other", "NUMBERS", "count.numbers", "MAPS", "tables.maps",
		"MAP", "table.map", "WIDE", "broad.wide", "PEOPLE", "crowd.people", "MATRIX", "grid.matrix", "PATTERN", "request.pattern", "KEYS", "long.keys",
		"TREE", "tree.tree")
	for i, source := range list {
		list[i] = names.Replace(source)
	}
	return list
}

// TestEvaluationsAreBounded runs what would take seconds and gigabytes. Every line ends within milliseconds: because
// it is cheap, or because its cost stops it.
func TestEvaluationsAreBounded(t *testing.T) {
	e, f := hostileFacts(t)
	for _, source := range hostileConditions() {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			t.Errorf("%s: %v", source, problems)
			continue
		}
		cost, err := spend(t, p, f) // what is made once, is made now
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		again, errAgain := spend(t, p, f)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		made := after.TotalAlloc - before.TotalAlloc
		if took > patience {
			t.Errorf("%s takes %v (%v)", source, took, err)
		}
		if made > 16<<20 {
			t.Errorf("%s allocates %d bytes (%v)", source, made, err)
		}
		if first := strings.Contains(source, "getHours"); !first && (cost != again || (err == nil) != (errAgain == nil)) {
			t.Errorf("%s costs %d (%v) and then %d (%v)", source, cost, err, again, errAgain)
		}
		t.Logf("%9v %9d %7d %v %.100s", took.Round(10*time.Microsecond), made, again, err != nil, source)
	}
}

// spend returns what an evaluation costs.
func spend(t testing.TB, p *Program, f *Facts) (int, error) {
	a := &activation{p.env, f.whole(), newMeter(t.Context())}
	_, err := p.eval(t.Context(), f, a)
	return MaxCost - a.meter.left, err
}

func TestComparingPaysForWhatItComesTo(t *testing.T) {
	e, f := hostileFacts(t)
	for _, tt := range []struct {
		source string
		cost   int
	}{
		// lists of other lengths are not gone through
		{`count.numbers == []`, 1},
		{`[] != full.many`, 1},
		{`[count.numbers] == [count.numbers, count.numbers]`, 1},
		{`[count.numbers, []] == [[], count.numbers]`, 2},
		{`table.map == {"a": "b"}`, 1},
		{`crowd.people == crowd.people + []`, 30_001 + 10_001},
		// of equal lists, every element is
		{`count.numbers == count.numbers`, 10_001},
		{`full.many != full.many`, 10_001},
		{`principal.groups == principal.groups`, 10_001},
		{`grid.matrix == grid.matrix`, 1 + 99*101},
		{`table.map == table.map`, 1 + 2*10_000},
		{`broad.wide == broad.wide`, 1 + 63 + 16 + 62*15},
		// and of others, those up to the first that differs
		{`full.many == full.many.map(x, "e1")`, 2 + 11*10_000},
		// a list is looked through until it is found
		{`"e0" in full.many`, 2},
		{`"no" in full.many`, 1 + 2500},
		{`"group9999" in principal.groups`, 1 + 2500},
		{`1 in count.numbers`, 1 + 10_000},
		{`request.text in full.many`, 1 + 2500},
		{`sets.contains(full.many, ["e0", "e5"])`, 1 + 2 + 3},
		{`sets.intersects(full.many, ["no", "e0", "e5"])`, 1 + 2501 + 2},
		// a text of another length is not looked at
		{`[1].exists(x, request.text == request.pattern)`, 22 + 1},
		{`[1].exists(x, request.text == request.other)`, 22 + 1 + 16},
	} {
		p, problems := e.Compile(tt.source)
		if len(problems) > 0 {
			t.Errorf("%s: %v", tt.source, problems)
			continue
		}
		if cost, err := spend(t, p, f); cost != tt.cost {
			t.Errorf("%s costs %d (%v), want %d", tt.source, cost, err, tt.cost)
		}
	}
}

// doneAfter is a context that is done when it was asked so often.
type doneAfter struct {
	context.Context
	asked, most int
}

func (c *doneAfter) Err() error {
	if c.asked++; c.asked > c.most {
		return context.Canceled
	}
	return nil
}

func TestTheContextIsAskedAllTheTime(t *testing.T) {
	e, f := hostileFacts(t)
	for _, source := range []string{
		`full.many.all(x, full.many.all(y, true))`,
		`principal.groups.all(g, principal.groups == principal.groups)`,
		`count.numbers.exists(x, tree.tree != tree.tree)`,
		`sets.contains(full.many, full.many)`,
		`full.many.exists(x, x in full.many.filter(y, false) || "no" in full.many)`,
		`count.numbers.exists(x, x == 1 || inCIDR("1.2.3.4", "1.2.3.5/32"))`,
	} {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		const most = 3
		ctx := &doneAfter{Context: t.Context(), most: most}
		a := &activation{p.env, f.whole(), newMeter(ctx)}
		if holds, err := p.eval(ctx, f, a); holds || !errors.Is(err, context.Canceled) {
			t.Errorf("%s is %v, %v", source, holds, err)
		}
		if spent, least := MaxCost-a.meter.left, (most+1)*askEvery; spent < least || spent > least+askEvery {
			t.Errorf("%s goes on for %d, when the context was done after %d", source, spent, least)
		}
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
		`crowd.people.exists(p, p.status == "active" && p.id == "u4999")`,
		`request.many.exists(x, x.matches("^e[0-9]99$"))`,
		`request.many.map(x, x.size() > 4, x.substring(1)).size() == 2000`,
	} {
		holds(t, e, f, source)
	}
}

func TestTheProblemsOfAConditionAreBounded(t *testing.T) {
	e := testEnv(t)
	for _, tt := range []struct {
		source string
		at     string // the last that is told
	}{
		{strings.Repeat("org.plann == '' || ", 60) + "true", "plann"},
		{strings.Repeat("orgs.x || ", 120) + "true", "orgs"},
		{strings.Repeat("1 == '' || ", 100) + "true", "=="},
		{strings.Repeat(`"\q" == "" || `, 100) + "true", `\q`},
		{strings.Repeat("1 = 1 || ", 100) + "true", "="},
		{strings.Repeat("double('x') == 1.0 || ", 60) + "true", "'x'"},
	} {
		_, problems := e.Compile(tt.source)
		if len(problems) != MaxProblems+1 {
			t.Errorf("%.30s… has %d problems", tt.source, len(problems))
			continue
		}
		first, last := problems[0], problems[MaxProblems]
		if last.Message != "here is one more problem than are told of a condition: mend those before it first" || last.Suggestion != "" || last.Rule != first.Rule {
			t.Errorf("%.30s… ends with %+v", tt.source, last)
		}
		if at := tt.source[last.Offset : last.Offset+last.Width]; at != tt.at || first.Message == last.Message {
			t.Errorf("%.30s… ends at %q, after %v", tt.source, at, first)
		}
	}
	if _, problems := e.Compile(strings.Repeat("org.plann == '' || ", MaxProblems) + "true"); len(problems) != MaxProblems || problems[0].Suggestion != "plan" {
		t.Errorf("as many as are told: %v", problems)
	}
}

// What a map holds is what format writes, its keys and its values.
func TestFormatPaysForTheTextsOfAMap(t *testing.T) {
	e := single(t, "map(string)")
	for _, x := range []map[string]string{{"a": strings.Repeat("b", MaxText)}, {strings.Repeat("b", MaxText): "a"}} {
		a := must(t)(e.RequestAttributes(map[string]any{"x": x}))
		fails(t, e, &Facts{Around: &Around{Request: e.Request(testNow, a, nil)}}, `"%s".format([request.x]) == ""`, "format would make a text of more than 16,384 bytes", "format")
	}
}

// A loop over a map goes through its keys in the same order each time, whatever they are.
func TestTheKeysOfAMapHaveOneOrder(t *testing.T) {
	entries := map[ref.Val]ref.Val{types.String("b"): types.True, types.Int(2): types.True, types.Bool(true): types.True, types.String("a"): types.True, types.Int(1): types.True, types.Uint(1): types.True}
	for range 10 {
		if got := fmt.Sprint(newDict(entries, false).keys); got != "[true 1 2 a b 1]" {
			t.Fatal(got)
		}
	}
}
