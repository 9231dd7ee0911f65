package condition

import (
	"strings"
	"unicode/utf8"
)

// token is one word of a condition's source: a name, a literal, an operator. Tokens carry what the parser's own
// errors lack: byte offsets and widths.
type token struct {
	kind   tokenKind
	text   string
	offset int
}

func (t token) end() int { return t.offset + len(t.text) }

type tokenKind uint8

const (
	nameToken     tokenKind = iota
	numberToken             // without its sign
	textToken               // a string or bytes literal, with its quotes
	operatorToken           // an operator or a bracket
	brokenToken             // a text that does not end, or a character that CEL does not know
)

// symbols are the operators and brackets, longest first. Some are not CEL's: they are read as one token so that the advice underlines them whole.
var symbols = []string{
	"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<>", "=<", "=>",
	"<", ">", "=", "!", "&", "|", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ".", ",", "?", ":",
}

// lex splits a source into its tokens. White space and comments are dropped. It never fails: what CEL cannot read
// becomes a brokenToken.
func lex(source string) []token {
	var tokens []token
	for at := 0; at < len(source); {
		rest := source[at:]
		c := rest[0]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f':
			at++
			continue
		case strings.HasPrefix(rest, "//"):
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				at += end
			} else {
				at = len(source)
			}
			continue
		}
		kind, width := next(rest)
		tokens = append(tokens, token{kind, rest[:width], at})
		at += width
	}
	return tokens
}

// next returns the kind and the width of the token that rest begins with.
func next(rest string) (tokenKind, int) {
	if prefix := textPrefix(rest); prefix >= 0 {
		return text(rest, prefix)
	}
	c := rest[0]
	switch {
	case letter(c):
		n := 1
		for n < len(rest) && (letter(rest[n]) || digit(rest[n])) {
			n++
		}
		return nameToken, n
	case digit(c), c == '.' && len(rest) > 1 && digit(rest[1]):
		return numberToken, number(rest)
	case c == '`':
		if end := strings.IndexAny(rest[1:], "`\n"); end >= 0 && rest[1+end] == '`' {
			return nameToken, end + 2
		}
		return brokenToken, 1
	}
	for _, op := range symbols {
		if strings.HasPrefix(rest, op) {
			return operatorToken, len(op)
		}
	}
	_, width := utf8.DecodeRuneInString(rest)
	return brokenToken, width
}

// textPrefix returns where the quote of a text literal stands when rest begins with one (after r, b or br), else -1.
func textPrefix(rest string) int {
	for i := range min(len(rest), 3) {
		switch c := rest[i] | 0x20; {
		case rest[i] == '"' || rest[i] == '\'':
			return i
		case i == 0 && (c == 'r' || c == 'b'):
		case i == 1 && rest[0]|0x20 == 'b' && c == 'r':
		default:
			return -1
		}
	}
	return -1
}

func text(rest string, quote int) (tokenKind, int) {
	raw := strings.ContainsAny(rest[:quote], "rR")
	mark := rest[quote : quote+1]
	if triple := strings.Repeat(mark, 3); strings.HasPrefix(rest[quote:], triple) {
		mark = triple
	}
	for at := quote + len(mark); at < len(rest); at++ {
		switch {
		case strings.HasPrefix(rest[at:], mark):
			return textToken, at + len(mark)
		case rest[at] == '\\' && !raw:
			at++
		case len(mark) == 1 && (rest[at] == '\n' || rest[at] == '\r'):
			return brokenToken, at
		}
	}
	return brokenToken, len(strings.TrimRight(rest, " \t\r\n"))
}

func number(rest string) int {
	n := 0
	if strings.HasPrefix(rest, "0x") && len(rest) > 2 && hex(rest[2]) {
		for n = 2; n < len(rest) && hex(rest[n]); n++ {
		}
	} else {
		for n < len(rest) && digit(rest[n]) {
			n++
		}
		if n+1 < len(rest) && rest[n] == '.' && digit(rest[n+1]) {
			for n++; n < len(rest) && digit(rest[n]); n++ {
			}
		}
		if n < len(rest) && rest[n]|0x20 == 'e' {
			exp := n + 1
			if exp < len(rest) && (rest[exp] == '+' || rest[exp] == '-') {
				exp++
			}
			if exp < len(rest) && digit(rest[exp]) {
				for n = exp; n < len(rest) && digit(rest[n]); n++ {
				}
			}
		}
	}
	if n < len(rest) && rest[n]|0x20 == 'u' {
		n++
	}
	return n
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }
func hex(c byte) bool    { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// key joins the tokens of a source with single spaces: the same for two sources that differ in white space and
// comments alone.
func key(tokens []token) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}
