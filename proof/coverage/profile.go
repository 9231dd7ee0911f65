package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Left out of every figure: what is a test, or a program that shows something.
var leftOut = []string{"internal/reference", "internal/generate", "proof", "examples"}

// place is a run of statements without a branch.
type place struct {
	file                       string // within the module
	line, column, endLine, end int
}

type count struct {
	statements int
	covered    bool
}

// readProfile merges the blocks of a profile: each test package writes all of them, and one that executed a block
// suffices.
func readProfile(r io.Reader, module string) (map[place]count, error) {
	blocks := map[place]count{}
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		if n == 1 && strings.HasPrefix(s.Text(), "mode: ") {
			continue
		}
		name, rest, _ := strings.Cut(s.Text(), ":")
		var p place
		var statements, times int
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &p.line, &p.column, &p.endLine, &p.end, &statements, &times); err != nil {
			return nil, fmt.Errorf("line %d of the profile is none: %w", n, err)
		}
		var within bool
		if p.file, within = strings.CutPrefix(name, module+"/"); !within || statements == 0 || excluded(p.file) {
			continue
		}
		blocks[p] = count{statements, blocks[p].covered || times > 0}
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if len(blocks) == 0 {
		return nil, errors.New("the profile counts no statement")
	}
	return blocks, nil
}

func excluded(file string) bool {
	return slices.ContainsFunc(leftOut, func(dir string) bool { return strings.HasPrefix(file, dir+"/") })
}

type share struct{ covered, statements int }

func (s share) pct() float64 { return 100 * float64(s.covered) / float64(s.statements) }

// printShares prints the share of each package and of all, which it returns.
func printShares(w io.Writer, blocks map[place]count) float64 {
	shares, whole := map[string]share{}, share{}
	for p, c := range blocks {
		s := shares[path.Dir(p.file)]
		s.statements += c.statements
		whole.statements += c.statements
		if c.covered {
			s.covered += c.statements
			whole.covered += c.statements
		}
		shares[path.Dir(p.file)] = s
	}
	line := func(name string, s share) {
		fmt.Fprintf(w, "%6.2f %%  %5d of %5d  %s\n", s.pct(), s.covered, s.statements, name)
	}
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		line(name, shares[name])
	}
	line("all", whole)
	return whole.pct()
}

// compare holds the list against the blocks that no test executed.
func compare(blocks map[place]count, list []entry, root fs.FS) (unnamed, stale []string, err error) {
	named := map[string]bool{}
	for _, e := range list {
		named[e.name] = true
	}
	var uncovered []place
	for p, c := range blocks {
		if !c.covered {
			uncovered = append(uncovered, p)
		}
	}
	slices.SortFunc(uncovered, func(a, b place) int {
		return cmp.Or(strings.Compare(a.file, b.file), a.line-b.line, a.column-b.column)
	})
	files, found := map[string]*source{}, map[string]bool{}
	for _, p := range uncovered {
		if files[p.file] == nil {
			if files[p.file], err = parse(root, p.file); err != nil {
				return nil, nil, err
			}
		}
		name := p.file + ":" + files[p.file].function(p)
		found[name] = true
		if !named[name] {
			unnamed = append(unnamed, fmt.Sprintf("%s:%d:%d: no test executes this: test it, remove it, or name %s in %s", p.file, p.line, p.column, name, listFile))
		}
	}
	for _, e := range list {
		if !found[e.name] {
			stale = append(stale, fmt.Sprintf("%s:%d: %s is covered, or gone: remove the entry", listFile, e.line, e.name))
		}
	}
	return unnamed, stale, nil
}

// source is a file whose functions can be found by line and column.
type source struct {
	set  *token.FileSet
	file *ast.File
}

func parse(root fs.FS, name string) (*source, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	s := &source{set: token.NewFileSet()}
	s.file, err = parser.ParseFile(s.set, name, text, parser.SkipObjectResolution)
	return s, err
}

// function names what declares the block: f, T.m of a method, or the variable that holds a function.
func (s *source) function(p place) string {
	holds := func(n ast.Node) bool {
		from, to := s.set.Position(n.Pos()), s.set.Position(n.End())
		return cmp.Or(from.Line-p.line, from.Column-p.column) <= 0 && cmp.Or(to.Line-p.endLine, to.Column-p.end) >= 0
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if holds(d) {
				return receiver(d) + d.Name.Name
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && holds(v) {
					return v.Names[0].Name
				}
			}
		}
	}
	return "?" // the profile is of another version of the file
}

// receiver returns "T." for a method of T or *T.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "."
		default:
			return ""
		}
	}
}
