package authz

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/bits"
	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/model"
	"github.com/trellis-authz/trellis/internal/names"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/internal/store"
	"github.com/trellis-authz/trellis/internal/table"
	"github.com/trellis-authz/trellis/roles"
	"github.com/trellis-authz/trellis/scope"
)

// policy is a policy whose names are resolved.
type policy struct {
	model    *Policy
	kinds    *model.Kinds
	chain    *model.Chain
	tree     *model.Tree
	rows     *model.Rows // while the policy is checked
	roles    *model.Roles
	profiles *model.Profiles
	env      *condition.Env
	untyped  []string // declared attributes whose types could not be read
	unread   bool     // it stands for a policy that could not be read: its names are not known

	actions     map[string]model.Permission
	actionNames []string
	sights      *sync.Pool               // of *sight
	byText      store.Words[*permission] // every permission and action; filled by index, when nothing is wrong
	roleGiven   []model.Permission       // by role: its given_with; a Need of 0 says nobody gives it
	profGiven   []model.Permission       // likewise, by profile
	byProfile   []table.Terms            // by profile: on what it gives its roles, where nothing else limits them
	boundaries  []boundary

	reaches []reachedBy // by role; filled by reachedFrom

	conditions []*condition.Program
	byKey      map[string]int32               // condition.Program.Key -> index in conditions
	when       map[string]int32               // source text -> index in conditions
	wrong      map[string][]condition.Problem // source text -> why it is no condition
}

// boundary is a boundary whose names are resolved.
type boundary struct {
	*Boundary
	kinds bits.Set
	paths []string // the single scopes it lies on
	roles bits.Set
	when  int32 // index in policy.conditions, or -1
	row   model.Row
}

// checkPolicy resolves and checks a policy whole, and reports every error and warning. What it returns is complete
// only when no error was reported.
func checkPolicy(declared *Policy, r *report.Reporter) *policy {
	var at report.Path
	silenceUnread(r, r)
	p := &policy{model: declared, byKey: map[string]int32{}, when: map[string]int32{}}
	if name := at.Name("name"); !names.Name(declared.Name) && !r.Broken(name) {
		r.Errorf("bad-name", report.Value(name), "%s is no name of a policy: %s", diag.Quote(declared.Name), names.NameRule)
	}
	p.chain = model.CompileChain(declared.Levels, at.Name("levels"), r)
	p.kinds = model.CompileKinds(declared.Scopes, at.Name("scopes"), r)
	if p.kinds.Len() == 0 && !r.Broken(at.Name("scopes")) {
		r.Errorf("empty-policy", report.Value(at.Name("scopes")), "a policy needs at least one scope kind: without one there is nowhere to ask")
	}
	p.declare(at, r)
	p.tree = model.CompileTree(declared.Areas, p.kinds, at.Name("areas"), r)
	if p.tree.Leaves() == 0 && !r.BrokenWithin(at.Name("areas")) {
		r.Errorf("empty-policy", report.Value(at.Name("areas")), "a policy needs at least one area: without one there is nothing to ask for")
	}
	silenceUnread(r, r)
	p.checkActions(at.Name("actions"), r)
	p.rows = model.NewRows(p.tree, p.chain)
	p.roles = model.CompileRoles(declared.Roles, p.kinds, p.rows, at.Name("roles"), r)
	p.profiles = model.CompileProfiles(declared.Profiles, p.roles, p.rows, at.Name("profiles"), r)
	p.checkGivenWith(at, r)
	p.checkBoundaries(at.Name("boundaries"), r)
	p.checkGrants(at.Name("roles"), r)
	p.warn(r)
	p.rows = nil
	return p
}

// Attributes that conditions read besides the declared ones, and that therefore cannot be declared.
var (
	builtinPrincipal = []string{"id", "kind", "status", "key", "groups"}
	builtinRequest   = []string{"time"}
	builtinScope     = []string{"id", "path"}
)

