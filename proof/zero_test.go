package proof

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzen"
	"github.com/trellis-authz/trellis/authz/authzhttp"
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/authz/authzlog"
	"github.com/trellis-authz/trellis/authz/authzrpc"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/profiles"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// exported holds a value of every exported type of the packages that an embedder may import. A test holds that none
// is missing.
var exported = map[string][]any{
	"../authz": {
		authz.Action{}, authz.Answer{}, authz.Assignment{}, authz.Attributes{}, authz.Boundary{}, authz.BoundaryLine{}, authz.Builder{}, authz.Caller{}, authz.Cell{}, authz.Change{}, authz.Column{},
		authz.ConditionError{}, authz.Decision{}, authz.DeniedError{}, authz.Directory{}, authz.Draft{}, authz.Engine{}, authz.Event{}, authz.Explanation{}, authz.Facts{}, authz.Files{},
		authz.Giving{}, authz.GivingDecision{}, authz.GrantLine{}, authz.Group{}, authz.Holding{}, authz.Holdings{}, authz.Kind(""), authz.Lack{}, authz.LimitLine{}, authz.Matrix{},
		authz.Observer(nil), authz.Option(nil), authz.Permission{}, authz.Place{}, authz.Policy{}, authz.Principal{}, (*authz.Provider)(nil), authz.Query{}, authz.Reason(0), authz.Request{}, authz.Row{}, authz.Rule{}, authz.RuleLine{}, authz.Scope{}, authz.Status(""),
		authz.Subject{}, authz.Way{},
	},
	"../authz/authzen": {authzen.Mapping{}, authzen.Option(nil), authzen.Resource{}, authzen.Server{}},
	"../authz/authzhttp": {
		authzhttp.BadRequest(""), authzhttp.Guard{}, authzhttp.Mux{}, authzhttp.Option(nil), authzhttp.Problem{}, authzhttp.Route{}, authzhttp.Rule{}, authzhttp.Rules{}, authzhttp.Who(nil),
	},
	"../authz/authzlive": {
		authzlive.Event{}, authzlive.FolderOption(nil), authzlive.Func(nil), authzlive.Live{}, authzlive.Option(nil), authzlive.Rejected{}, (*authzlive.Source)(nil), authzlive.Stage(""), authzlive.Status{}, authzlive.Version{},
	},
	"../authz/authzlog": {authzlog.Option(nil)},
	"../authz/authzrpc": {
		authzrpc.BadRequest(""), authzrpc.Call{}, authzrpc.Code(0), authzrpc.Error{}, authzrpc.Fields(nil), authzrpc.Guard{}, authzrpc.Method{}, authzrpc.Option(nil), authzrpc.Rule{}, authzrpc.Rules{}, authzrpc.Stream{}, authzrpc.Who(nil),
	},
	"../authz/authztest": {authztest.Suite{}, authztest.Result{}},
	"../diag":            {diag.Diagnostic{}, diag.List{}, diag.Position{}, diag.Problem{}, diag.Severity(0), diag.Style{}},
	"../profiles":        {profiles.Profile{}},
	"../roles":           {roles.Area{}, roles.Conditional{}, roles.Grant{}, roles.Limit{}, roles.Reach(""), roles.Role{}},
	"../scope":           {scope.Fault(0), scope.Kind{}, scope.PathError{}},
}

// Every exported method on the zero value and on nil: no panic, and nothing that is allowed. Methods whose name begins
// with Must panic by contract.
func TestNoMethodOfAZeroValuePanicsOrAllows(t *testing.T) {
	called := 0
	for dir, values := range exported {
		for _, v := range values {
			zero := reflect.New(reflect.TypeOf(v))
			receivers := []reflect.Value{zero}
			// A nil pointer that is an error is nobody's error: not even the standard library's are safe to ask.
			if zero.Type().Elem().Kind() == reflect.Struct && !zero.Type().Implements(reflect.TypeFor[error]()) {
				receivers = append(receivers, reflect.Zero(zero.Type()))
			}
			for _, receiver := range receivers {
				for i := range receiver.NumMethod() {
					m := receiver.Type().Method(i)
					if strings.HasPrefix(m.Name, "Must") || receiver.IsNil() && !onPointer(m) {
						continue // a method of the value cannot be called on nil, whoever wrote it
					}
					called++
					t.Run(dir[3:]+"/"+receiver.Type().String()+"/"+m.Name, func(t *testing.T) { callZero(t, receiver.Method(i)) })
				}
			}
		}
	}
	t.Logf("%d methods called", called)
}

// onPointer reports whether the method was declared on the pointer: one of the value is wrapped by the compiler.
func onPointer(m reflect.Method) bool {
	_, ofValue := m.Type.In(0).Elem().MethodByName(m.Name)
	return !ofValue
}

func callZero(t *testing.T, method reflect.Value) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("it panics: %v", r)
		}
	}()
	var args []reflect.Value
	for i := range method.Type().NumIn() {
		in := method.Type().In(i)
		if method.Type().IsVariadic() && i == method.Type().NumIn()-1 {
			break
		}
		switch in.String() {
		case "context.Context":
			args = append(args, reflect.ValueOf(context.Background()))
		case "io.Writer":
			args = append(args, reflect.ValueOf(&strings.Builder{}))
		case "http.ResponseWriter":
			args = append(args, reflect.ValueOf(httptest.NewRecorder()))
		case "*http.Request":
			args = append(args, reflect.ValueOf(httptest.NewRequest("GET", "/", nil)))
		case "http.Handler":
			args = append(args, reflect.ValueOf(behind(t)))
		default:
			args = append(args, reflect.Zero(in))
		}
	}
	for _, out := range method.Call(args) {
		checkClosed(t, out)
	}
}

// behind is a handler that must not be reached.
func behind(t *testing.T) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request is let through") })
}

// checkClosed looks for what is allowed in an answer.
func checkClosed(t *testing.T, v reflect.Value) {
	switch of := v.Interface().(type) {
	case http.Handler:
		of.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	case func(http.Handler) http.Handler:
		of(behind(t)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	switch v.Kind() {
	case reflect.Struct:
		if allowed := v.FieldByName("Allowed"); allowed.IsValid() && allowed.Bool() {
			t.Errorf("%s allows", v.Type())
		}
	case reflect.Bool:
		if v.Bool() && v.Type() == reflect.TypeFor[bool]() && !strings.HasSuffix(t.Name(), "IsZero") && !strings.HasSuffix(t.Name(), "None") {
			t.Errorf("it is true")
		}
	}
}

// The table above names every exported type.
func TestEveryExportedTypeIsAskedForItsZeroValue(t *testing.T) {
	for dir, values := range exported {
		var named []string
		for _, v := range values {
			typ := reflect.TypeOf(v)
			if typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			named = append(named, typ.Name())
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has %d files, %v", dir, len(files), err)
		}
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				for _, name := range exportedTypes(t, name) {
					if !slices.Contains(named, name) {
						t.Errorf("%s.%s is not in the table", dir, name)
					}
				}
			}
		}
	}
}

// exportedTypes returns the names of the exported types that a file declares.
func exportedTypes(t *testing.T, file string) []string {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, s := range g.Specs {
			if name := s.(*ast.TypeSpec).Name.Name; ast.IsExported(name) {
				names = append(names, name)
			}
		}
	}
	return names
}
