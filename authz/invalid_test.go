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
		fmt.Fprintf(&b, "  r%d: {at: org, grants: [{areas: {docs: read}, when: principal.id == \"%d\"}], inherits: r%d}\n", i, i, i-1)
	}
	return b.String()
}

// manyGrants is a role with a thousand grants on a condition each, and a thousand roles that inherit it.
func manyGrants() string {
	var b strings.Builder
	b.WriteString("version: 1\nname: many\nscopes: {org: }\nareas: {docs: }\nroles:\n  base:\n    grants:\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "      - {areas: {docs: read}, when: principal.id == \"%d\"}\n", i)
	}
	for i := range 1050 {
		fmt.Fprintf(&b, "  r%d: {at: org, inherits: base}\n", i)
	}
	return b.String()
}

// manyRequired is a role that requires a thousand, and a thousand that inherit it.
func manyRequired() string {
	var b strings.Builder
	b.WriteString("version: 1\nname: many\nscopes: {org: }\nareas: {docs: }\nroles:\n  all: {requires: " + numbered("p", 1000) + "}\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "  p%d: {at: org, areas: {docs: read}}\n", i)
	}
	for i := range 1050 {
		fmt.Fprintf(&b, "  r%d: {at: org, inherits: all}\n", i)
	}
	return b.String()
}

// flatRoles is that many roles.
func flatRoles(n int) string { return "roles: {" + strings.Trim(numbered("r", n), "[]") + "}\n" }

// chainOfKinds is scope kinds of which each nests in the one before.
func chainOfKinds(n int) string {
	var b strings.Builder
	b.WriteString("  k0:\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  k%d: {in: k%d}\n", i, i-1)
	}
	return b.String()
}

// madeFile is a file with what is wrong with it.
type madeFile struct {
	name, source string
	want         []expectation
}

// rest is what a policy needs besides its version and its name.
const rest = "scopes: {org: }\nareas: {docs: }\nroles: {}\n"

// Files that cannot carry comments, or that no editor should be asked to open.
var madeFiles = map[string][]madeFile{
	authz.PolicySuffix:    madePolicies,
	authz.DirectorySuffix: madeDirectories,
	authz.TestsSuffix:     madeTests,
}

var madePolicies = []madeFile{
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
	{"a chain of 1500 roles, each with a condition", "version: 1\nname: chain\nscopes: {org: }\nareas: {docs: }\n" + chainOfRoles(1500), []expectation{{line: 1453, column: 3, tag: "error[too-many-grants]", part: "let fewer roles inherit"}}},
	{"a role with as many grants, and as many heirs", manyGrants(), []expectation{{line: 7 + 1000 + 1047, column: 3, tag: "error[too-many-grants]", part: "let fewer roles inherit"}}},
	{"a role that requires very many, and as many heirs", manyRequired(), []expectation{{line: 6 + 1000 + 1046, column: 3, tag: "error[too-many-grants]", part: "let fewer roles inherit"}}},
	{"more roles than are read", "version: 1\nname: many\nscopes: {org: }\nareas: {docs: }\n" + flatRoles(40_000) + "profiles: {late: {roles: r39999}}\n", []expectation{{line: 5, column: 1, tag: "error[role-count]", part: "at most 32768 roles"}}},
	{"300 scope kinds, each in the one before", "version: 1\nname: kinds\nareas: {docs: }\nroles: {}\n? \"scopes\"\n:\n" + chainOfKinds(300), []expectation{{line: 5, column: 3, tag: "error[kind-count]", part: "here are 300"}}},
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

// withBase returns the file as one of a kind, and what such a file is read with.
func (m madeFile) withBase(t *testing.T, suffix string) (fstest.MapFS, authz.Files) {
	t.Helper()
	files := fstest.MapFS{"made" + suffix: {Data: []byte(m.source)}}
	for _, name := range []string{"base.policy.yaml", "base.directory.yaml"} {
		base, err := os.ReadFile(path.Join(invalid, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: base}
	}
	switch suffix {
	case authz.DirectorySuffix:
		return files, authz.Files{Policy: "base.policy.yaml", Directory: "made.directory.yaml"}
	case authz.TestsSuffix:
		return files, authz.Files{Tests: []string{"made.tests.yaml"}}
	}
	return files, authz.Files{Policy: "made.policy.yaml"}
}

// madeHead starts tests, and madeWorkspaces a directory with very many scopes.
const madeHead = "version: 1\npolicy: base.policy.yaml\ndirectory: base.directory.yaml\n"

func madeWorkspaces(n int) string {
	var b strings.Builder
	b.WriteString("version: 1\nscopes:\n  org:a:\n")
	for i := range n {
		fmt.Fprintf(&b, "  org:a/workspace:%d:\n", i)
	}
	return b.String()
}

// numbered is a list in brackets.
func numbered(before string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", \"%s%d\"", before, i)
	}
	return "[" + strings.TrimPrefix(b.String(), ", ") + "]"
}

