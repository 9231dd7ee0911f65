package store

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/internal/table"
)

// A vector that is changed leaves every version before it as it was.
func TestVersionsOfAVectorStayAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v Vec[int]
		var versions []Vec[int]
		var models [][]int
		var model []int
		for range rapid.IntRange(1, 5).Draw(t, "versions") {
			e := v.Edit()
			for range rapid.SampledFrom([]int{0, 1, 20, 5000}).Draw(t, "appended") {
				e.Append(len(model))
				model = append(model, len(model))
			}
			for range 5 {
				if len(model) > 0 {
					i := rapid.IntRange(0, len(model)-1).Draw(t, "i")
					*e.Change(i) += 1000
					model[i] += 1000
				}
			}
			v = e.Done()
			versions, models = append(versions, v), append(models, slices.Clone(model))
		}
		for n, v := range versions {
			if v.Len() != len(models[n]) {
				t.Fatalf("version %d has %d elements, want %d", n, v.Len(), len(models[n]))
			}
			for i, want := range models[n] {
				if got := *v.At(i); got != want {
					t.Fatalf("version %d has %d at %d, want %d", n, got, i, want)
				}
			}
		}
	})
}

// A map is Go's map with versions.
func TestVersionsOfAMapStayAsTheyAre(t *testing.T) {
	removed := 0
	rapid.Check(t, func(t *rapid.T) {
		m, model := NewMap[int32](), map[string]int32{}
		var versions []Map[int32]
		var models []map[string]int32
		for range rapid.IntRange(1, 6).Draw(t, "versions") {
			e := m.Edit()
			for range rapid.SampledFrom([]int{1, 10, 300}).Draw(t, "changes") {
				key := fmt.Sprint("k", rapid.IntRange(0, 400).Draw(t, "key"))
				if _, there := model[key]; there && rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
					e.Remove(key)
					delete(model, key)
					removed++
				} else {
					n := rapid.Int32().Draw(t, "value")
					e.Put(key, n)
					model[key] = n
				}
			}
			e.Remove("nobody")
			m = e.Done()
			versions, models = append(versions, m), append(models, maps.Clone(model))
		}
		for n, m := range versions {
			if m.Len() != len(models[n]) {
				t.Fatalf("version %d has %d keys, want %d", n, m.Len(), len(models[n]))
			}
			for i := range 401 {
				key := fmt.Sprint("k", i)
				got, ok := m.Find(key)
				if want, there := models[n][key]; ok != there || got != want {
					t.Fatalf("version %d: %s is %d, %t, want %d, %t", n, key, got, ok, want, there)
				}
			}
		}
	})
	if removed == 0 {
		t.Error("nothing was removed: the test shows nothing")
	}
	var none Map[int32]
	if _, ok := none.Find("a"); ok {
		t.Error("the zero map has a key")
	}
}

type extra struct{ note string }

func principals(t *rapid.T, id string) *Principal[extra] {
	p := &Principal[extra]{
		ID: id, Kind: rapid.ByteRange(0, 3).Draw(t, "kind"), Status: rapid.ByteRange(0, 3).Draw(t, "status"), Timed: rapid.Bool().Draw(t, "timed"),
		Groups: rapid.SliceOfN(rapid.Int32(), 0, 3).Draw(t, "groups"),
	}
	rare := rapid.IntRange(0, 3).Draw(t, "rare") == 0
	if rare {
		p.Extra = &extra{id}
	}
	for range rapid.IntRange(0, 4).Draw(t, "grants") {
		var on *table.Terms
		if rare && rapid.Bool().Draw(t, "on terms") {
			on = new(table.Terms)
		}
		p.Add(table.Grant{Scope: rapid.Int32().Draw(t, "scope"), Role: rapid.Int32().Draw(t, "role")}, on)
	}
	return p
}

func same(a, b *Principal[extra]) bool {
	return a.ID == b.ID && a.Kind == b.Kind && a.Status == b.Status && a.Timed == b.Timed && slices.Equal(a.Grants, b.Grants) &&
		slices.Equal(a.Groups, b.Groups) && a.Extra == b.Extra && slices.Equal(a.Terms, b.Terms)
}

