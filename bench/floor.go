package main

import "strings"

// The floors are what one would write by hand for this very policy, without a library: no files, no reasons, nobody to
// explain to, no change while it runs. They take no lock and keep no decision. What an engine costs above the floor is
// what its generality costs.

// nestedMaps is the first thing that comes to mind: Go maps of strings, all the way.
type nestedMaps struct {
	w     *workload
	given map[string]map[string][]string // principal, scope: roles
	gives map[string]map[string]uint8    // role, leaf: level
	may   map[string]map[string]uint8    // likewise, where the departments agree
	all   map[string]bool                // the roles that hold in what is beneath
	level map[string]uint8
	dept  map[string]string // of a principal or a scope
	asked []asking
}

func (f *nestedMaps) name() string { return "by hand: nested maps of strings" }

func (f *nestedMaps) load() error {
	w := f.w
	f.given = make(map[string]map[string][]string, w.members)
	f.gives, f.may, f.all = map[string]map[string]uint8{}, map[string]map[string]uint8{}, map[string]bool{}
	f.level = map[string]uint8{"read": read, "edit": edit}
	for _, r := range w.roles {
		f.all[r.name] = r.org
		f.gives[r.name], f.may[r.name] = map[string]uint8{}, map[string]uint8{}
		for leaf, level := range r.always {
			f.gives[r.name][leafNames[leaf]] = level
		}
		for leaf, level := range r.may {
			f.may[r.name][leafNames[leaf]] = level
		}
	}
	paths := make([]string, w.scopes())
	for s := range paths {
		paths[s] = w.path(int32(s))
	}
	if w.conditional {
		f.dept = make(map[string]string, w.members+len(paths))
		for s, path := range paths {
			f.dept[path] = departmentNames[w.department[s]]
		}
	}
	for m := range int32(w.members) {
		id, scopes := w.memberID(m), map[string][]string{}
		for _, a := range w.of(m) {
			scopes[paths[a.scope]] = append(scopes[paths[a.scope]], w.roles[a.role].name)
		}
		f.given[id] = scopes
		if w.conditional {
			f.dept[id] = departmentNames[w.belong[m]]
		}
	}
	return nil
}

func (f *nestedMaps) prepare(requests []request) error {
	f.asked = inWords(len(requests), func(i int) asking { return f.w.words(requests[i]) })
	return nil
}

func (f *nestedMaps) allowed(principal, permission, scope string) bool {
	leaf, level, ok := strings.Cut(permission, ":")
	need, known := f.level[level]
	given := f.given[principal]
	if !ok || !known || given == nil {
		return false
	}
	for at := scope; ; {
		for _, role := range given[at] {
			if at != scope && !f.all[role] {
				continue
			}
			if f.gives[role][leaf] >= need {
				return true
			}
			if f.dept != nil && f.may[role][leaf] >= need && f.dept[principal] == f.dept[scope] {
				return true
			}
		}
		i := strings.LastIndexByte(at, '/')
		if i < 0 {
			return false
		}
		at = at[:i]
	}
}

func (f *nestedMaps) run(from, n int) (allowed int) {
	mask := len(f.asked) - 1
	for i := from; i < from+n; i++ {
		q := &f.asked[i&mask]
		if f.allowed(q.principal, q.permission, q.scope) {
			allowed++
		}
	}
	return allowed
}

// dense is the decision over numbers: a member's assignments lie side by side, a role is a row of levels, and the walk
// to a scope is an index into the parents.
type dense struct {
	first  []uint32
	given  []assignment
	parent []int32
	all    []bool // of a role: it holds in what is beneath
	leaves int
	levels []uint8 // of a role and leaf

	// With a condition:
	may       []uint8
	principal []string // the attribute of each member
	scope     []string // and of each scope
}

func newDense(w *workload) *dense {
	d := &dense{
		first: append([]uint32(nil), w.first...), given: append([]assignment(nil), w.given...),
		parent: append([]int32(nil), w.parent...), leaves: len(leafNames),
	}
	for _, r := range w.roles {
		d.all = append(d.all, r.org)
		d.levels = append(d.levels, r.always...)
		if w.conditional {
			may := make([]uint8, d.leaves)
			copy(may, r.may)
			d.may = append(d.may, may...)
		}
	}
	if w.conditional {
		for _, dept := range w.belong {
			d.principal = append(d.principal, departmentNames[dept])
		}
		for _, dept := range w.department {
			d.scope = append(d.scope, departmentNames[dept])
		}
	}
	return d
}

