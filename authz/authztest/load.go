package authztest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/decode"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
)

// loader reads a tests file. It reports what is wrong, and goes on.
type loader struct {
	decode.Decoder
	suite  *Suite
	draft  *authz.Draft   // nil: the policy is not there
	checks map[string]int // the lines of the checks, by all that they assert
}

// MaxChecks bounds what the checks of a file assert together. Each asserts every word of every principal in every scope,
// so that a few lines may come to billions.
const MaxChecks = 100_000

func (l *loader) parse(fsys fs.FS) (*doc.Node, error) {
	f, err := fsys.Open(l.suite.File)
	if err != nil {
		return nil, fmt.Errorf("reading the tests: %w", err)
	}
	source, err := io.ReadAll(io.LimitReader(f, doc.MaxSize+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("reading the tests: %w", err)
	}
	root := doc.ParseYAML(l.suite.File, source, l.Reporter)
	if root != nil {
		l.Locator = doc.Locator(root)
	}
	return root, nil
}

// head reads which policy the tests are about.
func (l *loader) head(root *doc.Node) {
	var at report.Path
	if !l.Fields(root, at, "version", "policy", "directory", "now", "matrices", "checks") {
		return
	}
	l.Version(root, at)
	l.Required(root, at, "policy")
	if name := l.Text(root.Get("policy"), at.Name("policy")); strings.HasSuffix(name, authz.DirectorySuffix) {
		l.Errorf("missing-file", report.Value(at.Name("policy")), "%s is a directory: name it under `directory`", diag.Quote(name))
	} else if name != "" {
		l.suite.Policy = beside(l.suite.File, name)
	}
	if name := l.Text(root.Get("directory"), at.Name("directory")); strings.HasSuffix(name, authz.PolicySuffix) {
		l.Errorf("missing-file", report.Value(at.Name("directory")), "%s is a policy: name it under `policy`", diag.Quote(name))
	} else if name != "" {
		l.suite.Directory = beside(l.suite.File, name)
	}
	l.suite.now = l.Instant(root.Get("now"), at.Name("now"))
}

// missing reports a file that the tests name and that is not there, or cannot be, for it lies outside of the file
// system. It reports whether the error says so: any other is one of reading, and no mistake in the tests.
func (l *loader) missing(err error) bool {
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
		return false
	}
	key, file := "policy", l.suite.Policy
	if pe, ok := errors.AsType[*fs.PathError](err); ok && l.suite.Directory != "" && pe.Path == l.suite.Directory {
		key, file = "directory", l.suite.Directory
	}
	l.Errorf("missing-file", report.Value(report.Path{}.Name(key)), "there is no file %s", diag.Printable(file))
	return true
}

func (l *loader) body(root *doc.Node) {
	var at report.Path
	names := map[string]bool{}
	l.checks = map[string]int{}
	l.Items(root.Get("matrices"), at.Name("matrices"), func(n *doc.Node, p report.Path) {
		l.matrix(n, p, names)
	})
	l.Items(root.Get("checks"), at.Name("checks"), func(n *doc.Node, p report.Path) { l.check(n, p) })
	if len(l.suite.cases) == 0 && l.Reporter.List().Count(diag.Error) == 0 {
		l.Errorf("no-tests", report.Value(at), "the file asserts nothing: write `matrices` or `checks`")
	}
}