// declare compiles the declared attributes into the environment of the conditions.
func (p *policy) declare(at report.Path, r *report.Reporter) {
	types := func(declared map[string]string, builtin []string, at report.Path) map[string]condition.Type {
		types := attributeTypes(declared, builtin, at, r)
		for _, name := range sortedKeys(declared) {
			if _, ok := types[name]; !ok && !slices.Contains(p.untyped, name) && len(p.untyped) < maxUntyped {
				p.untyped = append(p.untyped, name)
			}
		}
		return types
	}
	d := condition.Declarations{
		Principal: types(p.model.Principal, builtinPrincipal, at.Name("principal")),
		Request:   types(p.model.Request, builtinRequest, at.Name("request")),
	}
	byName := map[string]map[string]string{}
	for _, k := range p.model.Scopes {
		if _, again := byName[k.Name]; !again {
			byName[k.Name] = k.Attributes
		}
	}
	for _, name := range p.kinds.Names() {
		q := at.Names("scopes", name)
		if condition.Reserved(name) {
			r.Errorf("reserved-name", report.Key(q), "conditions cannot read a scope kind named %s: CEL reserves the word", diag.Quote(name))
		}
		d.Kinds = append(d.Kinds, condition.Kind{
			Name:       name,
			Attributes: types(byName[name], builtinScope, q.Name("attributes")),
		})
	}
	p.silenceUntyped(r)
	env, err := condition.NewEnv(d)
	if err != nil && r.List().Count(diag.Error) == 0 {
		r.Errorf("bad-type", report.Value(at.Name("scopes")), "the declared attributes cannot be read by conditions: %v", err)
	}
	p.env = env
}

// A file of ten thousand attributes without a type is one mistake, and what follows from it may be said.
const maxUntyped = 64

// silenceUntyped lets nobody say that an attribute is not declared which is, with a type that could not be read.
func (p *policy) silenceUntyped(r *report.Reporter) {
	for _, name := range p.untyped {
		r.SilenceOf(name, "condition-attribute", "unknown-attribute")
	}
}

// attributeTypes reads declared types. One that is not understood is left out.
func attributeTypes(declared map[string]string, builtin []string, at report.Path, r *report.Reporter) map[string]condition.Type {
	types := make(map[string]condition.Type, len(declared))
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		p, readable := at.Name(name), false
		switch {
		case slices.Contains(builtin, name):
			r.Errorf("reserved-name", report.Key(p), "%s is built in; it need not, and cannot, be declared", diag.Quote(name))
		case !names.Identifier(name):
			r.Errorf("bad-name", report.Key(p), "%s is no name of an attribute: %s", diag.Quote(name), names.IdentifierRule)
		case condition.Reserved(name):
			r.Errorf("reserved-name", report.Key(p), "conditions cannot read an attribute named %s: CEL reserves the word", diag.Quote(name))
		default:
			readable = true
		}
		if r.Broken(p) {
			continue
		}
		t, err := condition.ParseType(declared[name])
		switch {
		case err != nil:
			r.Errorf("unknown-type", report.Value(p), "%v", err)
			meant, ok := errors.AsType[*condition.TypeError](err)
			if !ok {
				break
			}
			if t, err = condition.ParseType(meant.Suggestion); err == nil && readable {
				types[name] = t // conditions and facts are held to what was meant
			}
		case readable:
			types[name] = t
		}
	}
	return types
}

func (p *policy) checkActions(at report.Path, r *report.Reporter) {
	p.actions = make(map[string]model.Permission, len(p.model.Actions))
	for i := range p.model.Actions {
		a := &p.model.Actions[i]
		q := at.Name(a.Name)
		if _, again := p.actions[a.Name]; again {
			r.Errorf("duplicate-name", report.Key(q), "the action %s is declared twice", diag.Quote(a.Name))
			continue
		}
		if !names.Dotted(a.Name) {
			r.Errorf("bad-name", report.Key(q), "%s is no name of an action: %s", diag.Quote(a.Name), names.DottedRule)
		}
		p.actionNames = append(p.actionNames, a.Name)
		p.actions[a.Name] = model.Permission{}
		if r.Broken(q) || r.Broken(q.Name("permission")) {
			continue
		}
		permission, problem := p.tree.Permission(a.Permission, p.chain)
		if problem != nil {
			where := q.Name("permission")
			if !hasPath(r, where) {
				where = q // an action may be written as its permission alone
			}
			r.Problem(report.Value(where), problem)
			continue
		}
		p.actions[a.Name] = permission
	}
}

