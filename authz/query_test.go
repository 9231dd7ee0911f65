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