// madeScopes brings the scopes of numbered paths.
func madeScopes(n int) string {
	return "{" + strings.ReplaceAll(strings.Trim(numbered("org:acme/workspace:w", n), "[]"), "\",", "\": ,") + ": }"
}

var madeDirectories = []madeFile{
	{"a byte order mark before each line", "\uFEFFversion: 1\n\uFEFFscopes: {}\n", []expectation{{line: 2, column: 1, tag: "error[yaml-encoding]", part: "byte order mark"}}},
	{"two byte order marks", "\uFEFF\uFEFFversion: 1\n", []expectation{
		{line: 1, column: 1, tag: "error[yaml-encoding]", part: "byte order mark"},
		{line: 1, column: 1, tag: "error[missing-key]", part: "\"version\""},
	}},
	{"UTF-16 behind its mark", "\xff\xfev\x00e\x00", []expectation{{line: 1, column: 1, tag: "error[yaml-encoding]", part: "UTF-16"}}},
	{"a NUL in the id of a principal", "version: 1\nprincipals:\n  mallory\x00: {status: active}\n  bob: {status: activ}\n", []expectation{
		{line: 3, column: 10, tag: "error[yaml-encoding]", part: "U+0000"},
		{line: 4, column: 17, tag: "error[unknown-word]", part: "did you mean \"active\"?"},
	}},
	{"a NUL that is escaped", "version: 1\nprincipals:\n  \"mallory\\0\": {status: active}\n", []expectation{{line: 3, column: 3, tag: "error[bad-id]", part: "control character"}}},
	{"an id in Latin-1", "version: 1\nscopes: {org:caf\xe9: , org:a: {plann: x}}\n", []expectation{
		{line: 2, column: 17, tag: "error[yaml-encoding]", part: "0xE9"},
		{line: 2, column: 30, tag: "error[unknown-attribute]", part: "did you mean \"plan\"?"},
	}},
	{"a slash in more bytes than it takes", "version: 1\nscopes: {\"org:a\xc0\xafb\": }\n", []expectation{{line: 2, column: 16, tag: "error[yaml-encoding]", part: "0xC0"}}},
	{"ids in another direction, and none that can be seen", "version: 1\nprincipals:\n  \"ecila\u2067\": {status: active}\n  'a\u200bb': {status: active}\n", []expectation{
		{line: 3, column: 9, tag: "error[yaml-encoding]", part: "U+2067"},
		{line: 4, column: 5, tag: "error[yaml-encoding]", part: "U+200B"},
	}},
	{"lines that end with CR LF, one that ends with CR", "version: 1\r\nscopes: {}\rprincipals: {}\r\n", []expectation{{line: 2, column: 11, tag: "error[yaml-encoding]", part: "carriage return"}}},
	{"one byte more than 4 MiB, in a text", "version: 1\nscopes: {org:a: {plan: \"" + strings.Repeat("é", (4<<20-32)/2) + "\"}}\n", []expectation{{line: 1, column: 1, tag: "error[yaml-size]", part: "4194304"}}},
	{"a hundred lists on a line, each in the one before", "version: 1\nscopes:\n  org:a:\n    tags:\n      " + strings.Repeat("- ", 100) + "a\n", []expectation{{line: 5, column: 65, tag: "error[yaml-depth]", part: "deeper than 32"}}},
	{"20,000 mappings in each other, never closed", "version: 1\nscopes: " + strings.Repeat("{a: ", 20_000), []expectation{{line: 2, column: 137, tag: "error[yaml-depth]", part: "deeper than 32"}}},
	{"roles in very many scopes", madeWorkspaces(5001) + "groups: {staff: {assignments: [{roles: [manager, reader], in: " + numbered("org:a/workspace:", 5001) + "}]}}\n", []expectation{{line: 5005, column: 32, tag: "error[too-many-assigned]", part: "2 roles in 5001 scopes are 10002"}}},
	{"profiles in very many scopes", madeWorkspaces(3334) + "principals:\n  alice:\n    status: active\n    assignments:\n      - {roles: reader, in: org:a/workspace:1}\n      - profiles: lead\n        roles: reader\n        in: " + numbered("org:a/workspace:", 3334) + "\n", []expectation{{line: 3343, column: 9, tag: "error[too-many-assigned]", part: "3 roles in 3334 scopes are 10002"}}},
	{"many assignments that each stand for as many as one may", madeWorkspaces(1250) + "groups:\n" + madeGroups(52), []expectation{{line: 1255 + 50, column: 23, tag: "error[too-many-assigned]", part: "stand for 510000"}}},
}

