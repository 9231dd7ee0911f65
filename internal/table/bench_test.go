package table

import "testing"

// The layers of one decision about one leaf: a glance, a glance that asks a condition, and the walk that both stand for.
func BenchmarkDecide(b *testing.B) {
	tables := sealed(&Tables{
		Leaves: 2,
		Roles: []Role{
			{Is: []uint64{1}, Reach: Self, Entries: []Entry{{Row: []Level{1, 2}, When: Always, Reach: Self}, {Row: []Level{2, 2}, When: 0, Reach: Self}}},
			{Is: []uint64{2}, Reach: All, Entries: []Entry{{Row: []Level{1, 1}, When: Always, Reach: All}}},
		},
		Boundaries: []Boundary{{Row: []Level{2, 1}, When: Always, Under: -1}},
		ByKind:     [][]int32{{0}, nil},
	})
	placer := tables.Placer()
	root := placer.Place(nil, path[0])
	place := placer.Place(&root, path[1])
	grants := []Grant{{Scope: 7}, {Scope: 0, Role: 1}, {Scope: 8}, {Scope: 1, Role: 0}, {Scope: 9}}
	var now Instant
	b.Run("glance", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, held, _, how := tables.Glance(&place, 1, Exactly, grants, nil, &now); how != Sure || held != 1 {
				b.Fatal(held, how)
			}
		}
	})
	b.Run("look", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			granted, _, may, how := tables.Glance(&place, 0, Exactly, grants, nil, &now)
			if how != Asking {
				b.Fatal(how)
			}
			var look Look
			look.Begin(tables, &place, 0, Exactly, grants, granted, may)
			for _, _, more := look.Ask(); more; _, _, more = look.Ask() {
				look.Tell(True)
			}
			if look.Held != 2 {
				b.Fatal(look.Held)
			}
		}
	})
	b.Run("walk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var granted, held [1]Level
			w := Walk{Place: &place, Last: 1, Enough: Exactly, Granted: granted[:], Held: held[:]}
			w.Start(tables)
			w.Add(Given{Grants: grants})
			for _, _, more := w.Ask(); more; _, _, more = w.Ask() {
				w.Tell(True)
			}
			if held[0] != 2 {
				b.Fatal(held)
			}
		}
	})
}
