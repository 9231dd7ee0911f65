package names

import (
	"strings"
	"testing"
)

// "Names are [a-z][a-z0-9_-]* (areas and actions joined with dots); scope kinds and attributes [a-z][a-z0-9_]*"
func TestNames(t *testing.T) {
	for _, c := range []struct {
		s                        string
		name, identifier, dotted bool
	}{
		{"admin", true, true, true},
		{"a", true, true, true},
		{"a_1", true, true, true},
		{"org-admin", true, false, true},
		{"a.b", false, false, true},
		{"a-1.b_2.c", false, false, true},
		{"", false, false, false},
		{"Admin", false, false, false},
		{"aB", false, false, false},
		{"1a", false, false, false},
		{"_a", false, false, false},
		{"-a", false, false, false},
		{"a b", false, false, false},
		{"a:b", false, false, false},
		{"a/b", false, false, false},
		{"*", false, false, false},
		{"ä", false, false, false},
		{"a.", false, false, false},
		{".a", false, false, false},
		{"a..b", false, false, false},
		{"a\n", false, false, false},
		{"a\x00", false, false, false},
		{strings.Repeat("a", MaxLength), true, true, true},
		{strings.Repeat("a", MaxLength+1), false, false, false},
		{strings.Repeat("a.", MaxLength/2) + "a", false, false, false},
	} {
		if Name(c.s) != c.name || Identifier(c.s) != c.identifier || Dotted(c.s) != c.dotted {
			t.Errorf("%q: name %t, identifier %t, dotted %t", c.s, Name(c.s), Identifier(c.s), Dotted(c.s))
		}
	}
}
