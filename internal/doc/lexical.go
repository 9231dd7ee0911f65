package doc

import "strings"

// The small pieces that the outline is made of: where scalars end, and why a plain one cannot be what was meant.

// marker reports whether a line starts or ends a document: --- or ... before white space.
func marker(line string) bool {
	if !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "...") {
		return false
	}
	return len(line) == 3 || isSpace(line[3])
}

// quoteEnd returns the offset behind the closing quote of the scalar that starts at an offset, or -1.
func quoteEnd(text string, at int) int {
	quote := text[at]
	for i := at + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// plainEnd returns the offset at which the text of a line ends: before a comment and the white space at its end.
func plainEnd(text string, at, end int) int {
	for i := at + 1; i < end; i++ {
		if text[i] == '#' && isSpace(text[i-1]) {
			end = i
			break
		}
	}
	return at + len(strings.TrimRight(text[at:end], " \t\r\n"))
}

// blockHeader reports whether the rest of a line is the header of a block: | or > with signs, and perhaps a comment.
func blockHeader(rest string) bool {
	if rest == "" || rest[0] != '|' && rest[0] != '>' {
		return false
	}
	signs, comment, ok := strings.Cut(rest[1:], " ")
	if tail := strings.TrimLeft(comment, " \t"); ok && tail != "" && tail[0] != '#' {
		return false
	}
	signs = strings.TrimRight(signs, "\t")
	return len(signs) <= 2 && strings.Trim(signs, "+-123456789") == ""
}

// nameAt reports whether a name starts at an offset, as that of an anchor does.
func nameAt(text string, at int) bool {
	if at >= len(text) {
		return false
	}
	c := text[at]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// Reasons why a plain text is not what was meant; each completes "YAML …".
const (
	reserved     = "keeps this sign for itself"
	afterQuote   = "ends the text at the closing quote"
	afterBracket = "ends the value at the closing bracket"
	colonInText  = "takes the colon for the end of a key"
	commentInIt  = "takes what follows # for a comment"
	commaInIt    = "ends the value at the comma"
	bracketInIt  = "takes the bracket for its own"
	dashFirst    = "takes the dash for an item of a list"
	questionMark = "takes the question mark for the start of a key"
	asTag        = "takes the ! for the start of a tag"
	asAnchor     = "takes the & for the start of an anchor"
	asAlias      = "takes the * for the start of an alias"
	asList       = "takes the [ for the start of a list"
	asMapping    = "takes the { for the start of a mapping"
	asBlock      = "takes this sign for the start of a block of text"
)

// firstFault says why a plain text cannot start as it does, or is "".
func firstFault(text string) string {
	if text == "" {
		return ""
	}
	before := len(text) == 1 || isSpace(text[1])
	switch text[0] {
	case '!':
		return asTag
	case '&':
		return asAnchor
	case '*':
		return asAlias
	case '[':
		return asList
	case '{':
		return asMapping
	case '|', '>':
		return asBlock
	case ']', '}', ',':
		return bracketOrComma(text[0])
	case '%', '@', '`':
		return reserved
	case '-':
		if before {
			return dashFirst
		}
	case '?':
		if before {
			return questionMark
		}
	case ':':
		if before {
			return colonInText
		}
	}
	return ""
}

func bracketOrComma(c byte) string {
	if c == ',' {
		return commaInIt
	}
	return bracketInIt
}

// plainFault says why YAML does not read a plain text as what it is, or is "".
func plainFault(text string, inBrackets bool) string {
	if reason := firstFault(text); reason != "" {
		return reason
	}
	if inBrackets && text != "" && text[0] == '?' {
		return questionMark
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == ':' && (i+1 == len(text) && !inBrackets || i+1 < len(text) && isSpace(text[i+1])):
			return colonInText
		case c == '#' && i > 0 && isSpace(text[i-1]):
			return commentInIt
		case inBrackets && strings.IndexByte(",[]{}", c) >= 0:
			return bracketOrComma(c)
		}
	}
	return ""
}

// celScan walks text in the language of conditions from an offset on, minding its quotes and brackets. It stops at
// limit, before a comment, or, in brackets of YAML, at the comma or bracket that ends the value there. Open tells that
// a quote or a bracket was not closed by then.
func celScan(text string, at, limit int, inBrackets bool) (stop int, open bool) {
	depth := 0
	for i := at; i < limit; i++ {
		switch c := text[i]; c {
		case '"', '\'':
			raw := i > at && (text[i-1] == 'r' || text[i-1] == 'R')
			close := celQuoteEnd(text[:limit], i, raw)
			if close < 0 {
				return limit, true
			}
			i = close - 1
		case '(', '[', '{':
			depth++
		case ')':
			depth = max(depth-1, 0)
		case ']', '}':
			if depth == 0 && inBrackets {
				return i, false
			}
			depth = max(depth-1, 0)
		case ',':
			if depth == 0 && inBrackets {
				return i, false
			}
		case '#':
			if i > at && isSpace(text[i-1]) {
				return i, depth > 0
			}
		}
	}
	return limit, depth > 0
}

// celQuoteEnd returns the offset behind the closing quote of a string of the language of conditions, or -1. Only a
// string in three quotes goes over several lines.
func celQuoteEnd(text string, at int, raw bool) int {
	quote := text[at : at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text[at:], triple) {
		quote = triple
	}
	for i := at + len(quote); i < len(text); i++ {
		switch {
		case text[i] == '\\' && !raw:
			i++
		case text[i] == '\n' && len(quote) == 1:
			return -1
		case strings.HasPrefix(text[i:], quote):
			return i + len(quote)
		}
	}
	return -1
}

// skipBlank returns the offset of the next thing that is neither white space nor a comment.
func skipBlank(text string, at int) int {
	for at < len(text) {
		switch {
		case isSpace(text[at]):
			at++
		case text[at] == '#' && (at == 0 || isSpace(text[at-1])):
			for at < len(text) && text[at] != '\n' {
				at++
			}
		default:
			return at
		}
	}
	return at
}

// propertyEnd returns the offset behind the tag, anchor or alias that starts at an offset.
func propertyEnd(text string, at int) int {
	end := at + 1
	if text[at] == '!' {
		for end < len(text) && !isSpace(text[end]) {
			end++
		}
		return end
	}
	for nameAt(text, end) {
		end++
	}
	return end
}
