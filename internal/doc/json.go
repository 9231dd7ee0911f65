package doc

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// Error is why a JSON text was refused. JSON is read for single requests, where the first error is enough.
type Error struct{ Diagnostic diag.Diagnostic }

// Error returns the diagnostic on one line.
func (e *Error) Error() string { return e.Diagnostic.String() }

// Unwrap returns the diagnostic as a diag.List, for diag.From and errors.As.
func (e *Error) Unwrap() error { return diag.List{e.Diagnostic} }

// ParseJSON reads exactly one JSON value, with white space around it and nothing else. Line is the number of the
// line that the text starts on. It is stricter than encoding/json: a key may be there once only, not even in another
// case ("principal" and "Principal"), for readers differ on which of the two counts; text is valid UTF-8, and escapes
// write no half of a pair. The error is an *Error with the position of the character that was refused.
func ParseJSON(name string, line int, source []byte) (*Node, error) {
	return Standard.ParseJSON(name, line, source)
}

// ParseJSON is the function of that name, within other limits.
func (l Limits) ParseJSON(name string, line int, source []byte) (*Node, error) {
	f, list := accept(name, line, source, l, "json")
	if len(list) > 0 {
		return nil, &Error{list[0]}
	}
	p := &jsonParser{file: f, text: f.text, limits: l, at: cursor{f: f}}
	p.space()
	n := p.value(report.Path{}, 0)
	if p.err == nil {
		p.space()
		if p.pos < len(p.text) {
			p.fail("json-syntax", p.pos, p.pos+1, report.Path{}, "there is something after the value: send exactly one JSON value")
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return n, nil
}

type jsonParser struct {
	file   *file
	text   string
	limits Limits
	pos    int
	nodes  int // how many were made
	at     cursor
	err    *Error
}

// fail keeps the first error. What follows it is not read.
func (p *jsonParser) fail(rule string, from, to int, where report.Path, format string, args ...any) *Node {
	if p.err == nil {
		p.err = &Error{p.file.diagnose(rule, from, to, where, format, args...)}
	}
	return nil
}

func (p *jsonParser) space() {
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
}

// peek returns the next byte, or 0 at the end (a 0 in the text was refused before).
func (p *jsonParser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// node makes a node that starts at the current position.
func (p *jsonParser) node(kind Kind) *Node {
	if p.nodes++; p.nodes > p.limits.Nodes {
		p.fail("json-size", p.pos, p.pos+1, report.Path{}, "there are more than %d keys and values: leave out what need not be known", p.limits.Nodes)
	}
	pos := p.at.forward(p.pos)
	return &Node{Kind: kind, Line: pos.line + p.file.first, Column: pos.column + 1, file: p.file, start: p.pos}
}

func (p *jsonParser) value(where report.Path, depth int) *Node {
	c := p.peek()
	switch {
	case c == '{' || c == '[':
		if depth >= p.limits.Depth {
			return p.fail("json-depth", p.pos, p.pos+1, where, "objects and arrays are nested deeper than %d levels: send this less deeply nested", p.limits.Depth)
		}
		if c == '{' {
			return p.object(where, depth)
		}
		return p.array(where, depth)
	case c == '"':
		return p.string(where)
	case c == '-' || c >= '0' && c <= '9':
		return p.number(where)
	}
	return p.word(where)
}

// word reads true, false and null, and refuses everything else that is no value.
func (p *jsonParser) word(where report.Path) *Node {
	end := p.pos
	for end < len(p.text) && (p.text[end] >= 'a' && p.text[end] <= 'z' || p.text[end] >= 'A' && p.text[end] <= 'Z') {
		end++
	}
	n := p.node(Null)
	n.Text = p.text[p.pos:end]
	switch n.Text {
	case "null":
	case "true", "false":
		n.Kind = Bool
	case "":
		if p.pos >= len(p.text) {
			return p.fail("json-syntax", p.pos, p.pos, where, "the text ends where a value is due")
		}
		_, size := utf8.DecodeRuneInString(p.text[p.pos:])
		return p.fail("json-syntax", p.pos, p.pos+size, where, "%s starts no JSON value: text stands in double quotes, a list in [ ], a mapping in { }", diag.Quote(p.text[p.pos:p.pos+size]))
	default:
		return p.fail("json-syntax", p.pos, end, where, "%s is no JSON value: put text in double quotes", diag.Quote(n.Text))
	}
	p.pos = end
	return n
}

func (p *jsonParser) number(where report.Path) *Node {
	end := p.pos
	for end < len(p.text) && strings.IndexByte("+-.eE0123456789", p.text[end]) >= 0 {
		end++
	}
	n := p.node(Int)
	n.Text = p.text[p.pos:end]
	if !decimal.MatchString(n.Text) {
		return p.fail("json-syntax", p.pos, end, where, "%s is no JSON number: write digits, with no zero before them and at least one after a point", diag.Quote(n.Text))
	}
	n.Kind = number(n.Text)
	p.pos = end
	return n
}

func (p *jsonParser) array(where report.Path, depth int) *Node {
	n := p.node(List)
	n.style = flow
	open := p.pos
	p.pos++
	p.space()
	for p.peek() != ']' {
		if p.pos >= len(p.text) {
			return p.fail("json-syntax", open, open+1, where, "this [ is never closed: end it with ]")
		}
		item := p.value(where.Index(len(n.Items)), depth+1)
		if p.err != nil {
			return nil
		}
		n.Items = append(n.Items, item)
		if !p.separator(open, ']', where) {
			return nil
		}
	}
	p.pos++
	return n
}

// separator reads the comma after an item, or stops before the closing bracket.
func (p *jsonParser) separator(open int, closing byte, where report.Path) bool {
	p.space()
	switch p.peek() {
	case closing:
		return true
	case ',':
		comma := p.pos
		p.pos++
		p.space()
		if p.peek() == closing {
			p.fail("json-syntax", comma, comma+1, where, "there is nothing after this comma: leave the comma out")
			return false
		}
		return true
	}
	if p.pos >= len(p.text) {
		p.fail("json-syntax", open, open+1, where, "this %c is never closed: end it with %c", p.text[open], closing)
		return false
	}
	p.fail("json-syntax", p.pos, p.pos+1, where, "a comma or %c is due here", closing)
	return false
}

func (p *jsonParser) object(where report.Path, depth int) *Node {
	n := p.node(Map)
	n.style = flow
	open := p.pos
	seen := map[string]int{}
	p.pos++
	p.space()
	for p.peek() != '}' {
		key := p.key(n, open, where, seen)
		if p.err != nil {
			return nil
		}
		value := p.value(where.Name(key.Text), depth+1)
		if p.err != nil {
			return nil
		}
		n.Keys, n.Items = append(n.Keys, key), append(n.Items, value)
		if !p.separator(open, '}', where) {
			return nil
		}
	}
	p.pos++
	if len(n.Keys) >= indexed {
		n.index = seen
	}
	return n
}

// key reads a key and the colon after it.
func (p *jsonParser) key(n *Node, open int, where report.Path, seen map[string]int) *Node {
	from := p.pos
	switch {
	case p.pos >= len(p.text):
		return p.fail("json-syntax", open, open+1, where, "this { is never closed: end it with }")
	case p.peek() != '"':
		return p.fail("json-syntax", from, from+1, where, "a key is due here, in double quotes")
	}
	key := p.string(where)
	if p.err != nil {
		return nil
	}
	if first, ok := seen[key.Text]; ok {
		return p.fail("duplicate-key", from, p.pos, where.Name(key.Text), "the key %s is here twice, first at column %d of line %d: send it once",
			diag.Quote(key.Text), n.Keys[first].Column, n.Keys[first].Line)
	}
	seen[key.Text] = len(n.Keys)
	p.space()
	if p.peek() != ':' {
		return p.fail("json-syntax", p.pos, p.pos+1, where.Name(key.Text), "a colon is due after the key %s", diag.Quote(key.Text))
	}
	p.pos++
	p.space()
	return key
}

// string reads a text in double quotes.
func (p *jsonParser) string(where report.Path) *Node {
	n := p.node(String)
	n.Quoted, n.style = true, doubleQuoted
	open := p.pos
	p.pos++
	var b strings.Builder
	from := p.pos // what lies between from and pos is taken as it is
	for {
		switch c := p.peek(); {
		case p.pos >= len(p.text):
			return p.fail("json-syntax", open, open+1, where, "this quote is never closed: end the text with a double quote")
		case c < 0x20:
			return p.fail("json-syntax", p.pos, p.pos+1, where, "a text in quotes may hold no %s: write it as %s", controls[c], escapes[c])
		case c == '"':
			b.WriteString(p.text[from:p.pos])
			n.Text = b.String()
			p.pos++
			return n
		case c == '\\':
			b.WriteString(p.text[from:p.pos])
			r, size := p.escape(where)
			if p.err != nil {
				return nil
			}
			b.WriteRune(r)
			p.pos += size
			from = p.pos
		default:
			p.pos++
		}
	}
}

// Of the control characters only these pass the check of characters.
var (
	controls = map[byte]string{'\t': "tab", '\n': "line break", '\r': "line break"}
	escapes  = map[byte]string{'\t': `\t`, '\n': `\n`, '\r': `\r`}
)

// escape decodes the escape at the current position and returns its length.
func (p *jsonParser) escape(where report.Path) (rune, int) {
	rest := p.text[p.pos:]
	if len(rest) > 1 {
		switch rest[1] {
		case '"', '\\', '/':
			return rune(rest[1]), 2
		case 'b':
			return '\b', 2
		case 'f':
			return '\f', 2
		case 'n':
			return '\n', 2
		case 'r':
			return '\r', 2
		case 't':
			return '\t', 2
		case 'u':
			return p.unicodeEscape(rest, where)
		}
	}
	_, size := utf8.DecodeRuneInString(rest[1:])
	p.fail("json-syntax", p.pos, p.pos+1+size, where, `%s is no escape of JSON: those are \" \\ \/ \b \f \n \r \t and \u with four hexadecimal digits`, diag.Quote(rest[:1+size]))
	return 0, 0
}

func (p *jsonParser) unicodeEscape(rest string, where report.Path) (rune, int) {
	first, ok := hex4(rest)
	if !ok {
		p.fail("json-syntax", p.pos, p.pos+min(6, len(rest)), where, `\u takes four hexadecimal digits, as in \u00e9`)
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	if second, ok := hex4(rest[6:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, 12
		}
	}
	p.fail("json-encoding", p.pos, p.pos+6, where, `%s is one half of a character: write both halves, or the character itself`, rest[:6])
	return 0, 0
}

// hex4 decodes \uXXXX at the start of a text.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' || s[2] == '+' || s[2] == '_' {
		return 0, false
	}
	code, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(code), err == nil
}
