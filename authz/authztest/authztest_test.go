package authztest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/diag"
)

// The specification's own example, policy, directory and tests, runs as printed there.
func TestTheSpecificationsExample(t *testing.T) {
	authztest.Run(t, os.DirFS("../../testdata/valid/example"))
}

const policy = `version: 1
name: small
scopes: {org: , workspace: {in: org}}
areas: {a: {areas: {x: , y: {at: org}}}, b: }
actions: {b.change: "b:edit"}
roles:
  admin: {at: org, reach: all, areas: {a: edit, b: edit}}
  member: {at: org, areas: {a: edit, a.y: read}}
  guest: {at: workspace, areas: {b: read}, given_with: b.change}
profiles:
  reader: {roles: member, limit: {"*": read}}
boundaries:
  workspaces: {in: workspace, limit: {a: read}}
`

const directory = `version: 1
scopes: {"org:o": , "org:o/workspace:w": }
groups: {everyone: {assignments: [{roles: member, in: "org:o", limit: {"*": read}}]}}
principals:
  ann: {status: active, assignments: [{roles: admin, in: "org:o"}]}
  gus: {status: active, assignments: [{roles: guest, in: "org:o/workspace:w"}]}
`

func load(t *testing.T, tests string) *authztest.Suite {
	t.Helper()
	s, err := authztest.Load(fstest.MapFS{
		"p/small.policy.yaml":    {Data: []byte(policy)},
		"p/small.directory.yaml": {Data: []byte(directory)},
		"p/small.tests.yaml":     {Data: []byte("version: 1\npolicy: small.policy.yaml\ndirectory: small.directory.yaml\nnow: 2026-06-01T00:00:00Z\n" + tests)},
	}, "p/small.tests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run returns the failures as they are printed, and how many assertions ran.
func run(t *testing.T, tests string) (string, int) {
	t.Helper()
	s := load(t, tests)
	if err := s.Diagnostics.Err(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	results := s.Run(context.Background())
	for _, r := range results {
		if !r.Passed {
			if err := r.Failure.Render(&b, diag.Style{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.String(), len(results)
}

func TestEveryCellAndEveryCheckIsAsserted(t *testing.T) {
	got, n := run(t, `
matrices:
  - name: at the organisation
    in: org:o
    columns: {Admin: {roles: admin}, Member: {roles: member}, Reader: {profiles: reader}, Both: {roles: member, profiles: reader}, Ann: ann, Nobody: ""}
    table: |
      | what                       | Admin | Member | Reader | Both | Ann  | Nobody |
      |----------------------------|------:|:------:|--------|------|------|--------|
      | a.x                        | edit  | edit   | read   | edit | edit | read   |
      | a.y                        | edit  | read   | read   | read | edit | read   |
      | a:read                     | yes   | yes    | yes    | yes  | yes  | yes    |
      | b.change                   | yes   | no     | no     | no   | yes  | no     |
      | a @ org:o/workspace:w      | read  | none   | none   | none | read | none   |
      | a.y @ org:o/workspace:w    | none  | none   | none   | none | none | none   |
      | b:read @ org:o/workspace:w | yes   | no     | no     | no   | yes  | no     |
  - name: transposed
    in: org:o/workspace:w
    transpose: true
    columns: {Admin: {roles: admin}, Guest: {roles: guest}}
    table: |
      | who   | b    | b.change | a:read | a @ org:o |
      |-------|------|----------|--------|-----------|
      | Guest | read | no       | no     | read      |
      | Admin | edit | yes      | yes    | edit      |
checks:
  - {as: [ann, gus], can: ["b:read"], in: "org:o/workspace:w"}
  - {as: [gus, ""], cannot: [b.change, "a:edit"], in: ["org:o/workspace:w", "org:o"]}
  - {as: ann, can_assign: guest, in: "org:o/workspace:w"}
  - {as: gus, cannot_assign: [guest, admin, reader], in: "org:o/workspace:w"}
`)
	if got != "" {
		t.Errorf("\n%s", got)
	}
	if want := 7*6 + 2*4 + 2 + 8 + 1 + 3; n != want {
		t.Errorf("%d assertions, want %d", n, want)
	}
}

// "A failure shows the cell's own position, what was expected, what is held, and the rule that decided with its position."
func TestAFailureShowsTheCellAndTheRuleThatDecided(t *testing.T) {
	got, _ := run(t, `
matrices:
  - name: m
    in: org:o
    columns: {Admin: {roles: admin}, Member: {roles: member}}
    table: |
      | what                  | Admin | Member |
      |-----------------------|-------|--------|
      | a.y                   | edit  | edit   |
      | a @ org:o/workspace:w | edit  | none   |
      | b.change              | no    | no     |
checks:
  - {as: gus, can: "a:read", in: "org:o/workspace:w"}
  - {as: gus, can_assign: [guest], in: "org:o/workspace:w"}
`)
	const want = `p/small.tests.yaml:13:41: error[wrong-cell]: expected edit, and Member holds read in a.y in org:o; the role member in org:o gives read by a.y: read (p/small.policy.yaml:8:38)
  13 |       | a.y                   | edit  | edit   |
     |                                         ^^^^
p/small.tests.yaml:14:33: error[wrong-cell]: expected edit, and Admin holds read in a.x in org:o/workspace:w; the boundary workspaces leaves read (p/small.policy.yaml:13:3); the role admin in org:o gives edit by a: edit (p/small.policy.yaml:7:40)
  14 |       | a @ org:o/workspace:w | edit  | none   |
     |                                 ^^^^
p/small.tests.yaml:15:33: error[wrong-cell]: expected that Admin cannot b.change in org:o; it is allowed: granted (edit); the role admin in org:o gives edit by b: edit (p/small.policy.yaml:7:49)
  15 |       | b.change              | no    | no     |
     |                                 ^^
p/small.tests.yaml:17:20: error[failed-check]: expected that gus can a:read in org:o/workspace:w; it is denied: no-grant (none); nothing that is assigned gives anything in a.x: the role member is given in org:o, but it holds in that scope alone, not beneath it (p/small.directory.yaml:3:35)
  17 |   - {as: gus, can: "a:read", in: "org:o/workspace:w"}
     |                    ^^^^^^^^
p/small.tests.yaml:18:28: error[failed-check]: expected that gus can assign guest in org:o/workspace:w; it is denied: level-too-low: who gives "guest" needs b.change here; the role guest in org:o/workspace:w gives read by b: read (p/small.policy.yaml:9:34)
  18 |   - {as: gus, can_assign: [guest], in: "org:o/workspace:w"}
     |                            ^^^^^
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A check whose own request is invalid proves nothing, so what it brings is checked when it is read.
func TestWhatAChecksRequestBringsIsCheckedWhenItIsRead(t *testing.T) {
	s := load(t, `
checks:
  - {as: ann, cannot: "b:edit", in: "org:o", request: {nosuch: x}}
  - {as: ann, cannot: "b:edit", in: "org:o", scopes: {"org:o": {}}}
  - {as: ann, cannot: "b:none", in: "org:o/workspace:new"}
`)
	var got []string
	for _, d := range s.Diagnostics {
		got = append(got, d.Rule)
	}
	if want := "unknown-attribute restated least-level unknown-scope"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// Nothing is run against a policy with an error, and everything that is wrong is shown at once.
func TestErrorsInThePolicyAndTheTestsAreShownTogether(t *testing.T) {
	s, err := authztest.Load(os.DirFS("../../testdata/mistakes"), "mistakes.tests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range s.Diagnostics {
		got = append(got, d.Rule)
	}
	if want := "above-area inherits-cycle condition-attribute wrong-cell-value"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if results := s.Run(context.Background()); results != nil {
		t.Errorf("%d assertions ran", len(results))
	}
}

func TestAFileThatIsMissingIsNamed(t *testing.T) {
	s, err := authztest.Load(fstest.MapFS{"x.tests.yaml": {Data: []byte("version: 1\npolicy: nosuch.policy.yaml\nchecks: [{as: a, can: \"b:c\", in: \"d:e\"}]\n")}}, "x.tests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Diagnostics) != 1 || s.Diagnostics[0].Rule != "missing-file" || s.Diagnostics[0].Line != 2 {
		t.Errorf("%v", s.Diagnostics)
	}
	if want := "there is no file nosuch.policy.yaml"; s.Diagnostics[0].Message != want {
		t.Errorf("it says %q, want %q", s.Diagnostics[0].Message, want)
	}
	if _, err := authztest.Load(fstest.MapFS{}, "x.tests.yaml"); err == nil {
		t.Error("a tests file that is not there was read")
	}
}

// locked is a file system in which one file must not be read.
type locked struct {
	fs.FS
	name string
}

func (l locked) Open(name string) (fs.File, error) {
	if name == l.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.FS.Open(name)
}

// Only what is not there is a mistake in the tests that name it. What cannot be read is nobody's mistake in a file.
func TestAFileThatCannotBeReadIsAnErrorOfReading(t *testing.T) {
	files := fstest.MapFS{
		"small.policy.yaml":    {Data: []byte(policy)},
		"small.directory.yaml": {Data: []byte(directory)},
		"small.tests.yaml":     {Data: []byte("version: 1\npolicy: small.policy.yaml\ndirectory: small.directory.yaml\nchecks: [{as: ann, can: b.change, in: \"org:o\"}]\n")},
	}
	for name := range files {
		if s, err := authztest.Load(locked{files, name}, "small.tests.yaml"); !errors.Is(err, fs.ErrPermission) || s != nil {
			t.Errorf("%s cannot be read: %v, %v", name, s, err)
		}
	}
	outside := strings.Replace(string(files["small.tests.yaml"].Data), "policy: ", "policy: ../", 1)
	files["small.tests.yaml"] = &fstest.MapFile{Data: []byte(outside)}
	s, err := authztest.Load(files, "small.tests.yaml")
	if err != nil || len(s.Diagnostics) != 1 || s.Diagnostics[0].Rule != "missing-file" {
		t.Errorf("what is outside of the file system is not there: %v, %v", s, err)
	}
}

// unsteady is a file system whose files open and cannot be read.
type unsteady struct{ fstest.MapFS }

func (u unsteady) Open(name string) (fs.File, error) {
	f, err := u.MapFS.Open(name)
	return unreadable{f}, err
}

type unreadable struct{ fs.File }

func (unreadable) Read([]byte) (int, error) { return 0, fs.ErrPermission }

func TestTestsThatBreakOffAreAnErrorOfReading(t *testing.T) {
	s, err := authztest.Load(unsteady{fstest.MapFS{"x.tests.yaml": {Data: []byte("version: 1\n")}}}, "x.tests.yaml")
	if s != nil || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v, %v", s, err)
	}
}

// What is no document at all is told as that, and nothing else of it.
func TestAFileThatIsNoDocumentIsToldOnce(t *testing.T) {
	for text, rule := range map[string]string{"\xff": "yaml-encoding", "": "yaml-empty"} {
		s, err := authztest.Load(fstest.MapFS{"x.tests.yaml": {Data: []byte(text)}}, "x.tests.yaml")
		if err != nil || len(s.Diagnostics) == 0 || s.Diagnostics[0].Rule != rule || s.Run(t.Context()) != nil {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
}

// An entry that is no mapping is said to be none, and the others are read.
func TestAMatrixThatIsNoMappingKeepsNothingElseFromBeingRead(t *testing.T) {
	s := load(t, "matrices:\n  - small\n  - {name: m, in: \"org:o\", columns: {Gus: gus}, table: \"| a | Gus |\\n|--|--|\\n\\n| nosuch | none |\"}\n")
	var got []string
	for _, d := range s.Diagnostics {
		got = append(got, d.Rule)
	}
	if want := "wrong-type unknown-area"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s:\n%v", got, want, s.Diagnostics)
	}
}

// Whoever asserts a level where the area does not exist is told that it does not.
func TestALevelWhereTheAreaDoesNotExistFails(t *testing.T) {
	got, _ := run(t, `
matrices:
  - name: m
    in: org:o
    columns: {Gus: gus}
    table: |
      | what                    | Gus  |

      |-------------------------|------|
      | a.y @ org:o/workspace:w | read |
`)
	if want := "14:35: error[wrong-cell]: expected read, and a.y does not exist in org:o/workspace:w\n"; !strings.Contains(got, want) {
		t.Errorf("it lacks %q:\n%s", want, got)
	}
}

// Where the giver has less than is given, the failure names the rule that gives it.
func TestAFailureOfGivingNamesTheRuleThatGivesTooMuch(t *testing.T) {
	files := withTests("checks: [{as: ann, can_assign: giant, in: \"org:o\"}]\n")
	giant := "  giant: {at: org, areas: {a.x: edit}, given_with: b.change}\nprofiles:"
	files["small.policy.yaml"].Data = []byte(strings.Replace(policy, "profiles:", giant, 1))
	files["small.directory.yaml"].Data = []byte(strings.Replace(directory, `{roles: admin, in: "org:o"}`, `{roles: admin, in: "org:o", limit: {a: read}}`, 1))
	s, err := authztest.Load(files, "small.tests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	results := s.Run(t.Context())
	const want = "expected that ann can assign giant in org:o; it is denied: exceeds-giver: giant gives edit in a.x, and the giver has read (small.policy.yaml:10:28)"
	if len(results) != 1 || results[0].Failure.Message != want {
		t.Errorf("got %v, %v", results, s.Diagnostics)
	}
}

// What is wrong with the matrix's scope is said of that alone, and facts may name principals of the directory.
func TestAMistakeIsNotToldAgainByWhatDependsOnIt(t *testing.T) {
	files := withTests(`matrices: [{name: m, in: "org", columns: {Admin: {roles: admin}, Nobody: {roles: nosuch}}, table: "| a | Admin | Nobody |\n|--|--|--|\n| b | edit | none |"}]
checks:
  - {as: ann, can: b.change, in: "org:o", request: {who: gus}}
  - {as: ann, can: b.change, in: "org:o", request: {who: 7}}
  - {as: ann, can_assign: gest, in: "org:o"}
`)
	files["small.policy.yaml"].Data = []byte(strings.Replace(policy, "areas:", "request: {who: principal}\nareas:", 1))
	s, err := authztest.Load(files, "small.tests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range s.Diagnostics {
		got = append(got, fmt.Sprintf("%d %s", d.Line, d.Rule))
	}
	if want := "4 bad-path, 4 unknown-role, 7 wrong-fact, 8 unknown-role"; strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s:\n%v", strings.Join(got, ", "), want, s.Diagnostics)
	}
}

// Against a policy that cannot be read, nothing is said of names that it may well have.
func TestNamesAreNotLookedUpInAPolicyThatCannotBeRead(t *testing.T) {
	files := withTests("checks: [{as: zoe, can: nosuch, can_assign: nosuch, in: \"x:y\", request: {a: 1}}]\n")
	files["small.policy.yaml"].Data = []byte("\xff")
	s, err := authztest.Load(files, "small.tests.yaml")
	if err != nil || len(s.Diagnostics) != 1 || s.Diagnostics[0].Rule != "yaml-encoding" {
		t.Errorf("%v, %v", err, s.Diagnostics)
	}
}
