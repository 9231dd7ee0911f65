package bits

import "encoding/binary"

// A row is a list of numbers below 128, such as a level for every leaf. Eight of them are taken at a time, as the bytes of
// a word: a policy of ten thousand roles and two thousand areas compares and joins half a billion levels. The high bit of
// each byte is free for what a comparison borrows.
const highBits = 0x8080808080808080

// atLeast returns a word whose bytes are all ones where x has at least the number of y, and zero elsewhere.
func atLeast(x, y uint64) uint64 { return (((x | highBits) - y) & highBits >> 7) * 0xff }

// Join raises every number of r to at least that of o.
func Join(r, o []uint8) {
	i := 0
	for ; i+8 <= len(o); i += 8 {
		x, y := binary.LittleEndian.Uint64(r[i:]), binary.LittleEndian.Uint64(o[i:])
		m := atLeast(x, y)
		binary.LittleEndian.PutUint64(r[i:], x&m|y&^m)
	}
	for ; i < len(o); i++ {
		r[i] = max(r[i], o[i])
	}
}

// Meet lowers every number of r to at most that of o.
func Meet(r, o []uint8) {
	i := 0
	for ; i+8 <= len(o); i += 8 {
		x, y := binary.LittleEndian.Uint64(r[i:]), binary.LittleEndian.Uint64(o[i:])
		m := atLeast(x, y)
		binary.LittleEndian.PutUint64(r[i:], y&m|x&^m)
	}
	for ; i < len(o); i++ {
		r[i] = min(r[i], o[i])
	}
}

// Zero reports whether no number of r is above zero.
func Zero(r []uint8) bool {
	i := 0
	for ; i+8 <= len(r); i += 8 {
		if binary.LittleEndian.Uint64(r[i:]) != 0 {
			return false
		}
	}
	for ; i < len(r); i++ {
		if r[i] != 0 {
			return false
		}
	}
	return true
}

// Within reports whether no number of r is above that of o.
func Within(r, o []uint8) bool {
	i := 0
	for ; i+8 <= len(r); i += 8 {
		if atLeast(binary.LittleEndian.Uint64(o[i:]), binary.LittleEndian.Uint64(r[i:])) != ^uint64(0) {
			return false
		}
	}
	for ; i < len(r); i++ {
		if r[i] > o[i] {
			return false
		}
	}
	return true
}
