package doc

import "strings"

// The outline reads a document as its author meant it, line by line, where the YAML library reads it as it is. It is
// consulted only when the library refused the document or read a condition as something else than text, and finds the
// places where the two part: values that have to stand in quotes, quotes and brackets that are never closed, lines that
// are not lined up. It judges nothing alone: what it finds is put right and parsed again, and counts only if that helps.

// outline is the state of the walk.
type outline struct {
	file   *file
	text   string
	levels []level
	spare  int    // how many more bytes may be looked at in vain
	top    string // the key at the left margin that the walk is under
	tabbed int    // the last line that a tab indents
	comma  int    // the offset behind a blank that is read as the comma that is missing before it
	mends  []*mend
}

// Where a value in brackets ends is found by reading on until it does, and a hostile text makes every value end nowhere.
const vain = 16 << 20

// level is a mapping or a list that is open, written by indentation.
type level struct {
	column int
	list   bool
	wants  bool // its last entry has no value yet: what is indented deeper is that value
}

// look returns what is wrong with a text, in its order. The text has the lines of the file.
func look(f *file, text string) []*mend {
	o := &outline{file: f, text: text, spare: vain, tabbed: -2, comma: -1}
	for line := 0; line < len(f.lines); {
		line = max(o.line(line), line+1)
	}
	return o.mends
}

func (o *outline) end(line int) int { return min(o.file.end(line), len(o.text)) }

// line reads what starts on a line and returns the line on which the next thing starts.
func (o *outline) line(line int) int {
	from, end := o.file.lines[line], o.end(line)
	at := from
	for at < end && o.text[at] == ' ' {
		at++
	}
	if o.nothing(at, end) {
		return line + 1
	}
	if o.text[at] == '\t' {
		to := o.blanks(at, end)
		if to >= end {
			return line + 1
		}
		o.tab(line, at, to)
		if at = to; o.nothing(at, end) {
			return line + 1
		}
	}
	if at == from && marker(o.text[at:end]) {
		if at = o.blanks(at+3, end); o.nothing(at, end) {
			return line + 1
		}
	}
	return o.entry(line, at, end)
}

// tab reads the tabs that indent a line as as many spaces. Of lines that follow each other it is said once.
func (o *outline) tab(line, at, to int) {
	m := &mend{from: at, to: to, at: at, until: to, rule: "yaml-syntax", breaks: true, gone: true, whole: true}
	if line != o.tabbed+1 {
		m.message = tabIndents
	}
	o.tabbed = line
	o.mend(m)
}

// nothing reports whether there is nothing but a comment between two offsets.
func (o *outline) nothing(at, end int) bool { return at >= end || o.text[at] == '#' }

// blanks returns the offset of the next character that is no space and no tab.
func (o *outline) blanks(at, end int) int {
	for at < end && (o.text[at] == ' ' || o.text[at] == '\t') {
		at++
	}
	return at
}

// sign reports whether an indicator stands at an offset: it counts only before white space.
func (o *outline) sign(at, end int, c byte) bool {
	return at < end && o.text[at] == c && (at+1 >= end || isSpace(o.text[at+1]))
}

// entry reads an entry of a list or of a mapping, or a value that stands on lines of its own.
func (o *outline) entry(line, at, end int) int {
	item := false
	for o.sign(at, end, '-') || o.sign(at, end, '?') || o.sign(at, end, ':') {
		switch o.text[at] {
		case '-':
			if problem := o.open(at-o.file.lines[line], true); problem != "" {
				return o.block(line, at, end, problem)
			}
			item = true
		case '?', ':': // the long way to write a key and its value
			if problem := o.open(at-o.file.lines[line], false); problem != "" {
				return o.block(line, at, end, problem)
			}
		}
		if at = o.blanks(at+1, end); o.nothing(at, end) {
			return line + 1
		}
	}
	column := at - o.file.lines[line]
	key, colon := o.key(at, end)
	if next := o.unspacedKey(at, end, "{["); next > 0 {
		key, colon = o.text[at:next-1], next-1
	}
	if colon < 0 {
		return o.bare(line, at, end, item)
	}
	levels := o.levels
	if problem := o.open(column, false); problem != "" {
		if o.alone(colon+1, end) { // the lines after it belong to what was open before it
			o.levels = levels
			o.drop(at, end, at, plainEnd(o.text, at, end), o.misplaced(line, problem))
			return line + 1
		}
		return o.block(line, at, end, problem)
	}
	if column == 0 {
		o.top = key
	}
	o.checkKey(at, key)
	return o.value(line, at, colon+1, end, key)
}

