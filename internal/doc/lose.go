package doc

import "sort"

// lose marks in the tree where something is missing that was taken out of the text, or where a filler stands for it:
// whoever walks the tree would complain about what is not there, or read a filler as text. All the rest is what was
// written. It returns nil when nothing of the tree can be trusted.
func (b *builder) lose(root *Node, m *mend, text string) *Node {
	if root == nil {
		return nil
	}
	b.swallowed(root, m, text)
	column := b.file.position(m.from).Column
	for n := root; ; {
		if n.Kind != Map && n.Kind != List {
			return nil // the document is a scalar
		}
		i := n.before(m.from)
		if i < 0 {
			n.Open = true
			return root
		}
		c := n.Items[i]
		switch inside := b.holds(c, m, text, column); {
		case n.Kind == Map && (c.Kind != Map && c.Kind != List || c.start > m.from) && m.from < n.Keys[i].extent():
			n.Keys[i].Damaged, n.Items[i] = true, b.damage(c, c.start)
			n.Open = true
		case c.Kind == Null && m.gone && column > n.Column:
			n.Items[i] = b.damage(c, c.start)
		case inside && (c.Kind == Map || c.Kind == List):
			n = c
			continue
		case inside:
			n.Items[i] = b.damage(c, m.to)
		case c.style != flow && (c.Kind == Map || c.Kind == List) && column > n.Column:
			c.Open, n.Open = true, true // it may belong to either, or be the value that the last entry lacks
			if last := c.before(m.from); last >= 0 && c.Items[last].Kind == Null {
				c.Items[last] = b.damage(c.Items[last], c.Items[last].start)
			}
		default:
			n.Open = true
		}
		return root
	}
}

// swallowed refuses the text that goes on behind what is missing, whatever that was indented by.
func (b *builder) swallowed(n *Node, m *mend, text string) {
	for n.Kind == Map || n.Kind == List {
		i := n.before(m.from)
		if i < 0 {
			return
		}
		c := n.Items[i]
		if c.Kind != Map && c.Kind != List && c.start <= m.from && b.holds(c, m, text, 0) {
			n.Items[i] = b.damage(c, m.to)
		}
		n = c
	}
}

// before returns the index of the last entry that starts at or before an offset, or -1.
func (n *Node) before(offset int) int {
	entries := n.Items
	if n.Kind == Map {
		entries = n.Keys
	}
	return sort.Search(len(entries), func(i int) bool { return entries[i].start > offset }) - 1
}

// holds reports whether what is missing stood within a node, of which the last entry before it is.
func (b *builder) holds(n *Node, m *mend, text string, column int) bool {
	switch {
	case n.Kind != Map && n.Kind != List:
		if n.stop == 0 {
			_, n.stop = n.reach(0, len(n.Text))
		}
		return m.from < n.stop
	case n.style == flow:
		if n.stop == 0 {
			n.stop = bracketEnd(text, n.start)
		}
		return m.from < n.stop
	}
	return column >= n.Column
}

// bracketEnd returns the offset behind the brackets that open at an offset of a text that YAML reads.
func bracketEnd(text string, at int) int {
	depth := 0
	for i := at; i < len(text); i++ {
		switch c := text[i]; c {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth <= 0 {
				return i + 1
			}
		case '"', '\'':
			if before := text[i-1]; isSpace(before) || before == '[' || before == '{' || before == ',' || before == ':' {
				if end := quoteEnd(text, i); end > 0 {
					i = end - 1
				}
			}
		case '#':
			if isSpace(text[i-1]) {
				for i < len(text) && text[i] != '\n' {
					i++
				}
			}
		}
	}
	return len(text)
}
