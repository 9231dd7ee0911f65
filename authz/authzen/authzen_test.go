package authzen_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzen"
)

// The records of the working group's certification scenario: decisions by ids, and by properties that requests bring.
const policy = `
version: 1
name: records
scopes: {tenant: , record: {in: tenant, attributes: {owner: string}}}
request: {role: string, status: string, soft: bool, ip: string}
areas: {content: , deletion: }
roles:
  reader:
    at: tenant
    reach: all
    areas: {content: read}
    grants:
      - {areas: {content: edit}, when: 'has(request.role) && request.role == "admin" && has(request.status) && request.status == "archived"'}
      - {areas: {deletion: edit}, when: 'has(record.owner) && record.owner == principal.id'}
  writer:
    at: tenant
    reach: all
    areas: {content: edit}
    grants:
      - {areas: {deletion: edit}, when: 'has(request.soft) && request.soft'}
boundaries:
  archived:
    in: record
    when: 'has(request.status) && request.status == "archived" && !(has(request.role) && request.role == "admin")'
    limit: {content: read}
`

const directory = `
version: 1
scopes: {"tenant:main": , "tenant:main/record:record-1": , "tenant:main/record:record-2": }
principals:
  alice: {status: active, assignments: [{roles: writer, in: "tenant:main"}]}
  bob: {status: active, assignments: [{roles: reader, in: "tenant:main"}]}
`

var mapping = authzen.Mapping{
	Subjects: map[string]string{"user": "", "service": "svc-"},
	Resources: map[string]authzen.Resource{
		"record": {
			Scope:      "tenant:main/record:{id}",
			Actions:    map[string]string{"read": "content:read", "write": "content:edit", "delete": "deletion:edit"},
			Attributes: map[string]string{"owner": "owned_by"},
		},
		"file":  {Scope: "tenant:{tenant}/record:{id}", Actions: map[string]string{"read": "content:read"}},
		"scope": {},
	},
	Request: map[string]string{"role": "subject.role", "status": "resource.status", "soft": "action.soft", "ip": "context.ip"},
}

