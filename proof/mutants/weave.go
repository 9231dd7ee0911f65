package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// madeVariable is what the environment calls the number of the mutant that a woven test binary makes; without it, none is made.
const madeVariable = "MUTANT"

// madeSource is the file that every package with a woven file gets.
const madeSource = `package %s

import (
	"os"
	"strconv"
)

var mutantMade, _ = strconv.Atoi(os.Getenv("` + madeVariable + `"))
`

// numbered is a mutant with the number by which the environment makes it.
type numbered struct {
	*mutant
	n int
}

// weave returns a file's source with all of its mutants in it, so that the tests are compiled and linked once for all of
// them. A function that a mutant changes is written a second time, with the change, and begins by asking for it:
//
//	func (t *Terms) holds(now time.Time) bool { switch mutantMade { case 3: return t.mutant3holds(now) };
//
// A mutant that is outside of functions, or in one whose parameters cannot be passed on by their names, or that does not
// apply, is apart: it is made alone.
func weave(source string, all []numbered) (woven, pkg string, apart []numbered, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", source, parser.SkipObjectResolution)
	if err != nil {
		return "", "", nil, err
	}
	at := func(p token.Pos) int { return files.Position(p).Offset }
	cases, copies := map[*ast.FuncDecl]string{}, ""
	for _, m := range all {
		if _, err := m.apply(source); err != nil {
			apart = append(apart, m) // alone, it says so
			continue
		}
		from := strings.Index(source, m.old)
		to := from + len(m.old)
		i := slices.IndexFunc(file.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && f.Body != nil && at(f.Body.Lbrace) < from && to <= at(f.Body.Rbrace)
		})
		if i < 0 {
			apart = append(apart, m)
			continue
		}
		f := file.Decls[i].(*ast.FuncDecl)
		name := fmt.Sprintf("mutant%d%s", m.n, f.Name.Name)
		call, ok := callOf(f, name)
		if !ok {
			apart = append(apart, m)
			continue
		}
		cases[f] += fmt.Sprintf(" case %d: %s;", m.n, call)
		copies += "\n" + source[at(f.Pos()):at(f.Name.Pos())] + name + source[at(f.Name.End()):from] + m.new + source[to:at(f.End())] + "\n"
	}
	for _, f := range slices.SortedFunc(maps.Keys(cases), func(f, g *ast.FuncDecl) int { return cmp.Compare(g.Pos(), f.Pos()) }) {
		begin := at(f.Body.Lbrace) + 1
		source = source[:begin] + " switch mutantMade {" + cases[f] + " };" + source[begin:]
	}
	return source + copies, file.Name.Name, apart, nil
}

// callOf returns the statement with which a function leaves all to one of another name, and whether there is one.
func callOf(f *ast.FuncDecl, name string) (statement string, ok bool) {
	var args []string
	for _, p := range f.Type.Params.List {
		if len(p.Names) == 0 {
			return "", false
		}
		for _, n := range p.Names {
			args = append(args, n.Name)
		}
		if _, variadic := p.Type.(*ast.Ellipsis); variadic {
			args[len(args)-1] += "..."
		}
	}
	var receiver string
	if f.Recv != nil {
		if len(f.Recv.List[0].Names) == 0 {
			return "", false
		}
		receiver = f.Recv.List[0].Names[0].Name
		name = receiver + "." + name
	}
	if slices.Contains(args, "_") || receiver == "_" || f.Type.TypeParams != nil {
		return "", false
	}
	call := name + "(" + strings.Join(args, ", ") + ")"
	if f.Type.Results == nil {
		return call + "; return", true
	}
	return "return " + call, true
}
