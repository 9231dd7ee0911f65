// Package names holds the rules for the names that authors may choose.
package names

import "strings"

// What a name may look like, as messages say it.
const (
	NameRule       = "a name is a small letter, then small letters, digits, - and _"
	DottedRule     = "a name is a small letter, then small letters, digits, - and _, its steps joined with dots"
	IdentifierRule = "a name is a small letter, then small letters, digits and _"
)

// MaxLength bounds a name, in bytes: names stand in tables, messages and logs.
const MaxLength = 256

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
