package trellis_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/trellis-authz/trellis"

// The import table: what each package may import of this module, and from outside the standard library. Imports run
// one way; YAML and CEL have one importer each.
var imports = map[string][]string{
	".":                          {},
	"diag":                       {},
	"internal/bits":              {},
	"internal/graph":             {},
	"internal/names":             {},
	"internal/report":            {"diag"},
	"internal/table":             {"internal/bits"},
	"internal/store":             {"internal/table"},
	"internal/doc":               {"diag", "internal/report", "gopkg.in/yaml.v3"},
	"internal/decode":            {"diag", "internal/doc", "internal/report"},
	"internal/condition":         {"diag", "internal/names", "github.com/google/cel-go"},
	"scope":                      {"diag", "internal/names"},
	"roles":                      {},
	"profiles":                   {"roles"},
	"internal/pattern":           {"diag", "scope"},
	"internal/model":             {"diag", "internal/bits", "internal/graph", "internal/names", "internal/report", "profiles", "roles", "scope"},
	"authz":                      {"diag", "internal/bits", "internal/condition", "internal/decode", "internal/doc", "internal/graph", "internal/model", "internal/names", "internal/report", "internal/store", "internal/table", "profiles", "roles", "scope"},
	"authz/authztest":            {"authz", "diag", "internal/decode", "internal/doc", "internal/report"},
	"internal/guard":             {"authz", "internal/pattern"},
	"authz/authzhttp":            {"authz", "diag", "internal/guard"},
	"authz/authzrpc":             {"authz", "diag", "internal/guard"},
	"authz/authzlive":            {"authz", "authz/authztest", "diag"},
	"authz/authzlog":             {"authz"},
	"authz/authzen":              {"authz", "diag", "internal/doc", "internal/pattern"},
	"cmd/authz":                  {"authz", "authz/authztest", "diag"},
	"internal/reference":         {"authz", "roles"},
	"internal/generate":          {"authz", "pgregory.net/rapid", "profiles", "roles", "scope"},
	"proof":                      {},
	"proof/coverage":             {},
	"proof/mutants":              {},
	"examples":                   {},
	"examples/embed":             {"authz", "roles", "scope"},
	"examples/pdp":               {"authz", "authz/authzen", "authz/authzlive", "authz/authzlog"},
	"examples/workspaces":        {"authz", "authz/authzhttp", "authz/authzlive", "authz/authzlog", "scope"},
	"examples/tenminutes/after":  {"authz", "authz/authzhttp", "authz/authzlive"},
	"examples/tenminutes/before": {},
	"examples/quickstart":        {"authz", "examples"},
}

// packages reads the imports and the package comments of the module's sources.
func packages(t *testing.T) (imported map[string][]string, documented map[string]int) {
	t.Helper()
	imported, documented = map[string][]string{}, map[string]int{}
	sets := map[string]map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := path.Base(name); name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || isModule(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if sets[dir] == nil {
			sets[dir] = map[string]bool{}
		}
		if hasComment(file) {
			documented[dir]++
		}
		for _, spec := range file.Imports {
			if p := within(t, spec); p != "" {
				sets[dir][p] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, set := range sets {
		imported[dir] = slices.Sorted(maps.Keys(set))
	}
	return imported, documented
}

// isModule reports whether a directory is a module of its own: what that requires is not the embedder's.
func isModule(dir string) bool {
	_, err := os.Stat(path.Join(dir, "go.mod"))
	return err == nil
}

func hasComment(file *ast.File) bool { return file.Doc != nil }

// within shortens an import to what the table names: the path in this module, or the module outside; "" for the
// standard library.
func within(t *testing.T, spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		t.Fatal(err)
	}
	if p == module {
		return "."
	}
	if rest, ok := strings.CutPrefix(p, module+"/"); ok {
		return rest
	}
	for _, outside := range []string{"github.com/google/cel-go", "gopkg.in/yaml.v3"} {
		if p == outside || strings.HasPrefix(p, outside+"/") {
			return outside
		}
	}
	if strings.Contains(strings.SplitN(p, "/", 2)[0], ".") {
		return p
	}
	return ""
}

func TestImportsRunOneWay(t *testing.T) {
	imported, _ := packages(t)
	for dir, got := range imported {
		allowed, ok := imports[dir]
		if !ok {
			t.Errorf("the package %s is not in the table", dir)
			continue
		}
		for _, p := range got {
			if !slices.Contains(allowed, p) {
				t.Errorf("%s imports %s, and may import %v", dir, p, allowed)
			}
		}
	}
	for dir := range imports {
		if _, ok := imported[dir]; !ok {
			t.Errorf("the table names %s, and there is no such package", dir)
		}
	}
}

func TestYAMLAndCELHaveOneImporterEach(t *testing.T) {
	imported, _ := packages(t)
	importers := map[string][]string{}
	for _, dir := range slices.Sorted(maps.Keys(imported)) {
		for _, p := range imported[dir] {
			if !strings.HasPrefix(p, module) && strings.Contains(strings.SplitN(p, "/", 2)[0], ".") {
				importers[p] = append(importers[p], dir)
			}
		}
	}
	want := map[string][]string{
		"github.com/google/cel-go": {"internal/condition"},
		"gopkg.in/yaml.v3":         {"internal/doc"},
		"pgregory.net/rapid":       {"internal/generate"}, // for tests alone: what embedders import does not lead there
	}
	if diff := cmp.Diff(want, importers); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPackageHasOnePackageComment(t *testing.T) {
	imported, documented := packages(t)
	for dir := range imported {
		if documented[dir] != 1 {
			t.Errorf("%s has %d package comments", dir, documented[dir])
		}
	}
}

// What is in a module of its own is what anybody could have written: it uses exported packages alone.
func TestModulesOfTheirOwnImportNothingInternal(t *testing.T) {
	var modules []string
	within := "" // a directory of such a module
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(path.Base(name), "."):
			return fs.SkipDir
		case d.IsDir() && name != "." && isModule(name):
			within = name
			modules = append(modules, name)
		case within == "" || !strings.HasPrefix(name, within+"/") || !strings.HasSuffix(name, ".go"):
			return nil
		default:
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				if p, err := strconv.Unquote(spec.Path.Value); err != nil || strings.HasPrefix(p, module+"/internal/") {
					t.Errorf("%s imports %s", name, spec.Path.Value)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(modules) < 1 {
		t.Error("there are no modules of their own")
	}
}

// "the root module requires exactly" these: an embedder's go.sum stays short.
func TestTheModuleRequiresExactlyWhatItMay(t *testing.T) {
	source, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(source)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) == 2 && strings.Contains(fields[0], "/") && strings.HasPrefix(fields[1], "v") {
			got = append(got, fields[0])
		}
	}
	want := []string{"github.com/google/cel-go", "github.com/google/go-cmp", "gopkg.in/yaml.v3", "pgregory.net/rapid"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
