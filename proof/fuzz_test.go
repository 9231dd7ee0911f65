package proof

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/generate"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// seeds adds every file of the examples and of testdata whose name ends so.
func seeds(f *testing.F, suffix string) {
	for _, root := range []string{"../examples", "../testdata"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) {
				return err
			}
			source, err := os.ReadFile(path)
			if err == nil {
				f.Add(source)
			}
			return err
		})
		if err != nil {
			f.Fatal(err)
		}
	}
}

var documented = func() map[string]bool {
	known := map[string]bool{}
	for _, r := range authz.Rules() {
		known[r.Name] = true
	}
	return known
}()

// checkFindings holds findings to what they promise: a rule that is documented, a place in the file, a line to show.
func checkFindings(t *testing.T, list diag.List, files fstest.MapFS) {
	for _, d := range list {
		if !documented[d.Rule] {
			t.Fatalf("the rule %q is not documented: %s", d.Rule, d)
		}
		file, ok := files[d.File]
		if !ok || d.Line < 1 || d.Column < 1 || d.Line > 1+strings.Count(string(file.Data), "\n")+strings.Count(string(file.Data), "\r") {
			t.Fatalf("no place in a file: %s", d)
		}
		if err := d.Render(&strings.Builder{}, diag.Style{}); err != nil {
			t.Fatal(err)
		}
	}
}

// examine loads what is in the files: an engine, or errors that say where. An engine that comes of it denies whom it does
// not know.
func examine(t *testing.T, files fstest.MapFS, policy, directory string) *authz.Engine {
	d, err := authz.Examine(files, policy, directory)
	if err != nil {
		t.Fatal(err)
	}
	checkFindings(t, d.Diagnostics, files)
	if (d.Engine == nil) != (d.Diagnostics.Err() != nil) {
		t.Fatalf("an engine with errors, or none without: %v", d.Diagnostics)
	}
	if d.Engine != nil {
		if dec := d.Engine.As("nobody at all").Check(ctx, authz.Request{Permission: "a:b", Scope: "org:x"}); dec.Allowed {
			t.Fatalf("nobody is allowed: %s", dec)
		}
		for _, id := range d.Engine.Principals() {
			for _, path := range d.Engine.Scopes() {
				if _, err := d.Engine.As(id).Held(ctx, path, authz.Facts{Time: generate.Noon}); err != nil {
					t.Fatalf("what the directory lists is not known: %s in %s: %v", id, path, err)
				}
			}
		}
	}
	return d.Engine
}

func file(t testing.TB, path string) *fstest.MapFile {
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: source}
}

func FuzzPolicy(f *testing.F) {
	seeds(f, authz.PolicySuffix)
	f.Fuzz(func(t *testing.T, source []byte) {
		examine(t, fstest.MapFS{"x.policy.yaml": {Data: source}}, "x.policy.yaml", "")
	})
}

func FuzzDirectory(f *testing.F) {
	seeds(f, authz.DirectorySuffix)
	policies := []*fstest.MapFile{file(f, "../testdata/invalid/base.policy.yaml"), file(f, "../testdata/valid/example/example.policy.yaml"), file(f, "../examples/refinery-studio/refinery-studio.policy.yaml")}
	f.Fuzz(func(t *testing.T, source []byte) {
		for _, policy := range policies {
			examine(t, fstest.MapFS{"x.policy.yaml": policy, "x.directory.yaml": {Data: source}}, "x.policy.yaml", "x.directory.yaml")
		}
	})
}

func FuzzTests(f *testing.F) {
	seeds(f, authz.TestsSuffix)
	base := fstest.MapFS{}
	for _, name := range []string{"../testdata/invalid/base.policy.yaml", "../testdata/invalid/base.directory.yaml", "../testdata/valid/example/example.policy.yaml", "../testdata/valid/example/example.directory.yaml"} {
		base[filepath.Base(name)] = file(f, name)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		files := fstest.MapFS{"x.tests.yaml": {Data: source}}
		for name, data := range base {
			files[name] = data
		}
		s, err := authztest.Load(files, "x.tests.yaml")
		if err != nil {
			return // a file that it names cannot be read
		}
		checkFindings(t, s.Diagnostics, files)
		for _, r := range s.Run(ctx) {
			if s.Diagnostics.Err() != nil {
				t.Fatalf("tests with errors are run: %+v", r)
			}
			if !r.Passed {
				checkFindings(t, diag.List{r.Failure}, files)
			}
		}
	})
}

// fixed is a small world for what is asked in text.
func fixed() *generate.World {
	return &generate.World{
		Policy: authz.Policy{
			Name:    "fixed",
			Scopes:  []scope.Kind{{Name: "org"}, {Name: "workspace", In: []string{"org"}}},
			Areas:   []roles.Area{{Name: "a", Areas: []roles.Area{{Name: "x"}, {Name: "y"}}}, {Name: "b", At: []string{"org"}}},
			Actions: []authz.Action{{Name: "act", Permission: "a.x:edit"}, {Name: "b.c", Permission: "b:edit"}},
			Roles:   []roles.Role{{Name: "r", At: []string{"org"}, Reach: roles.All, Areas: roles.Grant{"*": "edit", "a.y": "read"}}},
		},
		Directory: &authz.Directory{
			Scopes: []authz.Scope{{Path: "org:1"}, {Path: "org:1/workspace:w"}, {Path: "org:10"}, {Path: "org:\u00e9"}, {Path: "org:*"}, {Path: "org:.."}},
			Principals: []authz.Principal{
				{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:1", "org:\u00e9"}}}},
				{ID: "k", Kind: authz.Key, Status: authz.Active, Owner: "p", In: []string{"org:1/workspace:w"}},
			},
		},
	}
}

// FuzzQuery reads a line of JSON as `authz decide` does, and as the standard library does: whatever is allowed was JSON,
// and named each key once.
func FuzzQuery(f *testing.F) {
	e, err := authz.Open(os.DirFS("../testdata/valid/example"))
	if err != nil {
		f.Fatal(err)
	}
	for _, line := range queries {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		q, err := authz.ParseQuery(1, line)
		a := authz.Invalid(err)
		if err == nil {
			a = e.Answer(ctx, q)
		}
		if a.Allowed && !json.Valid(line) {
			t.Fatalf("what is not JSON is allowed: %q", line)
		}
		if err != nil && (a.Allowed || a.Reason != authz.InvalidRequest) {
			t.Fatalf("what cannot be read is answered with %+v", a)
		}
		text, err := json.Marshal(a)
		if err != nil || strings.ContainsAny(string(text), "\n\r") || !json.Valid(text) {
			t.Fatalf("the answer is no line of JSON: %q (%v)", text, err)
		}
	})
}

