package doc

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/diag"
)

// Place returns where width bytes of Text, from the byte offset on, stand in the file: the position, the source line,
// and how many characters of that line they cover (at least 1, and never past its end). It holds for every way to
// write a scalar: plain, in quotes with escapes, in blocks, and over several lines.
//
// YAML adds, drops and joins white space (line breaks, indentation, folding), and changes nothing else but escapes. So
// the text and the source are walked together, white space skipped in both, and what remains corresponds one to one.
func (n *Node) Place(offset, width int) (pos diag.Position, source string, shown int) {
	if n == nil || n.file == nil {
		return diag.Position{}, "", 1
	}
	from, to := n.reach(offset, width)
	pos, source, shown = n.file.span(from, to)
	return pos, source, shown
}

// reach returns the offsets in the file between which a part of Text stands.
func (n *Node) reach(offset, width int) (from, to int) {
	switch n.Kind {
	case Map, List:
		return n.start, n.start + 1
	}
	offset = max(0, min(offset, len(n.Text)))
	stop := max(offset, min(len(n.Text), offset+max(width, 0)))
	at := n.resume(offset)
	w, blank := &at.walker, at.blank
	from = -1
	for i := at.i; i < len(n.Text); {
		if i >= offset && from < 0 {
			from = w.ahead(blank, isSpace(n.Text[i]))
		}
		if i >= stop {
			break
		}
		if isSpace(n.Text[i]) {
			blank++
			i++
			continue
		}
		_, size := utf8.DecodeRuneInString(n.Text[i:])
		w.next()
		blank, i = 0, i+size
		if i > offset && from < 0 { // the offset is within this character
			from = w.last
		}
	}
	if from < 0 {
		from = w.ahead(blank, true)
	}
	return from, max(from, w.pos)
}

// halt is where a walk along a text stood.
type halt struct {
	i     int // the offset in Text
	blank int // characters of white space in Text since the last one that is not
	walker
}

// A text is walked once, and where the walk stood is kept at every so many bytes: a table of a thousand rows is one
// text, and each of its cells has a place.
const apart = 256

// halts are the places where a walk along one long text stood.
type halts struct {
	once sync.Once
	list []halt
}

// resume returns a state of the walk at or before an offset of Text.
func (n *Node) resume(offset int) halt {
	start := halt{walker: *n.walk()}
	if n.halts == nil || offset < apart {
		return start
	}
	n.halts.once.Do(func() {
		for h := start; h.i < len(n.Text); {
			if h.i >= len(n.halts.list)*apart {
				n.halts.list = append(n.halts.list, h)
			}
			if isSpace(n.Text[h.i]) {
				h.blank++
				h.i++
				continue
			}
			_, size := utf8.DecodeRuneInString(n.Text[h.i:])
			h.next()
			h.blank, h.i = 0, h.i+size
		}
	})
	if len(n.halts.list) == 0 {
		return start
	}
	h := n.halts.list[min(offset/apart, len(n.halts.list)-1)]
	if h.i > offset { // the walk stood there behind a character that the offset is within
		h = n.halts.list[offset/apart-1]
	}
	return h
}

// walker walks the source of a scalar, one character of its value after another.
type walker struct {
	text  string
	style style
	pos   int // after the last character that next gave
	last  int // where that one started
}

func (n *Node) walk() *walker {
	w := &walker{text: n.file.text, style: n.style, pos: n.start}
	switch n.style {
	case singleQuoted, doubleQuoted:
		w.pos++
	case literal, folded: // the header: |, its signs and a comment
		for w.pos < len(w.text) && w.text[w.pos] != '\n' {
			w.pos++
		}
	}
	w.last = w.pos
	return w
}

// ahead returns where the character after the last one stands: the next one that is not white space, or, for white
// space, as many characters on as there were before it, on the same line.
func (w *walker) ahead(blank int, space bool) int {
	if !space {
		c := *w
		c.next()
		return c.last
	}
	at := w.pos
	for ; blank > 0 && at < len(w.text) && (w.text[at] == ' ' || w.text[at] == '\t'); blank-- {
		at++
	}
	return at
}

// next moves over the next character of the value that is not white space, and over white space before it.
func (w *walker) next() {
	for w.pos < len(w.text) {
		w.last = w.pos
		c := w.text[w.pos]
		switch {
		case isSpace(c):
			w.pos++
		case c == '\\' && w.style == doubleQuoted:
			if w.escape() {
				return
			}
		case c == '\'' && w.style == singleQuoted: // two of them
			w.pos = min(w.pos+2, len(w.text))
			return
		default:
			_, size := utf8.DecodeRuneInString(w.text[w.pos:])
			w.pos += size
			return
		}
	}
	w.last = w.pos
}

// escape moves over an escape of a double quoted scalar and reports whether it stands for a character that is not
// white space. A pair of surrogates, as JSON writes what is beyond the first 65536 characters, is one character.
func (w *walker) escape() bool {
	rest := w.text[w.pos:]
	if len(rest) < 2 {
		w.pos = len(w.text)
		return true
	}
	digits := 0
	switch rest[1] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case 'n', 't', 'r', ' ', '\t', '\n':
		w.pos += 2
		return false
	case '\r': // an escaped line break of two characters
		w.pos += 2
		return false
	}
	size := min(2+digits, len(rest))
	w.pos += size
	if digits == 0 {
		return true
	}
	code, _ := strconv.ParseUint(rest[2:size], 16, 32)
	if code >= 0xD800 && code < 0xDC00 && strings.HasPrefix(w.text[w.pos:], `\u`) {
		w.pos = min(w.pos+6, len(w.text))
	}
	return code >= 0x80 || !isSpace(byte(code))
}

// isSpace reports whether a byte is white space for YAML: what lines and folding are made of.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// extent returns the offset at which the first line of a scalar ends: its closing quote included, or the header of a
// block. Of a Map or a List it is the first character.
func (n *Node) extent() int {
	text := n.file.text
	switch {
	case n.Kind == Map || n.Kind == List:
		return n.start + 1
	case n.style == literal || n.style == folded:
		end := n.start
		for end < len(text) && !isSpace(text[end]) {
			end++
		}
		return end
	case n.Damaged:
		return n.stop
	}
	if n.style == plain && strings.HasPrefix(text[n.start:], n.Text) {
		return n.start + len(n.Text)
	}
	line := n.file.line(n.start)
	w := n.walk()
	for range strings.Map(dropSpace, n.Text) {
		w.next()
	}
	end := w.pos
	if n.style != plain { // white space before the quote, written or escaped
		for end < len(text) && text[end] != n.quote() {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(text))
	}
	if last := n.file.end(line); end > last {
		end = n.start + len(strings.TrimRight(text[n.start:last], " \t"))
	}
	return end
}

func (n *Node) quote() byte {
	if n.style == singleQuoted {
		return '\''
	}
	return '"'
}

func dropSpace(r rune) rune {
	if r < 0x80 && isSpace(byte(r)) {
		return -1
	}
	return r
}
