// Package doc reads documents into nodes that know where they stand.
//
// A document is YAML, in a strict subset (one document of plain mappings, lists and scalars: no anchors, aliases,
// merge keys, tags or duplicate keys), or JSON, just as strict. Both become the same tree of [Node], and every
// complaint carries the line, the column and the source line it is about. Whoever loads a policy, a directory or a
// tests file walks nodes and never sees the YAML library.
//
// The flow: [ParseYAML] checks size and characters (check.go), parses (yaml.go), mends values that plain YAML cannot
// hold so that one mistake does not hide the next (mend.go, outline.go), builds nodes (build.go, scalar.go), and marks
// those that lack what could not be mended (lose.go).
// [Locator] then turns places of the model into positions (locate.go, place.go).
package doc

import (
	"encoding/json"
	"strconv"
)

// Kind says what a Node is.
type Kind uint8

// The kinds of a Node. A scalar in quotes or in a block (| or >) is never anything but a String.
const (
	Null   Kind = iota // nothing after a colon or a dash, ~ or null
	Bool               // true or false, spelled exactly so
	Int                // a whole number in decimal: 0, 12, -3
	Float              // a number with a fraction or an exponent, as JSON writes it
	String             // any other scalar
	Map                // keys and values
	List               // items
)

var kinds = [...]string{"nothing", "a boolean", "a whole number", "a number", "text", "a mapping", "a list"}

// String returns what messages call the kind: "expected a mapping, found text".
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "an unknown kind of node"
}

// Limits bound what is read.
type Limits struct {
	Size  int // bytes of a document
	Depth int // mappings and lists within each other
	Nodes int // keys and values of a JSON text
}

const (
	// MaxSize is the largest document that is read. A policy of thousands of roles takes a tenth of it; what is
	// larger is data, and parsing it would hold up the one who loads it.
	MaxSize = 4 << 20
	// MaxDepth is how deep mappings and lists may nest. The deepest place in any of the formats is less than half
	// as deep, and every walk over the tree may recurse without care.
	MaxDepth = 32
	// MaxNodes is how many keys and values a JSON text may hold. A node takes some 200 bytes, and two bytes of text
	// can make one, so that a line of a megabyte would take a hundred. A request takes some dozens; three lists of
	// facts fit that are as long as conditions read them (10,000 elements).
	MaxNodes = 32 << 10
)

// Standard is the limits of ParseYAML and ParseJSON. A YAML document is bounded by its size alone: it is read once
// and not at the pleasure of whoever asks.
var Standard = Limits{Size: MaxSize, Depth: MaxDepth, Nodes: MaxNodes}

// style is how a scalar is written, or that a mapping or a list is in brackets.
type style uint8

const (
	plain style = iota
	singleQuoted
	doubleQuoted
	literal
	folded
	flow // of a Map or a List: in brackets
)

// Node is a value of a document, or a key of one of its mappings. Nodes are not changed once they were returned and
// may be read concurrently.
type Node struct {
	Kind   Kind
	Text   string // a scalar's value, without quotes and escapes; of Bool, Int and Float as it is written
	Quoted bool   // the scalar stands in quotes or in a block (| or >): it is a String

	// Ambiguous is what some readers of YAML take this plain String for, though this one does not: "a boolean",
	// "a number" or "nothing". Who wants text refuses it, and says to put it in quotes.
	Ambiguous string

	// Damaged: an error was reported here already, so say nothing more about this node. It is a String with the Text "",
	// or a key that was refused.
	Damaged bool

	// Meant is what a damaged condition was meant to be, when that is clear: its text without what was wrong around it.
	Meant string

	// Open: something in this Map or List was refused and is not here, so nobody knows what it lacks. What is here is
	// what was written.
	Open bool

	Line, Column int     // where it starts, from 1; Column in characters. Of a quoted scalar: its quote
	Keys         []*Node // of a Map: its keys, Strings, each once, in the order of the file
	Items        []*Node // of a Map: the values, in step with Keys; of a List: the items

	file  *file
	start int // offset in file.text
	stop  int // the offset at which a damaged scalar ends, or what else was asked for its end
	style style
	halts *halts         // of a long scalar: for finding places in it
	index map[string]int // of a Map with many keys: where in Keys each one is
}

// A Map of fewer keys is searched: building an index would cost more than it saves.
const indexed = 12

// Get returns the value of a key, or nil when n is nil or no Map, or has no such key. It takes constant time.
func (n *Node) Get(key string) *Node {
	if i := n.find(key); i >= 0 {
		return n.Items[i]
	}
	return nil
}

// Key returns the node of a key itself, or nil as Get does.
func (n *Node) Key(key string) *Node {
	if i := n.find(key); i >= 0 {
		return n.Keys[i]
	}
	return nil
}

func (n *Node) find(key string) int {
	if n == nil || n.Kind != Map {
		return -1
	}
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range n.Keys {
		if k.Text == key {
			return i
		}
	}
	return -1
}

// Name returns the name of the file that the node stands in.
func (n *Node) Name() string {
	if n == nil || n.file == nil {
		return ""
	}
	return n.file.name
}

// Value returns the node as a plain Go value: nil, bool, int64, float64, string, map[string]any or []any. A number
// that int64 or float64 cannot hold is a json.Number. An ambiguous scalar and a damaged one are their text.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Int:
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			return i
		}
		return json.Number(n.Text)
	case Float:
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil {
			return f
		}
		return json.Number(n.Text)
	case String:
		return n.Text
	case Map:
		m := make(map[string]any, len(n.Keys))
		for i, k := range n.Keys {
			m[k.Text] = n.Items[i].Value()
		}
		return m
	case List:
		l := make([]any, len(n.Items))
		for i, item := range n.Items {
			l[i] = item.Value()
		}
		return l
	}
	return nil
}
