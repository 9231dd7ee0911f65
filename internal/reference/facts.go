package reference

import (
	"slices"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/roles"
)

// validFacts: "facts that are undeclared, of another type than declared, or that restate the directory" make the
// request invalid, and so does a path that is none.
func (w *World) validFacts(f authz.Facts) bool {
	if !w.fits(w.Policy.Request, f.Request) {
		return false
	}
	for path, attributes := range f.Scopes {
		steps, wellFormed := pathTo(path)
		if !wellFormed || w.listed(path) != nil || !w.nested(steps) || !w.fits(w.attributesOf(kindOf(path)), attributes) {
			return false
		}
	}
	return true
}

func (w *World) nested(path []string) bool {
	parent := ""
	for _, p := range path {
		if !w.nests(kindOf(p), parent) {
			return false
		}
		parent = kindOf(p)
	}
	return true
}

func (w *World) attributesOf(kind string) map[string]string {
	for _, k := range w.Policy.Scopes {
		if k.Name == kind {
			return k.Attributes
		}
	}
	return nil
}

func (w *World) fits(declared map[string]string, attributes authz.Attributes) bool {
	for name, value := range attributes {
		t, ok := declared[name]
		if !ok || !w.ofType(t, value) {
			return false
		}
	}
	return true
}

// ofType reports whether a value is of a declared type. Only the Go types that the tests use are known.
func (w *World) ofType(t string, value any) bool {
	if inner, ok := strings.CutPrefix(t, "list("); ok {
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(v any) bool { return !w.ofType(strings.TrimSuffix(inner, ")"), v) })
	}
	if inner, ok := strings.CutPrefix(t, "map("); ok {
		m, ok := value.(map[string]any)
		for _, v := range m {
			ok = ok && w.ofType(strings.TrimSuffix(inner, ")"), v)
		}
		return ok
	}
	switch v := value.(type) {
	case string:
		switch t {
		case "string":
			return true
		case "principal":
			return isID(v)
		case "timestamp":
			_, err := time.Parse(time.RFC3339Nano, v)
			return err == nil
		case "duration":
			_, err := time.ParseDuration(v)
			return err == nil
		}
	case bool:
		return t == "bool"
	case int:
		return t == "int" || t == "double"
	case float64:
		return t == "double"
	case time.Time:
		return t == "timestamp"
	case time.Duration:
		return t == "duration"
	case authz.Principal:
		// A caller must not make somebody active whom the directory lists.
		return t == "principal" && w.principal(v.ID, nil) == nil && w.fits(w.Policy.Principal, v.Attributes)
	}
	return false
}

// validGiven: "unknown roles of a principal that is passed in", and whatever else the directory would have refused.
func (w *World) validGiven(given []authz.Principal) bool {
	for _, p := range given {
		if w.principal(p.ID, nil) != nil || !w.fits(w.Policy.Principal, p.Attributes) || !isID(p.ID) || p.Status == "" {
			return false
		}
		if p.Kind == authz.Key {
			owner := w.principal(p.Owner, given)
			if owner == nil || owner.Kind == authz.Key || p.Groups != nil || p.Assignments != nil || p.Attributes != nil {
				return false
			}
		} else if p.Owner != "" || p.In != nil || !p.Until.IsZero() {
			return false
		}
		for _, name := range p.Groups {
			if w.Directory != nil && name != "everyone" && name != "authenticated" && !slices.ContainsFunc(w.Directory.Groups, func(g authz.Group) bool { return g.Name == name }) {
				return false
			}
		}
		for _, a := range p.Assignments {
			if !w.validAssignment(a) {
				return false
			}
		}
	}
	return true
}

func (w *World) validAssignment(a authz.Assignment) bool {
	given := slices.Clone(a.Roles)
	limited := !none(a.Limit)
	for _, name := range a.Profiles {
		_, limit, _, _, known := w.bundle(name)
		if !known || slices.ContainsFunc(w.Policy.Roles, func(r roles.Role) bool { return r.Name == name }) {
			return false
		}
		for _, p := range w.Policy.Profiles {
			if p.Name != name {
				continue
			}
			for _, role := range p.Roles {
				if w.role(role).NeedsLimit && !limited && none(limit) {
					return false
				}
			}
			if !w.assignable(p.Roles, a.In) {
				return false
			}
		}
	}
	for _, role := range given {
		if w.role(role).Name == "" || w.role(role).NeedsLimit && !limited {
			return false
		}
	}
	return w.assignable(given, a.In)
}

