package authz_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// The files under testdata/invalid say themselves what is wrong with them, in a comment on the offending line:
//
//	at: ogr  # error[unknown-kind]@7 "did you mean \"org\"?"
//
// that is severity, rule, column, and a part of the message. Where the line cannot carry a comment, one elsewhere
// names it: # line 12: error[…]@7 "…". Directories are read with base.policy.yaml; what stands in a folder of its own
// is read together.
const invalid = "../testdata/invalid"

// expectation is a finding that a file announces.
type expectation struct {
	file         string
	line, column int
	tag          string // error[rule] or warning[rule]
	part         string // of the message
}

func (x expectation) String() string {
	return fmt.Sprintf("%s:%d:%d: %s … %q", x.file, x.line, x.column, x.tag, x.part)
}

func (x expectation) meets(d diag.Diagnostic) bool {
	return d.File == x.file && d.Line == x.line && d.Column == x.column &&
		fmt.Sprintf("%s[%s]", d.Severity, d.Rule) == x.tag && strings.Contains(d.String(), x.part)
}

var announced = regexp.MustCompile(`(?:line (\d+): )?((?:error|warning)\[[a-z-]+\])@(\d+) ("(?:[^"\\]|\\.)*")`)

func expectations(t *testing.T, fsys fs.FS, file string) (list []expectation) {
	t.Helper()
	source, err := fs.ReadFile(fsys, file)
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(string(source), "\n") {
		for _, m := range announced.FindAllStringSubmatch(line, -1) {
			x := expectation{file: file, line: n + 1, tag: m[2]}
			if m[1] != "" {
				x.line, _ = strconv.Atoi(m[1]) // digits, by the expression
			}
			x.column, _ = strconv.Atoi(m[3]) // likewise
			if x.part, err = strconv.Unquote(m[4]); err != nil || x.part == "" {
				t.Fatalf("%s:%d: %s is no part of a message", file, n+1, m[4])
			}
			list = append(list, x)
		}
	}
	return list
}

// matchFindings reports what was announced and not found, and what was found and not announced.
func matchFindings(t *testing.T, want []expectation, got diag.List) {
	t.Helper()
	rest := slices.Clone(got)
	for _, x := range want {
		i := slices.IndexFunc(rest, x.meets)
		if i < 0 {
			t.Errorf("not found: %s", x)
			continue
		}
		rest = slices.Delete(rest, i, i+1)
	}
	for _, d := range rest {
		var b strings.Builder
		_ = d.Render(&b, diag.Style{}) // a strings.Builder never fails
		t.Errorf("not announced: %s", b.String())
	}
}

// readTogether reads some files as their kinds are read, and returns all that is found, failed tests included. A
// mistake fails closed: no engine comes of it, and no test is run.
func readTogether(t *testing.T, fsys fs.FS, files authz.Files) diag.List {
	t.Helper()
	var list diag.List
	if len(files.Tests) > 0 {
		suite, err := authztest.Load(fsys, files.Tests[0])
		if err != nil {
			t.Fatal(err)
		}
		list = suite.Diagnostics
		results := suite.Run(t.Context())
		if list.Err() != nil && results != nil {
			t.Error("tests are run although there are errors")
		}
		for _, r := range results {
			if !r.Passed {
				list = append(list, r.Failure)
			}
		}
		return list
	}
	draft, err := authz.Examine(fsys, files.Policy, files.Directory)
	if err != nil {
		t.Fatal(err)
	}
	list = draft.Diagnostics
	engine, err := authz.Load(fsys, files.Policy, files.Directory)
	if broken := list.Err() != nil; (engine == nil) != broken || (err != nil) != broken || (draft.Engine == nil) != broken {
		t.Errorf("%d errors, and the engine is %v, the error %v", list.Count(diag.Error), engine, err)
	}
	return list
}

