package diag

// Nearest returns the known name that is nearest to what was written, or "" when none is near: at most one edit
// for each three characters, and at least one. An edit is a character too many, missing or replaced, or two
// neighbours swapped. Of equally near names the first in the list is returned. Its cost is linear in the number
// of names; names and words of over 64 characters are compared by their first 64.
func Nearest(written string, known []string) string {
	const most = 64
	word := []rune(written)
	word = word[:min(len(word), most)]
	if len(word) == 0 {
		return ""
	}
	best, bestAt := "", len(word)/3+1
	if len(word) < 3 {
		bestAt = 1
	}
	bestAt++ // the first that is nearer than this
	for _, k := range known {
		name := []rune(k)
		name = name[:min(len(name), most)]
		if d := len(name) - len(word); d >= bestAt || -d >= bestAt || k == written {
			continue
		}
		if d := distance(word, name); d < bestAt && d < max(len(word), len(name)) {
			best, bestAt = k, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: Levenshtein's, with swapped neighbours as one edit. Case
// alone costs nothing but keeps two names apart, so "Admin" is nearest to "admin".
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if fold(x) == fold(y) {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
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
