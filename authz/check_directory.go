package authz

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/store"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/scope"
)

// directory is a directory whose names are resolved. An engine without one has an empty directory that is not
// given: every well-formed path is known to it.
type directory struct {
	given      bool // there is a directory: what it does not list is not known, unless a request brings it
	scopes     scopes
	groups     map[string]int
	groupList  []group
	builtin    [2][]int32 // the built-in groups that are assigned anything: of everybody, and of all but the anonymous principal
	principals store.Principals[extra]
	around     condition.Around // what conditions see beside the principal and the scope, where a request brings nothing
	stated     stated           // who is not listed, but stands among the facts with all that they say
	checking   *checking        // nil when nothing is being checked

	// local numbers the scopes that only a principal given in Go is assigned in; nil while a directory is checked,
	// where every scope must be listed.
	local map[string]int32

	assigned int // the roles in scopes that assignments stand for, counted while they are checked

	// known reports the principals whose facts must not be restated: those that are listed, or given with the request.
	known func(id string) bool
}

// checking is what is known of a directory while it is checked whole.
type checking struct {
	principals map[string]*principal
	ids        []string // of the principals, in the order of the directory
	scopes     []string // their paths, likewise
}

// listed is a scope. What every check reads is its first line in the cache, and what conditions read the second; it is four
// lines long.
type listed struct {
	place  table.Place
	id     uint64 // whichever engine it is listed in: no other scope that was ever added has it
	number int32
	kind   int32
	holds  int32 // how many listed scopes stand directly in it
	listed bool  // by the directory; else only the policy names it
	path   string
	made   *maker
	_      [8]byte        // so that what follows begins at a line of the cache, as the place does
	about  condition.Room // as conditions see it
}

// assigned is what somebody is assigned: every role in every scope, and on which terms.
type assigned struct {
	table.Given         // sorted by scope when there are many
	nth         []int32 // in step with the grants: the number of the assignment that each comes from
	timed       bool    // some of them begin or end
}

type group struct {
	name   string
	at     report.Path
	groups []int32
	assigned
	all      []int32 // the group itself and all that its members are members of by it; nil: too many to be noted
	gone     bool    // it was dropped, and its number is nobody's
	timedAll bool    // something that is assigned to one of them begins or ends
}

// principal is a principal whose names are resolved.
type principal struct {
	id         string
	kind       Kind
	status     Status
	groups     []int32
	groupNames []string // without a directory: groups are names that conditions may read
	attributes condition.Attributes
	assigned
	limit []table.Level
	at    report.Path

	owner   *principal // of a key
	ownedBy string     // its id
	keys    int32      // how many keys it owns
	in      []string
	until   table.Instant // table.Never: it does not end
}

// checkDirectory resolves and checks a directory whole against a policy, and reports every error and warning.
func checkDirectory(p *policy, model *Directory, r *report.Reporter) *directory {
	d := emptyDirectory()
	d.given = true
	d.checking = &checking{principals: map[string]*principal{}}
	var at report.Path
	for _, look := range []struct{ section, rule string }{
		{"scopes", "unknown-scope"}, {"scopes", "unlisted-parent"}, {"groups", "unknown-group"}, {"principals", "unknown-principal"},
	} {
		if r.Broken(at.Name(look.section)) {
			r.Silence(look.rule)
		}
	}
	p.silenceUntyped(r)
	listed := make(map[string]bool, len(model.Principals))
	for i := range model.Principals {
		listed[model.Principals[i].ID] = true
	}
	d.known = func(id string) bool { return listed[id] }
	d.checkScopes(p, model.Scopes, at.Name("scopes"), r)
	d.checkGroups(p, model.Groups, at.Name("groups"), r)
	d.closeGroups()
	d.checkPrincipals(p, model.Principals, at.Name("principals"), r)
	d.assigned = 0 // those of a principal that Go gives are counted apart
	return d
}

// checkDirectoryAlone checks what a directory says without regard to the policy, which could not be read: words, ids,
// groups, owners, and that what is named is listed.
func checkDirectoryAlone(model *Directory, r *report.Reporter) *directory {
	p := checkPolicy(&Policy{}, &report.Reporter{})
	p.unread, p.env = true, nil
	for _, section := range sortedKeys(lookups) {
		r.Silence(lookups[section]...)
	}
	return checkDirectory(p, model, r)
}

func emptyDirectory() *directory {
	d := &directory{
		scopes: scopes{index: store.NewMap[*listed](), version: &version{&line{}}},
		stated: stated{in: store.NewMap[int32]()},
		groups: map[string]int{},
	}
	d.scopes.begin()
	return d
}

func (d *directory) checkScopes(p *policy, list []Scope, at report.Path, r *report.Reporter) {
	declared := make(map[string]bool, len(list))
	for _, s := range list {
		declared[s.Path] = true
	}
	seen := make(map[string]bool, len(list))
	for i := range list {
		s := &list[i]
		q := at.Name(s.Path)
		if seen[s.Path] {
			r.Errorf("duplicate-name", report.Key(q), "the scope %s is listed twice", diag.Quote(s.Path))
			continue
		}
		seen[s.Path] = true
		if !d.checkScope(p, s, q, r) {
			continue
		}
		d.checking.scopes = append(d.checking.scopes, s.Path)
		if parent := scope.Parent(s.Path); parent != "" && !declared[parent] {
			d.unlistedParent(parent, q, func() []string { return d.paths(list) }, r)
		}
	}
}