// Principals that are packed, put in, replaced and taken out are found as they were put in, in every version.
func TestVersionsOfPrincipalsStayAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pack Pack[extra]
		model := map[string]*Principal[extra]{}
		var order []string
		twice := 0
		for range rapid.SampledFrom([]int{0, 3, 100}).Draw(t, "packed") {
			p := principals(t, fmt.Sprint("p", rapid.IntRange(0, 150).Draw(t, "id")))
			pack.Add(p)
			if model[p.ID] == nil {
				model[p.ID] = p
				order = append(order, p.ID)
			} else {
				twice++
			}
		}
		if pack.Len() != len(model)+twice {
			t.Fatalf("%d are packed", pack.Len())
		}
		all := pack.Done(func(string) { twice-- })
		if twice != 0 {
			t.Fatalf("%d that were packed twice were not told", twice)
		}
		check := func(all *Principals[extra], model map[string]*Principal[extra], order []string) {
			if all.Len() != len(model) || !slices.Equal(all.IDs(), order) {
				t.Fatalf("there are %d, in the order %v, want %v", all.Len(), all.IDs(), order)
			}
			for i := range 151 {
				id := fmt.Sprint("p", i)
				got, ok := all.Find(id)
				if want := model[id]; ok != (want != nil) || ok && !same(&got, want) {
					t.Fatalf("%s is %v, %t, want %v", id, got, ok, want)
				}
			}
		}
		check(&all, model, order)
		for range 3 {
			before, modelBefore, orderBefore := all, maps.Clone(model), slices.Clone(order)
			e := all.Edit()
			for range rapid.SampledFrom([]int{1, 30}).Draw(t, "changes") {
				p := principals(t, fmt.Sprint("p", rapid.IntRange(0, 150).Draw(t, "id")))
				if _, there := model[p.ID]; there && rapid.Bool().Draw(t, "remove") {
					if !e.Remove(p.ID) || e.Remove(p.ID) {
						t.Fatal("it was there once")
					}
					delete(model, p.ID)
					order = slices.DeleteFunc(order, func(id string) bool { return id == p.ID })
					continue
				} else if !there {
					order = append(order, p.ID)
				}
				e.Put(p)
				model[p.ID] = p
			}
			all = e.Done()
			check(&all, model, order)
			check(&before, modelBefore, orderBefore)
		}
	})
	var none Principals[extra]
	if _, ok := none.Find("a"); ok {
		t.Error("the zero value has a principal")
	}
}

// More than one chunk: what is packed by the ten thousand is found, and no bucket grows beyond measure.
func TestManyPrincipalsAreSpreadEvenly(t *testing.T) {
	var pack Pack[extra]
	const n = 3*chunkSize + 7
	for i := range n {
		pack.Add(&Principal[extra]{ID: fmt.Sprint("user-", i), Given: table.Given{Grants: []table.Grant{{Scope: int32(i)}}}})
	}
	all := pack.Done(func(id string) { t.Errorf("%s is there twice", id) })
	e := all.Edit()
	for i := range n {
		e.Put(&Principal[extra]{ID: fmt.Sprint("service-", i), Given: table.Given{Grants: []table.Grant{{Scope: int32(i)}}}})
	}
	all = e.Done()
	for i := range n {
		for _, name := range []string{"user-", "service-"} {
			if p, ok := all.Find(fmt.Sprint(name, i)); !ok || p.Grants[0].Scope != int32(i) {
				t.Fatalf("%s%d is %v, %t", name, i, p, ok)
			}
		}
	}
	most := 0
	for i := range all.buckets.Len() {
		most = max(most, len(all.buckets.At(i).members(nil)))
	}
	if buckets := all.buckets.Len(); buckets < 2*n/(fullBucket+1) || most > 6*fullBucket {
		t.Errorf("%d buckets, %d in the fullest", buckets, most)
	}
}

// What finds a principal is two lines of the cache, and so is what finds a scope.
func TestBucketsAreTwoLinesLong(t *testing.T) {
	for _, of := range []any{bucket[extra]{}, slot[*extra]{}} {
		if size := reflect.TypeOf(of).Size(); size > 128 {
			t.Errorf("%T takes %d bytes", of, size)
		}
	}
}

func TestFindingAllocatesNothing(t *testing.T) {
	var pack Pack[extra]
	pack.Add(&Principal[extra]{ID: "alice", Given: table.Given{Grants: []table.Grant{{}}}})
	all := pack.Done(nil)
	m := NewMap[int32]().put("a", 1)
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := all.Find("alice"); !ok {
			t.Error("alice is not found")
		}
		if _, ok := m.Find("a"); !ok {
			t.Error("a is not found")
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func (m Map[V]) put(key string, n V) Map[V] {
	e := m.Edit()
	e.Put(key, n)
	return e.Done()
}

// Words are found, and nothing else is: not the empty text, nor what differs from a word in any byte.
func TestWordsAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.MapOfN(rapid.StringMatching(`[ab]{1,40}`), rapid.Int(), 0, 60).Draw(t, "words")
		w := NewWords(texts)
		for text, want := range texts {
			if got, ok := w.Find(text); !ok || got != want {
				t.Fatalf("%q is %d, %t, want %d", text, got, ok, want)
			}
			for i := range len(text) {
				other := text[:i] + "c" + text[i+1:]
				if _, ok := w.Find(other); ok {
					t.Fatalf("%q is found", other)
				}
			}
			if _, ok := w.Find(text + "c"); ok {
				t.Fatalf("%q is found", text+"c")
			}
		}
		if _, ok := w.Find(""); ok {
			t.Fatal("the empty text is found")
		}
	})
	var none Words[int]
	if _, ok := none.Find("a"); ok {
		t.Error("there is a word where there are none")
	}
}

// Names as policies have them stand where they are looked for, or near by.
func TestWordsStandApart(t *testing.T) {
	for _, form := range []string{"area_%d.sub_%d:read", "the_area_number_%d_of_the_policy.its_sub_area_%d_with_a_long_name:edit", "a%d.b%d", "%d%d"} {
		texts := map[string]int{}
		for i := range 5000 {
			texts[fmt.Sprintf(form, i/10, i%10)] = i
		}
		w, most := NewWords(texts), uint64(0)
		for i, e := range w.entries {
			if e.key != "" {
				most = max(most, (uint64(i)-w.at(e.key))&uint64(len(w.entries)-1))
			}
		}
		if most > 16 {
			t.Errorf("a name like %q stands %d away", form, most)
		}
	}
}