// invalidFiles returns the files of each case: a file at the top, with the base it needs, or a folder.
func invalidFiles(t *testing.T, fsys fs.FS) map[string]authz.Files {
	t.Helper()
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]authz.Files{}
	for _, entry := range entries {
		switch name := entry.Name(); {
		case strings.HasPrefix(name, "base."):
		case entry.IsDir():
			sub, err := fs.Sub(fsys, name)
			if err != nil {
				t.Fatal(err)
			}
			files, err := authz.Find(sub)
			if err != nil {
				t.Fatal(err)
			}
			files.Policy, files.Directory = path.Join(name, files.Policy), path.Join(name, files.Directory)
			for i := range files.Tests {
				files.Tests[i] = path.Join(name, files.Tests[i])
			}
			cases[name] = files
		case strings.HasSuffix(name, authz.PolicySuffix):
			cases[name] = authz.Files{Policy: name}
		case strings.HasSuffix(name, authz.DirectorySuffix):
			cases[name] = authz.Files{Policy: "base.policy.yaml", Directory: name}
		case strings.HasSuffix(name, authz.TestsSuffix):
			cases[name] = authz.Files{Tests: []string{name}}
		default:
			t.Errorf("%s is no file that is read", name)
		}
	}
	return cases
}

func TestEveryInvalidFileIsRefusedForWhatItAnnounces(t *testing.T) {
	fsys := os.DirFS(invalid)
	cases := invalidFiles(t, fsys)
	if len(cases) < 150 {
		t.Errorf("there are %d invalid files, and 150 are due", len(cases))
	}
	for name, files := range cases {
		t.Run(name, func(t *testing.T) {
			var want []expectation
			for _, file := range append(files.Tests, files.Policy, files.Directory) {
				if file != "" && !strings.HasPrefix(file, "base.") {
					want = append(want, expectations(t, fsys, file)...)
				}
			}
			if len(want) == 0 {
				t.Fatal("the file announces nothing")
			}
			matchFindings(t, want, readTogether(t, fsys, files))
		})
	}
}

func TestTheBaseOfTheInvalidFilesHasNoMistake(t *testing.T) {
	fsys := os.DirFS(invalid)
	list := readTogether(t, fsys, authz.Files{Policy: "base.policy.yaml", Directory: "base.directory.yaml"})
	matchFindings(t, nil, list)
}

// chainOfRoles is roles of which each inherits the one before.
func chainOfRoles(n int) string {
	var b strings.Builder
	b.WriteString("roles:\n  r0: {at: org, areas: {docs: read}}\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  r%d: {at: org, areas: {docs: read}, inherits: r%d}\n", i, i-1)
	}
	return b.String()
}

// rest is what a policy needs besides its version and its name.
const rest = "scopes: {org: }\nareas: {docs: }\nroles: {}\n"

