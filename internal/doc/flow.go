package doc

import (
	"fmt"
	"strings"
)

// fault is why brackets cannot be read as they stand.
type fault struct {
	from, to int
	message  string
}

// flow reads what stands in brackets from an offset on, up to limit, and returns the offset behind it. Values in it
// that have to stand in quotes are recorded.
func (o *outline) flow(at, limit int) (int, *fault) {
	var open []int // the brackets that are open
	keyDue := false
	for {
		if at = skipBlank(o.text[:limit], at); at >= limit {
			return at, unclosed(o.text, open[len(open)-1])
		}
		switch c := o.text[at]; c {
		case '[', '{':
			open = append(open, at)
			at++
			keyDue = true
		case ']', '}':
			from := open[len(open)-1]
			if c != closing(o.text[from]) {
				line, column := o.file.line(from)+1, o.file.position(from).Column
				return at, &fault{at, at + 1, fmt.Sprintf("this %c cannot close the %c of line %d, column %d: write %c, or quotes if it is part of a text",
					c, o.text[from], line, column, closing(o.text[from]))}
			}
			at++
			keyDue = false
			if open = open[:len(open)-1]; len(open) == 0 {
				return at, nil
			}
		case ',':
			if keyDue {
				o.mend(&mend{from: at, to: at + 1, at: at, until: at + 1, rule: "yaml-syntax", breaks: true, gone: true, whole: true,
					message: "nothing stands before this comma: leave the comma out"})
			}
			at++
			keyDue = true
		default:
			if !keyDue {
				keyDue = o.lacksComma(at, at, limit)
			}
			next, problem := o.flowEntry(at, limit, keyDue)
			if problem != nil {
				return at, problem
			}
			at = next
			keyDue = o.comma == at
		}
	}
}

func closing(c byte) byte {
	if c == '[' {
		return ']'
	}
	return '}'
}

func unclosed(text string, at int) *fault {
	return &fault{at, at + 1, fmt.Sprintf("this %c is never closed: end it with %c", text[at], closing(text[at]))}
}

// flowEntry reads a key with its value, or a value alone, and returns the offset behind it: at a comma or a bracket,
// or, for a value in brackets, at its start.
func (o *outline) flowEntry(at, limit int, keyDue bool) (int, *fault) {
	if colon := o.unspacedKey(at, limit, "{[\"'"); keyDue && colon > 0 {
		return colon, nil
	}
	if key, colon := o.flowKey(at, limit); keyDue && colon >= 0 {
		o.checkKey(at, key)
		value := skipBlank(o.text[:limit], colon+1)
		if value >= limit || endsValue(o.text[value]) { // nothing after the colon: fine
			return value, nil
		}
		if key == "when" && holdsConditions(o.top) {
			return o.flowCondition(value, limit), nil
		}
		return o.flowValue(value, limit, key)
	}
	return o.flowValue(at, limit, "")
}

// lacksComma reports whether a key stands at an offset, with nothing but white space between it and the end of the value
// before it. That is as if there were a comma, and the value that starts at another offset ends there.
func (o *outline) lacksComma(value, at, limit int) bool {
	key, colon := o.flowKey(at, limit)
	if colon < 0 || !nameAt(o.text, at) || strings.ContainsAny(key, " \t") || o.text[at-1] != ' ' && o.text[at-1] != '\t' {
		return false
	}
	m := &mend{from: at - 1, to: at, at: at, until: at + len(key), rule: "yaml-syntax", fill: ",", breaks: true, whole: true,
		message: "a comma is missing before " + brief(key)}
	if before := strings.TrimRight(o.text[:at], " \t\r\n"); o.file.line(len(before)) < o.file.line(at) && value < at {
		m.at, m.until, m.message = value, len(before), "a comma is missing at the end of this line"
	}
	o.mend(m)
	return true
}

// nextKey returns where, within a plain text in brackets, the word starts that a colon makes a key; -1 if the text is not
// one word, or one line, before it.
func (o *outline) nextKey(at, limit int) int {
	for i := at; i < limit && strings.IndexByte(",[]{}\"'#", o.text[i]) < 0; i++ {
		if !o.sign(i, limit, ':') {
			continue
		}
		word := i
		for word > at && !isSpace(o.text[word-1]) {
			word--
		}
		if before := strings.TrimSpace(o.text[at:word]); before == "" || strings.ContainsAny(before, " \t") && !strings.Contains(o.text[at:word], "\n") {
			return -1
		}
		return word
	}
	return -1
}

