package condition

import (
	"errors"
	"strings"
	"testing"
)

func TestParseTypeReadsEveryType(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"string", "string"},
		{"bool", "bool"},
		{"int", "int"},
		{"double", "double"},
		{"timestamp", "timestamp"},
		{"duration", "duration"},
		{"principal", "principal"},
		{"list(string)", "list(string)"},
		{"map(int)", "map(int)"},
		{"list( string )", "list(string)"},
		{"list(map( list(principal)))", "list(map(list(principal)))"},
		{"list(list(list(list(int))))", "list(list(list(list(int))))"},
	} {
		got, err := ParseType(tt.text)
		if err != nil || got.String() != tt.want {
			t.Errorf("ParseType(%q) = %q, %v; want %q", tt.text, got, err, tt.want)
		}
		again, err := ParseType(got.String())
		if err != nil || again != got {
			t.Errorf("ParseType(%q) is not what it prints: %v, %v", got, again, err)
		}
	}
}

func TestParseTypeSaysWhatWasMeant(t *testing.T) {
	for _, tt := range []struct{ text, message, suggestion string }{
		{"", "a type is missing", ""},
		{"sting", `there is no type "sting"`, "string"},
		{"String", `there is no type "String"`, "string"},
		{"boolean", `there is no type "boolean"`, "bool"},
		{"integer", `there is no type "integer"`, "int"},
		{"float64", `there is no type "float64"`, "double"},
		{"datetime", `there is no type "datetime"`, "timestamp"},
		{" string", `there is no type " string"`, "string"},
		{"list(int) ", "lacks a closing parenthesis", "list(int)"},
		{"list", `there is no type "list"`, "list(string)"},
		{"list()", "list() does not say of what", "list(string)"},
		{"list(", "lacks a closing parenthesis", ""},
		{"list(string", "lacks a closing parenthesis", ""},
		{"lists(int)", `there is no type "lists"`, "list(int)"},
		{"list(integer)", `there is no type "integer"`, "list(int)"},
		{"map(string, int)", "a map names the type of its values alone", "map(int)"},
		{"list(string))", `there is no type "string)"`, "list(string)"},
		{"list(list(list(list(list(int)))))", "at most 4 deep", ""},
		{"whatever it is", `there is no type "whatever it is"`, ""},
		{strings.Repeat("list(", 100_000), "lacks a closing parenthesis", ""},
	} {
		_, err := ParseType(tt.text)
		wrong, ok := errors.AsType[*TypeError](err)
		if !ok || !strings.Contains(wrong.Message, tt.message) || wrong.Suggestion != tt.suggestion {
			t.Errorf("ParseType(%.40q) = %v; want %q and the suggestion %q", tt.text, err, tt.message, tt.suggestion)
		}
	}
	_, err := ParseType("sting")
	if want := `there is no type "sting"; there are string, bool, int, double, timestamp, duration, principal, list(T) and map(T); did you mean "string"?`; err.Error() != want {
		t.Errorf("the error reads %q, want %q", err, want)
	}
}
