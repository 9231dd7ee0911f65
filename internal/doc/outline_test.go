package doc

import (
	"testing"

	"github.com/trellis-authz/trellis/internal/report"
)

func TestTheOutlineFindsNothingInWhatIsInOrder(t *testing.T) {
	for _, source := range []string{
		"a: b\nc:\n  d: e\n  f:\n  - g\n  - h: i\n    j: k\n  l: m\n",
		"a: |\n  b: c: d\n   - @e\n\n  'f\nf: >-\n  when: !x\ng: h\n",
		"- |\n  b: c: d\n- - >\n    e: f: g\n  - h\n",
		"a: b\n  c\n\n  d\ne: f\n",
		"a: \"b\n  c: d\n\n  \\\" e\"\nf: 'g ''h\n  i'\n",
		"a: {b: c, d: [e, f], \"g\": 'h, {i', j: {}}\nk: []\n",
		"a: {b: c, # d: {\n  e: [f,\n  g]}\nh: i\n",
		"a: {\n  b: c\n}\nd: [\n  e\n  ]\n",
		"a:\n- b\n- c: d\ne: f\n",
		"a:\n  - - b\n    - c\n  - d\n",
		"- a: b\n  c: d\n-\n  e: f\n- g\n",
		"? a\n: b\n? c\n: - d\n",
		"a: &x b\nc: !t {d: e}\nf: &y\n  g: h\n",
		"a: b:c\nd: e#f\ng: -h\ni: j ? k\nl: it's\n",
		"# a\n\n---\nb: c # d: e: f\n",
		"a: org:acme/workspace:ml\norg:acme: {org:b: c}\n",
		"when: a == b\nr: {when: a == b, c: d}\ns:\n- when: 'a ? b : c'\n",
		"when:\n  a == b\nr:\n  when: |-\n    !x\n",
		"a:\r\n  b: |\r\n    c: d: e\r\n  f: g\r\n",
	} {
		f := newFile("f", 1, source)
		if p := parse(source); p.err != nil {
			t.Errorf("%q is not in order: %v", source, p.err)
		}
		for _, m := range look(f, source) {
			t.Errorf("%q: %s", source, found(m.diagnose(f, report.Path{})))
		}
	}
}