// hasPath reports whether the place stands in the file as a place of its own.
func hasPath(r *report.Reporter, p report.Path) bool {
	known, ok := r.Locator.(interface{ Has(report.Path) bool })
	return !ok || known.Has(p)
}

// find looks up a permission or an action; nil when there is none.
func (p *policy) find(text string) *permission {
	is, _ := p.byText.Find(text)
	return is
}

// index notes every permission and action by its name and the order in which areas are listed, and makes room for
// conditions to be asked in.
func (p *policy) index() {
	p.sights = &sync.Pool{New: func() any { return &sight{Frame: p.env.NewFrame()} }}
	levels := p.chain.Names()
	byText := make(map[string]*permission, p.tree.Len()*(len(levels)-1)+len(p.actions))
	add := func(text string, of model.Permission) {
		x := &permission{policy: p, leaf: -1, of: of, everywhere: true}
		if area := p.tree.Area(of.Area); area.Last-area.First == 1 && of.Need > 0 { // that of none is never allowed
			x.leaf = area.First
			for kind := range p.kinds.Len() {
				if p.tree.Exists(x.leaf, kind) {
					x.kinds.Add(kind)
				} else {
					x.everywhere = false
				}
			}
		}
		byText[text] = x
	}
	for i := range p.tree.Len() {
		for l := 1; l < len(levels); l++ {
			add(p.tree.Area(i).Name+":"+levels[l], model.Permission{Area: i, Need: model.Level(l)})
		}
	}
	for name, of := range p.actions {
		add(name, of)
	}
	p.byText = store.NewWords(byText)
}

// permission resolves a permission or an action, or says what is wrong with it.
func (p *policy) permission(text string) (model.Permission, *diag.Problem) {
	if strings.IndexByte(text, ':') >= 0 {
		return p.tree.Permission(text, p.chain)
	}
	if a, ok := p.actions[text]; ok {
		return a, nil
	}
	problem := &diag.Problem{Rule: "unknown-action", Width: len(text), Message: "there is no action " + diag.Quote(text), Suggestion: diag.Nearest(text, p.actionNames)}
	if _, area := p.tree.Find(text); area && problem.Suggestion == "" {
		problem.Rule, problem.Message = "bad-permission", diag.Quote(text)+" is an area: a permission is written area:level"
		if p.chain.Top() > 0 {
			problem.Suggestion = text + ":" + p.chain.Name(1)
		}
	}
	if _, role := p.roles.Find(text); role {
		problem.Message, problem.Suggestion = diag.Quote(text)+" is a role: a permission is written area:level", ""
	} else if _, profile := p.profiles.Find(text); profile {
		problem.Message, problem.Suggestion = diag.Quote(text)+" is a profile: a permission is written area:level", ""
	}
	return model.Permission{}, problem
}

func (p *policy) checkGivenWith(at report.Path, r *report.Reporter) {
	given := func(text string, q report.Path) model.Permission {
		if text == "" {
			return model.Permission{}
		}
		permission, problem := p.permission(text)
		if problem != nil {
			r.Problem(report.Value(q), problem)
		}
		return permission
	}
	for i := range p.roles.Len() {
		c := p.roles.Role(i)
		p.roleGiven = append(p.roleGiven, given(c.GivenWith, at.Names("roles", c.Name, "given_with")))
	}
	for i := range p.profiles.Len() {
		c := p.profiles.Profile(i)
		p.profGiven = append(p.profGiven, given(c.GivenWith, at.Names("profiles", c.Name, "given_with")))
		p.byProfile = append(p.byProfile, table.Terms{Limit: c.LimitRow, From: table.Ever, Until: table.Never, Profile: int32(i)})
	}
}

