// Package names holds the rules for the names that authors may choose, and for the ids of scopes and principals.
package names

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a name may look like, as messages say it.
const (
	NameRule       = "a name is a small letter, then small letters, digits, - and _"
	DottedRule     = "a name is a small letter, then small letters, digits, - and _, its steps joined with dots"
	IdentifierRule = "a name is a small letter, then small letters, digits and _"
)

// MaxLength bounds a name, in bytes: names stand in tables, messages and logs.
const MaxLength = 256

// MaxID bounds an id, in bytes.
const MaxID = 256

// Name reports whether s is [a-z][a-z0-9_-]*: a role, a profile, a group, one step of an area.
func Name(s string) bool { return valid(s, true) }

// Identifier reports whether s is [a-z][a-z0-9_]*: a scope kind or an attribute, which CEL must be able to read.
func Identifier(s string) bool { return valid(s, false) }

// Dotted reports whether s is one or more names joined with dots: an area or an action.
func Dotted(s string) bool {
	for step := range strings.SplitSeq(s, ".") {
		if !Name(step) {
			return false
		}
	}
	return len(s) <= MaxLength
}

func valid(s string, hyphen bool) bool {
	if s == "" || len(s) > MaxLength || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-' && hyphen:
		default:
			return false
		}
	}
	return true
}

// BadID says what keeps s from being the id of a scope or a principal, as the end of a sentence ("is empty"), or
// "" when it is one: valid UTF-8 of 1 to 256 bytes without a slash, white space or control characters.
func BadID(s string) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > MaxID:
		return fmt.Sprintf("is longer than %d bytes", MaxID)
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	}
	for _, r := range s {
		switch {
		case r == '/':
			return "holds a slash"
		case unicode.IsSpace(r):
			return "holds white space"
		case unicode.IsControl(r):
			return "holds a control character"
		}
	}
	return ""
}
