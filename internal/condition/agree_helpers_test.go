package condition

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Conditions that are made by chance, of every function and type, over facts that are made by chance.

// agreeEnv declares attributes of every type, by the same names for principals, requests and scopes of the kind s.
func agreeEnv(t testing.TB) *Env {
	t.Helper()
	attributes := func() map[string]Type {
		m := map[string]Type{}
		for name, typ := range agreeAttributes {
			m[name] = declared(t, name, typ)[name]
		}
		return m
	}
	e, err := NewEnv(Declarations{
		Principal: attributes(), Request: attributes(),
		Kinds: []Kind{{"s", attributes()}, {"u", attributes()}, {"gone", attributes()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var agreeAttributes = map[string]string{
	"b": "bool", "t": "string", "n": "int", "d": "double", "at": "timestamp", "p": "principal",
	"span": "duration", "spans": "list(duration)", "ts": "list(string)", "ns": "list(int)", "ds": "list(double)", "bs": "list(bool)", "ats": "list(timestamp)",
	"ps": "list(principal)", "nss": "list(list(int))", "tm": "map(string)", "nm": "map(int)", "pm": "map(principal)", "tms": "list(map(string))",
}

// The values that facts and literals are drawn from: few, so that they are often equal, and what lies at the bounds.
var (
	someTexts = []string{
		"", "a", "b", "ab", "größe", "A,b,ü", "10.1.2.3", "::1", "::ffff:10.1.2.3", "10.0.0.0/8", "fe80::/10", "Europe/Berlin", "+02:00", "7", "-1", "1.5",
		"true", "2026-06-01T12:30:15.25Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1h30m", "a\n\"\t", "NaN", "%s %d", "alice", "active",
	}
	someInts    = []int64{0, 1, -1, 2, 3, 7, 253402300799, -62135596800, math.MaxInt64, math.MinInt64, math.MaxInt32}
	someDoubles = []float64{0, 1, -1, 0.5, 1.5, 7, 1e300, -1e300, 9.007199254740993e15}
	someTimes   = []time.Time{
		testNow, testNow.In(time.FixedZone("", -7200)), time.Unix(0, 0), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(2024, 2, 29, 23, 59, 59, 1, time.UTC),
	}
	someSpans  = []time.Duration{0, 1, -1, time.Hour, 90 * time.Minute, math.MaxInt64, math.MinInt64}
	somePeople = []string{"alice", "bob", "carol", "nobody"}
)

// agreeValue draws a value for an attribute.
func agreeValue(r *rapid.T, typ string) any {
	switch typ {
	case "bool":
		return rapid.Bool().Draw(r, "bool")
	case "string":
		return rapid.SampledFrom(someTexts).Draw(r, "text")
	case "int":
		return rapid.SampledFrom(someInts[:7]).Draw(r, "int")
	case "double":
		return rapid.SampledFrom(someDoubles).Draw(r, "double")
	case "timestamp":
		return rapid.SampledFrom(someTimes).Draw(r, "time")
	case "duration":
		return rapid.SampledFrom(someSpans).Draw(r, "span")
	case "principal":
		id := rapid.SampledFrom(somePeople).Draw(r, "person")
		if rapid.IntRange(0, 3).Draw(r, "known") == 0 {
			return Ref{ID: id, Status: "guest", Attributes: map[string]any{"t": "a", "p": "bob"}}
		}
		return id
	}
	inner := typ[strings.IndexByte(typ, '(')+1 : len(typ)-1]
	n := rapid.IntRange(0, 3).Draw(r, "length")
	if strings.HasPrefix(typ, "list(") {
		list := []any{}
		for range n {
			list = append(list, agreeValue(r, inner))
		}
		return list
	}
	m := map[string]any{}
	for range n {
		m[rapid.SampledFrom([]string{"a", "b", "ab"}).Draw(r, "key")] = agreeValue(r, inner)
	}
	return m
}

// agreeAttributeValues draws attributes, most of them set.
func agreeAttributeValues(r *rapid.T) map[string]any {
	m := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(agreeAttributes)) {
		if rapid.IntRange(0, 7).Draw(r, "unset") > 0 {
			m[name] = agreeValue(r, agreeAttributes[name])
		}
	}
	return m
}

type agreePeople map[string]Attributes

func (p agreePeople) Person(id string) (string, Attributes, bool) {
	a, ok := p[id]
	return "active", a, ok
}

// agreeFacts draws facts; sometimes some of them are absent, or are those of another policy.
func agreeFacts(t testing.TB, r *rapid.T, e, other *Env) *Facts {
	people := agreePeople{}
	for _, id := range somePeople[:3] {
		people[id] = must(t)(e.PrincipalAttributes(agreeAttributeValues(r)))
	}
	ask := Lookup(people.Person)
	var given People
	if rapid.Bool().Draw(r, "people") {
		ask, given = nil, people
	}
	groups := [][]string{nil, {"a"}, {"b", "ab", "größe"}, make([]string, MaxElements+1)}[rapid.SampledFrom([]int{0, 1, 1, 2, 2, 2, 3}).Draw(r, "groups")]
	f := &Facts{
		Principal: e.Principal(Principal{ID: "alice", Kind: "user", Status: "active", Key: rapid.SampledFrom([]string{"", "a"}).Draw(r, "key"), Groups: groups},
			must(t)(e.PrincipalAttributes(agreeAttributeValues(r))), ask),
		Around: &Around{
			Request: e.Request(rapid.SampledFrom(someTimes).Draw(r, "now"), must(t)(e.RequestAttributes(agreeAttributeValues(r))), ask),
			Scopes:  ScopeList{e.Scope(0, "a", "s:a", must(t)(e.KindAttributes(0, agreeAttributeValues(r))), ask)},
			People:  given,
		},
	}
	switch rapid.IntRange(0, 59).Draw(r, "odd") {
	case 0:
		f.Principal = nil
	case 1:
		f.Request = nil
	case 2:
		f.Scopes = nil
	case 3:
		f.Principal = other.Principal(Principal{ID: "alice"}, Attributes{}, ask)
	case 4:
		f.Scopes.(ScopeList)[0] = other.Scope(0, "a", "s:a", Attributes{}, ask)
	case 5:
		return &Facts{}
	case 6:
		return nil
	}
	if f.Scopes != nil && rapid.Bool().Draw(r, "u") {
		f.Scopes = append(f.Scopes.(ScopeList), e.Scope(1, "b", "s:a/u:b", must(t)(e.KindAttributes(1, agreeAttributeValues(r))), ask))
	}
	return f
}

// productions are what an expression of a type may be. What stands in braces is an expression of that type.
var productions = map[string][]string{
	"bool": {
		"true", "false", "{o}.b", "{o}.b", "has({o}.t)", "has({o}.p)", "has({o}.p.n)", "has({o}.tm.a)", "has(principal.groups)", "has(request.time)",
		"has({p}.status)", "has(gone.t)", "({bool} && {bool})", "({bool} || {bool})", "({bool} && {bool} && {bool})", "({bool} || {bool} || {bool})",
		"!{bool}", "({bool} ? {bool} : {bool})", "({bool} == {bool})", "({bool} != {bool})", "({bool} < {bool})", "({bool} >= {bool})",
		"({string} == {string})", "({string} != {string})", "({string} < {string})", "({string} <= {string})", "({string} > {string})", "({string} >= {string})",
		"({int} == {int})", "({int} != {int})", "({int} < {int})", "({int} <= {int})", "({int} > {int})", "({int} >= {int})",
		"({uint} == {uint})", "({uint} < {uint})", "({uint} <= {uint})", "({uint} > {uint})", "({uint} >= {uint})",
		"({double} == {double})", "({double} != {double})", "({double} < {double})", "({double} <= {double})", "({double} > {double})", "({double} >= {double})",
		"({double} <= {int})", "({double} > {int})", "({double} <= {uint})", "({double} > {uint})", "({double} >= {uint})", "({uint} <= {double})", "({uint} > {double})", "({uint} >= {double})",
		"({bytes} == {bytes})", "({bytes} < {bytes})", "({bytes} <= {bytes})", "({bytes} > {bytes})", "({bytes} >= {bytes})", "({bool} <= {bool})", "({bool} > {bool})",
		"({time} == {time})", "({time} < {time})", "({time} <= {time})", "({time} > {time})", "({time} >= {time})",
		"({span} == {span})", "({span} < {span})", "({span} <= {span})", "({span} > {span})", "({span} >= {span})",
		"({p} == {p})", "({p} != {p})", "(principal == principal)", "(request == request)", "(s == s)", "(u != u)", "principal in [principal]",
		"({ts} == {ts})", "({ns} != {ns})", "({ps} == {ps})", "({nss} == {nss})", "({tm} == {tm})", "({nm} != {nm})", "({pm} == {pm})", "({ip} == {ip})", "({cidr} != {cidr})",
		"({string} in {ts})", "({int} in {ns})", "({double} in {ds})", "({bool} in {bs})", "({time} in {ats})", "({span} in {spans})", "({p} in {ps})", "({ns} in {nss})",
		"({string} in {tm})", "({string} in {nm})", "({int} in {im})", "({bool} in {true: {int}})", "({uint} in [1u, {uint}])", "({bytes} in [{bytes}])", "({tm} in {o}.tms)", "({string} in principal.groups)",
		"({string} in principal.groups)", "({ip} in [{ip}])", "({string} in [])", "([] == [])", "({string} in {})", "({int} in [1, 2, 3, 4, 5, 6, 7, 8, 9])", "({string} in ['a', 'b'])",
		"sets.contains({ts}, {ts})", "sets.intersects({ts}, {ts})", "sets.equivalent({ns}, {ns})", "sets.intersects(principal.groups, {ts})", "sets.contains({nss}, {nss})", "sets.equivalent({ps}, {ps})",
		"{string}.startsWith({string})", "{string}.endsWith({string})", "{string}.contains({string})", "bool({string})", "bool({bool})",
		"inCIDR({ipText}, {cidrText})", "inCIDR({string}, '10.0.0.0/8')", "inCIDR({o}.t, 'fe80::/10')", "isIP({string})", "ip.isCanonical({ipText})",
		"{cidr}.containsIP({ip})", "{cidr}.containsIP({ipText})", "{cidr}.containsCIDR({cidr})", "{cidr}.containsCIDR({cidrText})", "{cidr}.isMask()",
		"{ip}.isLoopback()", "{ip}.isUnspecified()", "{ip}.isGlobalUnicast()", "{ip}.isLinkLocalUnicast()", "{ip}.isLinkLocalMulticast()", "isCIDR({string})", "{bs}[{int}]",
	},
	"string": {
		"{textLiteral}", "{textLiteral}", "{o}.t", "{o}.t", "{o}.t", "principal.id", "principal.kind", "principal.status", "principal.key", "s.id", "u.path", "{p}.id", "{p}.status", "{p}.t",
		"{ts}[{int}]", "principal.groups[{int}]", "{tm}.a", "{tm}[{string}]", "({string} + {string})", "({bool} ? {string} : {string})",
		"{string}.charAt({int})", "{string}.substring({int})", "{string}.substring({int}, {int})", "{string}.lowerAscii()", "{string}.upperAscii()", "{string}.trim()", "{string}.reverse()",
		"{string}.replace({string}, {string})", "{string}.replace({string}, {string}, {int})", "{ts}.join()", "{ts}.join({string})", "strings.quote({string})",
		"'%s-%d'.format([{string}, '7'])", "'%s'.format([{string}])", "'%d'.format([{int}])", "'%s'.format([{ns}])", "'%x'.format([{string}])", "{string}.format([{string}])", "'%s'.format([{tm}])",
		"string({int})", "string({uint})", "string({double})", "string({bool})", "string({time})", "string({span})", "string({bytes})", "string({string})", "string({ip})", "string({cidr})",
	},
	"textLiteral": {"''", "'a'", "'b'", "'ab'", "'ü'", "'7'", "'10.1.2.3'", "'alice'", "'active'", "'größe'", "','"},
	"int": {
		"0", "1", "2", "3", "-1", "7", "9223372036854775807", "(-9223372036854775807 - 1)", "{o}.n", "{o}.n", "{p}.n", "{ns}[{int}]", "{nm}.a", "{nm}[{string}]", "{im}[{int}]", "{nss}[{int}][{int}]",
		"({int} + {int})", "({int} - {int})", "({int} * {int})", "({int} / {int})", "({int} % {int})", "(-{int})", "({bool} ? {int} : {int})",
		"size({string})", "{string}.size()", "size({ts})", "{ps}.size()", "size({tm})", "{nm}.size()", "size({bytes})", "{bytes}.size()", "principal.groups.size()", "{string}.indexOf({string})",
		"{string}.indexOf({string}, {int})", "{string}.lastIndexOf({string})", "{o}.t.lastIndexOf({string})", "({int} % 0)", "{string}.lastIndexOf({string}, {int})",
		"int({string})", "int({double})", "int({uint})", "int({int})", "int({time})", "int({span})", "{ip}.family()", "{cidr}.prefixLength()",
		"{time}.getFullYear()", "{time}.getMonth()", "{time}.getDayOfYear()", "{time}.getDate()", "{time}.getDayOfMonth()", "{time}.getDayOfWeek()", "{time}.getHours()", "{time}.getMinutes()",
		"{time}.getSeconds()", "{time}.getMilliseconds()", "{span}.getHours()", "{span}.getMinutes()", "{span}.getSeconds()", "{span}.getMilliseconds()",
		"{time}.getFullYear({zone})", "{time}.getMonth({zone})", "{time}.getDayOfYear({zone})", "{time}.getDate({zone})", "{time}.getDayOfMonth({zone})", "{time}.getDayOfWeek({zone})",
		"{time}.getHours({zone})", "{time}.getMinutes({zone})", "{time}.getSeconds({zone})", "{time}.getMilliseconds({zone})",
	},
	"zone": {"'Europe/Berlin'", "'UTC'", "'+05:30'", "'-01:00'", "{o}.t", "('Europe/' + 'Berlin')", "('x' + {o}.t)"},
	"uint": {"0u", "1u", "7u", "18446744073709551615u", "({uint} + {uint})", "({uint} - {uint})", "({uint} * {uint})", "({uint} / {uint})", "({uint} % {uint})", "uint({int})", "uint({double})", "uint({string})", "uint({uint})"},
	"double": {
		"0.0", "1.0", "1.5", "-1.0", "7.0", "1e308", "{o}.d", "{o}.d", "{ds}[{int}]", "({double} + {double})", "({double} - {double})", "({double} * {double})", "({double} / {double})", "(-{double})",
		"double({int})", "double({uint})", "double({string})", "double({double})", "({bool} ? {double} : {double})",
	},
	"bytes": {"b''", "b'a'", "b'\\xff'", "bytes({string})", "bytes({bytes})", "({bytes} + {bytes})"},
	"time": {
		"request.time", "{o}.at", "{o}.at", "{p}.at", "{ats}[{int}]", "timestamp('2026-06-01T12:30:15.25Z')", "timestamp('2026-06-01T12:30:15+02:00')", "timestamp({string})", "timestamp({int})", "timestamp({time})",
		"({time} + {span})", "({span} + {time})", "({time} - {span})", "({bool} ? {time} : {time})", "(timestamp(253402300799) + {span})",
	},
	"span": {
		"{o}.span", "{o}.span", "duration('1h30m')", "duration('-1ns')", "duration({string})", "duration({span})", "({span} + {span})", "({span} - {span})", "({time} - {time})", "{spans}[{int}]", "({bool} ? {span} : {span})",
	},
	"o":        {"principal", "request", "s", "s", "u", "{p}"},
	"p":        {"principal.p", "request.p", "s.p", "s.p", "u.p", "s.p.p", "{ps}[{int}]", "{pm}.a", "{pm}[{string}]", "({bool} ? {p} : {p})", "[{p}][0]"},
	"ts":       {"{o}.ts", "{o}.ts", "principal.groups", "['a', 'b']", "[{string}]", "[{string}, {string}]", "{string}.split({string})", "{string}.split({string}, {int})", "({ts} + {ts})", "({bool} ? {ts} : {ts})"},
	"ns":       {"{o}.ns", "[1, 2, 3]", "[{int}, {int}]", "({ns} + {ns})", "{nss}[{int}]"},
	"ds":       {"{o}.ds", "[1.0, 1.5]", "[{double}]"},
	"bs":       {"{o}.bs", "[true]", "[{bool}, false]"},
	"ats":      {"{o}.ats", "[request.time]", "[{time}]", "[timestamp('2026-06-01T12:30:15.25Z')]"},
	"spans":    {"{o}.spans", "[{span}]", "[duration('1h30m')]"},
	"ps":       {"{o}.ps", "{o}.ps", "[{p}]", "[{p}, s.p]", "({ps} + {ps})"},
	"nss":      {"{o}.nss", "[{ns}]", "[[1], [2, 3]]", "[{ns}, {ns}]"},
	"tm":       {"{o}.tm", "{o}.tm", "{'a': 'b'}", "{'a': {string}, {string}: 'b'}", "{o}.tms[{int}]", "{{string}: {string}}"},
	"nm":       {"{o}.nm", "{'a': 1, 'b': 2}", "{{string}: {int}, {string}: {int}}"},
	"im":       {"{1: 1, 2: 7}", "{{int}: {int}}", "{{int}: 1, {int}: 2}"},
	"pm":       {"{o}.pm", "{'a': {p}}"},
	"ip":       {"ip('10.1.2.3')", "ip('::1')", "ip({ipText})", "{cidr}.ip()"},
	"cidr":     {"cidr('10.0.0.0/8')", "cidr('10.1.2.3/16')", "cidr({cidrText})", "{cidr}.masked()"},
	"ipText":   {"'10.1.2.3'", "'::1'", "{o}.t", "string({ip})"},
	"cidrText": {"'10.0.0.0/8'", "'fe80::/10'", "{o}.t", "string({cidr})"},
}

// shortest are the productions that hold no others that could go on, by type.
var shortest = map[string]string{
	"bool": "s.b", "string": "s.t", "textLiteral": "'a'", "int": "s.n", "zone": "'UTC'", "uint": "1u", "double": "s.d", "bytes": "b'a'", "time": "request.time", "span": "s.span",
	"o": "s", "p": "s.p", "ts": "s.ts", "ns": "s.ns", "ds": "s.ds", "bs": "s.bs", "ats": "s.ats", "spans": "s.spans", "ps": "s.ps", "nss": "s.nss", "tm": "s.tm", "nm": "s.nm", "im": "{1: 7}",
	"pm": "s.pm", "ip": "ip('10.1.2.3')", "cidr": "cidr('10.0.0.0/8')", "ipText": "request.t", "cidrText": "'10.0.0.0/8'",
}

// root is a production of a type with which a condition begins.
type root struct{ typ, text string }

// roots are all productions. Each has its turn: deep in a condition there is mostly something that fails before it.
func roots() []root {
	var all []root
	for _, typ := range slices.Sorted(maps.Keys(productions)) {
		for _, text := range productions[typ] {
			all = append(all, root{typ, text})
		}
	}
	return all
}

// agreeCondition draws a condition that begins so.
func agreeCondition(r *rapid.T, begin root) string {
	text := fillHoles(r, begin.text, rapid.IntRange(0, 3).Draw(r, "depth"))
	switch begin.typ {
	case "bool":
		return text
	case "o", "zone", "textLiteral", "ipText", "cidrText":
		return agreeExpression(r, "bool", 3)
	}
	return text + " == " + agreeExpression(r, begin.typ, 1)
}

// agreeExpression draws an expression of a type.
func agreeExpression(r *rapid.T, typ string, depth int) string {
	text := shortest[typ]
	if depth > 0 {
		text = rapid.SampledFrom(productions[typ]).Draw(r, typ)
	}
	return fillHoles(r, text, depth)
}

func fillHoles(r *rapid.T, text string, depth int) string {
	var b strings.Builder
	for {
		open := holeAt(text)
		if open < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := open + strings.IndexByte(text[open:], '}')
		b.WriteString(text[:open])
		b.WriteString(agreeExpression(r, text[open+1:end], depth-1))
		text = text[end+1:]
	}
}

// holeAt returns where the first hole of a production opens, and -1 when it has none: a brace may be CEL's own.
func holeAt(text string) int {
	for i := range text {
		if text[i] == '{' {
			if end := strings.IndexByte(text[i:], '}'); end > 0 && productions[text[i+1:i+end]] != nil {
				return i
			}
		}
	}
	return -1
}

// errorClass is what an error says, without what it says it of.
func errorClass(err error) string {
	text := fmt.Sprint(err)
	for _, class := range errorClasses {
		if strings.Contains(text, class) {
			return class
		}
	}
	return "other"
}

var errorClasses = []string{
	"is not set", "no scope of kind", "is not given", "there is no key", "is out of range", "division by zero", "modulus by zero", "unsigned integer overflow", "integer overflow", "timestamp overflow",
	"is not an IP address", "is not a network", "is not a point in time", "is not a duration", "is not an int", "is not a double", "is neither true nor false", "there is no time zone",
	"stands in the map twice", "not made for this policy", "groups are more than",
}
