package diag

import "math/bits"

// near bounds what Nearest compares: the characters of a name, and the pairs of characters of all names together, with
// which it takes about two milliseconds. Nearest is asked for every mistake in texts that somebody hostile may have
// written, and of names that he may have declared.
const (
	nearName = 64
	nearWork = 1 << 20
)

// Nearest returns the known name that is nearest to what was written, or "" when none is near: at most one edit
// for each three characters and one more, and just one in a word of one or two. An edit is a character too many, missing or replaced, or two
// neighbours swapped. Of equally near names the first in the list is returned. Its cost is linear in the number
// of names and bounded: names and words of over 64 characters are compared by their first 64, and where very many
// names are much alike, only the first of them are compared. It allocates nothing.
func Nearest(written string, known []string) string {
	var word, name nearWord
	word.read(written)
	if word.n == 0 {
		return ""
	}
	best, bestAt := "", word.n/3+1
	if word.n < 3 {
		bestAt = 1
	}
	bestAt++ // the first that is nearer than this
	var rows [3][nearName + 1]int
	for work := nearWork; len(known) > 0 && work > 0; known = known[1:] {
		k := known[0]
		work--
		// A name has at most as many characters as bytes, and at least a quarter of them.
		if len(k) <= word.n-bestAt || len(k)/4 >= word.n+bestAt && word.n+bestAt < nearName || k == written {
			continue
		}
		name.read(k)
		work -= name.n
		if d := name.n - word.n; d >= bestAt || -d >= bestAt || word.apart(&name) >= bestAt {
			continue
		}
		d, cells := distance(word.runes[:word.n], name.runes[:name.n], &rows, bestAt)
		work -= cells
		if d < bestAt && d < max(word.n, name.n) {
			best, bestAt = k, d
		}
	}
	return best
}

// nearWord is the beginning of a word, without what costs nothing: case, and which of - and _ joins its parts.
type nearWord struct {
	runes [nearName]rune
	n     int
	set   uint64 // a bit for every character in it
}

func (w *nearWord) read(text string) {
	w.n, w.set = 0, 0
	for _, r := range text {
		if w.n == nearName {
			return
		}
		r = fold(r)
		w.runes[w.n] = r
		w.n++
		w.set |= 1 << (uint32(r) % 64)
	}
}

// apart returns how many edits two words are apart at the least: one for each character that only one of them has.
func (w *nearWord) apart(other *nearWord) int {
	return max(bits.OnesCount64(w.set&^other.set), bits.OnesCount64(other.set&^w.set))
}

// distance is the optimal string alignment distance: Levenshtein's, with swapped neighbours as one edit. It stops when
// that cannot be less than limit any more, and returns limit. Cells is how many pairs it compared.
func distance(a, b []rune, rows *[3][nearName + 1]int, limit int) (edits, cells int) {
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	least := 0 // of the last row
	for i, x := range a {
		row[0] = i + 1
		rowLeast := row[0]
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			d := min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				d = min(d, before[j-1]+1)
			}
			row[j+1] = d
			rowLeast = min(rowLeast, d)
		}
		cells += len(b)
		if rowLeast >= limit && least+1 >= limit { // a swap leads from the row before the last to the next
			return limit, cells
		}
		least = rowLeast
		before, last, row = last, row, before
	}
	return last[len(b)], cells
}

func fold(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r == '-':
		return '_'
	}
	return r
}