func (w *World) assignable(given, in []string) bool {
	for _, path := range in {
		steps, wellFormed := pathTo(path)
		if !wellFormed || !w.nested(steps) {
			return false
		}
		for _, role := range given {
			if !slices.Contains(w.role(role).At, kindOf(path)) {
				return false
			}
		}
	}
	return true
}

func none(l roles.Limit) bool { return !l.Only && len(l.Areas) == 0 }

// sight is what a condition sees: the values behind principal, request and each scope kind on the path.
type sight struct {
	path   []string
	given  []authz.Principal
	facts  authz.Facts
	asker  *authz.Principal
	key    string
	groups []any
}

func (c *Case) sight(p *authz.Principal, key string) sight {
	s := sight{path: c.path, given: c.question.Given, facts: c.question.Facts, asker: p, key: key, groups: []any{}}
	var names []string
	if c.world.Directory == nil {
		names = append(names, p.Groups...)
	}
	for _, g := range c.world.groups(p) {
		names = append(names, g.Name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name != "everyone" && name != "authenticated" {
			s.groups = append(s.groups, name)
		}
	}
	return s
}

// at is the sight from another scope on the path.
func (s sight) at(path []string) sight {
	s.path = path
	return s
}

// object is something whose fields a condition reads: the built-in ones, and those of the declared attributes that
// are set.
type object struct {
	id     string // what makes two of a kind equal
	fields map[string]any
}

// variable returns what a name stands for; "of kinds that nest in themselves the name means the nearest one".
func (w *World) variable(name string, s sight) (any, bool) {
	switch name {
	case "principal":
		kind := s.asker.Kind
		if kind == "" {
			kind = authz.User
		}
		fields := w.typed(w.Policy.Principal, s.asker.Attributes, s)
		fields["id"], fields["kind"], fields["status"] = s.asker.ID, string(kind), string(s.asker.Status)
		fields["key"], fields["groups"] = s.key, s.groups
		return object{s.asker.ID + "/" + s.key, fields}, true
	case "request":
		fields := w.typed(w.Policy.Request, s.facts.Request, s)
		fields["time"] = s.facts.Time
		return object{"request", fields}, true
	}
	for i := len(s.path) - 1; i >= 0; i-- {
		path := s.path[i]
		if kindOf(path) != name {
			continue
		}
		attributes := s.facts.Scopes[path]
		if listed := w.listed(path); listed != nil {
			attributes = listed.Attributes
		}
		fields := w.typed(w.attributesOf(name), attributes, s)
		fields["id"], fields["path"] = idOf(path), path
		return object{path, fields}, true
	}
	return nil, false
}

// typed reads attributes as values of their declared types.
func (w *World) typed(declared map[string]string, attributes authz.Attributes, s sight) map[string]any {
	fields := map[string]any{}
	for name, value := range attributes {
		fields[name] = w.value(declared[name], value, s)
	}
	return fields
}

func (w *World) value(t string, value any, s sight) any {
	if inner, ok := strings.CutPrefix(t, "list("); ok {
		list := []any{}
		for _, v := range value.([]any) {
			list = append(list, w.value(strings.TrimSuffix(inner, ")"), v, s))
		}
		return list
	}
	if inner, ok := strings.CutPrefix(t, "map("); ok {
		m := map[string]any{}
		for k, v := range value.(map[string]any) {
			m[k] = w.value(strings.TrimSuffix(inner, ")"), v, s)
		}
		return m
	}
	switch v := value.(type) {
	case int:
		if t == "double" {
			return float64(v)
		}
		return int64(v)
	case authz.Principal:
		return person{v.ID, &v}
	case string:
		switch t {
		case "principal":
			return person{v, w.principal(v, s.given)}
		case "timestamp":
			at, _ := time.Parse(time.RFC3339Nano, v)
			return at
		case "duration":
			d, _ := time.ParseDuration(v)
			return d
		}
	}
	return value
}

// person is somebody whom an attribute names: "one who is not listed reads with status `unknown` and no attributes".
type person struct {
	id    string
	known *authz.Principal
}

func (w *World) read(p person, s sight) object {
	if p.known == nil {
		return object{p.id, map[string]any{"id": p.id, "status": "unknown"}}
	}
	fields := w.typed(w.Policy.Principal, p.known.Attributes, s)
	fields["id"], fields["status"] = p.id, string(p.known.Status)
	return object{p.id, fields}
}
