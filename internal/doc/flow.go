package doc

import "fmt"

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
			at++
			keyDue = true
		default:
			next, problem := o.flowEntry(at, limit, keyDue)
			if problem != nil {
				return at, problem
			}
			at = next
			keyDue = false
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
