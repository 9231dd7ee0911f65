package trellis_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What documents show of the modules of their own is code that those compile and test: each piece, line by line and in its order,
// stands in one file.
func TestDocumentsShowWhatModulesOfTheirOwnCompile(t *testing.T) {
	read := func(name string) string {
		t.Helper()
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(source)
	}
	shows := func(where, piece string, files ...string) {
		t.Helper()
		for _, file := range files {
			if missing := after(piece, read(file)); missing != "" {
				t.Errorf("%s shows what does not stand in %s: %s", where, file, missing)
			}
		}
	}
	service := fenced(read("docs/service.md"))
	for _, m := range []struct{ name, source, first string }{
		{"authzgrpc", "grpc.go", "guard, err := authzgrpc.New("},
		{"authzconnect", "connect.go", "guard, err := authzconnect.New("},
		{"authzotel", "otel.go", "telemetry, err := authzotel.New("},
	} {
		dir := filepath.Join("authz", m.name)
		example, shown := filepath.Join(dir, "example_test.go"), 0
		for _, piece := range service {
			if strings.HasPrefix(piece, m.first) {
				shown++
				shows("docs/service.md", piece, example)
			}
		}
		if shown != 1 {
			t.Errorf("docs/service.md shows %s %d times", m.name, shown)
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, m.source), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		_, piece, found := strings.Cut(file.Doc.Text(), "\n\t"+m.first)
		if !found {
			t.Errorf("the package comment of %s shows no %s", m.name, m.first)
			continue
		}
		piece, _, _ = strings.Cut(piece, "\n\n")
		shows("the package comment of "+m.name, m.first+piece, example)
	}
	routers := fenced(read("docs/routers.md"))
	for _, piece := range routers {
		file := ""
		for _, name := range []string{"chi", "gorilla", "gin", "echo"} {
			name = filepath.Join("examples", "routers", name+".go")
			if first, _, _ := strings.Cut(piece, "\n"); strings.Contains(read(name), first+"\n") {
				file = name
			}
		}
		if file == "" {
			t.Errorf("docs/routers.md shows what stands nowhere:\n%s", piece)
			continue
		}
		shows("docs/routers.md", piece, file)
	}
	if len(routers) != 8 {
		t.Errorf("docs/routers.md shows %d pieces of code", len(routers))
	}
}

// fenced are the pieces of Go that a page shows.
func fenced(page string) []string {
	var pieces []string
	for i, block := range strings.Split(page, "```") {
		if code, is := strings.CutPrefix(block, "go\n"); is && i%2 == 1 {
			pieces = append(pieces, code)
		}
	}
	return pieces
}

// after returns the first line of a piece that does not stand in the source behind those before it; "": all do.
func after(piece, source string) string {
	lines := strings.Split(source, "\n")
	for line := range strings.Lines(piece) {
		line = strings.TrimSpace(line)
		i := 0
		for i < len(lines) && strings.TrimSpace(lines[i]) != line {
			i++
		}
		if line == "" {
			continue
		}
		if i == len(lines) {
			return line
		}
		lines = lines[i+1:]
	}
	return ""
}
