package authz_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

// answer is what `authz decide` writes for a line.
func answer(t *testing.T, e *authz.Engine, line string) string {
	t.Helper()
	q, err := authz.ParseQuery(1, []byte(line))
	a := authz.Invalid(err)
	if err == nil {
		a = e.Answer(context.Background(), q)
	}
	out, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The line of the specification, and what its paragraph says of the others.
func TestQueries(t *testing.T) {
	e, err := authz.Open(os.DirFS("../testdata/valid/example"))
	if err != nil {
		t.Fatal(err)
	}
	const w = `"in":"org:acme/workspace:ml"`
	for _, c := range []struct{ name, line, want string }{
		{"the specification's", `{"principal":"alice","permission":"members:edit","in":"org:acme/workspace:ml","request":{"ip":"10.0.0.1"},"now":"2026-06-01T00:00:00Z"}`,
			`{"allowed":true,"level":"edit","reason":"granted"}`},
		{"after the assignment's end", `{"principal":"alice","permission":"members:edit",` + w + `,"now":"2027-01-01T00:00:00Z"}`,
			`{"allowed":false,"level":"none","reason":"no-grant"}`},
		{"anonymous", `{"principal":"","permission":"members:read",` + w + `}`,
			`{"allowed":false,"level":"none","reason":"no-grant"}`},
		{"an object", `{"principal":{"id":"zoe","status":"active","assignments":[{"roles":"reader","in":"org:acme/workspace:ml"}]},"permission":"members:read",` + w + `}`,
			`{"allowed":true,"level":"read","reason":"granted"}`},
		{"an object with a limit", `{"principal":{"id":"zoe","status":"active","limit":{"*":"none"},"assignments":[{"roles":["manager"],"in":["org:acme/workspace:ml"]}]},"permission":"members:edit",` + w + `}`,
			`{"allowed":false,"level":"none","reason":"limited"}`},
		{"a suspended object", `{"principal":{"id":"zoe","status":"suspended"},"permission":"members:read",` + w + `}`,
			`{"allowed":false,"level":"none","reason":"inactive","error":"\"zoe\" is suspended"}`},
		{"a key and its owner as objects", `{"principal":{"id":"k","kind":"key","status":"active","owner":{"id":"zoe","status":"active","assignments":[{"roles":"reader","in":"org:acme/workspace:ml"}]}},"permission":"members:read",` + w + `}`,
			`{"allowed":true,"level":"read","reason":"granted"}`},
		{"a key of somebody listed", `{"principal":{"id":"k","kind":"key","status":"active","owner":"alice"},"permission":"members:edit",` + w + `,"now":"2026-06-01T00:00:00Z"}`,
			`{"allowed":true,"level":"edit","reason":"granted"}`},
		{"scopes", `{"principal":"alice","permission":"members:edit","in":"org:acme/workspace:new","scopes":{"org:acme/workspace:new":{"visibility":"private"}},"now":"2026-06-01T00:00:00Z"}`,
			`{"allowed":false,"level":"none","reason":"no-grant"}`},
		{"at the time that programs write for none", `{"principal":"alice","permission":"members:edit",` + w + `,"now":"0001-01-01T00:00:00Z"}`,
			`{"allowed":false,"reason":"invalid-request","error":"1:85: error[bad-time]: \"0001-01-01T00:00:00Z\" is what programs write for a time that was never set: leave the key out if there is none"}`},
		{"an unlisted scope", `{"principal":"alice","permission":"members:edit","in":"org:acme/workspace:new"}`,
			`{"allowed":false,"level":"none","reason":"unknown-scope","error":"the directory lists no scope \"org:acme/workspace:new\""}`},
		{"nobody known", `{"principal":"bob","permission":"members:edit",` + w + `}`,
			`{"allowed":false,"level":"none","reason":"unknown-principal","error":"the directory lists no principal \"bob\""}`},
		{"assign", `{"principal":"alice","assign":"manager",` + w + `,"now":"2026-06-01T00:00:00Z"}`, `{"allowed":true,"reason":"granted"}`},
		{"assign without given_with", `{"principal":"alice","assign":"member",` + w + `}`, `{"allowed":false,"reason":"no-giving","error":"\"member\" has no given_with, so nobody gives it"}`},
		{"assign what is not known", `{"principal":"alice","assign":"manger",` + w + `}`, `{"allowed":false,"reason":"unknown-role","error":"there is no role or profile \"manger\"; did you mean \"manager\"?"}`},
		{"assign without the permission", `{"principal":"nightly","assign":"manager",` + w + `}`, `{"allowed":false,"reason":"level-too-low","error":"who gives \"manager\" needs members:edit here"}`},
	} {
		if got := answer(t, e, c.line); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// "A line that cannot be read or is invalid answers {"allowed":false,"reason":"invalid-request","error":"…"}"
func TestQueriesThatCannotBeRead(t *testing.T) {
	e, err := authz.Open(os.DirFS("../testdata/valid/example"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, says string }{
		{``, ""},
		{`null`, "an object"},
		{`[]`, "an object"},
		{`"alice"`, "an object"},
		{`{}`, `"principal" is missing`},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme"`, ""},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme"} {}`, ""},
		{`{"principal":"alice","permission":"members:edit"}`, `"in" is missing`},
		{`{"principal":"alice","in":"org:acme"}`, `"permission" (or "assign") is missing`},
		{`{"principal":"alice","permission":"members:edit","assign":"manager","in":"org:acme"}`, "exclude each other"},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme","as":"bob"}`, `there is no key "as" here`},
		{`{"principal":"alice","Principal":"bob","permission":"members:edit","in":"org:acme"}`, ""},
		{`{"Principal":"alice","permission":"members:edit","in":"org:acme"}`, `did you mean "principal"?`},
		{`{"principal":"alice","principal":"bob","permission":"members:edit","in":"org:acme"}`, ""},
		{`{"principal":null,"permission":"members:edit","in":"org:acme"}`, "a value is missing"},
		{`{"principal":7,"permission":"members:edit","in":"org:acme"}`, "expected text"},
		{`{"principal":"alice","permission":["members:edit"],"in":"org:acme"}`, "expected text"},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme","now":"yesterday"}`, "no time"},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme","now":1780272000}`, "a time such as"},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":10}}`, "request.ip"},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ipp":"10.0.0.1"}}`, `did you mean "ip"?`},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":"10.0.0.1"}`, "a mapping"},
		{`{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{"org:acme":{"plan":"enterprise"}}}`, "must not be restated"},
		{`{"principal":{"id":"alice","status":"active"},"permission":"members:edit","in":"org:acme"}`, "must not be restated"},
		{`{"principal":{"status":"active"},"permission":"members:edit","in":"org:acme"}`, `"id" is missing`},
		{`{"principal":{"id":"zoe"},"permission":"members:edit","in":"org:acme"}`, `"status" is missing`},
		{`{"principal":{"id":"zoe","status":"active","assignments":[{"roles":"chief","in":"org:acme"}]},"permission":"members:edit","in":"org:acme"}`, `no role "chief"`},
		{`{"principal":{"id":"zoe","status":"active","owner":{"id":"x","status":"active"}},"permission":"members:edit","in":"org:acme"}`, "only a key"},
		{`{"principal":"alice","permission":"members:edit","in":"acme"}`, "no scope"},
		{`{"principal":"alice","permission":"members:edit","in":""}`, "names no scope"},
		{`{"principal":"alice","permission":"","in":"org:acme"}`, "names no permission"},
		{`{"principal":"alice","assign":"","in":"org:acme"}`, ""},
		{`{"principal":"alice","permission":"members:none","in":"org:acme"}`, "no access"},
		{"{\"principal\":\"\xff\",\"permission\":\"members:edit\",\"in\":\"org:acme\"}", ""},
	} {
		got := answer(t, e, c.line)
		if !strings.HasPrefix(got, `{"allowed":false,"reason":"invalid-request","error":"`) {
			t.Errorf("%s\nis answered %s", c.line, got)
		}
		var a struct{ Error string }
		if err := json.Unmarshal([]byte(got), &a); err != nil || a.Error == "" || !strings.Contains(a.Error, c.says) {
			t.Errorf("%s\nsays %q, want %q", c.line, a.Error, c.says)
		}
	}
}

