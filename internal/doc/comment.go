package doc

import (
	"strings"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/internal/report"
)

// Comments in the language of conditions go to the end of the line, and YAML joins the lines of every text that is not
// behind |. The rest of the condition would then be part of the comment.

const swallows = "the comment swallows the next line, for YAML joins the lines of this text: write the condition behind |, which keeps its lines, or leave the comment out"

// isCondition reports whether what stands under a key of the mapping at a path is a condition.
func isCondition(key string, where report.Path) bool {
	if key != "when" {
		return false
	}
	steps := where.Steps()
	return len(steps) == 0 || holdsConditions(steps[0].Name)
}

// comments reports a comment in a condition that goes over a line break of the file, and refuses the condition.
func (b *builder) comments(n *Node, where report.Path) *Node {
	if n.Kind != String || n.Damaged || n.style == literal || !strings.Contains(n.Text, "//") {
		return n
	}
	from, to := n.swallowing()
	if from < 0 {
		return n
	}
	b.report("condition-comment", from, to, where, "%s", swallows)
	return b.damage(n, n.extent())
}

// swallowing returns where in the file the first comment stands that swallows a line, from its slashes to the end of
// its own line; -1 when there is none.
func (n *Node) swallowing() (from, to int) {
	w := n.walk()
	comment, line := -1, 0 // where in the file the comment begins that the walk is in, and on which line
	end := 0               // where in Text the literal or the comment ends that the walk is in
	for i := 0; i < len(n.Text); {
		if i >= end {
			comment = -1
		}
		start, c := i, n.Text[i]
		_, size := utf8.DecodeRuneInString(n.Text[i:])
		i += size
		if isSpace(c) {
			continue
		}
		w.next()
		switch {
		case comment >= 0:
			if n.file.line(w.last) > line {
				return comment, comment + len(strings.TrimRight(n.file.text[comment:n.file.end(line)], " \t\r\n"))
			}
		case start < end:
		case strings.HasPrefix(n.Text[start:], "//"):
			comment, line, end = w.last, n.file.line(w.last), len(n.Text)
			if width := strings.IndexByte(n.Text[i:], '\n'); width >= 0 {
				end = i + width
			}
		case c == '"', c == '\'', c == '`':
			if end = n.literalEnd(start); end < 0 {
				return -1, 0 // it has no end, which will be told
			}
		}
	}
	return -1, 0
}

// literalEnd returns where the literal that begins with a quote in Text ends, or -1.
func (n *Node) literalEnd(at int) int {
	if n.Text[at] == '`' {
		if width := strings.IndexAny(n.Text[at+1:], "`\n"); width >= 0 {
			return at + width + 2
		}
		return -1
	}
	return celQuoteEnd(n.Text, at, at > 0 && n.Text[at-1]|0x20 == 'r')
}
