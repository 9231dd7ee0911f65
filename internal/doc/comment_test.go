package doc

import (
	"strings"
	"testing"
)

// YAML joins the lines of some texts, and a comment of a condition then takes in what stands on the next line: half of
// the condition would be gone, and nobody would see it.
func TestACommentThatSwallowsTheNextLineIsRefused(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{role(">\n      a // b\n      && c"), `4:9 condition-comment // b`},
		{role(">-\n      a//b\n      && c"), `4:8 condition-comment //b`},
		{role("a // b\n      && c"), `3:13 condition-comment // b`},
		{role("a &&\n      c // b\n      && d"), `4:9 condition-comment // b`},
		{role("'a // b\n      && c'"), `3:14 condition-comment // b`},
		{role("\"a // b\n      && c\""), `3:14 condition-comment // b`},
		{role("\"a // b \\\n      && c\""), `3:14 condition-comment // b \`},
		{role(">\n      a == \"é\" // ü\n      && c"), `4:16 condition-comment // ü`},
		{role(">\n      // a\n      b"), `4:7 condition-comment // a`},
		{role(">\n      a\n      //\n      && b"), `5:7 condition-comment //`},
		{role(">\n      a // b\n\n      && c // d\n      && e"), `6:12 condition-comment // d`},
		{role(">\n      a == \"\\\"\" // b\n      && c"), `4:17 condition-comment // b`},
		{role(">\n      a == '//' && b == r\"\\\" // b\n      && c"), `4:30 condition-comment // b`},
		{"g:\n- {when: \"a // b\n    && c\", x: y}\nz: !t 1\n", `2:13 condition-comment // b`},
		{"g:\n- when: >\n    a // b\n    && c\n- when: a // b\n   && c\nz: !t 1\n", `3:7 condition-comment // b; 5:11 condition-comment // b`},
	} {
		_, list := parseYAML(tt.source)
		if got := summary(list); !strings.HasPrefix(got, tt.want+"; ") || !strings.HasSuffix(got, "yaml-tag !t") || len(list) != strings.Count(tt.want, ";")+2 {
			t.Errorf("%q\n gives %s\n want  %s", tt.source, got, tt.want)
		}
	}
}

func TestCommentsThatSwallowNothingStay(t *testing.T) {
	for _, source := range []string{
		role("|\n      a // b\n      && c"),
		role("|-\n      // a\n      b"),
		role("a // b"),
		role("a &&\n      c // d"),
		role(">\n      a &&\n      c // d"),
		role(">\n      a // b\n\n      && c"),         // an empty line stays a line break
		role(">\n      a // b\n        && c\n      "), // and so do lines that are indented further
		role(">\n      a &&\n      c // d\n\n"),
		role("'a // b'"),
		role("\"a // b\\n && c\""),
		role("\"a\n      && c == '//' && d == 'x//'\n      && e\""),
		role(">\n      a == \"//\"\n      && b == r\"\\\" && c == '''//\n      '''\n      && d == `e//f`\n      && g"),
		role(">\n      \"a\" == \"http://b\"\n      && c"),
		role("a / b\n      / c"),
		"scopes:\n  org:\n    attributes:\n      when: a // b\n        && c\nz: !t 1\n",
		"g:\n- description: a // b\n    && c\nz: !t 1\n",
	} {
		if _, list := parseYAML(source); summary(list) != found(list[0]) || list[0].Rule != "yaml-tag" {
			t.Errorf("%q gives %s", source, summary(list))
		}
	}
}

func TestAConditionWithACommentIsNotToldToStandOnOneLine(t *testing.T) {
	_, list := parseYAML(role("!x // y\n      && z"))
	if len(list) != 2 || list[0].Rule != "quote-condition" || !strings.HasSuffix(list[0].Message, "write the condition on lines of its own behind |") {
		t.Errorf("found %v", list)
	}
}
