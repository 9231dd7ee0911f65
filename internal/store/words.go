package store

import (
	"encoding/binary"
	"math/bits"
)

// Words lead from texts that are known once and for all to values: those of a policy, whose author has no reason to make
// them slow, so that they are found by less than the hash of a [Map]. They are immutable. The zero value is empty.
type Words[V any] struct {
	entries []entry[V] // as many as a power of two, of which at most a quarter is taken; a text stands at its mark, or next to it
	shift   uint8      // of a mark
}

// NewWords returns the words of a map. The empty text is none.
func NewWords[V any](of map[string]V) Words[V] {
	n := bits.Len(uint(4*len(of) + 3))
	w := Words[V]{make([]entry[V], 1<<n), uint8(64 - n)}
	for text, value := range of {
		i := w.at(text)
		for w.entries[i].key != "" {
			i = w.after(i)
		}
		w.entries[i] = entry[V]{text, value}
	}
	return w
}

// Find returns the value of a text. Cost: a few nanoseconds for each eight bytes, for what is no word as for what is one.
func (w *Words[V]) Find(text string) (value V, ok bool) {
	if len(w.entries) == 0 || text == "" {
		return value, false
	}
	for i := w.at(text); ; i = w.after(i) {
		switch e := &w.entries[i]; e.key {
		case text:
			return e.value, true
		case "":
			return value, false
		}
	}
}

func (w *Words[V]) at(text string) uint64 { return mark(text) >> w.shift & uint64(len(w.entries)-1) }

func (w *Words[V]) after(i uint64) uint64 { return (i + 1) & uint64(len(w.entries)-1) }

// mark returns a number that tells texts apart by its highest bits, most often.
func mark(text string) uint64 {
	const a, b, c = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9 // odd, with their bits all over the place
	n := len(text)
	h := uint64(n) * c
	switch {
	case n >= 8:
		for i := 8; i < n-8; i += 8 {
			h = (h ^ word(text[i:])) * c
		}
		h ^= word(text)*a ^ bits.RotateLeft64(word(text[n-8:])*b, 32)
	default:
		for i := range n {
			h = (h ^ uint64(text[i])) * a
		}
	}
	h ^= h >> 32
	return h * b
}

// word returns the first eight bytes of a text.
func word(text string) uint64 { return binary.LittleEndian.Uint64([]byte(text[:8])) }
