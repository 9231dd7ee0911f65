package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The real program, for what only a process has: TestMain becomes it when the variable is set.
const asProgram = "AUTHZ_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// result is what a run of the command leaves behind.
type result struct {
	code     int
	out, err string
}

// at returns an environment that starts in a folder, is no terminal and has no variables set.
func at(dir string) env {
	return env{stdin: strings.NewReader(""), getenv: func(string) string { return "" }, dir: dir}
}

// call runs the command in an environment, and collects what it writes.
func call(e env, args ...string) result {
	var out, err bytes.Buffer
	e.stdout, e.stderr = &out, &err
	code := run(args, e)
	return result{code, out.String(), err.String()}
}

// in runs the command in a folder.
func in(dir string, args ...string) result { return call(at(dir), args...) }

// folder writes files, by their paths beneath a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

// shop is a folder with a policy, a directory and tests that pass.
func shop(t *testing.T) string {
	t.Helper()
	return folder(t, map[string]string{
		"shop.policy.yaml":    shopPolicy,
		"shop.directory.yaml": shopDirectory,
		"shop.tests.yaml":     shopTests,
	})
}

const repository = "../.."

const shopPolicy = `version: 1
name: shop
scopes:
  org:
  team: {in: org}
request: {ip: string, risk: int}
areas:
  orders:
    areas:
      refunds: Paying back
      notes: Remarks
  billing: {at: org}
actions:
  refund: orders.refunds:edit
roles:
  clerk:
    at: team
    areas: {orders: read, orders.refunds: none}
    grants: [{areas: {orders.refunds: edit}, when: request.risk < 3}]
    given_with: orders:edit
  boss:
    at: org
    reach: all
    areas: {orders: edit, billing: edit}
    given_with: orders:edit
  lead:
    title: Team lead
    at: team
    areas: {orders: edit}
    given_with: orders:edit
profiles:
  auditor: {roles: boss, only: {orders: read}}
`

const shopDirectory = `version: 1
scopes: {org:acme: , org:acme/team:north: }
principals:
  bob: {status: active, assignments: [{roles: boss, in: org:acme}]}
  cleo: {status: active, assignments: [{roles: clerk, in: org:acme/team:north}]}
  lea: {status: active, assignments: [{roles: lead, in: org:acme/team:north}]}
  eve: {status: suspended, assignments: [{roles: boss, in: org:acme}]}
  kim: {status: active, assignments: [{roles: clerk, in: org:acme/team:north, until: 2026-06-01T00:00:00Z}]}
`

const shopTests = `version: 1
policy: shop.policy.yaml
directory: shop.directory.yaml
now: 2026-01-01T00:00:00Z
matrices:
  - name: Who does what
    in: org:acme/team:north
    columns: {Boss: {roles: boss}, Cleo: cleo}
    table: |
      | permission         | Boss | Cleo |
      |--------------------|------|------|
      | orders.notes       | edit | read |
      | refund             | yes  | no   |
      | billing @ org:acme | edit | none |
checks:
  - {as: [bob, lea], can: "orders:edit", in: "org:acme/team:north"}
  - {as: cleo, cannot: refund, in: "org:acme/team:north"}
`

// holds fails the test unless the text has each of the pieces.
func holds(t *testing.T, what, text string, pieces ...string) {
	t.Helper()
	for _, piece := range pieces {
		if !strings.Contains(text, piece) {
			t.Errorf("%s lacks %q:\n%s", what, piece, text)
		}
	}
}

// ends fails the test unless the run ended with that code.
func (r result) ends(t *testing.T, code int) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", r.code, code, r.out, r.err)
	}
}

// broken is a writer that fails with an error, and a reader that does.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
func (b broken) Read([]byte) (int, error)  { return 0, b.err }

var _ io.ReadWriter = broken{}

// write puts a file into a folder.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
