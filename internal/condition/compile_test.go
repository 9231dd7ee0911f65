package condition

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/cel-go/common"
)

// problemCases has, for each source, its problems: the rule, the part that is underlined, the message, and after a ?
// the suggestion.
var problemCases = []struct {
	source string
	want   []string
}{
	// names
	{`orgs.plan == "x"`, []string{`name|orgs|there is no variable or scope kind "orgs"?org`}},
	{`plan == "x"`, []string{`name|plan|there is no variable or scope kind "plan"?org.plan`}},
	{`user.id == "x"`, []string{`name|user|there is no variable or scope kind "user"`}},
	{`principle.mfa`, []string{`name|principle|there is no variable or scope kind "principle"?principal`}},
	{`principal.tags.exists(tag, tagg == "a")`, []string{`name|tagg|there is no variable or scope kind "tagg"?tag`}},
	{`org.plan.startWith("t")`, []string{`name|startWith|there is no function "startWith"?startsWith`}},
	{`incidr(request.ip, "10.0.0.0/8")`, []string{`name|incidr|there is no function "incidr"?inCIDR`}},
	{`now() < request.time`, []string{`name|now|there is no function "now"`}},
	{`exists(principal.tags, x, x == "a")`, []string{`name|exists|exists is written after its list: list.exists(x, …)`}},
	{`string == string`, []string{`name|string|string is the name of a type, and no value`, `name|string|string is the name of a type, and no value`}},

	// attributes
	{`org.plann == "x"`, []string{`attribute|plann|there is no attribute "plann" of org?plan`}},
	{`has(org.plann)`, []string{`attribute|plann|there is no attribute "plann" of org?plan`}},
	{`has(workspace.owner.departement)`, []string{`attribute|departement|there is no attribute "departement" of a principal?department`}},
	{`principal.name == "x"`, []string{`attribute|name|there is no attribute "name" of the principal`}},
	{`request.now > request.time`, []string{`attribute|now|there is no attribute "now" of the request`}},
	{`workspace.owner.groups == []`, []string{`attribute|groups|an attribute of type principal has no "groups", only id, status and the declared attributes`}},
	{`workspace.members.exists(m, m.tagz == [])`, []string{`attribute|tagz|there is no attribute "tagz" of a principal?tags`}},
	{`workspace.members.filter(m, m.mfa).exists(m, m.tagz == [])`, []string{`attribute|tagz|there is no attribute "tagz" of a principal?tags`}},
	{`org.plan.name == "x"`, []string{`attribute|name|org.plan is a string, which has no attributes`}},
	{`principal.tags.x == "x"`, []string{`attribute|x|principal.tags is a list(string), which has no attributes`}},

	// types
	{`workspace.owner == principal.id`, []string{`type|==|== cannot compare a principal with a string?workspace.owner.id == principal.id`}},
	{`principal.id != workspace.owner`, []string{`type|!=|!= cannot compare a string with a principal?principal.id != workspace.owner.id`}},
	{`workspace.owner == principal`, []string{`type|==|== cannot compare a principal with the principal?workspace.owner.id == principal.id`}},
	{`org == "acme"`, []string{`type|==|== cannot compare the scope org with a string?org.id == "acme"`}},
	{`principal in workspace.members`, []string{`type|in|in cannot find the principal in a list(principal)?workspace.members.exists(p, p.id == principal.id)`}},
	{`principal.id in workspace.members`, []string{`type|in|in cannot find a string in a list(principal)?workspace.members.exists(p, p.id == principal.id)`}},
	{`workspace.owner in principal.groups`, []string{`type|in|in cannot find a principal in a list(string)?workspace.owner.id in principal.groups`}},
	{`principal.level == "2"`, []string{`type|==|== cannot compare an int with a string?principal.level == 2`}},
	{`principal.level == 2.0`, []string{`type|==|== cannot compare an int with a double?principal.level == 2`}},
	{`request.score > 1`, []string{`type|>|> cannot compare a double with an int?request.score > 1.0`}},
	{`request.score > principal.level`, []string{`type|>|> cannot compare a double with an int?request.score > double(principal.level)`}},
	{`principal.mfa == "true"`, []string{`type|==|== cannot compare a bool with a string?principal.mfa == true`}},
	{`org.plan == 1`, []string{`type|==|== cannot compare a string with an int?org.plan == "1"`}},
	{`request.time > "2026-01-01T00:00:00Z"`, []string{`type|>|> cannot compare a timestamp with a string?request.time > timestamp("2026-01-01T00:00:00Z")`}},
	{`request.time > org.plan`, []string{`type|>|> cannot compare a timestamp with a string; a time in a string is read with timestamp(…)`}},
	{`org.ttl < "1h"`, []string{`type|<|< cannot compare a duration with a string?org.ttl < duration("1h")`}},
	{`request.time - org.since > 30`, []string{`type|>|> cannot compare a duration with an int; durations are written duration("1h30m")`}},
	{`principal.tags == "admin"`, []string{`type|==|== cannot compare a list(string) with a string?"admin" in principal.tags`}},
	{`"tea" in org.plan`, []string{`type|in|in looks into a list or a map, and this is a string?org.plan.contains("tea")`}},
	{`principal.level in ["1", "2"]`, []string{`type|in|in cannot find an int in a list(string)`}},
	{`"x" in request.numbers`, []string{`type|in|in cannot find a string in a list(int)`}},
	{`principal.tags in ["a"]`, []string{`type|in|in cannot find a list(string) in a list(string)?sets.contains(["a"], principal.tags)`}},
	{`!principal.id in ["a"]`, []string{`type|!|! wants a bool, and this is a string?!(principal.id in ["a"])`}},
	{`!org.plan == "free"`, []string{`type|!|! wants a bool, and this is a string?!(org.plan == "free")`}},
	{`!org.plan`, []string{`type|!|! wants a bool, and this is a string`}},
	{`principal.mfa && org.plan`, []string{`type|plan|&& wants a bool, and this is a string`}},
	{`principal.level || principal.mfa`, []string{`type|level||| wants a bool, and this is an int`}},
	{`org.plan ? true : false`, []string{`type|?|the condition before ? must be a bool, and is a string`}},
	{`(principal.mfa ? 1 : "a") == 1`, []string{`type|?|? : must yield values of one type, and these are an int and a string`}},
	{`[1, "a"] == [1]`, []string{`type|"a"|the values of a list are of one type: the first is an int, and this is a string`}},
	{`org.plan in ["a", 1, "b"]`, []string{`type|1|the values of a list are of one type: the first is a string, and this is an int`}},
	{`{"a": 1, "b": "x"}.a == 1`, []string{`type|"x"|the values of a map are of one type, and so are its keys: an int is due, and this is a string`}},
	{`principal.tags.exists(x, x)`, []string{`type|x|exists wants a bool, and this is a string`}},
	{`principal.tags.all(x, x.size())`, []string{`type|size|all wants a bool, and this is an int`}},
	{`principal.mfa.exists(x, x == "a")`, []string{`type|mfa|exists goes through a list or a map, and this is a bool`}},
	{`org.plan.startsWith(1)`, []string{`type|startsWith|there is no string.startsWith(int), only string.startsWith(string)`}},
	{`startsWith(org.plan, "a")`, []string{`type|startsWith|there is no startsWith(string, string), only string.startsWith(string)`}},
	{`inCIDR(request.ip)`, []string{`type|inCIDR|there is no inCIDR(string), only inCIDR(string, string)`}},
	{`principal.tags["a"] == "x"`, []string{`type|[|a list is indexed with an int, and this is a string`}},
	{`workspace.flags[1] == "x"`, []string{`type|[|a map is indexed with its keys, and this is an int`}},
	{`org["plan"] == "x"`, []string{`type|[|[ ] reads from a list or a map, and this is the scope org?org.plan`}},
	{`org.plan + 1 == "team1"`, []string{`type|+|+ cannot be applied to a string and an int?org.plan + "1"`}},
	{`-org.plan == "x"`, []string{`type|-|- wants an int or a double, and this is a string`}},
	{`principal.mfa < request.flag && principal.tags < principal.tags`, []string{`type|<|< cannot compare two values of type list(string)`}},
	{`org.plan == null`, []string{`type|null|there is no null; has(x.y) asks whether an attribute is there`}},
	{`workspace.owner == null`, []string{`type|null|there is no null; has(x.y) asks whether an attribute is there`}},
	{`request.time != null`, []string{`type|null|there is no null; has(x.y) asks whether an attribute is there`}},
	{`[null] == []`, []string{`type|null|there is no null; has(x.y) asks whether an attribute is there`}},
	{`dyn(principal.level) == "2"`, []string{`type|dyn|dyn() would hide type errors, and is not supported; every type is known when the policy is loaded`}},
	{`type(principal.level) == int`, []string{`type|type|type() would hide type errors, and is not supported; every type is known when the policy is loaded`}},
	{`org{plan: "x"} == org`, []string{`type|{|conditions cannot build objects; compare attributes one by one`}},
	{`google.protobuf.Int64Value{value: 1} == 1`, []string{`type|{|conditions cannot build objects; compare attributes one by one`}},

	{`google.protobuf.Timestamp{seconds: 1} == request.at`, []string{`type|{|conditions cannot build objects; compare attributes one by one`}},
	{`Foo{x: orgs.x}.x == 1 || plan == ""`, []string{`type|{|conditions cannot build objects; compare attributes one by one`,
		`name|plan|there is no variable or scope kind "plan"?org.plan`}},
	{`org.exists(x, x)`, []string{`type|org|exists goes through a list or a map, and this is the scope org`}},
	{`[[1], 1] == []`, []string{`type|1|the values of a list are of one type: the first is a list(int), and this is an int`}},
	{`[ip("::1"), 1] == []`, []string{`type|1|the values of a list are of one type: the first is an IP address, and this is an int`}},
	{`[org, 1] == []`, []string{`type|1|the values of a list are of one type: the first is the scope org, and this is an int`}},
	{`request.at == "2026"`, []string{`type|==|== cannot compare a timestamp with a string; times are written timestamp("2026-06-01T00:00:00Z")`}},
	{`request.at == "2026-01-02"`, []string{`type|==|== cannot compare a timestamp with a string?request.at == timestamp("2026-01-02T00:00:00Z")`}},
	{`"2026-01-02" < request.at`, []string{`type|<|< cannot compare a string with a timestamp?timestamp("2026-01-02T00:00:00Z") < request.at`}},
	{`org.ttl == "3 days"`, []string{`type|==|== cannot compare a duration with a string; durations are written duration("1h30m")`}},
	{`org.ttl == "3d"`, []string{`type|==|== cannot compare a duration with a string?org.ttl == duration("72h")`}},

	// loops and functions that there are not
	{`cel.bind(x, 1, x == 1)`, []string{`name|cel.bind|there is no function "cel.bind"`}},
	{`math.abs(plan) == 1`, []string{`name|math.abs|there is no function "math.abs"`, `name|plan|there is no variable or scope kind "plan"?org.plan`}},
	{`string.quote(org.plan) == ""`, []string{`name|string.quote|there is no function "string.quote"?strings.quote`}},
	{`principal.tags.exists(i, v, v == "a")`, []string{`name|exists|exists takes one name and what is asked of it, as in list.exists(x, x == 1)`}},
	{`principal.tags.all(v)`, []string{`name|all|all takes one name and what is asked of it, as in list.all(x, x == 1)`}},
	{`principal.tags.map(a, b, c, d) == []`, []string{`name|map|map takes one name and what becomes of it, as in list.map(x, x + 1)`}},
	{`principal.tags.existsOne(t, t == "a")`, []string{`name|existsOne|there is no function "existsOne"?exists_one`}},
	{`principal.tags.transformList(i, t, t + "a") == []`, []string{`name|transformList|there is no function "transformList"`}},
	{`org.plan.startWith(plan)`, []string{`name|startWith|there is no function "startWith"?startsWith`, `name|plan|there is no variable or scope kind "plan"?org.plan`}},
	{`org.plan.startWith(orgs.x)`, []string{`name|startWith|there is no function "startWith"?startsWith`, `name|orgs|there is no variable or scope kind "orgs"?org`}},

	// the result
	{`org.plan`, []string{`bool|org.plan|a condition must yield true or false, and this yields a string`}},
	{`workspace.owner`, []string{`bool|workspace.owner|a condition must yield true or false, and this yields a principal`}},
	{"  principal.tags\n   .map(t, t)", []string{`bool|principal.tags|a condition must yield true or false, and this yields a list(string)`}},
	{`org`, []string{`bool|org|a condition must yield true or false, and this yields the scope org`}},
	{`[][0]`, []string{`bool|[][0]|a condition must yield true or false, and this yields a value`}},

	// literals
	{`inCIDR(request.ip, "10.0.0.0/33")`, []string{`literal|"10.0.0.0/33"|"10.0.0.0/33" is not a network, such as 10.0.0.0/8`}},
	{`inCIDR(request.ip, "10.0.0.1")`, []string{`literal|"10.0.0.1"|"10.0.0.1" is not a network, such as 10.0.0.0/8`}},
	{`inCIDR(request.ip, "::ffff:0.0.0.0/64")`, []string{`literal|"::ffff:0.0.0.0/64"|"::ffff:0.0.0.0/64" is not a network: it mixes IPv4 and IPv6`}},
	{`cidr("x").containsIP(request.ip)`, []string{`literal|"x"|"x" is not a network, such as 10.0.0.0/8`}},
	{`ip("10.0.0.256") == ip(request.ip)`, []string{`literal|"10.0.0.256"|"10.0.0.256" is not an IP address`}},
	{`org.plan.matches("[a-")`, []string{`literal|"[a-"|the pattern is malformed: missing closing ]: "[a-"`}},
	{`org.plan.matches("([a-z]{30}){90}")`, []string{`literal|"([a-z]{30}){90}"|the pattern is malformed: invalid repeat count: "{90}"`}},
	{`org.plan.matches("[a-z]{999}b*")`, []string{`literal|"[a-z]{999}b*"|the pattern is too large: its repetitions stand for more than 1,000 steps`}},
	{`request.time > timestamp("yesterday")`, []string{`literal|"yesterday"|"yesterday" is not a point in time, such as 2026-06-01T00:00:00Z`}},
	{`request.time > timestamp("2026-06-01")`, []string{`literal|"2026-06-01"|"2026-06-01" is a day and no point in time; write 2026-06-01T00:00:00Z`}},
	{`org.ttl > duration("1 hour")`, []string{`literal|"1 hour"|"1 hour" is not a duration, such as 1h30m`}},
	{`org.ttl > duration("3d")`, []string{`literal|"3d"|"3d" is not a duration, for days may have 23 hours or 25; write 72h`}},
	{`request.time.getHours("Mars/Phobos") > 8`, []string{`literal|"Mars/Phobos"|there is no time zone "Mars/Phobos"; zones are written Europe/Berlin or +02:00`}},
	{`request.time.getHours("Local") > 8`, []string{`literal|"Local"|there is no time zone "Local"; zones are written Europe/Berlin or +02:00`}},
	{`request.time.getHours("+25:00") > 8`, []string{`literal|"+25:00"|there is no time zone "+25:00"; zones are written Europe/Berlin or +02:00`}},
	{`int("x") == 1 || double("x") == 1.0 || bool("x")`, []string{`literal|"x"|"x" is not an int`, `literal|"x"|"x" is not a double`, `literal|"x"|"x" is neither true nor false`}},

	{`timestamp(9223372036854775807) == request.at`, []string{`literal|9223372036854775807|9223372036854775807 is not a point in time: seconds since 1970 end in the year 9999`}},
	{`[1].exists(x, x == int(1e300))`, []string{`literal|1e300|1e300 does not fit into an int`}},
	{`uint(-1) == 1u || .int(18446744073709551615u) == 1`, []string{`literal|-1|-1 does not fit into a uint`, `literal|18446744073709551615u|18446744073709551615u does not fit into an int`}},
	{`string(b"\xff") == ""`, []string{`literal|b"\xff"|b"\xff" is no text: it is not valid UTF-8`}},
	{`double("NaN") == 1.5 || double("-Inf") == 1.5`, []string{`literal|"NaN"|"NaN" is not a double`, `literal|"-Inf"|"-Inf" is not a double`}},

	// slips
	{`principal.id = "a"`, []string{`syntax|=|= is written ==`}},
	{`principal.id === "a"`, []string{`syntax|===|=== is written ==`}},
	{`principal.id !== "a" || principal.id <> "b"`, []string{`syntax|!==|!== is written !=`, `syntax|<>|<> is written !=`}},
	{`principal.level => 1 && principal.level =< 3`, []string{`syntax|=>|=> is written >=`, `syntax|=<|=< is written <=`}},
	{`principal.mfa and request.flag or false`, []string{`syntax|and|and is written &&`, `syntax|or|or is written ||`}},
	{`principal.mfa AND NOT request.flag`, []string{`syntax|AND|AND is written &&`, `syntax|NOT|NOT is written !`}},
	{`not principal.mfa`, []string{`syntax|not|not is written !`}},
	{`not(principal.mfa)`, []string{`syntax|not|not is written !`}},
	{`org.plan not in ["free"]`, []string{`syntax|not in|a not in b is written !(a in b)`}},
	{`principal.mfa & request.flag | true`, []string{`syntax|&|& is written &&`, `syntax|||| is written ||`}},
	{`principal.mfa == True`, []string{`syntax|True|True is written true`}},
	{`org.plan is "free"`, []string{`syntax|is|is is written ==`}},
	{`org.plan =~ "fr.*"`, []string{`syntax|~|patterns are matched with x.matches("…")`}},
	{`org.plan == “free”`, []string{
		`syntax|“|texts stand in straight quotes, "…" or '…', and not in “`, `syntax|”|texts stand in straight quotes, "…" or '…', and not in ”`}},
	{`org.plan = "x" and orgs.plan == "y"`, []string{`syntax|=|= is written ==`, `syntax|and|and is written &&`, `name|orgs|there is no variable or scope kind "orgs"?org`}},

	// syntax
	{`org.plan == "x" &&`, []string{`syntax||the condition ends where a value is due`}},
	{`org.plan ==`, []string{`syntax||the condition ends where a value is due`}},
	{`org.plan == "x`, []string{`syntax|"x|the text that begins with " has no end`}},
	{"org.plan == 'x\n'", []string{`syntax|'x|the text that begins with ' has no end`, `syntax|'|the text that begins with ' has no end`}},
	{`(org.plan == "x"`, []string{`syntax|(|this ( is not closed`}},
	{`org.plan == "x")`, []string{`syntax|)|this ) closes nothing`}},
	{`org.plan in ["a", "b")`, []string{`syntax|)|[ is closed with ], and not with )`}},
	{`org.plan "x"`, []string{`syntax|"x"|the text "x" is not expected here; an operator such as && is missing before it`}},
	{`principal.mfa request.flag`, []string{`syntax|request|"request" is not expected here; an operator such as && is missing before it`}},
	{`org.plan == || true`, []string{`syntax||||"||" is not expected here`}},
	{`if principal.mfa`, []string{`syntax|if|if is a word that CEL keeps for itself`}},
	{`principal.tags.exists(for, for == "a")`, []string{`syntax|for|for is a word that CEL keeps for itself`, `syntax|for|for is a word that CEL keeps for itself`}},
	{`org.plan == "\q"`, []string{`syntax|\q|\q is no escape; a backslash is written \\, or r before the text: r"…"`}},
	{`principal.id.matches("^\d+\.x$")`, []string{
		`syntax|\d|\d is no escape; a backslash is written \\, or r before the text: r"…"`, `syntax|\.|\. is no escape; a backslash is written \\, or r before the text: r"…"`}},
	{`principal.level == 99999999999999999999`, []string{`syntax|99999999999999999999|99999999999999999999 does not fit into a number of 64 bits`}},
	{`has(org)`, []string{`syntax|org|has() asks whether an attribute is there, as in has(principal.department)`}},
	{`principal.tags.exists("x", true)`, []string{`syntax|"x"|the first argument must be a plain name for the elements, as in list.exists(x, x == 1)`}},
	{`org.?plan == "x"`, []string{`syntax|.|CEL's optional syntax (?) is not supported; has(x.y) asks whether an attribute is there`}},
	{`principal.mfa; true`, []string{`syntax|;|a condition is one expression; join parts with && or ||`}},
	{`principal.mfa # comment`, []string{`syntax|#|a comment begins with //`}},
	{`principal.mfa @ true`, []string{`syntax|@|a condition cannot hold the character @`}},
	{"principal.mfa\u200b", []string{"syntax|\u200b|a condition cannot hold the character \"\\u200b\""}},
	{"principal.mfa && \xff", []string{"syntax|\xff|the condition is not valid UTF-8"}},

	// size and depth
	{``, []string{`size||the condition is empty`}},
	{"  // nothing\n", []string{"size|  // nothing\n|the condition is empty"}},
	{`principal.tags.exists(a, principal.tags.exists(b, principal.tags.exists(c, c == a)))`,
		[]string{`depth|exists|exists stands in more than 1 others of its like: loops may be nested 2 deep`}},

	// positions: past characters of several bytes, on further lines, several at once, in order and once each
	{`"größe – ü" == org.plan && org.plann == "é"`, []string{`attribute|plann|there is no attribute "plann" of org?plan`}},
	{"org.plan == // ü\n  \"ü\" &&\r\n\torgs.x == \"ü\" && // ünn\n   org.plann == 'a'",
		[]string{`name|orgs|there is no variable or scope kind "orgs"?org`, `attribute|plann|there is no attribute "plann" of org?plan`}},
	{"\"\"\"two\nlines\"\"\" == org . plann", []string{`attribute|plann|there is no attribute "plann" of org?plan`}},
	{`"𝄞" = org.plan && orgs.id == ""`, []string{`syntax|=|= is written ==`, `name|orgs|there is no variable or scope kind "orgs"?org`}},
	{`request.zzz == 1 && orgs.x == 2 && principal.level == "3" && org.plan == null`, []string{
		`attribute|zzz|there is no attribute "zzz" of the request`, `name|orgs|there is no variable or scope kind "orgs"?org`,
		`type|==|== cannot compare an int with a string?principal.level == 3`, `type|null|there is no null; has(x.y) asks whether an attribute is there`}},
	{`principal.level == -1.5`, []string{`type|==|== cannot compare an int with a double?double(principal.level) == -1.5`}},
	{`org.plan + -1 == ""`, []string{`type|+|+ cannot be applied to a string and an int?org.plan + "-1"`}},
	{`[-1, "a"] == [-1]`, []string{`type|"a"|the values of a list are of one type: the first is an int, and this is a string`}},
	{`["a", -1] == []`, []string{`type|-1|the values of a list are of one type: the first is a string, and this is an int`}},

	// names that belong to several, and paths whose types are known only in part
	{`id == "acme"`, []string{`name|id|there is no variable or scope kind "id"`}},
	{`de.joi.exisn()`, []string{`name|de.joi.exisn|there is no function "de.joi.exisn"`}},
	{`request.approvers.first.tagz == []`, []string{`attribute|tagz|there is no attribute "tagz" of a principal?tags`}},
	{`request.approvers["first"].tagz == []`, []string{`attribute|tagz|there is no attribute "tagz" of a principal?tags`}},
	{`workspace.members[0].mfaa`, []string{`attribute|mfaa|there is no attribute "mfaa" of a principal?mfa`}},
	{`[{"a": principal}].exists(a, a.a.x == 1)`, []string{`attribute|x|there is no attribute "x"`}},

	// operands that are no names
	{`org.ttl == org.plan`, []string{`type|==|== cannot compare a duration with a string; a duration in a string is read with duration(…)`}},
	{`[request.who][0] == request.who.id`, []string{`type|==|== cannot compare a principal with a string; compare its id`}},
	{`[1][0] < [2.5][0]`, []string{`type|<|< cannot compare an int with a double; double(…) turns an int into a double`}},
	{`!org.plan.size() == 3`, []string{`type|!|! wants a bool, and this is an int; ! binds closer than ==, so put the rest in parentheses`}},
	{`["a"][0 + !org.plan] == "a"`, []string{`type|!|! wants a bool, and this is a string`}},
	{`[org.plan + "a"] == "x"`, []string{`type|==|== cannot compare a list(string) with a string`}},
	{`"%s".format([{"a": []}]) == ""`, []string{`type|{|nothing tells of what type this is: it comes from an empty list or map`}},

	// in a loop that nests too deep, which is not looked into
	{`[1].all(a, [1].all(b, [1].all(c, c == org.n)))`, []string{
		`depth|all|all stands in more than 1 others of its like: loops may be nested 2 deep`, `attribute|n|there is no attribute "n"`}},
	{`[1].all(a, [1].all(b, [1].all(c, c)))`, []string{
		`depth|all|all stands in more than 1 others of its like: loops may be nested 2 deep`, `type|c|a bool is due here, and this is an int`}},
	{`[1].all(a, [1].all(b, [1].all(c, !c)))`, []string{
		`depth|all|all stands in more than 1 others of its like: loops may be nested 2 deep`, `type|!|! wants a bool, and this is an int`}},
	{`[1].all(a, [1].all(b, [1].all(c, c.exists(x, x))))`, []string{
		`depth|all|all stands in more than 1 others of its like: loops may be nested 2 deep`, `type|c|a loop goes through a list or a map, and this is an int`}},

	// what the grammar refuses
	{"principal.mfa &&\n ! ", []string{`syntax||the condition ends where a value is due`}},
	{`org.true`, []string{`syntax|true|true is a word that CEL keeps for itself`}},
	{`has(int("1"))`, []string{`syntax|int|has() asks whether an attribute is there, as in has(principal.department)`}},
	{"org.plan == ``", []string{"syntax|``|a condition cannot hold \"``\""}},
	{"org.plan == `a", []string{"syntax|`|a condition cannot hold the character `"}},
	{`.1u == 1u`, []string{`syntax|.1u|".1u" is not expected here; an operator such as && is missing before it`}},
	{`1e- == 1`, []string{`syntax|e|"e" is not expected here; an operator such as && is missing before it`}},
	{`org.plan="a"`, []string{`syntax|=|= is written ==`}},
	{`"\ud800" == org.plan`, []string{`syntax|"\ud800"|invalid unicode code point`}},
	{`b"\u0041" == b""`, []string{`syntax|b"\u0041"|the text holds an escape that CEL does not know; a backslash is written \\`}},
	{strings.Repeat("? : ", 40), []string{`syntax|?|"?" is not expected here`}},
	{`org.plan.contains("a") "` + strings.Repeat("b", 50) + `"`, []string{
		`syntax|"` + strings.Repeat("b", 50) + `"|the text "` + strings.Repeat("b", 39) + `… is not expected here; an operator such as && is missing before it`}},
}

