package doc

import "regexp"

// What a plain scalar is. The rule is that of YAML 1.2's core schema, narrowed to the spellings that every reader of
// YAML takes for the same thing: a policy must not mean one thing here and another in the next tool. Spellings that
// some readers take for a boolean, a number or nothing are text here, marked as ambiguous.

var (
	// YAML 1.1 (with its octal, binary and base 60 numbers), YAML 1.2 and the YAML library, joined.
	anyNumber = regexp.MustCompile(`^[-+]?(` +
		`0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+` +
		`|[0-9][0-9_]*(:[0-5]?[0-9])*(\.[0-9_]*)?([eE][-+]?[0-9_]+)?` +
		`|\.[0-9_]+([eE][-+]?[0-9_]+)?` +
		`|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$`)
	decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
)

// resolve says what a plain scalar is, and what other readers take it for when they differ.
func resolve(text string) (kind Kind, ambiguous string) {
	switch text {
	case "", "~", "null":
		return Null, ""
	case "true", "false":
		return Bool, ""
	case "Null", "NULL":
		return String, "nothing"
	case "True", "TRUE", "False", "FALSE":
		return String, "a boolean"
	}
	if oldBoolean(text) {
		return String, "a boolean"
	}
	switch c := text[0]; {
	case c != '-' && c != '+' && c != '.' && (c < '0' || c > '9'):
		return String, ""
	case decimal.MatchString(text):
		return number(text), ""
	case anyNumber.MatchString(text):
		return String, "a number"
	}
	return String, ""
}

// number tells an Int from a Float, for text that is one of them.
func number(text string) Kind {
	for i := range len(text) {
		if c := text[i]; c == '.' || c == 'e' || c == 'E' {
			return Float
		}
	}
	return Int
}

// oldBoolean reports whether YAML 1.1 takes the word for a boolean and YAML 1.2 does not.
func oldBoolean(text string) bool {
	switch text {
	case "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF":
		return true
	}
	return false
}