// Files that cannot carry comments, or that no editor should be asked to open.
var madeFiles = []struct {
	name, source string
	want         []expectation
}{
	{"an empty file", "", []expectation{{line: 1, column: 1, tag: "error[yaml-empty]", part: "empty"}}},
	{"a NUL", "version: 1\nname: a\x00b\n" + rest, []expectation{{line: 2, column: 8, tag: "error[yaml-encoding]", part: "U+0000"}}},
	{"a control character", "version: 1\nname: \"é\x07\"\n" + rest, []expectation{{line: 2, column: 9, tag: "error[yaml-encoding]", part: "U+0007"}}},
	{"a byte that is no UTF-8", "version: 1\nname: é\xff\n" + rest, []expectation{{line: 2, column: 8, tag: "error[yaml-encoding]", part: "0xFF"}}},
	{"a character cut short", "version: 1\nname: \xc3\n" + rest, []expectation{{line: 2, column: 7, tag: "error[yaml-encoding]", part: "0xC3"}}},
	{"half of a surrogate pair", "version: 1\nname: \xed\xa0\x80\n" + rest, []expectation{{line: 2, column: 7, tag: "error[yaml-encoding]", part: "UTF-8"}}},
	{"UTF-16, big end first", "\xfe\xff\x00v", []expectation{{line: 1, column: 1, tag: "error[yaml-encoding]", part: "UTF-16"}}},
	{"UTF-16, little end first", "\xff\xfev\x00", []expectation{{line: 1, column: 1, tag: "error[yaml-encoding]", part: "UTF-16"}}},
	{"UTF-16 without a mark", "v\x00e\x00", []expectation{{line: 1, column: 1, tag: "error[yaml-encoding]", part: "UTF-16"}}},
	{"UTF-32", "\xff\xfe\x00\x00v\x00\x00\x00", []expectation{{line: 1, column: 1, tag: "error[yaml-encoding]", part: "UTF-32"}}},
	{"a lone carriage return", "version: 1\rname: a\n", []expectation{{line: 1, column: 11, tag: "error[yaml-encoding]", part: "carriage return"}}},
	{"a line separator", "version: 1\n# a\u2028name: b\nname: a\n" + rest, []expectation{{line: 2, column: 4, tag: "error[yaml-encoding]", part: "U+2028"}}},
	{"a character that reorders text, and another mistake", "version: 1\nname: a\n# \u202E\n" + rest + "rols: {}\n", []expectation{
		{line: 3, column: 3, tag: "error[yaml-encoding]", part: "U+202E"},
		{line: 7, column: 1, tag: "error[unknown-key]", part: "did you mean \"roles\"?"},
	}},
	{"a byte order mark in the midst", "version: 1\nname: \uFEFFa\n" + rest, []expectation{{line: 2, column: 7, tag: "error[yaml-encoding]", part: "byte order mark"}}},
	{"a chain of 1500 roles", "version: 1\nname: chain\nscopes: {org: }\nareas: {docs: }\n" + chainOfRoles(1500), []expectation{{line: 1453, column: 3, tag: "error[too-many-grants]", part: "let fewer roles inherit"}}},
	{"one byte more than 4 MiB", "version: 1\n" + strings.Repeat("#", 4<<20-10), []expectation{{line: 1, column: 1, tag: "error[yaml-size]", part: "4194304"}}},
	{"33 lists in each other", "version: 1\nname: test\nscopes: {org: }\nareas: {docs: }\nroles: {}\nlevels: " + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "\n", []expectation{
		{line: 6, column: 10, tag: "error[wrong-type]", part: "expected a name"},
		{line: 6, column: 40, tag: "error[yaml-depth]", part: "32"},
	}},
	{"20,000 lists in each other", strings.Repeat("[", 20000), []expectation{{line: 1, column: 33, tag: "error[yaml-depth]", part: "32"}}},
	{"a mistake after a byte order mark and in lines that end with CR LF", "\uFEFFversion: 1\r\nname: \"é\"\r\n\"é\": {}\r\nscopes: {org: }\r\nareas: {docs: }\r\nroles: {}\r\n", []expectation{
		{line: 2, column: 7, tag: "error[bad-name]", part: "name of a policy"},
		{line: 3, column: 1, tag: "error[unknown-key]", part: "\"é\""},
	}},
}

func TestWhatNoFileCanHoldIsRefusedWhereItStands(t *testing.T) {
	for _, c := range madeFiles {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"made.policy.yaml": {Data: []byte(c.source)}}
			want := slices.Clone(c.want)
			for i := range want {
				want[i].file = "made.policy.yaml"
			}
			matchFindings(t, want, readTogether(t, files, authz.Files{Policy: "made.policy.yaml"}))
		})
	}
}