// open enters the mapping or list of an entry at a column, or says why it cannot stand there.
func (o *outline) open(column int, list bool) (problem string) {
	left := false
	for len(o.levels) > 0 && o.last().column > column {
		o.levels = o.levels[:len(o.levels)-1]
		left = true
	}
	if len(o.levels) == 0 {
		if left {
			return "this line stands further left than the start of the document: line it up with the entries above it"
		}
		o.levels = append(o.levels, level{column, list, true})
		return ""
	}
	top := o.last()
	if top.column == column && top.list && !list && len(o.levels) > 1 && o.levels[len(o.levels)-2].column == column {
		o.levels = o.levels[:len(o.levels)-1] // back from a list that is written at the column of its own key
		top = o.last()
	}
	switch {
	case top.column == column && top.list == list:
		top.wants = true
	case top.column == column && list && top.wants, top.column < column && top.wants && !left:
		top.wants = false
		o.levels = append(o.levels, level{column, list, true})
	case top.column == column && list:
		return "an item of a list stands among the keys of a mapping: indent it under its key, or leave out the dash"
	case top.column == column:
		return "a key stands among the items of a list: put a dash before it, or line it up with the mapping it belongs to"
	case left:
		return "this line is not lined up with any entry above it: indent it as the entries that it belongs to"
	default:
		return "this line is indented deeper than the entry above it, which has its value already: line the two up"
	}
	return ""
}

func (o *outline) last() *level { return &o.levels[len(o.levels)-1] }

// block drops a line that cannot stand where it is, with what is indented under it.
func (o *outline) block(line, at, end int, problem string) int {
	problem = o.misplaced(line, problem)
	last := o.under(line, at-o.file.lines[line])
	o.drop(at, o.end(last), at, plainEnd(o.text, at, end), problem)
	return last + 1
}

// misplaced is what is said of a line that is not lined up: nothing of one that a tab indents. With spaces, it may be.
func (o *outline) misplaced(line int, problem string) string {
	if line == o.tabbed {
		return ""
	}
	return problem
}

// alone reports whether the value of a key ends on its line for sure: it is a plain word.
func (o *outline) alone(at, end int) bool {
	at = o.blanks(at, end)
	return nameAt(o.text, at) && at < end
}

// under returns the last line that belongs to a thing which starts on a line and stands at a column: what follows
// and is indented deeper.
func (o *outline) under(line, column int) int {
	last := line
	for l := line + 1; l < len(o.file.lines); l++ {
		from, end := o.file.lines[l], o.end(l)
		at := o.blanks(from, end)
		if at >= end {
			continue
		}
		if at-from <= column {
			break
		}
		last = l
	}
	return last
}

// key returns the key that stands at an offset and where its colon is, or -1 when there is none on the line.
func (o *outline) key(at, end int) (key string, colon int) {
	if c := o.text[at]; c == '"' || c == '\'' {
		close := quoteEnd(o.text[:end], at)
		if close < 0 {
			return "", -1
		}
		if next := o.blanks(close, end); o.sign(next, end, ':') {
			return o.text[at+1 : close-1], next
		}
		return "", -1
	} else if strings.IndexByte("{[|>#", c) >= 0 {
		return "", -1
	}
	for i := at; i < end; i++ {
		switch {
		case o.sign(i, end, ':'):
			return strings.TrimRight(o.text[at:i], " \t"), i
		case o.text[i] == '#' && isSpace(o.text[i-1]):
			return "", -1
		}
	}
	return "", -1
}

// checkKey records a key that has to stand in quotes, as "*" does.
func (o *outline) checkKey(at int, key string) {
	c := o.text[at]
	if key == "" || c == '"' || c == '\'' {
		return
	}
	if reason := firstFault(key); reason != "" {
		o.mend(&mend{from: at, to: at + len(key), at: at, until: at + len(key), rule: "yaml-key", breaks: true, key: true, message: keyAdvice(reason, key)})
	}
}

// bare reads a line, or what follows a dash, that has no key.
func (o *outline) bare(line, at, end int, item bool) int {
	column := at - o.file.lines[line]
	if len(o.levels) == 0 {
		return o.scalar(line, at, at, end, -1, "")
	}
	if !item {
		for len(o.levels) > 1 && o.last().column > column {
			o.levels = o.levels[:len(o.levels)-1]
		}
	}
	top := o.last()
	switch {
	case top.column < column && top.wants && o.lacksColon(line, at, end):
		return o.block(line, at, end, keyless(o.text[at:plainEnd(o.text, at, end)]))
	case top.column < column && top.wants:
		top.wants = false
		return o.scalar(line, at, at, end, top.column, "")
	case top.column < column: // a plain text goes on
		return line + 1
	}
	return o.block(line, at, end, keyless(o.text[at:plainEnd(o.text, at, end)]))
}

// lacksColon reports whether a plain text is meant for the first key of a mapping: the next line has a key, and stands
// at the same column.
func (o *outline) lacksColon(line, at, end int) bool {
	if !nameAt(o.text, at) {
		return false
	}
	for next := line + 1; next < len(o.file.lines); next++ {
		from, to := o.file.lines[next], o.end(next)
		start := o.blanks(from, to)
		if o.nothing(start, to) {
			continue
		}
		_, colon := o.key(start, to)
		return start-from == at-o.file.lines[line] && colon >= 0
	}
	return false
}

