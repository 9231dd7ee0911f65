package doc

import (
	"bytes"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/diag"
)

// The checks of size and characters, before anything is parsed. What passes is UTF-8 in which every reader sees the
// same lines: some take a lone carriage return, or the Unicode line separators, for the end of a line and others do
// not, so that a comment could hide a grant from whoever reviews it.

var byteOrderMark = []byte("\uFEFF")

// accept checks the bytes of a document and returns it as a file, or reports why it cannot be read.
func accept(name string, first int, source []byte, limits Limits, format string) (*file, diag.List) {
	refuse := func(f *file, rule string, offset int, message string) (*file, diag.List) {
		d := f.diagnose(format+rule, offset, offset+1, diag.Path{}, "%s", message)
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
	text := bytes.TrimPrefix(source, byteOrderMark)
	if at, message := badCharacter(text, format); at >= 0 {
		f := newFile(name, first, string(bytes.ToValidUTF8(text[:lineEnd(text, at)], []byte("\uFFFD"))))
		// Every bad byte before it would have been found first, so the offset holds in the cleaned text, too.
		return refuse(f, "-encoding", at, message)
	}
	return newFile(name, first, string(text)), nil
}

func lineEnd(text []byte, at int) int {
	if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(text)
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

// badCharacter returns the offset of the first thing that may not stand in a document, and why; -1 if there is none.
//
// JSON has no lines, and lets text hold every character but the controls.
func badCharacter(text []byte, format string) (int, string) {
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		if c == '\r' {
			if format == "json" || i+1 < len(text) && text[i+1] == '\n' {
				i++
				continue
			}
			return i, "a carriage return stands alone, and only some programs take it for the end of a line: end lines with a line feed"
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i, badByte(c, format)
		}
		if format != "json" || r < 0x20 {
			if why := badRune(r); why != "" {
				return i, why
			}
		}
		i += n
	}
	return -1, ""
}

func badRune(r rune) string {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xFFFE, r == 0xFFFF:
		return code(r) + " is a control character: remove it, or write it as an escape in double quotes"
	case r == 0x85, r == 0x2028, r == 0x2029:
		return code(r) + " is the end of a line for some programs only: remove it, or write it as an escape in double quotes"
	case r == 0xFEFF:
		return code(r) + ", a byte order mark, cannot be seen and may stand only at the start of the file: remove it"
	}
	return ""
}