// A file of many keys is read, and a key that is there twice is found, in linear time.
func TestAmongFiftyThousandKeysTheOneThatIsThereTwiceIsFound(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nscopes:\n")
	const keys = 50_000
	for i := range keys {
		fmt.Fprintf(&b, "  org:o%d: {}\n", i)
	}
	b.WriteString("  org:o7: {}\n")
	base, err := os.ReadFile(invalid + "/base.policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"base.policy.yaml": {Data: base}, "made.directory.yaml": {Data: []byte(b.String())}}
	want := []expectation{{"made.directory.yaml", keys + 3, 3, "error[duplicate-key]", "first on line 10"}}
	matchFindings(t, want, readTogether(t, files, authz.Files{Policy: "base.policy.yaml", Directory: "made.directory.yaml"}))
}

// Every rule has a file that breaks it, but for those that no file can break.
func TestEveryRuleHasAnInvalidFile(t *testing.T) {
	fsys := os.DirFS(invalid)
	seen := map[string]bool{}
	for _, files := range invalidFiles(t, fsys) {
		for _, file := range append(files.Tests, files.Policy, files.Directory) {
			if file != "" {
				for _, x := range expectations(t, fsys, file) {
					seen[x.tag] = true
				}
			}
		}
	}
	for _, c := range madeFiles {
		for _, x := range c.want {
			seen[x.tag] = true
		}
	}
	// Their files are the examples of the rules: thousands of scopes on a line.
	seen["error[too-many-checks]"], seen["error[too-many-assigned]"] = true, true
	for _, rule := range authz.Rules() {
		if tag := fmt.Sprintf("%s[%s]", rule.Severity, rule.Name); !seen[tag] && rule.File != "model" && rule.File != "query" && rule.File != "command" && rule.File != "large" {
			t.Errorf("no file under %s breaks %s", invalid, tag)
		}
	}
}

// findPolicy returns what is found in the text of a policy.
func findPolicy(t *testing.T, source string) diag.List {
	t.Helper()
	return readTogether(t, fstest.MapFS{"made.policy.yaml": {Data: []byte(source)}}, authz.Files{Policy: "made.policy.yaml"})
}

// count returns how many findings there are of a rule.
func count(list diag.List, rule string) (n int) {
	for _, d := range list {
		if d.Rule == rule {
			n++
		}
	}
	return n
}

func TestNoMoreFindingsAreKeptOfAFileThanAreShown(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nname: made\nscopes: {org: }\nareas: {docs: }\nroles:\n  r:\n    at: org\n    areas:\n")
	for i := range 60_000 {
		fmt.Fprintf(&b, "      a%d: read\n", i)
	}
	list := findPolicy(t, b.String())
	if len(list) != report.MostFindings+1 || count(list, "too-many-errors") != 1 {
		t.Errorf("%d errors are kept, %d of which say that there are more", len(list), count(list, "too-many-errors"))
	}
}

// Warnings do not stand in the way of errors: what is refused stays refused, however much is said about it before.
func TestAnErrorBehindVeryManyWarningsIsAnError(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nname: made\nscopes: {org: }\nareas: {docs: }\nroles:\n")
	for i := range report.MostFindings + 5 {
		fmt.Fprintf(&b, "  r%d: {at: org}\n", i)
	}
	if list := findPolicy(t, b.String()); list.Err() != nil || len(list) != report.MostFindings+1 {
		t.Errorf("%d warnings are kept, the error is %v", len(list), list.Err())
	}
	b.WriteString("boundaries: {b: {in: org, limit: {doks: none}}}\n")
	if list := findPolicy(t, b.String()); count(list, "unknown-area") != 1 {
		t.Error("the error is lost")
	}
}

func TestABoundaryWarnsOnceOfAllTheHeirsOfARoleThatItNames(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nname: made\nscopes: {org: }\nareas: {docs: }\nroles:\n  r: {at: org, areas: {docs: read}}\n")
	const n = 700
	for i := range n {
		fmt.Fprintf(&b, "  h%d: {at: org, inherits: r}\n", i)
	}
	b.WriteString("boundaries:\n")
	for i := range n {
		fmt.Fprintf(&b, "  b%d: {in: org, roles: [r, h1], limit: {docs: none}}\n", i)
	}
	list := findPolicy(t, b.String())
	if len(list) != n || !strings.Contains(list[0].Message, `the roles "h0", "h2", "h3" and 696 more inherit "r", are not named here, and so are not limited with it`) {
		t.Errorf("%d warnings are given, such as: %s", len(list), list[0])
	}
}