// madeGroups are groups of which each is assigned eight roles in 1250 scopes.
func madeGroups(n int) string {
	var b strings.Builder
	in := numbered("org:a/workspace:", 1250)
	for i := range n {
		fmt.Fprintf(&b, "  g%d: {assignments: [{roles: [manager, reader, operator, auditor], profiles: [audit, inspection, lead], limit: {members: read}, in: %s}]}\n", i, in)
	}
	return b.String()
}

var madeTests = []madeFile{
	{"a table in lines that end with CR LF, behind a byte order mark", "\uFEFF" + strings.ReplaceAll(madeHead+"matrices:\n  - name: m\n    in: org:acme/workspace:ml\n    columns: {Älice: alice}\n    table: |\n      | permission | Älice |\n      |------------|-------|\n      | members    | edti  |\n", "\n", "\r\n"), []expectation{{line: 11, column: 22, tag: "error[wrong-cell-value]", part: "\"edti\""}}},
	{"UTF-16 without a mark", "\x00v\x00e\x00r", []expectation{{line: 1, column: 1, tag: "error[yaml-encoding]", part: "UTF-16"}}},
	{"a table that is read backwards", madeHead + "matrices:\n  - name: m\n    in: org:acme/workspace:ml\n    columns: {Bob: bob}\n    table: |\n      | permission | Bob |\n      |------------|-----|\n      | members    | \u202Eenon |\n", []expectation{
		{line: 11, column: 22, tag: "error[yaml-encoding]", part: "U+202E"},
	}},
	{"4 MiB of matrices", madeHead + "matrices:\n" + strings.Repeat("  - name: m\n", (4<<20)/12), []expectation{{line: 1, column: 1, tag: "error[yaml-size]", part: "4194304"}}},
	{"permissions of many scopes", madeHead + "checks:\n  - as: [alice, bob, nightly, key-1]\n    can: [\"members:read\", \"members:edit\", \"billing:read\"]\n    cannot: [\"deletion:read\", \"deletion:edit\", \"billing:edit\"]\n    in: " + numbered("org:acme/workspace:w", 4167) + "\n    scopes: " + madeScopes(4167) + "\n", []expectation{{line: 5, column: 5, tag: "error[too-many-checks]", part: "4 principals in 4167 scopes, 6 words each"}}},
	{"roles to give in many scopes", madeHead + "checks:\n  - {as: alice, can: \"members:edit\", in: \"org:acme/workspace:ml\"}\n  - {as: [alice, bob], cannot_assign: [manager, reader, operator, auditor, audit, inspection, lead], in: " + numbered("org:acme/workspace:w", 7143) + ", scopes: " + madeScopes(7143) + "}\n", []expectation{{line: 6, column: 5, tag: "error[too-many-checks]", part: "2 principals in 7143 scopes, 7 words each"}}},
	{"checks that come to too many together", madeHead + "checks:\n" + madeChecks(), []expectation{{line: 6, column: 5, tag: "error[too-many-checks]", part: "4 principals in 6300 scopes, 2 words each"}}},
}

// madeChecks are two checks of which either may stand alone.
func madeChecks() string {
	const who, where = "  - {as: [alice, bob, nightly, key-1], cannot: [\"deletion:read\", ", 6300
	in := "], in: " + numbered("org:acme/workspace:w", where) + ", scopes: " + madeScopes(where) + "}\n"
	return who + "\"deletion:edit\"" + in + who + "\"billing:edit\"" + in
}

