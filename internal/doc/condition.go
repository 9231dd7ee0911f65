package doc

import "strings"

// Conditions that plain YAML cannot hold: everybody's first mistake. A condition is text in a language of its own that
// starts with !, asks "a" in b and chooses a ? b : c, all of which mean something else to YAML.

// holdsConditions reports whether a `when` under a key at the left margin is a condition. Elsewhere it is the name of
// an attribute, or a fact about something, and may be a list.
func holdsConditions(top string) bool {
	switch top {
	case "scopes", "principal", "principals", "request", "groups", "checks", "matrices":
		return false
	}
	return true
}

// condition reads a condition in a block that starts at an offset of a line; what is indented deeper than the column
// of its key belongs to it.
func (o *outline) condition(line, at, column int) int {
	last := o.underCondition(line, column)
	limit, end := o.end(last), o.end(line)
	switch c := o.text[at]; {
	case blockHeader(o.text[at:end]):
		if under := o.under(line, column); under > line {
			return under + 1
		}
		if o.text[at:plainEnd(o.text, at, end)] == o.text[at:at+1] {
			return line + 1 // nothing but the sign: an empty text, which is not for us to judge
		}
	case c == '"' || c == '\'':
		close := quoteEnd(o.text[:limit], at)
		if close < 0 {
			o.mend(&mend{from: at, to: limit, at: at, until: at + 1, rule: "yaml-syntax", breaks: true, message: openQuote})
			return last + 1
		}
		next := o.blanks(close, o.end(o.file.line(close)))
		if next >= o.end(o.file.line(close)) || o.text[next] == '#' && next > close {
			return o.file.line(close) + 1
		}
		o.misread(at, o.conditionEnd(at, limit), afterQuote, true)
		return last + 1
	}
	stop := o.conditionEnd(at, limit)
	text := o.text[at:stop]
	if reason := plainFault(text, false); reason != "" {
		o.misread(at, stop, reason, reason != asTag && reason != asAnchor && reason != commentInIt)
	}
	return last + 1
}

// underCondition is under, but stops before a line that is a key of its own, indented too deep.
func (o *outline) underCondition(line, column int) int {
	last := o.under(line, column)
	for l := line + 1; l <= last; l++ {
		end := o.end(l)
		at := o.blanks(o.file.lines[l], end)
		word := at
		for word < end && (nameAt(o.text, word) || o.text[word] == '.') {
			word++
		}
		if word > at && o.sign(word, end, ':') {
			return l - 1
		}
	}
	return last
}

// conditionEnd returns where the text of a condition in a block ends.
func (o *outline) conditionEnd(at, limit int) int {
	stop, _ := celScan(o.text, at, limit, false)
	return at + len(strings.TrimRight(o.text[at:stop], " \t\r\n"))
}

// flowCondition reads a condition in brackets and returns the offset behind it.
func (o *outline) flowCondition(at, limit int) int {
	if c := o.text[at]; c == '"' || c == '\'' {
		if close := quoteEnd(o.text[:limit], at); close >= 0 {
			if next := skipBlank(o.text[:limit], close); next >= limit || endsValue(o.text[next]) {
				return next
			}
		}
	}
	stop := o.celEnd(at, limit)
	if stop >= limit {
		stop = o.flowEnd(at, limit)
	}
	stop = at + max(1, len(strings.TrimRight(o.text[at:stop], " \t\r\n")))
	text := o.text[at:stop]
	reason := plainFault(text, true)
	switch {
	case text[0] == '"' || text[0] == '\'':
		reason = afterQuote
	case reason == "":
		return stop
	}
	o.misread(at, stop, reason, true)
	return stop
}

// misread records a condition that YAML takes for something else.
func (o *outline) misread(at, stop int, reason string, breaks bool) {
	m := &mend{
		from: at, to: stop, at: at, until: stop, breaks: breaks, condition: true,
		rule: "quote-condition", message: quoteAdvice(reason, "when", o.text[at:stop]),
	}
	if text := o.text[at:stop]; meansItself(reason, text) {
		m.meant = unquoted(reason, text)
		m.meantAt = at + strings.Index(text, m.meant)
	}
	o.mend(m)
}

// meansItself reports whether a text that YAML takes for something else is without doubt a condition, which is then
// compiled as one: it is on one line, and its quotes and brackets are closed.
func meansItself(reason, text string) bool {
	switch reason {
	case asTag, afterQuote, afterBracket, bracketInIt, commaInIt:
	case colonInText:
		if !strings.Contains(text, "?") {
			return false
		}
	default:
		return false
	}
	inner := unquoted(reason, text)
	_, open := celScan(inner, 0, len(inner), false)
	return !open && !strings.Contains(text, "\n")
}