func (p *policy) checkBoundaries(at report.Path, r *report.Reporter) {
	seen := map[string]bool{}
	unbounded := model.NewRow(p.tree.Leaves(), p.chain.Top())
	for i := range p.model.Boundaries {
		b := boundary{Boundary: &p.model.Boundaries[i], when: -1}
		q := at.Name(b.Name)
		if seen[b.Name] {
			r.Errorf("duplicate-name", report.Key(q), "the boundary %s is declared twice", diag.Quote(b.Name))
			continue
		}
		seen[b.Name] = true
		if !names.Name(b.Name) {
			r.Errorf("bad-name", report.Key(q), "%s is no name of a boundary: %s", diag.Quote(b.Name), names.NameRule)
		}
		if b.Roles != nil && b.Except != nil && !r.Broken(q.Name("except")) {
			r.Errorf("conflicting-keys", report.Key(q.Name("except")), "`roles` and `except` exclude each other: write one of them")
		}
		p.checkIn(&b, q, r)
		b.roles = p.selected(b.Roles, q.Name("roles"), r)
		b.roles.Union(p.selected(b.Except, q.Name("except"), r))
		b.row = p.rows.Limit(b.Limit, model.LimitPath(b.Limit, q), r)
		p.rows.Bound(q, r)
		if b.row == nil || !doubtful(r) && unbounded.Within(b.row) {
			if l := model.LimitPath(b.Limit, q); !r.Broken(q) && !r.BrokenWithin(l) {
				r.Errorf("empty-limit", report.Value(l), "the boundary %s restricts nothing: name areas in its `limit`, or use `only`", diag.Quote(b.Name))
			}
			b.row = unbounded
		}
		p.boundaries = append(p.boundaries, b)
		if b.When != "" {
			p.boundaries[len(p.boundaries)-1].when = p.checkBoundaryCondition(&b, q.Name("when"), r)
		}
	}
}

// checkSpare looks up the names of limits that stand beside others.
func (p *policy) checkSpare(list []spareLimit, r *report.Reporter) {
	for _, l := range list {
		p.tree.CheckLimit(roles.AtMost(l.areas), p.chain, l.at, r)
	}
}

// checkIn resolves where a boundary lies.
func (p *policy) checkIn(b *boundary, q report.Path, r *report.Reporter) {
	in := q.Name("in")
	if len(b.In) == 0 && !r.Broken(q) && !r.Broken(in) {
		r.Errorf("empty-list", report.Value(in), "the boundary %s lies nowhere: name a scope kind, or a path", diag.Quote(b.Name))
	}
	for j, name := range b.In {
		if r.Broken(in.Index(j)) {
			continue
		}
		if strings.ContainsAny(name, ":/") {
			if slices.Contains(b.paths, name) {
				r.Errorf("duplicate-name", report.Value(in.Index(j)), "%s is listed twice", diag.Quote(name))
			} else if p.checkPath(name, in.Index(j), r) {
				b.paths = append(b.paths, name)
			}
			continue
		}
		k, ok := p.kinds.Find(name)
		switch {
		case !ok:
			r.Unknown("unknown-kind", report.Value(in.Index(j)), name, p.kinds.Names(), "there is no scope kind %s", diag.Quote(name))
		case b.kinds.Has(k):
			r.Errorf("duplicate-name", report.Value(in.Index(j)), "%s is listed twice", diag.Quote(name))
		default:
			b.kinds.Add(k)
		}
	}
	if b.Under != "" {
		p.checkPath(b.Under, q.Name("under"), r)
	}
}

// checkPath reports what is wrong with a path, and whether nothing is.
func (p *policy) checkPath(path string, at report.Path, r *report.Reporter) bool {
	_, err := p.kinds.Resolve(path, nil)
	if err == nil {
		return true
	}
	if !r.Broken(at) {
		reportPath(r, report.Value(at), err)
	}
	return false
}

// reportPath reports what keeps a text from being a path; at points to the whole of it, as a value or as a key.
func reportPath(r *report.Reporter, at report.At, err error) {
	if e, ok := errors.AsType[*scope.PathError](err); ok {
		r.Problem(at, e.Problem())
		return
	}
	r.Errorf("bad-path", at, "%v", err)
}

// selected returns the roles that a boundary names.
func (p *policy) selected(list []string, at report.Path, r *report.Reporter) bits.Set {
	if list != nil && len(list) == 0 {
		r.Errorf("empty-list", report.Value(at), "an empty list selects nothing: name a role, or leave the key out")
	}
	profile := func(name string) bool { _, ok := p.profiles.Find(name); return ok }
	return bits.Of(p.roles.ReferencesBeside(profile, list, at, r)...)
}