// Lines of JSON that break a rule, with the place and the rule that the answer names. Of keys that are spelled alike
// once escapes are read, readers of JSON differ on which one counts; those that differ in case alone are not the same.
var invalidQueries = []struct{ line, says string }{
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","principal":"alice"}`, "1:66: error[duplicate-key]: the key \"principal\" is here twice, first at column 2 "},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","\u0069n":"org:other"}`, "1:66: error[duplicate-key]: the key \"in\" is here twice"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","In":"org:other"}`, "1:66: error[unknown-key]"},
	{`{"principal":"alice","permission":"members:edit","permiſsion":"members:read","in":"org:acme"}`, "1:50: error[unknown-key]"},
	{`{"principal":"alice","assign":"reader","ASSIGN":"manager","in":"org:acme"}`, "1:40: error[unknown-key]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","now":"2026-06-01T00:00:00Z","noW":"2020-06-01T00:00:00Z"}`, "1:95: error[unknown-key]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":"10.0.0.1","iP":"10.0.0.2"}}`, "error[unknown-attribute]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{},"ſcopes":{}}`, "1:78: error[unknown-key]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{"org:acme/workspace:n":{},"org:acme\/workspace:n":{}}}`, "1:102: error[duplicate-key]: the key \"org:acme/workspace:n\" is here twice"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{"org:acme/workspace:n":{"visibility":"open","Visibility":"private"}}}`, "error[unknown-attribute]"},
	{`{"principal":{"id":"zoe","ID":"alice","status":"active"},"permission":"members:edit","in":"org:acme"}`, "1:26: error[unknown-key]"},
	{`{"principal":{"id":"zoe","status":"suspended","Status":"active"},"permission":"members:edit","in":"org:acme"}`, "1:47: error[unknown-key]"},
	{`{"principal":{"id":"zoe","status":"active","limit":{"members":"none","member\u0073":"edit"}},"permission":"members:edit","in":"org:acme"}`, "1:70: error[duplicate-key]"},
	{`{"principal":{"id":"zoe","status":"active","attributes":{"mfa":false,"MFA":true}},"permission":"members:edit","in":"org:acme"}`, "error[unknown-attribute]"},
	{`{"principal":{"id":"zoe","status":"active","assignments":[{"roles":"reader","Roles":"manager","in":"org:acme/workspace:ml"}]},"permission":"members:edit","in":"org:acme"}`, "1:77: error[unknown-key]"},
	{`{"principal":{"id":"k","kind":"key","status":"active","owner":{"id":"zoe","status":"active","\u0073tatus":"invited"}},"permission":"members:edit","in":"org:acme"}`, "1:93: error[duplicate-key]"},

	{`{"PRINCIPAL":"alice","permission":"members:edit","in":"org:acme"}`, "1:2: error[unknown-key]"},
	{`{"principal":"alice","permiſsion":"members:edit","in":"org:acme"}`, "1:22: error[unknown-key]"},
	{`{"principal":"alice","permission":"members:edit","assiGn":"manager","in":"org:acme"}`, "1:50: error[unknown-key]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","ın":"org:other"}`, "1:66: error[unknown-key]"},
	{`{"principal":{"id":"zoe","Status":"active","status":null},"permission":"members:edit","in":"org:acme"}`, "1:26: error[unknown-key]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","":1}`, "1:66: error[unknown-key]"},

	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}}`, "1:112: error[json-depth]"},
	{`{"principal":` + strings.Repeat(`{"owner":`, 32) + `"alice"` + strings.Repeat("}", 32) + `,"permission":"members:edit","in":"org:acme"}`, "1:293: error[json-depth]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{"org:n":` + strings.Repeat(`[{"a":`, 20), "1:174: error[json-depth]"},
	{strings.Repeat("[", 100_000), "1:33: error[json-depth]"},

	{`{"principal":"\ud800","permission":"members:edit","in":"org:acme"}`, "1:15: error[json-encoding]: \\ud800 is one half"},
	{`{"princi\udc00pal":"alice","permission":"members:edit","in":"org:acme"}`, "1:9: error[json-encoding]: \\udc00 is one half"},
	{`{"principal":"alice","permission":"members:edit","in":"org:\ud83dacme"}`, "1:60: error[json-encoding]"},
	{"{\"principal\":\"alice\",\"permission\":\"members:edit\",\"in\":\"org:acm\xe9\"}", "1:63: error[json-encoding]: the byte 0xE9"},
	{"{\"principal\":\"alice\xed\xa0\x80\",\"permission\":\"members:edit\",\"in\":\"org:acme\"}", "1:20: error[json-encoding]: the byte 0xED"},
	{"{\"principal\":\"alice\x00\",\"permission\":\"members:edit\",\"in\":\"org:acme\"}", "1:20: error[json-encoding]: the character U+0000"},
	{"\xff\xfe{\x00\"\x00", "1:1: error[json-encoding]: the text is written in UTF-16"},

	{`{"principal":"alice","permission":"members:edit","in":"org:acme"` + strings.Repeat(" ", 4<<20) + "}", "1:1: error[json-size]"},
	{`{"principal":"alice","permission":"members:edit","in":"` + strings.Repeat("é", 2<<20) + `"}`, "1:1: error[json-size]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":[` + strings.Repeat(`"",`, 40_000) + `""]}}`, "1:98354: error[json-size]: there are more than 32768 keys and values"},

	{`{"principal":"alice","permission":"members:edit","in":"org:acme"} // more`, "1:67: error[json-syntax]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme",'now':null}`, "1:66: error[json-syntax]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","now":2026-06-01}`, "1:72: error[json-syntax]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ticket":010}}`, "1:86: error[json-syntax]: \"010\""},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ticket":1_0}}`, "1:87: error[json-syntax]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ticket":0x1}}`, "1:87: error[json-syntax]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ticket":.5}}`, "1:86: error[json-syntax]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":no}}`, "1:82: error[json-syntax]: \"no\""},

	{`{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{"org:acme":{}}}`, "scopes.org:acme: error[restated]"},
	{`{"principal":"alice","permission":"members:edit","in":"org:acme","scopes":{"org:acme/workspace:n":{},"org:acme/workspace:ml":{"visibility":"open"}}}`, "scopes.org:acme/workspace:ml: error[restated]"},
	{`{"principal":{"id":"\u0062ob","status":"active"},"permission":"members:edit","in":"org:acme"}`, "principal.id: error[restated]: the directory lists \"bob\""},
	{`{"principal":{"id":"k","kind":"key","status":"active","owner":{"id":"bob","status":"active"}},"permission":"members:edit","in":"org:acme"}`, "principal.owner.id: error[restated]"},
}

