// Package diag is how Trellis says that something is wrong: where, which rule, what, and how to mend it.
//
// A [Diagnostic] is one finding. A [List] is all the findings of one load, sorted by position; it is an error
// when at least one of them is. A policy that was built in Go has no lines: its diagnostics name the place in the model
// instead.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Severity tells an error, which keeps a policy from loading, from a warning, which does not.
type Severity uint8

const (
	Error   Severity = iota // nothing is loaded
	Warning                 // the policy loads; `authz validate --strict` refuses it
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Position is a place in a file. Line and Column count from 1, Column in characters (not bytes). The zero
// Position stands for a thing that was built in Go.
type Position struct {
	File   string
	Line   int
	Column int
}

// IsZero reports whether the position names no place in a file.
func (p Position) IsZero() bool { return p == Position{} }

// String returns file:line:col, the file alone when there is no line, or "-" for the zero Position. The file is
// Printable: folders come from elsewhere, too, and may be called anything.
func (p Position) String() string {
	file := Printable(p.File)
	switch {
	case p.Line > 0 && file != "":
		return file + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	case p.Line > 0:
		return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	case file != "":
		return file
	}
	return "-"
}

// Diagnostic is one finding about a file, or about a model that was built in Go.
type Diagnostic struct {
	Position            // zero when the model was built in Go
	Where      string   // the place in the model, such as "roles.admin.areas.billing"
	Severity   Severity // Error or Warning
	Rule       string   // the stable name of the rule, such as "unknown-area"
	Message    string   // one sentence, without a full stop
	Suggestion string   // a known name near to the one that was written, or ""
	Source     string   // the line of the file, without its end; "" when there is none
	Width      int      // how many characters of Source are meant, from Column on; at least 1
}

// String returns the diagnostic on one line: file:line:col: error[rule]: message; did you mean "x"? It is Printable,
// whatever the file, the place and the message hold.
func (d Diagnostic) String() string {
	place := d.Position.String()
	if d.IsZero() {
		place = Printable(d.Where)
	}
	if place == "" {
		place = "-"
	}
	return fmt.Sprintf("%s: %s[%s]: %s", place, d.Severity, d.Rule, d.text())
}

func (d Diagnostic) text() string {
	message := Printable(d.Message)
	if d.Suggestion == "" {
		return message
	}
	return fmt.Sprintf("%s; did you mean %q?", message, d.Suggestion)
}

// Problem is what is wrong with one text: a permission, a path, a name. Whoever read the text knows where it stands.
type Problem struct {
	Rule          string
	Message       string // one sentence, without a full stop
	Suggestion    string // a known name near to the one that was written, or ""
	Offset, Width int    // the part of the text that is meant, in bytes; a Width of 0 means all of it
}

// Error returns the sentence and the suggestion.
func (p *Problem) Error() string {
	return Diagnostic{Message: p.Message, Suggestion: p.Suggestion}.text()
}

// Style says how Render sets off the parts of a diagnostic. The zero Style is plain text.
type Style struct{ Color bool }

const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	reset  = "\x1b[0m"
)

// Render writes the diagnostic with its source line and a caret under the word that is meant:
//
//	example.policy.yaml:12:14: error[unknown-level]: there is no level "edti"; did you mean "edit"?
//	  12 |   areas: {billing: edti}
//	     |                    ^^^^
func (d Diagnostic) Render(w io.Writer, style Style) error { return d.render(w, style, &spot{}) }

func (d Diagnostic) render(w io.Writer, style Style, at *spot) error {
	head := d.String()
	if style.Color {
		tint := red
		if d.Severity == Warning {
			tint = yellow
		}
		tag := fmt.Sprintf("%s[%s]", d.Severity, d.Rule)
		head = strings.Replace(head, tag, tint+tag+reset, 1)
	}
	if _, err := fmt.Fprintln(w, head); err != nil {
		return err
	}
	if d.Line <= 0 || d.Source == "" {
		return nil
	}
	number := fmt.Sprintf("%4d", d.Line)
	line, pad, width := window(d.Source, at.seek(d.Source, d.Column-1), max(d.Width, 1))
	caret := strings.Repeat("^", width)
	if style.Color {
		caret = bold + caret + reset
	}
	_, err := fmt.Fprintf(w, "%s | %s\n%s | %s%s\n", number, line, strings.Repeat(" ", len(number)), pad, caret)
	return err
}