// check reads an entry of `checks`: every one of its principals, in every scope, for every permission.
func (l *loader) check(n *doc.Node, p report.Path) {
	if !l.Fields(n, p, "as", "can", "cannot", "can_assign", "cannot_assign", "in", "request", "scopes", "now") {
		return
	}
	l.Required(n, p, "as", "in")
	asks := []struct {
		key          string
		want, assign bool
	}{{"can", true, false}, {"cannot", false, false}, {"can_assign", true, true}, {"cannot_assign", false, true}}
	if l.Lacks(n, p, "can", "cannot", "can_assign", "cannot_assign") {
		l.Errorf("missing-key", report.Value(p), "the check asserts nothing: write `can`, `cannot`, `can_assign` or `cannot_assign`")
	}
	facts := l.facts(n, p)
	l.draft.CheckFacts(facts, p, l.Reporter)
	ids := l.listed(n.Get("as"), p.Name("as"))
	for i, id := range ids {
		l.problem(report.Value(p.Name("as").Index(i)), l.draft.CheckPrincipal(id))
	}
	in := l.listed(n.Get("in"), p.Name("in"))
	for i, path := range in {
		l.problem(report.Value(p.Name("in").Index(i)), l.draft.CheckScope(path, facts.Scopes))
	}
	words, sum := make([][]string, len(asks)), 0
	for i, ask := range asks {
		words[i] = l.listed(n.Get(ask.key), p.Name(ask.key))
		sum += len(words[i])
	}
	if product := len(ids) * len(in) * sum; l.suite.Checks+product > MaxChecks {
		l.Errorf("too-many-checks", report.Value(p), "the check asks about %d principals in %d scopes, %d words each: the checks of a file may assert %d times in all", len(ids), len(in), sum, MaxChecks)
		return
	}
	l.once(fmt.Sprintf("%q %q %q %q %q %q %v", sorted(ids), sorted(in), sorted(words[0]), sorted(words[1]), sorted(words[2]), sorted(words[3]), facts), p)
	for a, ask := range asks {
		q := p.Name(ask.key)
		for i, word := range words[a] {
			at := report.Value(q.Index(i))
			if ask.assign {
				l.problem(at, l.draft.CheckGiven(word))
			} else {
				l.problem(at, l.draft.CheckPermission(word))
			}
			spot := l.spot(at)
			for _, id := range ids {
				for _, path := range in {
					c := testCase{
						group: "checks", place: spot, in: path, facts: facts, want: ask.want,
						name:    fmt.Sprintf("%s %s %s in %s", orAnonymous(id), strings.ReplaceAll(ask.key, "_", " "), word, path),
						subject: subject{label: orAnonymous(id), id: id},
					}
					if c.permission = word; ask.assign {
						c.permission, c.assign = "", word
					}
					l.suite.cases = append(l.suite.cases, c)
					l.suite.Checks++
				}
			}
		}
	}
}

// once reports a check that asserts what another does, no more and no less.
func (l *loader) once(all string, p report.Path) {
	line := l.spot(report.Value(p)).Line
	if first, again := l.checks[all]; again && !l.BrokenWithin(p) {
		l.Errorf("duplicate-row", report.Value(p), "the check on line %d asserts the same", first)
	} else {
		l.checks[all] = line
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func orAnonymous(id string) string {
	if id == "" {
		return "the anonymous principal"
	}
	return id
}

// facts reads what a check brings.
func (l *loader) facts(n *doc.Node, p report.Path) authz.Facts {
	f := authz.Facts{Time: l.suite.now}
	if now := n.Get("now"); now != nil {
		f.Time = l.Instant(now, p.Name("now"))
	}
	f.Request = l.Attributes(n.Get("request"), p.Name("request"))
	if s := n.Get("scopes"); s != nil && l.Mapping(s, p.Name("scopes")) {
		f.Scopes = map[string]authz.Attributes{}
		for i, k := range s.Keys {
			f.Scopes[k.Text] = l.Attributes(s.Items[i], p.Name("scopes").Name(k.Text))
		}
	}
	return f
}

// problem reports what is wrong with a text, and whether nothing is. A word that was refused already was never meant.
func (l *loader) problem(at report.At, p *diag.Problem) bool {
	if p != nil && (at.Part || !l.Broken(at.Path)) {
		l.Problem(at, p)
	}
	return p == nil
}

// spot resolves a place in the file, for the failures of cases.
func (l *loader) spot(at report.At) place {
	pos, source, width := l.Locator.Locate(at)
	return place{pos, source, width}
}

// listed is List, and reports a list that is empty, and a name that stands in it twice.
func (l *loader) listed(n *doc.Node, p report.Path) []string {
	list := l.List(n, p)
	if list != nil && len(list) == 0 {
		l.Errorf("empty-list", report.Value(p), "an empty list asserts nothing")
	}
	seen := make(map[string]bool, len(list))
	for i, name := range list {
		if q := p.Index(i); seen[name] && !l.Broken(q) {
			l.Errorf("duplicate-name", report.Value(q), "%s is listed twice", diag.Quote(name))
		}
		seen[name] = true
	}
	return list
}
