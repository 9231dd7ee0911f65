package doc

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// file is a document's text and where its lines start.
type file struct {
	name  string
	text  string // without a byte order mark at its start
	first int    // the number of its first line: more than 1 for a line of a stream
	lines []int  // the offset at which each line starts
	marks []int  // how many characters stand before each stride of the text
	bad   []badChar
}

// Columns are counted from the last mark, not from the start of the line: a file of one line of megabytes may hold
// an error in every tenth byte of it.
const stride = 1 << 10

func newFile(name string, first int, text string) *file {
	f := &file{name: name, text: text, first: first, lines: []int{0}, marks: []int{0}}
	for i := stride; i <= len(text); i += stride {
		f.marks = append(f.marks, f.marks[len(f.marks)-1]+starts(text[i-stride:i]))
	}
	for i := 0; ; {
		n := strings.IndexByte(text[i:], '\n')
		if n < 0 {
			return f
		}
		i += n + 1
		f.lines = append(f.lines, i)
	}
}

// line returns the number of the line, counted from 0 within the file, that an offset lies in.
func (f *file) line(offset int) int {
	return sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > offset }) - 1
}

// end returns the offset at which a line ends, its line break not included.
func (f *file) end(line int) int {
	end := len(f.text)
	if line+1 < len(f.lines) {
		end = f.lines[line+1] - 1
	}
	if end > f.lines[line] && f.text[end-1] == '\r' {
		end--
	}
	return end
}

// source returns a line without its line break.
func (f *file) source(line int) string { return f.text[f.lines[line]:f.end(line)] }

// position returns the place of an offset.
func (f *file) position(offset int) diag.Position {
	offset = max(0, min(offset, len(f.text)))
	l := f.line(offset)
	return diag.Position{File: f.name, Line: l + f.first, Column: f.between(f.lines[l], offset) + 1}
}

// between returns how many characters start between two offsets: of most lines that is soon counted.
func (f *file) between(from, to int) int {
	if to-from < stride {
		return starts(f.text[from:to])
	}
	return f.before(to) - f.before(from)
}

// before returns how many characters start before an offset.
func (f *file) before(offset int) int {
	return f.marks[offset/stride] + starts(f.text[offset-offset%stride:offset])
}

// starts counts the characters that start in a piece of text, which may be cut within one.
func starts(text string) int {
	n := 0
	for i := range len(text) {
		if utf8.RuneStart(text[i]) {
			n++
		}
	}
	return n
}

// span returns the place of an offset, its line, and how many characters of that line lie between from and to: at
// least 1. An offset at the end of the file, where there is nothing to show, moves back to the last text before it.
func (f *file) span(from, to int) (pos diag.Position, source string, width int) {
	from = max(0, min(from, len(f.text)))
	if strings.TrimLeft(f.text[from:], " \t\r\n") == "" {
		if back := len(strings.TrimRight(f.text[:from], " \t\r\n")); f.line(back) != f.line(from) {
			from, to = back, back
		}
	}
	l := f.line(from)
	from = min(from, f.end(l)) // the two characters of a line break are none of the line
	to = max(from, min(to, f.end(l)))
	return f.position(from), f.source(l), max(1, utf8.RuneCountInString(f.text[from:to]))
}

// diagnose returns an error about the text between two offsets.
func (f *file) diagnose(rule string, from, to int, where report.Path, format string, args ...any) diag.Diagnostic {
	d := diag.Diagnostic{Where: where.String(), Severity: diag.Error, Rule: rule, Message: fmt.Sprintf(format, args...)}
	d.Position, d.Source, d.Width = f.span(from, to)
	return d
}

// cursor turns lines and columns, as the YAML library counts them, into offsets. Places that are asked for in the
// order of the file cost what lies between them, so that a file of one long line is still read in linear time.
type cursor struct {
	f                    *file
	line, column, offset int // from 0
}

func (c *cursor) seek(line, column int) int {
	line = max(0, min(line, len(c.f.lines)-1))
	if line != c.line {
		c.line, c.column, c.offset = line, 0, c.f.lines[line]
	}
	end := c.f.end(line)
	for c.column < column && c.offset < end {
		_, n := utf8.DecodeRuneInString(c.f.text[c.offset:])
		c.offset += n
		c.column++
	}
	for c.column > column && c.offset > c.f.lines[line] {
		_, n := utf8.DecodeLastRuneInString(c.f.text[:c.offset])
		c.offset -= n
		c.column--
	}
	return c.offset
}

// forward moves to an offset at or after that of the last call, and returns itself.
func (c *cursor) forward(offset int) *cursor {
	for c.line+1 < len(c.f.lines) && c.f.lines[c.line+1] <= offset {
		c.line++
		c.column, c.offset = 0, c.f.lines[c.line]
	}
	if offset > c.offset {
		c.column += utf8.RuneCountInString(c.f.text[c.offset:offset])
		c.offset = offset
	}
	return c
}