func (d *dense) allowed(member, leaf int32, need uint8, scope int32) bool {
	for _, a := range d.given[d.first[member]:d.first[member+1]] {
		if a.scope != scope && !(d.all[a.role] && d.beneath(scope, a.scope)) {
			continue
		}
		if d.levels[int(a.role)*d.leaves+int(leaf)] >= need {
			return true
		}
	}
	return false
}

func (d *dense) allowedWhen(member, leaf int32, need uint8, scope int32) bool {
	for _, a := range d.given[d.first[member]:d.first[member+1]] {
		if a.scope != scope && !(d.all[a.role] && d.beneath(scope, a.scope)) {
			continue
		}
		i := int(a.role)*d.leaves + int(leaf)
		if d.levels[i] >= need || d.may[i] >= need && d.principal[member] == d.scope[scope] {
			return true
		}
	}
	return false
}

func (d *dense) beneath(scope, above int32) bool {
	for scope >= 0 {
		if scope = d.parent[scope]; scope == above {
			return true
		}
	}
	return false
}

// internedStrings looks three strings up and decides over numbers.
type internedStrings struct {
	w          *workload
	table      *dense
	principals map[string]int32
	scopes     map[string]int32
	perms      map[string]int32 // leaf * 4 + level
	asked      []asking
}

func (f *internedStrings) name() string { return "by hand: dense rows, strings in" }

func (f *internedStrings) load() error {
	f.table = newDense(f.w)
	f.principals = make(map[string]int32, f.w.members)
	for m := range int32(f.w.members) {
		f.principals[f.w.memberID(m)] = m
	}
	f.scopes = make(map[string]int32, f.w.scopes())
	for s := range int32(f.w.scopes()) {
		f.scopes[f.w.path(s)] = s
	}
	f.perms = map[string]int32{}
	for leaf := range int32(len(leafNames)) {
		for _, level := range []uint8{read, edit} {
			f.perms[permission(leaf, level)] = leaf<<2 | int32(level)
		}
	}
	return nil
}

func (f *internedStrings) prepare(requests []request) error {
	f.asked = inWords(len(requests), func(i int) asking { return f.w.words(requests[i]) })
	return nil
}

func (f *internedStrings) run(from, n int) (allowed int) {
	mask := len(f.asked) - 1
	if f.w.conditional {
		for i := from; i < from+n; i++ {
			q := &f.asked[i&mask]
			p, ok1 := f.principals[q.principal]
			perm, ok2 := f.perms[q.permission]
			s, ok3 := f.scopes[q.scope]
			if ok1 && ok2 && ok3 && f.table.allowedWhen(p, perm>>2, uint8(perm&3), s) {
				allowed++
			}
		}
		return allowed
	}
	for i := from; i < from+n; i++ {
		q := &f.asked[i&mask]
		p, ok1 := f.principals[q.principal]
		perm, ok2 := f.perms[q.permission]
		s, ok3 := f.scopes[q.scope]
		if ok1 && ok2 && ok3 && f.table.allowed(p, perm>>2, uint8(perm&3), s) {
			allowed++
		}
	}
	return allowed
}

// resolved is the same where the caller has looked the strings up before.
type resolved struct {
	w     *workload
	table *dense
	asked []request
}

func (f *resolved) name() string { return "by hand: dense rows, resolved beforehand" }

func (f *resolved) load() error {
	f.table = newDense(f.w)
	return nil
}

func (f *resolved) prepare(requests []request) error {
	f.asked = append([]request(nil), requests...)
	return nil
}

func (f *resolved) run(from, n int) (allowed int) {
	mask := len(f.asked) - 1
	if f.w.conditional {
		for i := from; i < from+n; i++ {
			q := &f.asked[i&mask]
			if f.table.allowedWhen(q.member, q.leaf, q.level, q.scope) {
				allowed++
			}
		}
		return allowed
	}
	for i := from; i < from+n; i++ {
		q := &f.asked[i&mask]
		if f.table.allowed(q.member, q.leaf, q.level, q.scope) {
			allowed++
		}
	}
	return allowed
}
