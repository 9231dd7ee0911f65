package doc

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// The checks of size and characters, before anything is parsed. What passes is UTF-8 in which every reader sees the
// same lines: some take a lone carriage return, or the Unicode line separators, for the end of a line and others do
// not, so that a comment could hide a grant from whoever reviews it.

var byteOrderMark = []byte("\uFEFF")

// accept checks the bytes of a document and returns it as a file, with a report of every character in it that may not
// stand there; or no file, when it cannot be read at all.
func accept(name string, first int, source []byte, limits Limits, format string) (*file, diag.List) {
	refuse := func(f *file, rule string, offset int, message string) (*file, diag.List) {
		d := f.diagnose(format+rule, offset, offset+1, report.Path{}, "%s", message)
		return nil, diag.List{d}
	}
	if len(source) > limits.Size {
		f := newFile(name, first, "")
		return refuse(f, "-size", 0, tooLarge(len(source), limits.Size))
	}
	if wide := wideEncoding(source); wide != "" {
		f := newFile(name, first, "")
		return refuse(f, "-encoding", 0, badEncoding(wide, format))
	}
	raw := bytes.TrimPrefix(source, byteOrderMark)
	f := newFile(name, first, string(bytes.ToValidUTF8(raw, replacement)))
	var list diag.List
	say := func(c badChar, rule, message string) {
		f.bad = append(f.bad, c)
		d := f.diagnose(rule, c.from, c.to, report.Path{}, "%s", message)
		d.Width = 1
		list = append(list, d)
	}
	wrong := firstBadByte(raw)
	for _, c := range badCharacters(f.text, format, wrong) {
		switch {
		case len(f.bad) == mostBad:
			say(c, report.RuleTooMany, "here is one more character than are shown of a file that may not stand in one: it is no text")
			return nil, list
		case c.why != "":
			say(c, format+"-encoding", c.why)
		case c.from == wrong: // once: it is the file that is saved in another encoding, not each of its characters
			say(c, format+"-encoding", badByte(raw[wrong], format))
		default:
			f.bad = append(f.bad, c)
		}
		if c.ends {
			return nil, list
		}
	}
	return f, list
}

// A file with more characters than this that may not stand in one is no text: nothing else in it is looked at.
const mostBad = 100

var replacement = []byte("\uFFFD")

// badChar is a character that may not stand in a document.
type badChar struct {
	from, to int
	why      string // "": bytes that are no UTF-8
	ends     bool   // nobody knows where the lines after it end
}

// firstBadByte returns the offset of the first byte that is no UTF-8, or -1.
func firstBadByte(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// clean returns the text with everything that may not stand in it replaced by a letter of as many bytes.
func (f *file) clean() string {
	if len(f.bad) == 0 {
		return f.text
	}
	text := []byte(f.text)
	for _, c := range f.bad {
		copy(text[c.from:c.to], fillers[c.to-c.from])
	}
	return string(text)
}

// spoiled reports whether one of the characters that may not stand there stands between two offsets.
func (f *file) spoiled(from, to int) bool {
	i := sort.Search(len(f.bad), func(i int) bool { return f.bad[i].from >= from })
	return i < len(f.bad) && f.bad[i].from < to
}

// wideEncoding names the encoding of two or four bytes a character that a file is written in, or is "".
func wideEncoding(source []byte) string {
	switch {
	case bytes.HasPrefix(source, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(source, []byte{0, 0, 0xFE, 0xFF}):
		return "UTF-32"
	case bytes.HasPrefix(source, []byte{0xFF, 0xFE}), bytes.HasPrefix(source, []byte{0xFE, 0xFF}):
		return "UTF-16"
	case len(source) >= 4 && (source[0] == 0) != (source[1] == 0) && (source[0] == 0) == (source[2] == 0) && (source[1] == 0) == (source[3] == 0):
		return "UTF-16" // without a mark, and the first characters are of ASCII
	}
	return ""
}

// badCharacters returns what may not stand in a document, in order, up to one more than are shown. Bytes that were no
// UTF-8, of which the first stood at an offset, are replacement characters by now.
//
// JSON has no lines, and lets text hold every character but the controls: it brings ids and facts, in whatever script,
// and nobody reviews it as one does a policy.
func badCharacters(text, format string, wrong int) (list []badChar) {
	for i := 0; i < len(text) && len(list) <= mostBad; {
		c := text[i]
		if c >= 0x20 && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		if c == '\r' {
			if format != "json" && !(i+1 < len(text) && text[i+1] == '\n') {
				return append(list, badChar{i, i + 1, "a carriage return stands alone, and only some programs take it for the end of a line: end lines with a line feed", true})
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		why := ""
		if format != "json" || r < 0x20 { // else a megabyte of them would cost a message each
			why = badRune(r)
		}
		switch {
		case why != "":
			list = append(list, badChar{from: i, to: i + n, why: why})
		case wrong >= 0 && i >= wrong && r == utf8.RuneError:
			list = append(list, badChar{from: i, to: i + n})
		}
		i += n
	}
	return list
}

func badRune(r rune) string {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xFFFE, r == 0xFFFF:
		return code(r) + " is a control character: remove it, or write it as an escape in double quotes"
	case r == 0x85, r == 0x2028, r == 0x2029:
		return code(r) + " is the end of a line for some programs only: remove it, or write it as an escape in double quotes"
	case r == 0xFEFF:
		return code(r) + ", a byte order mark, cannot be seen and may stand only at the start of the file: remove it"
	case hidden(r):
		return code(r) + " cannot be seen, or changes the order in which what is around it is shown: remove it, or write it as an escape in double quotes"
	}
	return ""
}

// hidden reports whether a character has no width, or reorders the text around it: what a reviewer reads would not be
// what is there.
func hidden(r rune) bool {
	switch {
	case r == 0x061C, r == 0x180E, r == 0xFEFF:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069:
		return true
	}
	return false
}
