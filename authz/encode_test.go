package authz_test

import (
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// A policy and a directory that were built in Go, as the files that decide the same.
func TestWriteYAMLReadsWell(t *testing.T) {
	var b strings.Builder
	if err := examplePolicy().WriteYAML(&b); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n")
	if err := exampleDirectory().WriteYAML(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "example.written.txt", b.String())
}

// What is written is read again as the same tables, for the example of the specification too.
func TestWhatIsWrittenCompilesToTheSameTables(t *testing.T) {
	var policy, directory strings.Builder
	if err := examplePolicy().WriteYAML(&policy); err != nil {
		t.Fatal(err)
	}
	if err := exampleDirectory().WriteYAML(&directory); err != nil {
		t.Fatal(err)
	}
	built, err := authz.New(examplePolicy(), exampleDirectory())
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := authz.Load(fstest.MapFS{"a.policy.yaml": {Data: []byte(policy.String())}, "a.directory.yaml": {Data: []byte(directory.String())}}, "a.policy.yaml", "a.directory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fromFile, err := authz.Open(os.DirFS("../testdata/valid/example"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(authz.Dump(built), authz.Dump(loaded)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(authz.Dump(fromFile), authz.Dump(loaded)); diff != "" {
		t.Error(diff)
	}
}

// Texts that YAML readers take for something else come back as they were: as names, ids, titles and facts.
func TestEveryTextComesBackAsItWas(t *testing.T) {
	for _, text := range []string{"y", "no", "true", "null", "~", "1", "010", "1_0", "0x1", ".5", "1e3", "-", "- a", "a: b", "a #b", "#a", "'", `"`, "\\", "{a}", "[a]", "*", "&a", "!a", "|", ">", "%a", "@a", "`a`", ",", "é", "e\u0301",
		"\u200d", "\u202e", "\ufeff", "\u2028", "\U0001F600", "a\nb", "a\tb", " a", "a ", "\u0085", "key:", "a:b:c", "..", strings.Repeat("long ", 60)} {
		p := examplePolicy()
		p.Roles[0].Title, p.Areas[0].Description = text, text
		d := &authz.Directory{Scopes: []authz.Scope{{Path: "org:acme", Attributes: authz.Attributes{"plan": text}}}}
		var policy, directory strings.Builder
		if err := errors.Join(p.WriteYAML(&policy), d.WriteYAML(&directory)); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		e, err := authz.Load(fstest.MapFS{"a.policy.yaml": {Data: []byte(policy.String())}, "a.directory.yaml": {Data: []byte(directory.String())}}, "a.policy.yaml", "a.directory.yaml")
		if err != nil {
			t.Errorf("%q: %v\n%s", text, err, policy.String())
			continue
		}
		if got := e.Matrix(); got.Columns[0].Title != text || got.Rows[0].Description != text {
			t.Errorf("%q comes back as %q and %q", text, got.Columns[0].Title, got.Rows[0].Description)
		}
	}
}

// What YAML cannot hold is an error that says so, and nothing is written.
func TestWhatYAMLCannotHoldIsNotWritten(t *testing.T) {
	policy := func(change func(p *authz.Policy)) error {
		p := examplePolicy()
		change(&p)
		return written(t, p.WriteYAML)
	}
	directory := func(v any) error {
		d := authz.Directory{Scopes: []authz.Scope{{Path: "org:a", Attributes: authz.Attributes{"v": v}}}}
		return written(t, d.WriteYAML)
	}
	loop := make([]any, 100)
	for i := range loop {
		loop[i] = loop
	}
	round := map[string]any{}
	round["a"] = round
	for name, err := range map[string]error{
		"a list of itself":    directory(loop),
		"a map of itself":     directory(round),
		"nothing":             directory(nil),
		"bad text in a name":  policy(func(p *authz.Policy) { p.Roles[0].Name = "\xff" }),
		"bad text in a title": policy(func(p *authz.Policy) { p.Roles[0].Title = "\xff" }),
		"bad text in a fact":  directory("\xff"),
		"a principal":         directory(authz.Principal{ID: "a"}),
		"not a number":        directory(math.NaN()),
		"infinity":            directory(math.Inf(1)),
		"a function":          directory(func() {}),
		"a principal within":  directory([]any{authz.Principal{ID: "a"}}),
	} {
		if err == nil || !strings.Contains(err.Error(), "YAML cannot hold it") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := examplePolicy().WriteYAML(failing{}); err == nil {
		t.Error("the error of the writer is lost")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// written returns the error of writing; with one, nothing was written.
func written(t *testing.T, write func(io.Writer) error) error {
	t.Helper()
	var b strings.Builder
	err := write(&b)
	if err != nil && b.Len() > 0 {
		t.Errorf("with the error %v, %q was written", err, b.String())
	}
	return err
}

// Facts of every Go type come back as values of the declared type.
func TestFactsComeBackAsTheyWere(t *testing.T) {
	at := time.Date(2026, 6, 1, 12, 0, 0, 5, time.FixedZone("east", 3600))
	attributes := authz.Attributes{
		"text": "a", "yes": true, "whole": int8(3), "large": uint32(4_000_000_000), "part": 1.5, "at": at, "span": 90 * time.Minute,
		"names": []string{"a", "no"}, "counts": map[string]int{"a": 1, "y": 2}, "deep": []any{[]any{"x"}, []string{}},
	}
	types := map[string]string{
		"text": "string", "yes": "bool", "whole": "int", "large": "int", "part": "double", "at": "timestamp", "span": "duration",
		"names": "list(string)", "counts": "map(int)", "deep": "list(list(string))",
	}
	when := `org.text == "a" && org.yes && org.whole == 3 && org.large == 4000000000 && org.part == 1.5 && org.at == timestamp("2026-06-01T11:00:00.000000005Z") &&
		org.span == duration("90m") && org.names == ["a", "no"] && org.counts["y"] == 2 && org.deep[0] == ["x"] && size(org.deep[1]) == 0`
	p := authz.Policy{
		Name: "facts", Scopes: []scope.Kind{{Name: "org", Attributes: types}}, Areas: []roles.Area{{Name: "x"}},
		Roles: []roles.Role{{Name: "r", At: []string{"org"}, Grants: []roles.Conditional{{Areas: roles.Grant{"x": "edit"}, When: when}}}},
	}
	d := authz.Directory{
		Scopes:     []authz.Scope{{Path: "org:a", Attributes: attributes}},
		Principals: []authz.Principal{{ID: "p", Status: authz.Active, Assignments: []authz.Assignment{{Roles: []string{"r"}, In: []string{"org:a"}}}}},
	}
	var policy, directory strings.Builder
	if err := errors.Join(p.WriteYAML(&policy), d.WriteYAML(&directory)); err != nil {
		t.Fatal(err)
	}
	built, err := authz.New(p, &d)
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]*authz.Engine{"built": built, "loaded": load(t, policy.String(), directory.String())} {
		if !e.As("p").Can("x:edit", "org:a") {
			t.Errorf("%s: a fact is another\n%s", name, directory.String())
		}
	}
}