func TestProblems(t *testing.T) {
	e := testEnv(t)
	for _, tt := range problemCases {
		p, problems := e.Compile(tt.source)
		var got []string
		for _, p := range problems {
			line := fmt.Sprintf("%s|%s|%s", strings.TrimPrefix(p.Rule, "condition-"), tt.source[p.Offset:p.Offset+p.Width], p.Message)
			if p.Suggestion != "" {
				line += "?" + p.Suggestion
			}
			got = append(got, line)
		}
		if !slices.Equal(got, tt.want) || p != nil {
			t.Errorf("%s\n got %s\nwant %s", tt.source, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
		}
		if !slices.IsSortedFunc(problems, func(a, b Problem) int { return a.Offset - b.Offset }) {
			t.Errorf("%s: the problems are not in order: %v", tt.source, problems)
		}
	}
}

func TestSuggestionsCompile(t *testing.T) {
	e := testEnv(t)
	for _, source := range []string{
		`workspace.owner == principal.id`, `principal.id != workspace.owner`, `workspace.owner == principal`, `org == "acme"`,
		`principal in workspace.members`, `principal.id in workspace.members`, `workspace.owner in principal.groups`, `principal.level == "2"`,
		`principal.level == 2.0`, `request.score > 1`, `request.score > principal.level`, `principal.mfa == "true"`, `org.plan == 1`,
		`request.time > "2026-01-01T00:00:00Z"`, `org.ttl < "1h"`, `principal.tags == "admin"`, `"tea" in org.plan`,
		`principal.tags in ["a"]`, `!principal.id in ["a"]`, `!org.plan == "free"`,
	} {
		_, problems := e.Compile(source)
		if len(problems) != 1 || problems[0].Suggestion == "" {
			t.Errorf("%s: %v", source, problems)
			continue
		}
		if _, again := e.Compile(problems[0].Suggestion); len(again) > 0 {
			t.Errorf("%s suggests %s, which has problems: %v", source, problems[0].Suggestion, again)
		}
	}
}

// operandPairs applies everything to everything.
func operandPairs(check func(source string)) {
	operands := []string{`"a"`, `1`, `1u`, `1.5`, `true`, `b"a"`, `null`, `[1]`, `["a"]`, `{"a": 1}`, `org`, `principal`, `workspace.owner`,
		`workspace.members`, `request.time`, `request.age`, `ip("1.1.1.1")`, `cidr("1.0.0.0/8")`, `[]`, `{}`, `string`, `request`}
	operators := []string{"==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%", "&&", "||"}
	for _, l := range operands {
		for _, r := range operands {
			for _, op := range operators {
				check(l + " " + op + " " + r)
			}
			check(l + " ? " + r + " : 1")
			check("true ? " + l + " : " + r)
			check(l + "[" + r + "] == 1")
			check("size(" + l + ", " + r + ") == 1")
			check(l + ".contains(" + r + ")")
			check("[" + l + ", " + r + "] == []")
			check("{" + l + ": " + r + "} == {}")
		}
		check("!" + l)
		check("-" + l + " == 1")
		check(l + ".foo")
		check("has(" + l + ".foo)")
		check(l + ".exists(x, x)")
		check(l + ".map(x, x) == 1")
		check("timestamp(" + l + ") == 1")
		check(l)
	}
}

// No message may speak CEL's own tongue.
func TestMessagesArePlain(t *testing.T) {
	e := testEnv(t)
	operandPairs(func(source string) {
		_, problems := e.Compile(source)
		for _, p := range problems {
			for _, foreign := range []string{"overload", "_", "undeclared", "@", "dyn", "null_type", "wrapper", "!error!", "expr", "<nil>", "%!"} {
				if strings.Contains(p.Message, foreign) {
					t.Errorf("%s: %q holds %q", source, p.Message, foreign)
				}
			}
			if p.Width == 0 || p.Offset+p.Width > len(source) || p.Message == p.Suggestion {
				t.Errorf("%s: %+v", source, p)
			}
		}
	})
}

// A later cel-go may say things otherwise: every message of its checker is one that there is a wording for, and every
// wording is one for a message that there is.
// What a later CEL may say, and what its format says of its own texts, is told as it is.
func TestAMessageWithoutAWordingIsTold(t *testing.T) {
	_, problems := testEnv(t).Compile(`"%".format([7]) == ""`)
	if len(problems) != 1 || problems[0].Rule != RuleType || problems[0].Message != "unexpected end of string" {
		t.Errorf("%+v", problems)
	}
}

func TestEveryMessageOfTheCheckerHasAWording(t *testing.T) {
	e := testEnv(t)
	met := make([]int, len(wordings))
	check := func(source string) {
		c := &compilation{env: e, source: source}
		if !c.sized() {
			return
		}
		if c.tokens = lex(source); !c.lexical() || !c.nested() {
			return
		}
		c.mend()
		parsed := c.parse()
		if parsed == nil {
			return
		}
		c.info = parsed.NativeRep().SourceInfo()
		c.inspect(parsed.NativeRep().Expr())
		_, issues := e.cel.Check(parsed)
		for _, issue := range issues.Errors() {
			i := slices.IndexFunc(wordings, func(w wording) bool { return w.said.MatchString(issue.Message) })
			if i >= 0 {
				met[i]++
			} else if !c.seen[issue.ExprID] {
				t.Errorf("%.100s: there is no wording for %q", source, issue.Message)
			}
		}
	}
	for _, tt := range problemCases {
		check(tt.source)
	}
	for _, source := range hostileSources() {
		check(source)
	}
	operandPairs(check)
	for i, n := range met {
		if n == 0 {
			t.Errorf("nothing says %s", wordings[i].said)
		}
	}
}

func TestNamesOfOtherWordsStayNames(t *testing.T) {
	e, err := NewEnv(Declarations{
		Principal: declared(t, "and", "bool", "or", "bool", "not", "bool", "is", "bool", "exists", "list(bool)", "type", "string", "True", "bool"),
		Kinds:     []Kind{{"not", nil}, {"and", nil}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{
		`principal.and && principal.or || principal.not`, `principal.is == principal.and`, `not.id == "x"`, `and.id == "x" && not.id == "y"`,
		`principal.exists.exists(or, or)`, `principal.type == "x"`, `principal.True`, `principal.exists.all(is, is == true)`,
	} {
		if _, problems := e.Compile(source); len(problems) > 0 {
			t.Errorf("%s: %v", source, problems)
		}
	}
}

func TestProgramsSayWhatTheyRead(t *testing.T) {
	e := testEnv(t)
	for _, tt := range []struct {
		source string
		kinds  []int
		at     []int // offsets, for each of the kinds
		key    bool
	}{
		{`true`, nil, nil, false},
		{`org.plan == "x"`, []int{org}, []int{0}, false},
		{`workspace.owner.id == org.id && workspace.id != ""`, []int{org, workspace}, []int{22, 0}, false},
		{`has(workspace.owner)`, []int{workspace}, []int{4}, false},
		{`"ü" == "" || org.id == list.id`, []int{org, list_}, []int{14, 24}, false},
		{`request.numbers.exists(org, org == 1)`, nil, nil, false},
		{`request.numbers.exists(org, .org.id == "" && org == 1)`, []int{org}, []int{29}, false},
		{`request.numbers.exists(x, x == 1 && org.id == "")`, []int{org}, []int{36}, false},
		{`workspace.members.exists(org, org.id == "")`, []int{workspace}, []int{0}, false},
		{`[org] == []`, []int{org}, []int{1}, false},
		{`principal.key == ""`, nil, nil, true},
		{`has(principal.key)`, nil, nil, true},
		{`principal.id == ""`, nil, nil, false},
		{`[principal] == []`, nil, nil, true},
		{`principal == principal`, nil, nil, true},
		{`[principal].exists(p, p.id == "")`, nil, nil, true},
		{`request.approvers.exists(principal, principal == "")`, nil, nil, false},
	} {
		p, problems := e.Compile(tt.source)
		if len(problems) > 0 {
			t.Errorf("%s: %v", tt.source, problems)
			continue
		}
		var at []int
		for _, kind := range p.Kinds() {
			offset, width := p.KindAt(kind)
			if name := e.kinds[kind]; tt.source[offset:offset+width] != name {
				t.Errorf("%s: %s stands at %q", tt.source, name, tt.source[offset:offset+width])
			}
			at = append(at, offset)
		}
		if !slices.Equal(p.Kinds(), tt.kinds) || !slices.Equal(at, tt.at) || p.ReadsKey() != tt.key || p.Source() != tt.source {
			t.Errorf("%s reads %v at %v, key %v; want %v at %v, key %v", tt.source, p.Kinds(), at, p.ReadsKey(), tt.kinds, tt.at, tt.key)
		}
		if offset, width := p.KindAt(99); offset != 0 || width != 0 {
			t.Errorf("%s reads the kind 99", tt.source)
		}
	}
}

func TestKeysDifferOnlyWithWords(t *testing.T) {
	e := testEnv(t)
	key := func(source string) string {
		p, problems := e.Compile(source)
		if len(problems) > 0 {
			t.Fatalf("%s: %v", source, problems)
		}
		return p.Key()
	}
	for _, same := range [][]string{
		{`org.plan=="a b"`, `org.plan == "a b"`, " org . plan\n\t==  // why\n\"a b\" // end", "org.plan\r\n== \"a b\""},
		{`-1 == - 1`, `- 1 == -1`},
		{`principal.tags.exists(t,t=="a")`, `principal.tags.exists( t, t == "a" )`},
	} {
		for _, source := range same[1:] {
			if key(source) != key(same[0]) {
				t.Errorf("%q and %q have other keys: %q, %q", source, same[0], key(source), key(same[0]))
			}
		}
	}
	for _, differ := range [][2]string{
		{`org.plan == "a b"`, `org.plan == "a  b"`},
		{`org.plan == "a"`, `org.plan == 'a'`},
		{`org.plan == "//a"`, `org.plan == "// a"`},
		{`org.plan == "a"`, `org.plan != "a"`},
		{`principal.mfa || true`, `true || principal.mfa`},
	} {
		if key(differ[0]) == key(differ[1]) {
			t.Errorf("%q and %q have one key", differ[0], differ[1])
		}
	}
}

// What the parser says of what it can read and refuses has a wording, too.
func TestEveryMessageOfMacrosHasAWording(t *testing.T) {
	e := testEnv(t)
	said := 0
	for _, source := range []string{
		`if.x == 1`, `has(org)`, `[1].exists("x", true)`, `[1].map(x.y, 1) == []`, `[1].exists(@result, true)`, `[1].exists(__result__, true)`,
		`1 == 99999999999999999999`, `1u == 99999999999999999999u`, `1.0 == 1e999`, `org.?plan == "x"`, `[?org.plan] == []`, `{?"a": 1} == {}`,
		`org[?0] == 1`, `[1].all(1, true)`, `[1].exists_one(1, true)`, `[1].filter(1, true) == []`, `"\u{1}" == ""`, `has(org.plan, 1)`, `has(1)`,
	} {
		_, issues := e.cel.ParseSource(common.NewTextSource(source))
		for _, issue := range issues.Errors() {
			if strings.HasPrefix(issue.Message, "Syntax error: ") {
				continue
			}
			said++
			if macroMessage(issue.Message, "x") == plainError(issue.Message) {
				t.Errorf("%s: there is no wording for %q", source, issue.Message)
			}
		}
	}
	if said < 15 {
		t.Errorf("the parser says but %d things", said)
	}
}