func TestWhatNoFileCanHoldIsRefusedWhereItStands(t *testing.T) {
	for suffix, list := range madeFiles {
		for _, m := range list {
			t.Run(m.name, func(t *testing.T) {
				want := slices.Clone(m.want)
				for i := range want {
					want[i].file = "made" + suffix
				}
				files, together := m.withBase(t, suffix)
				matchFindings(t, want, readTogether(t, files, together))
			})
		}
	}
}

// A file of many keys is read, and a key that is there twice is found, in linear time: on lines of their own, and in
// brackets on one line, where it is spelled otherwise.
func TestAmongFiftyThousandKeysTheOneThatIsThereTwiceIsFound(t *testing.T) {
	const keys = 50_000
	var lines, line strings.Builder
	lines.WriteString("version: 1\nscopes:\n")
	line.WriteString("version: 1\nscopes: {")
	for i := range keys {
		fmt.Fprintf(&lines, "  org:o%d: {}\n", i)
		fmt.Fprintf(&line, "org:o%d: , ", i)
	}
	lines.WriteString("  org:o7: {}\n")
	column := line.Len() - len("version: 1\n") + 1
	line.WriteString("\"\\x6frg:o7\": }\n")
	for source, x := range map[string]expectation{
		lines.String(): {line: keys + 3, column: 3, part: "first on line 10"},
		line.String():  {line: 2, column: column, part: "\"org:o7\" is here twice"},
	} {
		x.file, x.tag = "made.directory.yaml", "error[duplicate-key]"
		files, together := madeFile{source: source}.withBase(t, authz.DirectorySuffix)
		matchFindings(t, []expectation{x}, readTogether(t, files, together))
	}
}

// Each of these aliases stands for ten of the one before: read as YAML means them, the last is more texts than there are
// atoms on earth. They are all refused, and none is followed.
func TestAnAliasBombIsNotSetOff(t *testing.T) {
	const levels, each = 60, 10
	var b strings.Builder
	b.WriteString("version: 1\nscopes:\n  org:acme:\n    labels:\n      l0: &l0 lol\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "      l%d: &l%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*l%d, ", i-1), each), ", "))
	}
	files, together := madeFile{source: b.String()}.withBase(t, authz.DirectorySuffix)
	list := readTogether(t, files, together)
	if n := count(list, "yaml-anchor"); n != len(list) || n != 1+levels*(1+each) {
		t.Errorf("of %d findings %d are of anchors and aliases", len(list), n)
	}
	last := expectation{file: "made.directory.yaml", line: 5 + levels, column: 72, tag: "error[yaml-anchor]", part: "\"*l59\" is an alias"}
	if n := len(list); n == 0 || !last.meets(list[n-1]) {
		t.Errorf("the last of %d findings is not %s", n, last)
	}
}

// Every rule is broken in three places at the least, so that no one shape of a mistake stands for all. Those that no file
// can break have tests of their own: rules of queries, of models, of commands and of very many mistakes.
func TestEveryRuleHasAnInvalidFile(t *testing.T) {
	const due = 3
	fsys := os.DirFS(invalid)
	places := map[string]map[string]bool{}
	found := func(file string, x expectation) {
		if places[x.tag] == nil {
			places[x.tag] = map[string]bool{}
		}
		places[x.tag][fmt.Sprintf("%s:%d:%d", file, x.line, x.column)] = true
	}
	for _, files := range invalidFiles(t, fsys) {
		for _, file := range append(files.Tests, files.Policy, files.Directory) {
			if file != "" {
				for _, x := range expectations(t, fsys, file) {
					found(file, x)
				}
			}
		}
	}
	for suffix, list := range madeFiles {
		for _, m := range list {
			for _, x := range m.want {
				found(m.name+suffix, x)
			}
		}
	}
	for _, rule := range authz.Rules() {
		tag := fmt.Sprintf("%s[%s]", rule.Severity, rule.Name)
		switch n := len(places[tag]); rule.File {
		case "policy", "directory", "tests":
			if n < due {
				t.Errorf("%s is broken in %d places by files under %s, and %d are due", tag, n, invalid, due)
			}
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
