package doc

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Format writes a tree as YAML that ParseYAML reads back as the same tree. Mappings and lists of scalars stand in
// brackets where they fit on a line. A scalar stands in quotes unless every reader of YAML takes it for the text
// that it is. The text of every scalar has to be valid UTF-8.
func Format(root *Node) []byte {
	var f formatter
	f.block(root, 0)
	return f.Bytes()
}

type formatter struct{ bytes.Buffer }

// lineWidth is where a mapping or a list stops being written on one line.
const lineWidth = 110

// block writes a mapping or a list, an entry a line; a value goes behind its key where it fits.
func (f *formatter) block(n *Node, indent int) {
	for i, item := range n.Items {
		f.WriteString(strings.Repeat(" ", indent))
		head := "-"
		if n.Kind == Map {
			head = scalar(n.Keys[i]) + ":"
		}
		f.WriteString(head)
		if text, ok := inline(item); ok && indent+len(head)+len(text) < lineWidth || len(item.Items) == 0 {
			if item.Kind != Null {
				f.WriteString(" " + text)
			}
			f.WriteByte('\n')
			continue
		}
		f.WriteByte('\n')
		f.block(item, indent+2)
	}
}

// inline returns a node as it is written on one line: a scalar, or a mapping or list of what goes on one line.
func inline(n *Node) (text string, ok bool) {
	if n.Kind != Map && n.Kind != List {
		return scalar(n), true
	}
	var parts []string
	for i, item := range n.Items {
		text, _ := inline(item)
		if n.Kind == Map { // a key with nothing behind it keeps its space: "{a:}" is a key that ends in a colon
			text = scalar(n.Keys[i]) + ": " + text
		}
		parts = append(parts, text)
	}
	if n.Kind == Map {
		return "{" + strings.Join(parts, ", ") + "}", flat(n, 1)
	}
	return "[" + strings.Join(parts, ", ") + "]", flat(n, 2)
}

// flat reports whether mappings and lists stand in each other at most that deep: more is no pleasure on one line.
func flat(n *Node, depth int) bool {
	for _, item := range n.Items {
		if (item.Kind == Map || item.Kind == List) && (depth == 0 || !flat(item, depth-1)) {
			return false
		}
	}
	return true
}

// plainText is what needs no quotes wherever it stands, in brackets, as a key, or behind one.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*$`)

func scalar(n *Node) string {
	if n.Kind != String {
		return n.Text
	}
	if kind, ambiguous := resolve(n.Text); kind == String && ambiguous == "" && plainText.MatchString(n.Text) {
		return n.Text
	}
	return quote(n.Text)
}

// quote writes a text in quotes: in single ones when it holds double ones and nothing else that wants an escape, as a
// condition does. Go's escapes are YAML's, but for those of bytes that are no text.
func quote(text string) string {
	awkward := func(r rune) bool { return r == '\'' || r == '\\' || !unicode.IsPrint(r) || hidden(r) }
	if strings.Contains(text, `"`) && strings.IndexFunc(text, awkward) < 0 {
		return "'" + text + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r) && !hidden(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	b.WriteByte('"')
	return b.String()
}
