package roles

// Reach says how far beneath the scope of its assignment a role holds.
type Reach string

const (
	Self   Reach = "self"   // there alone; the default
	Joined Reach = "joined" // there and in every scope beneath that its holder has joined: has an assignment in, or beneath on the way
	All    Reach = "all"    // there and in everything beneath
)

// Role declares what its holder may do.
type Role struct {
	Name         string
	Title        string
	Description  string
	At           []string      // the scope kinds at which it may be assigned; none: it may only be inherited
	Reach        Reach         // "" is Self
	Inherits     []string      // roles: it holds what each of them holds
	Areas        Grant         // what it holds besides
	Grants       []Conditional // likewise, each on a condition or with a reach of its own
	Limit        Limit         // meets all of that
	Requires     []string      // roles: it counts only for one who holds each of them there, too
	GivenWith    string        // the permission or action by which it is given and taken; "": nobody may give it
	NeedsLimit   bool          // it must not be assigned without a limit on the assignment or the profile
	ExceedsGiver bool          // it may be given by one who holds less than it
}

// Conditional is a further grant of a role.
type Conditional struct {
	Areas Grant
	When  string // a condition in CEL; "": always
	Reach Reach  // "": the reach of the role that is assigned
}

// Bounds on what a policy comes to when it is read. One of ten thousand roles and two thousand areas stays well within
// them; roles that inherit each other in chains of thousands do, too, unless each has a condition of its own.
const (
	MaxRoles   = 1 << 15 // that one role is another is a bit for each two of them
	MaxEntries = 1 << 20 // in each role: the conditions and reaches on which it gives something, and the roles it requires
	MaxCells   = 1 << 28 // the levels of all grants and limits, a byte for each leaf: equal ones share theirs
)
