package store

import "hash/maphash"

// hashing spreads keys over buckets, whose number grows by one at a time: linear hashing. So no change ever has to move
// more than one bucket, however many there are, and the buckets stay about as full as they are.
type hashing struct {
	seed  maphash.Seed
	level uint8  // there were 1<<level buckets when the round of splitting began
	split uint32 // how many of them have been split since
	n     int    // how many keys there are
	full  uint8  // how many there may be for each bucket
}

func (h *hashing) hash(key string) uint64 { return maphash.String(h.seed, key) }

// slot returns the bucket of a hash.
func (h *hashing) slot(hash uint64) int {
	i := hash & (1<<h.level - 1)
	if uint32(i) < h.split {
		i = hash & (1<<(h.level+1) - 1)
	}
	return int(i)
}

// buckets returns how many there are.
func (h *hashing) buckets() int { return 1<<h.level + int(h.split) }

// sized returns hashing for n keys, so many of them for each bucket.
func sized(n int, full uint8) hashing {
	h := hashing{seed: maphash.MakeSeed(), n: n, full: full}
	want := max(1, (n+int(full)-1)/int(full))
	for 2<<h.level <= want {
		h.level++
	}
	h.split = uint32(want - 1<<h.level)
	return h
}

// crowded reports whether it is time for another bucket.
func (h *hashing) crowded() bool { return h.n > int(h.full)*h.buckets() }

// grow makes room for another bucket, the last, which takes over a part of the one that is returned.
func (h *hashing) grow() (from int) {
	from = int(h.split)
	if h.split++; h.split == 1<<h.level {
		h.level, h.split = h.level+1, 0
	}
	return from
}

// parted returns those that stay where they are, and those that go to the bucket which has been added.
func parted[T any](all []T, goes func(*T) bool) (stay, leave []T) {
	for i := range all {
		if goes(&all[i]) {
			leave = append(leave, all[i])
		} else {
			stay = append(stay, all[i])
		}
	}
	return stay, leave
}

// tag is a byte of a hash that is kept beside a key, so that few keys have to be looked at.
func tag(hash uint64) byte { return byte(hash >> 56) }

// tagged compares eight tags with one: it returns the highest bit of each byte that is the same, and may return those
// of a few others above one that is.
func tagged(tags uint64, tag byte) uint64 {
	const low, high = 0x0101010101010101, 0x8080808080808080
	differ := tags ^ uint64(tag)*low
	return (differ - low) &^ differ & high
}