// unspacedKey finds a key with one of some signs, of brackets and quotes, right behind its colon, which YAML takes for a
// part of it, and returns the offset of that; or -1. A key that is a letter shorter leaves room for the space.
func (o *outline) unspacedKey(at, limit int, signs string) int {
	colon := at
	for colon < limit && (nameAt(o.text, colon) || o.text[colon] == '.') {
		colon++
	}
	if colon-at < 2 || colon+1 >= limit || o.text[colon] != ':' || strings.IndexByte(signs, o.text[colon+1]) < 0 {
		return -1
	}
	key := o.text[at:colon]
	o.mend(&mend{from: at, to: colon + 1, at: at, until: colon + 1, rule: "yaml-key-space", breaks: true, key: true, whole: true,
		fill: strings.Repeat("x", len(key)-1) + ": ", message: "a space is missing after the colon: write " + brief(key) + ": " + o.text[colon+1:colon+2]})
	return colon + 1
}

// flowKey returns the key that stands at an offset, and where its colon is, or -1.
func (o *outline) flowKey(at, limit int) (key string, colon int) {
	if c := o.text[at]; c == '"' || c == '\'' {
		close := quoteEnd(o.text[:limit], at)
		if close < 0 {
			return "", -1
		}
		if next := skipBlank(o.text[:limit], close); next < limit && o.text[next] == ':' {
			return o.text[at+1 : close-1], next
		}
		return "", -1
	}
	for i := at; i < limit; i++ {
		switch c := o.text[i]; {
		case o.sign(i, limit, ':'):
			return o.text[at:plainEnd(o.text, at, i)], i
		case c == ',' || c == '[' || c == ']' || c == '{' || c == '}' || c == '\n':
			return "", -1
		}
	}
	return "", -1
}

// flowValue reads a value that is no condition.
func (o *outline) flowValue(at, limit int, key string) (int, *fault) {
	for o.text[at] == '!' || o.text[at] == '&' && nameAt(o.text, at+1) { // reported when the nodes are built
		from := at
		for at < limit && !isSpace(o.text[at]) && !endsValue(o.text[at]) {
			at++
		}
		if o.text[from] == '!' && at < limit && endsValue(o.text[at]) { // the library takes the comma for a part of the tag
			o.mend(&mend{from: from, to: at, at: from, until: at, breaks: true, rule: "yaml-tag", message: tagMessage(o.text[from:at])})
		}
		if at = skipBlank(o.text[:limit], at); at >= limit || endsValue(o.text[at]) {
			return at, nil
		}
	}
	switch c := o.text[at]; c {
	case '[', '{':
		return at, nil
	case '"', '\'':
		close := quoteEnd(o.text[:limit], at)
		if close < 0 {
			return at, &fault{at, at + 1, openQuote}
		}
		next := skipBlank(o.text[:limit], close)
		if next < limit && !endsValue(o.text[next]) && o.text[next] != ':' {
			if o.lacksComma(at, next, limit) {
				o.comma = next
				return next, nil
			}
			return o.flowRefuse(at, o.flowEnd(close, limit), key, afterQuote), nil
		}
		if next < limit && o.text[next] == ':' { // a key after all, written out of place: the library judges it
			next++
		}
		return next, nil
	case '*':
		if nameAt(o.text, at+1) {
			stop := o.flowEnd(at, limit)
			o.mend(&mend{from: at, to: stop, at: at, until: stop, breaks: true, rule: "yaml-anchor", message: aliasMessage(o.text[at:stop])})
			return stop, nil
		}
	}
	if next := o.nextKey(at, limit); next >= 0 && firstFault(o.text[at:next]) == "" && o.lacksComma(at, next, limit) {
		o.comma = next
		return next, nil
	}
	stop := o.flowEnd(at, limit)
	if reason := plainFault(o.text[at:stop], true); reason != "" {
		return o.flowRefuse(at, stop, key, reason), nil
	}
	return stop, nil
}

func endsValue(c byte) bool { return c == ',' || c == ']' || c == '}' }

// flowEnd returns where a value in brackets ends as its author meant it: brackets within it are part of it.
func (o *outline) flowEnd(at, limit int) int {
	stop := o.celEnd(at, limit)
	if stop >= limit { // a quote within a word, or a bracket that is open: trust the line
		line := o.end(o.file.line(at))
		stop = at
		for stop < line && !endsValue(o.text[stop]) {
			stop++
		}
	}
	return max(at+1, plainEnd(o.text, at, stop))
}

// celEnd returns the comma or bracket at which a value in brackets ends, or limit when it has no end.
func (o *outline) celEnd(at, limit int) int {
	if o.spare <= 0 {
		return limit
	}
	stop, _ := celScan(o.text, at, limit, true)
	if stop >= limit || !endsValue(o.text[stop]) {
		o.spare -= stop - at
		return limit
	}
	return stop
}

func (o *outline) flowRefuse(at, stop int, key, reason string) int {
	o.mend(&mend{from: at, to: stop, at: at, until: stop, breaks: true, rule: "yaml-syntax", message: quoteAdvice(reason, key, o.text[at:stop])})
	return stop
}
