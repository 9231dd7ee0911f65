package diag_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/trellis-authz/trellis/diag"
)

// plainNearest is Nearest as its comment says it, without anything that makes it fast.
func plainNearest(written string, known []string) string {
	read := func(s string) []rune {
		runes := []rune(strings.ReplaceAll(strings.ToLower(s), "-", "_"))
		return runes[:min(len(runes), 64)]
	}
	word := read(written)
	best, bestAt := "", len(word)/3+1
	if len(word) < 3 {
		bestAt = 1
	}
	for _, k := range known {
		name := read(k)
		table := make([][]int, len(word)+1)
		for i := range table {
			table[i] = make([]int, len(name)+1)
			for j := range table[i] {
				switch {
				case i == 0 || j == 0:
					table[i][j] = i + j
					continue
				case word[i-1] == name[j-1]:
					table[i][j] = table[i-1][j-1]
				default:
					table[i][j] = 1 + min(table[i-1][j], table[i][j-1], table[i-1][j-1])
				}
				if i > 1 && j > 1 && word[i-1] == name[j-2] && word[i-2] == name[j-1] {
					table[i][j] = min(table[i][j], table[i-2][j-2]+1)
				}
			}
		}
		d := table[len(word)][len(name)]
		if k != written && d < max(len(word), len(name)) && (d < bestAt || d == bestAt && best == "") {
			best, bestAt = k, d
		}
	}
	return best
}

func TestNearestIsWhatItsPlainTwinFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		var b strings.Builder
		for range random.IntN(9) + random.IntN(2)*random.IntN(70) {
			b.WriteString([]string{"a", "b", "c", "B", "-", "_", "é", "𝄞"}[random.IntN(8)])
		}
		return b.String()
	}
	for range 3000 {
		written, known := word(), make([]string, random.IntN(6))
		for i := range known {
			if known[i] = word(); random.IntN(2) == 0 && written != "" { // something near
				at := random.IntN(len(written))
				known[i] = strings.ToValidUTF8(written[:at]+known[i][:min(len(known[i]), random.IntN(3))]+written[min(len(written), at+random.IntN(3)):], "")
			}
		}
		if got, want := diag.Nearest(written, known), plainNearest(written, known); written != "" && got != want {
			t.Fatalf("Nearest(%q, %q) = %q, want %q", written, known, got, want)
		}
	}
}

func TestNearestIsBounded(t *testing.T) {
	alike, many := make([]string, 100_000), make([]string, 1000)
	for i := range alike {
		alike[i] = strings.Repeat("ab", 25) + fmt.Sprintf("%010d", i)
	}
	for i := range many {
		many[i] = fmt.Sprint("attribute", i)
	}
	written := strings.Repeat("ba", 25) + strings.Repeat("0123456789", 2)
	for _, known := range [][]string{alike, many} {
		if n := testing.AllocsPerRun(1, func() { diag.Nearest(written, known) }); n > 0 {
			t.Errorf("among %d names it allocates %v times", len(known), n)
		}
	}
	start := time.Now()
	for range 10 {
		diag.Nearest(written, alike)
	}
	if took := time.Since(start); took > time.Second { // of which it takes a fiftieth
		t.Errorf("it takes %v among names that are all alike", took/10)
	}
	if got := diag.Nearest("atribute7", many); got != "attribute7" {
		t.Errorf("found %q", got)
	}
}

func BenchmarkNearest(b *testing.B) {
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf("attribute_%d", i)
	}
	for b.Loop() {
		diag.Nearest("atribute_999x", many)
	}
}
