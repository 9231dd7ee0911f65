package roles

// Area declares a node of the permission tree. One without sub-areas is a leaf, in which levels are held.
type Area struct {
	Name        string // the last step of its name: "dashboards" for analytics.dashboards
	Description string
	At          []string // the scope kinds at which it exists; none: those of the area above it, or all
	Areas       []Area   // its sub-areas
}

// MaxAreaDepth bounds how deep areas nest: names have as many steps. In a file each takes two levels of the 32 that
// mappings may nest.
const MaxAreaDepth = 15

// Grant names a level for areas, sparsely: a leaf that is not named has the level of its nearest named area above,
// else that of "*", else the least. In a limit, a leaf that nothing names has the highest level.
type Grant map[string]string

// Limit bounds what may be held. The zero Limit is none. An Only limit holds what it does not name to the least
// level, any other leaves it alone.
type Limit struct {
	Areas Grant
	Only  bool
}

// AtMost returns the limit that holds what it names to the given levels.
func AtMost(g Grant) Limit { return Limit{Areas: g} }

// Only returns the limit that leaves nothing but what it names.
func Only(g Grant) Limit { return Limit{Areas: g, Only: true} }

// None reports whether the limit restricts nothing.
func (l Limit) None() bool { return !l.Only && len(l.Areas) == 0 }
