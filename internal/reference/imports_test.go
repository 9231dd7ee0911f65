package reference_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/trellis-authz/trellis/"

// The twin shares no code with what it is compared to: of this module it uses the declarations of a policy, their types
// and constants, and calls no function and no method.
func TestTheReferenceCallsNothingOfTheModule(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", compiled(t))}
	self, err := config.Check(module+"internal/reference", fset, parsed, &info)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range self.Imports() {
		switch path := p.Path(); {
		case !strings.Contains(strings.Split(path, "/")[0], "."): // the standard library
		case path == module+"authz", path == module+"roles", path == module+"profiles", path == module+"scope":
		default:
			t.Errorf("it imports %s", path)
		}
	}
	types, calls := 0, 0
	for id, object := range info.Uses {
		if object.Pkg() == nil || object.Pkg() == self || !strings.HasPrefix(object.Pkg().Path()+"/", module) {
			continue
		}
		if isFunction(object) {
			calls++
			t.Errorf("%s: it calls %s", fset.Position(id.Pos()), object)
		}
		types++
	}
	if types < 50 {
		t.Errorf("only %d uses of the module were found: the test sees nothing", types)
	}
}

func isFunction(object types.Object) bool {
	switch o := object.(type) {
	case *types.Func:
		return true
	case *types.Var:
		return !o.IsField() // a variable of another package may hold anything
	}
	return false
}

// compiled finds the compiled form of the packages that are imported.
func compiled(t *testing.T) func(path string) (io.ReadCloser, error) {
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("%s is not compiled", path)
		}
		return os.Open(exports[path])
	}
}