func TestAQueryThatBreaksARuleIsAnsweredWithItsPlace(t *testing.T) {
	const due = 3 // lines that break each rule of queries alone
	e, err := authz.Load(os.DirFS(invalid), "base.policy.yaml", "base.directory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for _, c := range invalidQueries {
		q, err := authz.ParseQuery(1, []byte(c.line))
		a := authz.Invalid(err)
		if err == nil {
			a = e.Answer(t.Context(), q)
		}
		if a.Allowed || a.Reason != authz.InvalidRequest || a.Err == nil || !strings.Contains(a.Err.Error(), c.says) {
			t.Errorf("%.150s\nis answered %v, not %s", c.line, a, c.says)
		}
		_, rule, _ := strings.Cut(c.says, "error[")
		rule, _, _ = strings.Cut(rule, "]")
		lines[rule]++
	}
	for _, rule := range authz.Rules() {
		if rule.File == "query" && lines[rule.Name] < due {
			t.Errorf("%d lines break the rule %s, and %d are due", lines[rule.Name], rule.Name, due)
		}
	}
}

// What surrounds the value, and what only looks like something else, is read rightly.
func TestQueriesThatLookStrangeAreRead(t *testing.T) {
	e, err := authz.Load(os.DirFS(invalid), "base.policy.yaml", "base.directory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const rest = `,"permission":"members:edit","in":"org:acme/workspace:ml"}`
	for line, want := range map[string]string{
		"\ufeff{\"principal\":\"alice\"" + rest:            `{"allowed":true,"level":"edit","reason":"granted"}`,
		"\t{\r\n\"principal\" : \"alice\"" + rest + "\r\n": `{"allowed":true,"level":"edit","reason":"granted"}`,
		`{"\u0070rincipal":"\u0061lice"` + rest:            `{"allowed":true,"level":"edit","reason":"granted"}`,
		`{"principal":"Alice"` + rest:                      `{"allowed":false,"level":"none","reason":"unknown-principal","error":"the directory lists no principal \"Alice\""}`,
		`{"principal":"alice\u0000"` + rest:                `{"allowed":false,"level":"none","reason":"unknown-principal","error":"the directory lists no principal \"alice\u003c0000\u003e\""}`,
		`{"principal":"ali\u202ece"` + rest:                `{"allowed":false,"level":"none","reason":"unknown-principal","error":"the directory lists no principal \"ali\u003c202E\u003ece\""}`,
	} {
		if got := answer(t, e, line); got != want {
			t.Errorf("%q\n got %s\nwant %s", line, got, want)
		}
	}
}

// "Ids are equal only if their bytes are": scopes and the keys of facts that differ in case are different, while of the
// keys that a line has of its own only one spelling is read.
func TestKeysOfDataMayDifferInCaseAlone(t *testing.T) {
	e, err := authz.Open(os.DirFS("../testdata/valid/example"))
	if err != nil {
		t.Fatal(err)
	}
	line := `{"principal":"alice","permission":"members:edit","in":"org:acme/workspace:New","scopes":{"org:acme/workspace:new":{},"org:acme/workspace:New":{"visibility":"private"}},"now":"2026-06-01T00:00:00Z"}`
	if got, want := answer(t, e, line), `{"allowed":false,"level":"none","reason":"no-grant"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, line := range []string{
		`{"principal":"alice","Principal":"bob","permission":"members:edit","in":"org:acme"}`,
		`{"principal":"alice","permission":"members:edit","in":"org:acme","IN":"org:acme/workspace:ml"}`,
		`{"principal":"alice","permission":"members:edit","in":"org:acme","request":{"ip":"10.0.0.1","IP":"10.0.0.2"}}`,
		`{"principal":{"id":"zoe","status":"active","Status":"suspended"},"permission":"members:edit","in":"org:acme"}`,
	} {
		if got := answer(t, e, line); !strings.Contains(got, `"invalid-request"`) || !strings.Contains(got, "did you mean") {
			t.Errorf("%s\n%s", line, got)
		}
	}
}