var queries = []string{
	`{"principal":"alice","permission":"members:edit","in":"org:acme/workspace:ml","request":{"ip":"10.0.0.1"},"now":"2026-06-01T00:00:00Z"}`,
	`{"principal":"","permission":"members:read","in":"org:acme"}`,
	`{"principal":"alice","assign":"manager","in":"org:acme/workspace:ml"}`,
	`{"principal":{"id":"zoe","status":"active","assignments":[{"roles":"reader","in":"org:acme/workspace:ml"}]},"permission":"members:read","in":"org:acme/workspace:ml"}`,
	`{"principal":{"id":"k","kind":"key","status":"active","owner":{"id":"zoe","status":"active"}},"permission":"members:read","in":"org:acme"}`,
	`{"principal":"alice","permission":"members:edit","in":"org:acme/workspace:new","scopes":{"org:acme/workspace:new":{"visibility":"private","owner":"bob"}}}`,
	`{"principal":"alice","Principal":"bob","permission":"members:edit","in":"org:acme"}`,
	`{"principal":"alice","principal":"bob","permission":"members:edit","in":"org:acme"}`,
	`{"principal":"alice","\u0070rincipal":"bob","permission":"members:edit","in":"org:acme"}`,
	`{"principal":"alice","permission":"members:edit","in":"org:acme","now":1e999}`, `[]`, `null`, `{}`, `{"principal":`, "\xef\xbb\xbf{}",
}

// FuzzAsk asks for any text in any scope as anybody, and compares the answer with the reference: what is a path, what is
// a permission, who is known.
func FuzzAsk(f *testing.F) {
	agree := askers(f)
	as, permissions, in := oddly()
	for i := range max(len(as), len(permissions), len(in)) {
		f.Add(as[i%len(as)], permissions[i%len(permissions)], in[i%len(in)])
	}
	f.Fuzz(func(t *testing.T, as, permission, in string) { agree(t, as, permission, in) })
}

// Each odd name of somebody is asked with each of a permission and of a scope.
func TestOddNamesAreDecidedAsTheReferenceDoes(t *testing.T) {
	agree := askers(t)
	everybody, permissions, scopes := oddly()
	for _, as := range everybody {
		for _, permission := range permissions {
			for _, in := range scopes {
				agree(t, as, permission, in)
			}
		}
	}
}

// oddly returns names that are nearly right, and some that are.
func oddly() (principals, permissions, scopes []string) {
	return []string{"p", "P", "k", "", "nobody", "p "},
		[]string{"a.x:edit", "a:read", "act", "a", "a:", ":read", "a:none", "b.c:edit", "a.x.y:edit", "*:edit", "A:edit", "a:edit:edit"},
		[]string{"org:1", "org:10", "org:1/workspace:w", "org:1/workspace:w/", "org", "org:", "workspace:w", "org:1/org:1", "org:1/nosuch:x", "Org:1", "org:1 ", "org:..", "org:*", "org:\u00e9", "org:e\u0301", "org:a:b"}
}

// askers returns what holds the engine to the reference, on a world that is always the same.
func askers(tb testing.TB) func(t *testing.T, as, permission, in string) {
	w := fixed()
	e, err := authz.New(w.Policy, w.Directory)
	if err != nil {
		tb.Fatal(err)
	}
	twin := referenceOf(w)
	return func(t *testing.T, as, permission, in string) {
		a := generate.Ask{As: as, Scope: in, Facts: authz.Facts{Time: generate.Noon}}
		got, want := a.Bind(e).Check(ctx, request(a, permission)), twin.Ask(question(a)).Decide(permission)
		if !asReferred(got, want) {
			t.Fatalf("%q asks for %q in %q: the engine says %s, the reference %+v", as, permission, in, got, want)
		}
		if text := got.String(); strings.ContainsAny(text, "\n\r") {
			t.Fatalf("the decision is not on one line: %q", text)
		}
		_ = fmt.Sprint(e.As(as).Explain(ctx, request(a, permission)))
	}
}

// FuzzWorld turns bytes into whole policies, as the properties do: printed and loaded they decide the same, and as the
// reference does.
func FuzzWorld(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		w := generate.Worlds().Draw(t, "world")
		e, twin := printed(t, w), referenceOf(w)
		for _, a := range w.Asks(t, 5) {
			for _, permission := range w.Permissions() {
				got, want := a.Bind(e).Check(ctx, request(a, permission)), twin.Ask(question(a)).Decide(permission)
				if !asReferred(got, want) {
					t.Fatalf("%s asks for %s: the engine says %s, the reference %+v\n%s", a, permission, got, want, w)
				}
			}
		}
	}))
}
