package condition

// The bounds of a condition. They are far above what a policy needs and far below what could hurt its host.
const (
	// MaxSource is the most bytes that the source of a condition may have.
	MaxSource = 4096
	// MaxWords is the most words (names, operators and literals, but not commas) that a condition may have. The
	// type-checker's time and memory grow with their square: to 20 ms and 14 MB for the worst of as many.
	MaxWords = 600
	// MaxNesting is how deep brackets of any kind may stand in each other. The parser's time grows fast with it.
	MaxNesting = 12
	// MaxRecursion is how deep an expression may be: how many + may stand in a row, how many steps a path may have.
	MaxRecursion = 32
	// MaxLoops is how deep exists, all, map, filter and their like may stand in each other.
	MaxLoops = 2
	// MaxProblems is how many problems of one condition are told.
	MaxProblems = 20
	// MaxCost is what an evaluation may cost, in units of about 40 ns and 40 bytes. Without loops hardly a condition
	// costs 100; a step of a simple loop costs 10 to 20, looking through a list with in a quarter for each element.
	MaxCost = 250_000
)

// The bounds of the facts that one object may hold.
const (
	// MaxText is the most bytes that a string among the facts, or one that a condition makes, may have.
	MaxText = 16 << 10
	// MaxElements is how many elements all lists and maps of one set of attributes may have together.
	MaxElements = 10_000
	// MaxBytes is how many bytes all strings of one set of attributes may have together.
	MaxBytes = 1 << 20
)

// askEvery is for how many units of cost an evaluation goes on before it asks whether its context is done.
const askEvery = 1000