// The longest piece of a source line that is shown: a file may hold megabytes on one line.
const maxShown = 160

// window cuts a long line down to what surrounds the meant word, makes control characters harmless (a file must
// not be able to move the cursor of the one who reads the message) and returns the padding that puts the caret
// under the word.
func window(line string, at, width int) (text, pad string, shown int) {
	from, to := 0, len(line)
	if to > maxShown && (to > utf8.UTFMax*maxShown || utf8.RuneCountInString(line) > maxShown) {
		from = at
		for n := maxShown / 2; n > 0 && from > 0; n-- {
			_, size := utf8.DecodeLastRuneInString(line[:from])
			from -= size
		}
		to = from
		for n := maxShown; n > 0 && to < len(line); n-- {
			_, size := utf8.DecodeRuneInString(line[to:])
			to += size
		}
	}
	var b, p strings.Builder
	put := func(s string, i int) {
		b.WriteString(s)
		if i < at {
			p.WriteString(strings.Repeat(" ", utf8.RuneCountInString(s)))
		}
	}
	if from > 0 {
		put("…", -1)
	}
	for i, r := range line[from:to] {
		i += from
		switch {
		case r == '\t':
			b.WriteRune('\t')
			if i < at {
				p.WriteRune('\t')
			}
		case !printable(r):
			put(fmt.Sprintf("<%04X>", r), i)
		default:
			put(string(r), i)
		}
	}
	if to < len(line) {
		b.WriteString("…")
	}
	return b.String(), p.String(), max(1, min(width, utf8.RuneCountInString(line[at:to])))
}

// spot is a place in a line. Places that are looked for in their order cost what lies between them.
type spot struct {
	line           string
	column, offset int
}

// seek returns the offset of a column, counted in characters from 0, or that of the end of the line.
func (s *spot) seek(line string, column int) int {
	if s.line != line || column < s.column {
		*s = spot{line: line}
	}
	for s.column < column && s.offset < len(line) {
		_, size := utf8.DecodeRuneInString(line[s.offset:])
		s.offset += size
		s.column++
	}
	return s.offset
}

// printable reports whether a character may be shown as it is: no controls, and none of the characters that
// reorder or hide the text around them.
func printable(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfeff, r == 0xfffd:
		return false
	case r == 0x061c, r == 0x180e, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x2069:
		return false
	}
	return true
}

// Printable returns s with every character that could disturb a terminal or a log line replaced by its code
// point, <202E> for example. Messages quote what a file or a request holds through it.
func Printable(s string) string {
	plain := 0
	for plain < len(s) && s[plain] >= 0x20 && s[plain] < 0x7f {
		plain++
	}
	if strings.IndexFunc(s[plain:], func(r rune) bool { return !printable(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if printable(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "<%04X>", r)
		}
	}
	return b.String()
}

// Quote returns s in double quotes, printable and of at most 60 characters: how messages name what was written.
func Quote(s string) string {
	const most = 60
	n := 0
	for i := range s { // what is cut off may be megabytes
		if n++; n > most {
			s = s[:i] + "…"
			break
		}
	}
	return `"` + Printable(s) + `"`
}

// List is the findings of one load. As an error it prints them all, a line each.
type List []Diagnostic

// Error returns every diagnostic of the list, a line each.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error when it holds at least one diagnostic of severity Error, else nil.
func (l List) Err() error {
	if l.Count(Error) == 0 {
		return nil
	}
	return l
}

// Count returns how many diagnostics of the list have that severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Only returns the diagnostics of one severity, in order.
func (l List) Only(s Severity) List {
	return slices.DeleteFunc(slices.Clone(l), func(d Diagnostic) bool { return d.Severity != s })
}

// Sort orders the list by file, line, column, severity and rule, and drops what is said twice.
func (l List) Sort() List {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Where, b.Where),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(l)
}

// Render writes every diagnostic with its source line and caret.
func (l List) Render(w io.Writer, style Style) error {
	var at spot // a file may be one line of megabytes, with an error in every tenth byte
	for _, d := range l {
		if err := d.render(w, style, &at); err != nil {
			return err
		}
	}
	return nil
}

// From returns the diagnostics that err holds: those of every List in its tree, and nil when it holds none.
func From(err error) List {
	if list, ok := errors.AsType[List](err); ok {
		return list
	}
	return nil
}
