package store

import (
	"fmt"
	"testing"

	"github.com/trellis-authz/trellis/internal/table"
)

// Finding a key among few and among many: what grows is how far away in memory it lies.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{100, 10_000, 1_000_000} {
		var pack Pack[extra]
		ids := make([]string, n)
		none := NewMap[int32]()
		m := none.Edit()
		for i := range ids {
			ids[i] = fmt.Sprintf("user-%d", i)
			pack.Add(&Principal[extra]{ID: ids[i], Given: table.Given{Grants: make([]table.Grant, 5)}})
			m.Put(ids[i], int32(i))
		}
		principals, keys := pack.Done(nil), m.Done()
		b.Run(fmt.Sprintf("principals/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i += 7919 {
				if k := principals.Seek(ids[i%n]).Find(ids[i%n]); k.Grants()[4].Scope != 0 { // a check reads them
					b.Fatal(i)
				}
			}
		})
		b.Run(fmt.Sprintf("map/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i += 7919 {
				if _, ok := keys.Find(ids[i%n]); !ok {
					b.Fatal(i)
				}
			}
		})
	}
}