func engine(t testing.TB) *authz.Engine {
	t.Helper()
	e, err := authz.Open(fstest.MapFS{"r.policy.yaml": {Data: []byte(policy)}, "r.directory.yaml": {Data: []byte(directory)}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func server(t testing.TB, options ...authzen.Option) *authzen.Server {
	t.Helper()
	s, err := authzen.New(engine(t), mapping, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func post(h http.Handler, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	alice, bob = `"subject":{"type":"user","id":"alice"}`, `"subject":{"type":"user","id":"bob"}`
	read       = `"action":{"name":"read"}`
	write      = `"action":{"name":"write"}`
	record1    = `"resource":{"type":"record","id":"record-1"}`
	record2    = `"resource":{"type":"record","id":"record-2"}`
	archived2  = `"resource":{"type":"record","id":"record-2","properties":{"status":"archived"}}`
)

func object(parts ...string) string { return "{" + strings.Join(parts, ",") + "}" }

// The requests of the certification scenario, and what it expects of each.
func TestTheCertificationScenarioIsAnsweredAsItSays(t *testing.T) {
	s := server(t)
	const single, many = authzen.EvaluationPath, authzen.EvaluationsPath
	yes, no := `{"decision":true}`, `{"decision":false}`
	for name, c := range map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"2.2.1 permit":           {single, object(alice, read, record1), 200, yes},
		"2.2.2 deny":             {single, object(bob, write, record1), 200, no},
		"2.2.3 context":          {single, object(alice, read, record1, `"context":{"time":"2025-06-27T18:03-07:00","ip":"192.168.1.1"}`), 200, yes},
		"rule 2":                 {single, object(alice, write, record1), 200, yes},
		"rule 3":                 {single, object(bob, read, record1), 200, yes},
		"2.2.4 by properties":    {single, object(alice, write, archived2), 200, no},
		"2.2.5 of the subject":   {single, object(`"subject":{"type":"user","id":"bob","properties":{"role":"admin"}}`, write, archived2), 200, yes},
		"2.2.6 of the action":    {single, object(alice, `"action":{"name":"delete","properties":{"soft":true}}`, record1), 200, yes},
		"2.2.7 of the action":    {single, object(alice, `"action":{"name":"delete","properties":{"soft":false}}`, record1), 200, no},
		"2.2.8 more properties":  {single, `{"subject":{"type":"user","id":"alice","properties":{"department":"Sales","role":"manager"}},"action":{"name":"read","properties":{"method":"GET"}},"resource":{"type":"record","id":"record-1","properties":{"status":"active","owner":"bob"}}}`, 200, yes},
		"2.2.9 unknown fields":   {single, object(alice, read, record1, `"foo":"bar"`, `"futureField":{"nested":true}`), 200, yes},
		"2.4.1 no subject":       {single, object(read, record1), 400, "there is no subject"},
		"2.4.1 no action":        {single, object(alice, record1), 400, "there is no action"},
		"2.4.1 no resource":      {single, object(alice, read), 400, "there is no resource"},
		"2.4.2 no subject type":  {single, object(`"subject":{"id":"alice"}`, read, record1), 400, "subject has no type"},
		"2.4.2 no subject id":    {single, object(`"subject":{"type":"user"}`, read, record1), 400, "subject has no id"},
		"2.4.2 no action name":   {single, object(alice, `"action":{}`, record1), 400, "action has no name"},
		"2.4.2 no resource type": {single, object(alice, read, `"resource":{"id":"record-1"}`), 400, "resource has no type"},
		"2.4.2 no resource id":   {single, object(alice, read, `"resource":{"type":"record"}`), 400, "resource has no id"},
		"2.4.4 no JSON":          {single, `{"subject":`, 400, ""},
		"2.4.5 nothing":          {single, ``, 400, ""},
		"2.4.6 a text":           {single, object(`"subject":"alice"`, read, record1), 400, "subject is text, and an object is due"},
		"2.4.6 a number":         {single, object(alice, `"action":{"name":123}`, record1), 400, "the name of action is a whole number, and a text is due"},
		"3.2.1 many":             {many, object(alice, read, `"evaluations":[{`+record1+`},{`+record2+`}]`), 200, `{"evaluations":[{"decision":true},{"decision":true}]}`},
		"3.2.2 in order":         {many, object(bob, record1, `"evaluations":[{`+read+`},{`+write+`}]`), 200, `{"evaluations":[{"decision":true},{"decision":false}]}`},
		"3.2.3 each its own":     {many, object(alice, write, `"evaluations":[{"resource":{"type":"record","id":"record-1","properties":{"status":"active"}}},{`+archived2+`}]`), 200, `{"evaluations":[{"decision":true},{"decision":false}]}`},
		"3.2.4 each its own":     {many, object(write, archived2, `"evaluations":[{`+alice+`},{"subject":{"type":"user","id":"bob","properties":{"role":"admin"}}}]`), 200, `{"evaluations":[{"decision":false},{"decision":true}]}`},
		"3.2.5 no defaults":      {many, `{"evaluations":[` + object(alice, read, record1) + `,` + object(bob, write, record1) + `]}`, 200, `{"evaluations":[{"decision":true},{"decision":false}]}`},
		"3.2.6 contexts":         {many, object(alice, read, `"context":{"time":"2025-06-27T18:03-07:00"}`, `"evaluations":[{`+record1+`},{`+record2+`,"context":{"time":"2025-06-27T19:00-07:00","source":"batch-override"}}]`), 200, `{"evaluations":[{"decision":true},{"decision":true}]}`},
		"3.4.1 one incomplete":   {many, object(alice, read, `"evaluations":[{`+record1+`},{}]`), 200, `{"evaluations":[{"decision":true},{"decision":false,"context":{"error":{"message":"there is no resource","status":400}}}]}`},
		"3.4.2 not there":        {many, object(alice, read, record1), 200, yes},
		"3.4.3 empty":            {many, object(alice, read, record1, `"evaluations":[]`), 200, yes},
		"empty, and incomplete":  {many, object(alice, read, `"evaluations":[]`), 400, "there is no resource"},
	} {
		w := post(s, c.path, c.body)
		got := strings.TrimSpace(w.Body.String())
		if w.Code != c.status || c.status == 200 && got != c.want || !strings.Contains(got, c.want) {
			t.Errorf("%s: %d %s\nwant %d %s", name, w.Code, got, c.status, c.want)
		}
		if kind := w.Header().Get("Content-Type"); (kind == "application/json") != (c.status == 200) {
			t.Errorf("%s: the answer is %s", name, kind)
		}
	}
}

// "the three semantics"
func TestEvaluationsEndAsTheirSemanticSays(t *testing.T) {
	s := server(t)
	items := func(actions ...string) string {
		var list []string
		for _, a := range actions {
			list = append(list, `{"action":{"name":"`+a+`"}}`)
		}
		return `"evaluations":[` + strings.Join(list, ",") + `]`
	}
	option := func(semantic string) string {
		return `"options":{"evaluations_semantic":"` + semantic + `","another_option":"value"}`
	}
	for _, c := range []struct {
		semantic string
		actions  []string
		want     string
	}{
		{"execute_all", []string{"read", "write", "read"}, `[{"decision":true},{"decision":false},{"decision":true}]`},
		{"deny_on_first_deny", []string{"read", "write", "read"}, `[{"decision":true},{"decision":false,"context":{"reason":"deny_on_first_deny"}}]`},
		{"deny_on_first_deny", []string{"read", "read"}, `[{"decision":true},{"decision":true}]`},
		{"deny_on_first_deny", []string{"unknown", "read"}, `[{"decision":false,"context":{"error":{"message":"there is no action \"unknown\" on resources of the type \"record\"","status":404},"reason":"deny_on_first_deny"}}]`},
		{"permit_on_first_permit", []string{"read", "write", "read"}, `[{"decision":true}]`},
		{"permit_on_first_permit", []string{"write", "write", "read", "write"}, `[{"decision":false},{"decision":false},{"decision":true}]`},
		{"permit_on_first_permit", []string{"write"}, `[{"decision":false}]`},
	} {
		w := post(s, authzen.EvaluationsPath, object(bob, record1, option(c.semantic), items(c.actions...)))
		if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != `{"evaluations":`+c.want+`}` {
			t.Errorf("%s of %v: %d %s", c.semantic, c.actions, w.Code, got)
		}
	}
	for _, options := range []string{option("all"), option("EXECUTE_ALL"), option(""), `"options":{"evaluations_semantic":1}`, `"options":[]`, `"options":{"Evaluations_semantic":"execute_all"}`} {
		if w := post(s, authzen.EvaluationsPath, object(bob, record1, options, items("read"))); w.Code != 400 {
			t.Errorf("%s: %d %s", options, w.Code, w.Body)
		}
	}
}

// "defaults are replaced whole, never merged deeply"
func TestDefaultsAreReplacedWhole(t *testing.T) {
	s := server(t)
	body := object(alice, write, archived2, `"context":{"ip":1}`,
		`"evaluations":[{"resource":{"type":"record","id":"record-2"},"context":{}},{"resource":{"id":"record-1"}},{"subject":{"type":"user"},"context":{}},{"context":{}},{}]`)
	w := post(s, authzen.EvaluationsPath, body)
	var got struct {
		Evaluations []struct {
			Decision bool
			Context  struct{ Error struct{ Message string } }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Evaluations) != 5 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for i, want := range []struct {
		decision bool
		message  string
	}{
		{true, ""}, // the status went with the resource
		{false, "resource has no type"},
		{false, "subject has no id"},
		{false, ""},              // it is archived
		{false, "request.ip is"}, // the context is the default, and its ip is no text
	} {
		e := got.Evaluations[i]
		if e.Decision != want.decision || (want.message == "") != (e.Context.Error.Message == "") || !strings.Contains(e.Context.Error.Message, "") {
			t.Errorf("%d: %+v, want %+v", i, e, want)
		}
	}
}

// "a wrong Content-Type is 400"; "duplicate and case-folded JSON keys are refused"; "Limits on body, batch and time"
func TestWhatCannotBeReadIsRefusedWhole(t *testing.T) {
	s := server(t, authzen.WithLimits(2048, 3, time.Minute))
	good := object(alice, read, record1)
	for name, c := range map[string]struct {
		method, path, body string
		header             []string
		want               int
	}{
		"as it should be":       {"POST", authzen.EvaluationPath, good, nil, 200},
		"with a charset":        {"POST", authzen.EvaluationPath, good, []string{"Content-Type", "application/json; charset=utf-8"}, 200},
		"another charset":       {"POST", authzen.EvaluationPath, good, []string{"Content-Type", "application/json; charset=utf-16"}, 400},
		"no type":               {"POST", authzen.EvaluationPath, good, []string{"Content-Type", ""}, 400},
		"a form":                {"POST", authzen.EvaluationPath, good, []string{"Content-Type", "application/x-www-form-urlencoded"}, 400},
		"text":                  {"POST", authzen.EvaluationPath, good, []string{"Content-Type", "text/json"}, 400},
		"compressed":            {"POST", authzen.EvaluationPath, good, []string{"Content-Encoding", "gzip"}, 400},
		"another method":        {"GET", authzen.EvaluationPath, good, nil, 405},
		"another path":          {"POST", "/access/v1/search/subject", good, nil, 404},
		"a path beneath":        {"POST", authzen.EvaluationPath + "/", good, nil, 404},
		"a list":                {"POST", authzen.EvaluationPath, `[]`, nil, 400},
		"twice":                 {"POST", authzen.EvaluationPath, object(alice, bob, read, record1), nil, 400},
		"twice, escaped":        {"POST", authzen.EvaluationPath, object(alice, `"subj\u0065ct":{"type":"user","id":"bob"}`, read, record1), nil, 400},
		"in another case":       {"POST", authzen.EvaluationPath, object(bob, `"Subject":{"type":"user","id":"alice"}`, read, record1), nil, 400},
		"in another case alone": {"POST", authzen.EvaluationPath, object(`"SUBJECT":{"type":"user","id":"alice"}`, read, record1), nil, 400},
		"in it":                 {"POST", authzen.EvaluationPath, object(`"subject":{"type":"user","id":"bob","ID":"alice"}`, read, record1), nil, 400},
		"a long s":              {"POST", authzen.EvaluationPath, object(bob, `"ſubject":{"type":"user","id":"alice"}`, read, record1), nil, 400},
		"twice in properties":   {"POST", authzen.EvaluationPath, object(alice, read, `"resource":{"type":"record","id":"record-1","properties":{"a":1,"a":2}}`), nil, 400},
		"properties of text":    {"POST", authzen.EvaluationPath, object(alice, read, `"resource":{"type":"record","id":"record-1","properties":"a"}`), nil, 400},
		"a context of text":     {"POST", authzen.EvaluationPath, object(alice, read, record1, `"context":"here"`), nil, 400},
		"two values":            {"POST", authzen.EvaluationPath, good + good, nil, 400},
		"not UTF-8":             {"POST", authzen.EvaluationPath, strings.Replace(good, "alice", "al\xffice", 1), nil, 400},
		"too large":             {"POST", authzen.EvaluationPath, good + strings.Repeat(" ", 2048), nil, 413},
		"too deep":              {"POST", authzen.EvaluationPath, object(alice, read, record1, `"x":`+strings.Repeat("[", 900)+strings.Repeat("]", 900)), nil, 400},
		"an empty id":           {"POST", authzen.EvaluationPath, object(`"subject":{"type":"user","id":""}`, read, record1), nil, 400},
		"three":                 {"POST", authzen.EvaluationsPath, object(alice, read, record1, `"evaluations":[{},{},{}]`), nil, 200},
		"too many":              {"POST", authzen.EvaluationsPath, object(alice, read, record1, `"evaluations":[{},{},{},{}]`), nil, 400},
		"evaluations of text":   {"POST", authzen.EvaluationsPath, object(alice, read, record1, `"evaluations":"all"`), nil, 400},
		"evaluations of texts":  {"POST", authzen.EvaluationsPath, object(alice, read, record1, `"evaluations":["all"]`), nil, 200}, // of them each is denied
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(c.header); i += 2 {
			if r.Header.Set(c.header[i], c.header[i+1]); c.header[i+1] == "" {
				r.Header.Del(c.header[i])
			}
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if allows := strings.Contains(w.Body.String(), `"decision":true`); allows && !strings.HasPrefix(name, "as it") && name != "with a charset" && name != "three" {
			t.Errorf("%s: allowed", name)
		}
	}
	if w := post(server(t), authzen.EvaluationsPath, object(alice, read, record1, `"evaluations":["all",{}]`)); strings.TrimSpace(w.Body.String()) != `{"evaluations":[{"decision":false,"context":{"error":{"message":"the evaluation is text, and an object is due","status":400}}},{"decision":true}]}` {
		t.Errorf("a text among evaluations: %s", w.Body)
	}
}

// What the mapping does not name is denied; and a value is one id, whatever it holds.
func TestWhatTheMappingDoesNotNameIsDenied(t *testing.T) {
	s := server(t, authzen.WithReasons())
	resource := func(kind, id, more string) string {
		return fmt.Sprintf(`"resource":{"type":%q,"id":%q%s}`, kind, id, more)
	}
	for name, c := range map[string]struct{ body, want string }{
		"a type of subjects":      {object(`"subject":{"type":"group","id":"alice"}`, read, record1), `there are no subjects of the type \"group\" here`},
		"a prefix":                {object(`"subject":{"type":"service","id":"alice"}`, read, record1), `"reason":"unknown-principal"`},
		"somebody unknown":        {object(`"subject":{"type":"user","id":"carol"}`, read, record1), `"reason":"unknown-principal"`},
		"a type of resources":     {object(alice, read, resource("account", "1", "")), `there are no resources of the type \"account\" here`},
		"an action":               {object(alice, `"action":{"name":"content:edit"}`, record1), `there is no action \"content:edit\"`},
		"a record":                {object(alice, read, resource("record", "record-9", "")), `"reason":"unknown-scope"`},
		"a path in an id":         {object(alice, read, resource("record", "x/record:record-1", "")), `in the resource \"id\" holds a slash`},
		"a property":              {object(alice, read, resource("file", "record-1", "")), `has no property \"tenant\"`},
		"a property of no text":   {object(alice, read, resource("file", "record-1", `,"properties":{"tenant":1}`)), `has no property \"tenant\"`},
		"a path in a property":    {object(alice, read, resource("file", "record-1", `,"properties":{"tenant":"main/record:x"}`)), `in the resource \"tenant\" holds a slash`},
		"a property, found":       {object(alice, read, resource("file", "record-1", `,"properties":{"tenant":"main"}`)), `{"decision":true}`},
		"a path, a permission":    {object(alice, `"action":{"name":"content:edit"}`, resource("scope", "tenant:main/record:record-1", "")), `{"decision":true}`},
		"no path":                 {object(alice, `"action":{"name":"content:edit"}`, resource("scope", "main", "")), `"status":400`},
		"no permission":           {object(alice, `"action":{"name":"nothing"}`, resource("scope", "tenant:main", "")), `"reason":"unknown-permission"`},
		"a fact of another type":  {object(alice, read, record1, `"context":{"ip":7}`), `"status":400`},
		"whose it is, unlisted":   {object(bob, `"action":{"name":"delete"}`, resource("record", "new", `,"properties":{"owned_by":"bob"}`)), `{"decision":true}`},
		"whose it is, another's":  {object(bob, `"action":{"name":"delete"}`, resource("record", "new", `,"properties":{"owned_by":"alice"}`)), `"reason":"no-grant"`},
		"whose it is, but listed": {object(bob, `"action":{"name":"delete"}`, resource("record", "record-1", `,"properties":{"owned_by":"bob"}`)), `"reason":"no-grant"`}, // what the directory says stands
	} {
		w := post(s, authzen.EvaluationPath, c.body)
		if w.Code != 200 || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "true") != strings.Contains(c.want, "true") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// "metadata URLs are https and from configuration, never from the Host header"; "the metadata must not claim" a search
func TestMetadataSayWhatIsConfigured(t *testing.T) {
	get := func(s *authzen.Server, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	for base, where := range map[string]string{"https://pdp.example.com": "", "https://pdp.example.com/": "", "https://pdp.example.com:8443/tenant1": "/tenant1"} {
		s := server(t, authzen.WithBase(base))
		w := get(s, authzen.MetadataPath+where)
		root := strings.TrimSuffix(base, "/")
		want := map[string]any{"policy_decision_point": root, "access_evaluation_endpoint": root + "/access/v1/evaluation", "access_evaluations_endpoint": root + "/access/v1/evaluations"}
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || !cmp.Equal(got, want) {
			t.Errorf("%s: %d %s", base, w.Code, w.Body)
		}
		if w := post(s, where+authzen.EvaluationPath, object(alice, read, record1)); w.Code != 200 {
			t.Errorf("%s: %d", base, w.Code)
		}
		if w := post(s, authzen.MetadataPath+where, ""); w.Code != 405 {
			t.Errorf("%s: %d", base, w.Code)
		}
	}
	if w := get(server(t), authzen.MetadataPath); w.Code != 404 {
		t.Errorf("without a base: %d", w.Code)
	}
	for _, base := range []string{"http://pdp.example.com", "pdp.example.com", "", "https://", "https://u:p@pdp.example.com", "https://pdp.example.com?x", "https://pdp.example.com#x", "https://pdp.example.com?", "https://pdp.example.com/#"} {
		if _, err := authzen.New(engine(t), mapping, authzen.WithBase(base)); err == nil {
			t.Errorf("%s: a base all the same", base)
		}
	}
}

// "X-Request-ID is echoed"
func TestTheIDOfARequestIsEchoed(t *testing.T) {
	s := server(t)
	for _, id := range []string{"bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "any text, as it is", ""} {
		for _, body := range []string{object(alice, read, record1), "{"} {
			if w := post(s, authzen.EvaluationPath, body, "X-Request-ID", id); w.Header().Get("X-Request-ID") != id {
				t.Errorf("%q is echoed as %q", id, w.Header().Get("X-Request-ID"))
			}
		}
	}
}

// cut is a body that ends before it should.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestABodyThatEndsTooEarlyIsRefused(t *testing.T) {
	r := httptest.NewRequest("POST", authzen.EvaluationPath, cut{})
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if server(t).ServeHTTP(w, r); w.Code != 400 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type provider struct{ e *authz.Engine }

func (p *provider) Engine() *authz.Engine { return p.e }

func TestAMappingThatIsWrongFailsAtTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		mapping authzen.Mapping
		want    []string
	}{
		"nothing":      {authzen.Mapping{}, []string{"names no type of subjects", "names no type of resources"}},
		"a path":       {authzen.Mapping{Subjects: mapping.Subjects, Resources: map[string]authzen.Resource{"r": {Scope: "main"}}}, []string{`the scope of the resources "r"`}},
		"a kind":       {authzen.Mapping{Subjects: mapping.Subjects, Resources: map[string]authzen.Resource{"r": {Scope: "tenat:{id}", Actions: map[string]string{"read": "content:read"}}}}, []string{`the action "read" of the resources "r"`, "tenat"}},
		"a permission": {authzen.Mapping{Subjects: mapping.Subjects, Resources: map[string]authzen.Resource{"r": {Scope: "tenant:{id}", Actions: map[string]string{"read": "contents:read"}}}}, []string{"contents"}},
		"a source":     {authzen.Mapping{Subjects: mapping.Subjects, Resources: mapping.Resources, Request: map[string]string{"ip": "ip", "role": "subjects.role"}}, []string{`the attribute "ip" comes from "ip"`, "subjects.role"}},
	} {
		_, err := authzen.New(engine(t), c.mapping)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := authzen.New(nil, mapping); err == nil {
		t.Error("a server without an engine")
	}
	p := &provider{}
	s, err := authzen.New(p, mapping)
	if err != nil {
		t.Fatal(err)
	}
	if w := post(s, authzen.EvaluationPath, object(alice, read, record1)); w.Code != 503 {
		t.Errorf("without an engine: %d", w.Code)
	}
	if p.e = engine(t); s.Try(p.e) != nil {
		t.Error(s.Try(p.e))
	}
	if w := post(s, authzen.EvaluationPath, object(alice, read, record1)); w.Code != 200 {
		t.Errorf("with an engine: %d", w.Code)
	}
}

// Whatever is posted is answered, and nothing that was not asked for is allowed.
func FuzzBodies(f *testing.F) {
	s, err := authzen.New(engine(f), mapping, authzen.WithReasons())
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{object(alice, read, record1), object(bob, write, record1, `"evaluations":[{},{`+read+`}]`, `"options":{"evaluations_semantic":"deny_on_first_deny"}`), `{"Subject":{}}`, `[]`, `{"evaluations":[null,1,"",{},[]]}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{authzen.EvaluationPath, authzen.EvaluationsPath} {
			w := post(s, path, body)
			if w.Code != 200 && w.Code != 400 && w.Code != 413 {
				t.Errorf("%d", w.Code)
			}
			if w.Code == 200 && !json.Valid(w.Body.Bytes()) {
				t.Errorf("answered %s", w.Body)
			}
			if strings.Contains(w.Body.String(), `"decision":true`) && !strings.Contains(body, "user") && !strings.Contains(body, `\u`) {
				t.Errorf("allowed: %s", body)
			}
		}
	})
}
