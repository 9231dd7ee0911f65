package doc

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// pairs fills a Map: its keys must be plain strings, each there once.
func (b *builder) pairs(y *yaml.Node, n *Node, where report.Path, depth int) {
	seen := make(map[string]int, len(y.Content)/2)
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := b.key(y.Content[i], y.Content[i+1], n, where, depth)
		if key == nil {
			// The value is read nevertheless, for what is wrong within it. That a merge key brings an alias goes without
			// saying.
			if value := y.Content[i+1]; y.Content[i].Value != "<<" || !b.alias(value) {
				b.node(value, where, depth+1)
			}
			n.Open = true
			continue
		}
		value := b.node(y.Content[i+1], where.Name(key.Text), depth+1)
		switch {
		case key.Damaged || key.Open:
			value = b.damage(value, value.start)
		case isCondition(key.Text, where):
			value = b.comments(value, where.Name(key.Text))
		}
		if first, ok := seen[key.Text]; ok {
			b.report("duplicate-key", key.start, key.extent(), where.Name(key.Text),
				"the key %s is here twice, first on line %d: remove one of the two", diag.Quote(key.Text), n.Keys[first].Line)
			continue
		}
		seen[key.Text] = len(n.Keys)
		n.Keys, n.Items = append(n.Keys, key), append(n.Items, value)
	}
	if len(n.Keys) >= indexed {
		n.index = seen
	}
}

// alias reports whether a node is an alias, or was one before it was mended; then it needs no word of its own.
func (b *builder) alias(y *yaml.Node) bool {
	if y.Kind != yaml.ScalarNode {
		return y.Kind == yaml.AliasNode
	}
	m := b.mends[b.place(y).start]
	if m == nil || m.rule != "yaml-anchor" {
		return false
	}
	m.seen = true
	return true
}

// key makes the node of a key, or returns nil when there is no telling what key it should be.
func (b *builder) key(y, value *yaml.Node, owner *Node, where report.Path, depth int) *Node {
	switch y.Kind {
	case yaml.MappingNode, yaml.SequenceNode:
		n := b.node(y, where, depth+1)
		if !n.Damaged {
			b.report("yaml-key", n.start, n.start+1, where, "%s cannot be a key: write text before the colon, in quotes if it starts with a bracket", n.Kind)
		}
		return nil
	case yaml.AliasNode:
		b.node(y, where, depth+1)
		return nil
	}
	n := b.place(y)
	if m := b.mends[n.start]; m != nil && m.key {
		m.seen = true
		n.Kind, n.Text, n.Quoted = String, strings.TrimSuffix(b.file.text[m.from:m.to], ":"), true
		b.list = m.tell(b.list, b.file, where.Name(n.Text))
		return n
	}
	b.properties(y, n, where)
	b.scalar(y, n)
	switch {
	case b.spoiled(n):
		n.Damaged = true
	case n.Quoted:
	case n.Text == "<<":
		b.report("yaml-merge", n.start, n.start+2, where, "merge keys (<<) are not read: write out the keys that it would bring")
		return nil
	case n.Text == "":
		b.report("yaml-key", n.start, n.start+1, where, "a key is missing before the colon: write one, or put the text in quotes if the colon is part of it")
		return nil
	case n.Kind != String || n.Ambiguous != "" && !oldBoolean(n.Text):
		what := n.Ambiguous
		if n.Kind != String {
			what = n.Kind.String()
		}
		b.report("yaml-key", n.start, n.extent(), where.Name(n.Text), "the key %s is read as %s, and keys are text: put it in quotes, %s", n.Text, what, single(n.Text))
	case owner.style == flow && value.Kind == yaml.ScalarNode && value.Value == "" && value.Style == 0:
		b.unspaced(n, where)
	}
	n.Kind = String
	return n
}

// unspaced reports a key in brackets that holds the colon that was meant to end it, and cuts it off: YAML takes
// {read:, write:} for two keys that end in a colon, and {a:1} for the key "a:1", each with no value.
func (b *builder) unspaced(n *Node, where report.Path) {
	end := n.extent()
	next := b.skip(end)
	if next < len(b.file.text) && b.file.text[next] == ':' {
		return // it has a colon of its own: org:acme: {…}
	}
	name, rest, ok := strings.Cut(n.Text, ":")
	switch {
	case !ok:
		return
	case rest == "":
		b.report("yaml-key-space", n.start, end, where.Name(name), "YAML takes %s for a key that ends in a colon: put a space after the colon, {%s: }", diag.Quote(n.Text), brief(name))
		n.Text, n.Open = name, true // what the value is to be comes with the space
	default:
		b.report("yaml-key-space", n.start, end, where.Name(name), "YAML takes %s for one key without a value: put a space after the colon, {%s: %s}, or a colon and a space after the key, {%s: }",
			diag.Quote(n.Text), brief(name), brief(rest), brief(n.Text))
		n.Text, n.Damaged = name, true
	}
}
