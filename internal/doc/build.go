package doc

import (
	"gopkg.in/yaml.v3"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// builder makes nodes of what the YAML library read, and reports everything that is outside of the subset.
type builder struct {
	file   *file
	limits Limits
	at     cursor
	mends  map[int]*mend // by the offset at which each one starts
	list   diag.List
}

func newBuilder(f *file, limits Limits, mends []*mend) *builder {
	b := &builder{file: f, limits: limits, at: cursor{f: f}, mends: map[int]*mend{}}
	for _, m := range mends {
		b.mends[m.from] = m
	}
	return b
}

func (b *builder) report(rule string, from, to int, where report.Path, format string, args ...any) {
	if len(b.list) <= mostErrors {
		b.list = append(b.list, b.file.diagnose(rule, from, to, where, format, args...))
	}
}

// node makes the node at a path. Depth is the number of mappings and lists that it stands in.
func (b *builder) node(y *yaml.Node, where report.Path, depth int) *Node {
	n := b.place(y)
	if m := b.mends[n.start]; m != nil && y.Kind == yaml.ScalarNode {
		m.seen = true
		b.list = m.tell(b.list, b.file, where)
		n = b.damage(n, m.to)
		if m.meant != "" {
			n.start, n.Meant = m.meantAt, m.meant
		}
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		end := propertyEnd(b.file.text, n.start)
		b.report("yaml-anchor", n.start, end, where, "%s", aliasMessage(b.file.text[n.start:end]))
		return b.damage(n, end)
	case yaml.MappingNode, yaml.SequenceNode:
		if depth >= b.limits.Depth {
			b.report("yaml-depth", n.start, n.start+1, where, "%s", tooDeep(b.limits.Depth))
			return b.damage(n, n.start+1)
		}
	}
	refused := b.properties(y, n, where)
	switch y.Kind {
	case yaml.MappingNode:
		n.Kind = Map
		b.pairs(y, n, where, depth)
	case yaml.SequenceNode:
		n.Kind = List
		for i, item := range y.Content {
			n.Items = append(n.Items, b.node(item, where.Index(i), depth+1))
		}
	default:
		b.scalar(y, n)
		refused = b.spoiled(n) || refused
	}
	if refused && n.Kind != Map && n.Kind != List {
		return b.damage(n, n.extent())
	}
	return n
}

// place makes a node that knows where it stands and how it is written.
func (b *builder) place(y *yaml.Node) *Node {
	n := &Node{file: b.file, start: b.at.seek(y.Line-1, y.Column-1)}
	n.Line, n.Column = b.at.line+b.file.first, b.at.column+1
	switch {
	case y.Style&yaml.SingleQuotedStyle != 0:
		n.style = singleQuoted
	case y.Style&yaml.DoubleQuotedStyle != 0:
		n.style = doubleQuoted
	case y.Style&yaml.LiteralStyle != 0:
		n.style = literal
	case y.Style&yaml.FoldedStyle != 0:
		n.style = folded
	case y.Style&yaml.FlowStyle != 0:
		n.style = flow
	}
	return n
}

func (b *builder) scalar(y *yaml.Node, n *Node) {
	n.Kind, n.Text, n.Quoted = String, y.Value, n.style != plain
	if !n.Quoted {
		n.Kind, n.Ambiguous = resolve(y.Value)
	}
	if len(n.Text) > apart {
		n.halts = &halts{}
	}
}

// spoiled reports whether a scalar holds a character that was refused.
func (b *builder) spoiled(n *Node) bool {
	if len(b.file.bad) == 0 {
		return false
	}
	_, end := n.reach(0, len(n.Text))
	return b.file.spoiled(n.start, end)
}

// damage makes n a node that was refused, up to the offset end.
func (b *builder) damage(n *Node, end int) *Node {
	return &Node{
		Kind: String, Damaged: true, Line: n.Line, Column: n.Column,
		file: n.file, start: n.start, stop: max(end, n.start),
	}
}

// properties reports a tag or an anchor before a node, moves its start behind them, and tells whether the node is
// refused because of them. A null and a text that is tagged are; what an anchor stands before is what it is.
func (b *builder) properties(y *yaml.Node, n *Node, where report.Path) (refused bool) {
	text := b.file.text
	for n.start < len(text) && (text[n.start] == '!' || text[n.start] == '&') {
		end := propertyEnd(b.file.text, n.start)
		if text[n.start] == '!' {
			b.report("yaml-tag", n.start, end, where, "%s", tagMessage(b.file.text[n.start:end]))
			refused = true
		} else {
			b.report("yaml-anchor", n.start, end, where, "%s", anchorMessage(b.file.text[n.start:end]))
			refused = refused || y.Kind == yaml.ScalarNode && y.Value == ""
		}
		next := b.skip(end)
		if y.Kind == yaml.ScalarNode && y.Value == "" || next >= len(text) {
			return true
		}
		n.start = next
	}
	if n.start != b.at.offset {
		pos := b.file.position(n.start)
		n.Line, n.Column = pos.Line, pos.Column
	}
	return refused
}

// skip returns the offset of the next thing that is neither white space nor a comment.
func (b *builder) skip(at int) int { return skipBlank(b.file.text, at) }