// keyless says why a line that has no key cannot stand among the keys of a mapping.
func keyless(line string) string {
	word, _, _ := strings.Cut(line, " ")
	if name, rest, ok := strings.Cut(word, ":"); ok && name != "" && rest != "" {
		return "a space is missing after the colon: write " + brief(name) + ": " + brief(rest)
	}
	if value := strings.TrimLeft(line[len(word):], " \t"); nameAt(word, 0) && value != "" && (!strings.ContainsAny(value, " \t") || value[0] == '{' || value[0] == '[') {
		return "a colon is missing after the key: write " + brief(word) + ": " + brief(value)
	}
	return "this line has no key: write a key and a colon before it, or indent it under the key that it belongs to"
}

// value reads the value of a key, from the end of its colon on.
func (o *outline) value(line, start, at, end int, key string) int {
	column := start - o.file.lines[line]
	condition := key == "when" && holdsConditions(o.top)
	at = o.blanks(at, end)
	if !o.nothing(at, end) {
		o.last().wants = false
		if condition {
			return o.condition(line, at, column)
		}
		return o.scalar(line, start, at, end, column, key)
	}
	o.last().wants = true
	if !condition {
		return line + 1
	}
	next := skipBlank(o.text, at)
	if next >= len(o.text) {
		return line + 1
	}
	l := o.file.line(next)
	if next-o.file.lines[l] <= column || o.sign(next, o.end(l), '-') {
		return line + 1
	}
	o.last().wants = false
	return o.condition(l, next, column)
}

// scalar reads a value, be it a scalar or in brackets. Lines that are indented deeper than the column belong to it.
// Start is where its key stands, if it has one, or else the value itself.
func (o *outline) scalar(line, start, at, end, column int, key string) int {
	for o.text[at] == '!' || o.text[at] == '&' && nameAt(o.text, at+1) { // reported when the nodes are built
		if at = o.blanks(propertyEnd(o.text, at), end); o.nothing(at, end) {
			if len(o.levels) > 0 {
				o.last().wants = true
			}
			return line + 1
		}
	}
	switch c := o.text[at]; {
	case blockHeader(o.text[at:end]):
		return o.under(line, column) + 1
	case c == '"' || c == '\'':
		return o.quoted(line, at, column, key)
	case c == '{' || c == '[':
		return o.brackets(line, at, column, key)
	}
	stop := plainEnd(o.text, at, end)
	if reason := plainFault(o.text[at:stop], false); reason != "" {
		return o.refuse(line, at, stop, column, key, reason)
	}
	return line + 1
}

// quoted reads a scalar in quotes in a block.
func (o *outline) quoted(line, at, column int, key string) int {
	last := o.under(line, column)
	limit := o.end(last)
	close := quoteEnd(o.text[:limit], at)
	if close < 0 {
		o.mend(&mend{from: at, to: limit, at: at, until: at + 1, rule: "yaml-syntax", breaks: true, message: openQuote})
		return last + 1
	}
	line = o.file.line(close)
	end := o.end(line)
	if next := o.blanks(close, end); next < end && (o.text[next] != '#' || next == close) {
		return o.refuse(line, at, plainEnd(o.text, next, end), column, key, afterQuote)
	}
	return line + 1
}

// brackets reads a mapping or a list in brackets in a block.
func (o *outline) brackets(line, at, column int, key string) int {
	last := o.under(line, column)
	for last+1 < len(o.file.lines) { // closing brackets may stand under the key, or at the margin
		next := o.blanks(o.file.lines[last+1], o.end(last+1))
		if next >= o.end(last+1) || o.text[next] != ']' && o.text[next] != '}' {
			break
		}
		last = o.under(last+1, column)
	}
	limit := o.end(last)
	count := len(o.mends)
	close, fault := o.flow(at, limit)
	if fault != nil {
		o.mends = o.mends[:count] // they lie within what is replaced as a whole
		o.mend(&mend{from: at, to: limit, at: fault.from, until: fault.to, rule: "yaml-syntax", breaks: true, message: fault.message})
		return last + 1
	}
	line = o.file.line(close)
	end := o.end(line)
	if next := o.blanks(close, end); next < end && (o.text[next] != '#' || next == close) {
		o.mends = o.mends[:count]
		return o.refuse(line, at, plainEnd(o.text, next, end), column, key, afterBracket)
	}
	return line + 1
}

// refuse records a value that has to stand in quotes, and that ends on a line. What is indented under it belongs to it.
func (o *outline) refuse(line, at, stop, column int, key, reason string) int {
	last := o.under(line, column)
	to := stop
	if last > line {
		to = o.end(last)
	}
	m := &mend{from: at, to: to, at: at, until: stop, breaks: true}
	if o.text[at] == '*' && nameAt(o.text, at+1) {
		m.rule, m.message = "yaml-anchor", aliasMessage(o.text[at:stop])
	} else {
		m.rule, m.message = "yaml-syntax", quoteAdvice(reason, key, o.text[at:stop])
	}
	o.mend(m)
	return last + 1
}

// mend records what is wrong, as long as anybody would read it.
func (o *outline) mend(m *mend) {
	if len(o.mends) < mostErrors {
		o.mends = append(o.mends, m)
	}
}

// drop records a line that has to be taken out before the rest can be read.
func (o *outline) drop(from, to, at, until int, message string) {
	o.mend(&mend{from: from, to: to, at: at, until: until, rule: "yaml-syntax", message: message, breaks: true, gone: true})
}