// checkScope lists a scope, or lists it anew with other attributes, whatever it stands in.
func (d *directory) checkScope(p *policy, s *Scope, q report.Path, r *report.Reporter) (ok bool) {
	steps, err := p.kinds.Resolve(s.Path, nil)
	if err != nil {
		reportPath(r, report.Key(q), err)
	}
	if err != nil && !(p.unread && wellFormed(err)) {
		return false
	}
	kind := lastKind(steps)
	f := facts{env: p.env, known: d.known, Reporter: r}
	attributes := f.check(s.Attributes, q, kindAttributes(kind))
	entry := d.scopes.change(d.scopes.number(s.Path, kind))
	entry.listed = true
	if !r.BrokenWithin(q) {
		d.stated.count(entry.about.Object().Attributes(), -1)
		d.stated.count(attributes, 1)
	}
	if p.env != nil {
		p.env.Share(attributes)
		entry.about.SetScope(p.env, kind, entry.number, scope.ID(s.Path), s.Path, attributes)
	}
	return true
}

func (d *directory) unlistedParent(parent string, q report.Path, known func() []string, r *report.Reporter) {
	r.Unknown("unlisted-parent", report.Part(q, 0, len(parent)).OfKey(), parent, known(), "the scope %s is not listed, and what stands in it cannot be without it", diag.Quote(parent))
}

// wellFormed reports whether what is wrong with a path is what its kinds are, not how it is written.
func wellFormed(err error) bool {
	e, ok := errors.AsType[*scope.PathError](err)
	return ok && e.Problem().Rule != "bad-path"
}

// lastKind is the kind of a scope; -1 when the kinds are not known.
func lastKind(steps []model.Step) int {
	if len(steps) == 0 {
		return -1
	}
	return steps[len(steps)-1].Kind
}

func (d *directory) paths(list []Scope) []string {
	paths := make([]string, len(list))
	for i := range list {
		paths[i] = list[i].Path
	}
	return paths
}

// reportFacts reports attributes that are not declared or of another type than declared.
func reportFacts(r *report.Reporter, at report.Path, faults []condition.FactError) {
	for _, f := range faults {
		q := at
		for _, step := range f.Path {
			if i, err := strconv.Atoi(step); err == nil && hasPath(r, q.Index(i)) && (r.Locator != nil || q != at) {
				q = q.Index(i)
			} else {
				q = q.Name(step)
			}
		}
		switch {
		case f.Undeclared:
			r.Suggest("unknown-attribute", report.Key(q), f.Suggestion, "%s", f.Message)
		case !r.Broken(q):
			r.Suggest("wrong-fact", report.Value(q), f.Suggestion, "%s %s", strings.Join(f.Path, "."), asWritten(f.Message))
		}
	}
}

// asWritten says of a number what stands in the file, not by which type of Go it is held.
func asWritten(message string) string {
	rest, ok := strings.CutPrefix(message, "is the float64 ")
	number, due, cut := strings.Cut(rest, " ")
	if !ok || !cut {
		return message
	}
	if strings.HasSuffix(due, "an int is due") && strings.Trim(number, "-0123456789") == "" {
		return "is the number " + number + ".0 " + due + ": write " + number
	}
	return "is the number " + number + " " + due
}

// surround makes the directory what stands around those whom its conditions are asked for.
func (d *directory) surround() { d.around = condition.Around{Scopes: d, People: d} }

// Scope finds the scope of a kind on the path to a scope that is listed, for a condition: of kinds that nest in
// themselves, the nearest.
func (d *directory) Scope(given *condition.Object, kind int) *condition.Object {
	at := d.scopes.at(given.Number())
	for i := len(at.place.Path) - 1; i >= 0; i-- {
		if at.place.Path[i].Kind == int32(kind) {
			return d.seen(at, i)
		}
	}
	return nil
}

// seen returns what conditions see of the scope at a step of the path to a scope that is listed, as is all that it stands
// in.
func (d *directory) seen(at *listed, step int) *condition.Object {
	if step < at.place.Last() {
		at = d.scopes.at(at.place.Path[step].Scope)
	}
	return at.about.Object()
}

// Person reads a principal that an attribute names, for a condition.
func (d *directory) Person(id string) (string, condition.Attributes, bool) {
	p, ok := d.principals.Find(id)
	if !ok {
		return "", condition.Attributes{}, false
	}
	return string(statuses[p.Status]), p.Extra.facts(), true
}

// checkPolicyPaths reports the paths in a policy that the directory does not list.
func (d *directory) checkPolicyPaths(p *policy, r *report.Reporter) {
	at := report.Path{}.Name("boundaries")
	check := func(path string, q report.Path) {
		if _, err := p.kinds.Resolve(path, nil); err != nil {
			return
		}
		if d.scopes.find(path) == nil {
			r.Unknown("unknown-scope", report.Value(q), path, d.namesOfScopes(), "the directory lists no scope %s", diag.Quote(path))
		}
	}
	for i := range p.boundaries {
		b, q := &p.boundaries[i], at.Name(p.boundaries[i].Name)
		for j, path := range b.In {
			if slices.Contains(b.paths, path) {
				check(path, q.Name("in").Index(j))
			}
		}
		if b.Under != "" {
			check(b.Under, q.Name("under"))
		}
	}
}
