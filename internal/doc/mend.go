package doc

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// mend is a place that YAML does not read as it was meant, and what is said about it. For parsing the rest, the text
// between from and to is replaced by a harmless word that is as long, so that everything else stays in place.
type mend struct {
	from, to  int // what is replaced
	at, until int // what the error points to
	rule      string
	message   string
	fill      string // what it is replaced by, if not by a word
	condition bool   // the value of a `when`
	meant     string // what that was meant to be, when it is clear
	meantAt   int    // where that starts
	breaks    bool   // the document cannot be parsed with it
	key       bool   // it is a key, and stays one
	gone      bool   // it is taken out, not replaced
	whole     bool   // the tree lacks nothing for it
	seen      bool   // the builder met it, and reported it with its path
}

func (m *mend) diagnose(f *file, where report.Path) diag.Diagnostic {
	return f.diagnose(m.rule, m.at, m.until, where, "%s", m.message)
}

// tell appends what is said about a mend: nothing, where something else was said already.
func (m *mend) tell(list diag.List, f *file, where report.Path) diag.List {
	if m.message == "" || f.spoiled(m.from, m.to) {
		return list
	}
	return append(list, m.diagnose(f, where))
}

// read parses a document and builds its tree. One mistake does not hide the next: what YAML cannot read as it stands
// is reported, mended, and parsed again.
func read(f *file, limits Limits) (*Node, diag.List) {
	text, list := oneDocument(f)
	p := parse(text)
	var mends []*mend
	switch misread := misreadConditions(f, text, p.root); {
	case p.err != nil && tooDeepForLibrary(p.err):
	case p.err != nil:
		mends = prune(text, look(f, text))
		speak(f, mends)
	case len(misread) > 0:
		for _, m := range look(f, text) {
			if m.condition && misread[m.from] {
				mends = append(mends, m)
			}
		}
	}
	return build(f, limits, text, p, mends, list)
}

// build makes the tree of a text with its mends.
func build(f *file, limits Limits, text string, p parsed, mends []*mend, list diag.List) (*Node, diag.List) {
	whole := p
	if len(mends) > 0 {
		text = apply(text, mends)
		p = parse(text)
	}
	if p.err != nil && whole.err == nil { // the mends did harm: they were not what they seemed
		p, mends = whole, nil
	}
	if p.err != nil {
		for _, m := range mends {
			list = m.tell(list, f, report.Path{})
		}
		if len(f.bad) > 0 { // what stands in their place may be what is wrong now
			return nil, list
		}
		return nil, append(list, blame(f, text, p.err, limits))
	}
	if p.root == nil || p.root.Kind == yaml.ScalarNode && p.root.Value == "" && p.root.Style == 0 && p.root.Anchor == "" {
		if len(mends) == 0 && len(list) == 0 && len(f.bad) == 0 {
			list = append(list, f.diagnose("yaml-empty", 0, 1, report.Path{}, "the document is empty: it needs a mapping, of its version at the least"))
		}
		return nil, append(list, reports(f, mends)...)
	}
	b := newBuilder(f, limits, mends)
	root := b.node(p.root, report.Path{}, 0)
	list = append(list, b.list...)
	for _, m := range mends {
		if !m.seen && !m.whole {
			root = b.lose(root, m, text)
		}
	}
	return root, append(list, reports(f, mends)...)
}

// reports returns what is said about the mends that the builder did not meet.
func reports(f *file, mends []*mend) (list diag.List) {
	for _, m := range mends {
		if !m.seen && m.breaks {
			list = m.tell(list, f, report.Path{})
		}
	}
	return list
}

// Documents are parsed again, to see what they do without, only up to this many bytes in all: hostile ones must not
// take long.
const pruned = 4 << 20

// prune drops the mends that a document does without: they are not what is wrong with it. A bracket that looks as if
// it were never closed makes what closes it look out of place, so neighbours are tried together, too.
func prune(text string, mends []*mend) []*mend {
	const together = 3
	if len(mends)*len(text)*together > pruned || len(mends) < 2 || parse(apply(text, mends)).err != nil {
		return mends
	}
	for n := together; n > 0; n-- {
		for i := 0; i+n <= len(mends); {
			rest := slices.Concat(mends[:i], mends[i+n:])
			// A condition is misread even if the document can be parsed with it.
			if slices.ContainsFunc(mends[i:i+n], func(m *mend) bool { return m.condition }) || parse(apply(text, rest)).err != nil {
				i++
			} else {
				mends = rest
			}
		}
	}
	return mends
}

// speak lets the first mend of each run of lines that tabs indent say so: the one that would have may be dropped.
func speak(f *file, mends []*mend) {
	last := -2
	for _, m := range mends {
		line := f.line(m.from)
		if m.message == "" && line > last+1 {
			m.message = tabIndents
		}
		if m.message == "" || m.message == tabIndents {
			last = line
		}
	}
}

// fillers are letters of one to four bytes.
var fillers = [...]string{"", "x", "é", "\u4e00", "\U00010000"}

// apply replaces what is to be mended, by as many characters and by as many bytes: lines, columns and offsets stay
// what they are.
func apply(text string, mends []*mend) string {
	var b strings.Builder
	b.Grow(len(text))
	done := 0
	for _, m := range mends {
		if m.from < done {
			continue // within the one before
		}
		b.WriteString(text[done:m.from])
		if m.fill != "" {
			b.WriteString(m.fill)
			done = m.to
			continue
		}
		blank := m.gone
		for i := m.from; i < m.to; {
			_, size := utf8.DecodeRuneInString(text[i:])
			switch {
			case text[i] == '\n' || text[i] == '\r':
				b.WriteByte(text[i])
				blank = true // a word is on one line
			case blank: // of a character of more bytes, too: nothing follows it on its line
				b.WriteString("    "[:size])
			default:
				b.WriteString(fillers[size])
			}
			i += size
		}
		done = m.to
	}
	b.WriteString(text[done:])
	return b.String()
}

// oneDocument returns the text of the first document of a file, and reports directives and whatever ends it early. A
// line of three dashes may start it.
func oneDocument(f *file) (text string, list diag.List) {
	var directives []*mend
	begun := false
	clean := f.clean()
	for i, from := range f.lines {
		line := f.source(i)
		switch {
		case marker(line) && (begun || line[0] == '.'):
			what := "a second document starts here, and a file is one document: remove this line, or move what follows to a file of its own"
			if line[0] == '.' {
				what = "this line ends the document: remove it"
			}
			list = append(list, f.diagnose("yaml-documents", from, from+3, report.Path{}, "%s", what))
			return apply(clean, directives)[:from], list
		case marker(line):
			begun = true
		case !begun && strings.HasPrefix(line, "%"):
			if len(list) < mostErrors {
				list = append(list, f.diagnose("yaml-documents", from, from+len(line), report.Path{}, "directives are not read: remove this line"))
			}
			directives = append(directives, &mend{from: from, to: from + len(line), gone: true})
		default:
			content := strings.TrimLeft(line, " \t")
			begun = begun || content != "" && content[0] != '#' // a comment may be indented
		}
	}
	return apply(clean, directives), list
}

// misreadConditions returns where YAML read the value of a `when` as something else than the text that it was meant
// to be: the offsets of those values. Most documents have none, and are not looked at any further.
func misreadConditions(f *file, text string, root *yaml.Node) map[int]bool {
	if root == nil || root.Kind != yaml.MappingNode {
		return nil
	}
	var found map[int]bool
	at := cursor{f: f}
	var visit func(y *yaml.Node, depth int)
	visit = func(y *yaml.Node, depth int) {
		if y.Kind != yaml.MappingNode && y.Kind != yaml.SequenceNode || depth > MaxDepth {
			return
		}
		for i, child := range y.Content {
			if y.Kind == yaml.MappingNode && i%2 == 1 && y.Content[i-1].Value == "when" {
				if offset := at.seek(child.Line-1, child.Column-1); isMisread(child, text, offset) {
					if found == nil {
						found = map[int]bool{}
					}
					found[offset] = true
				}
			}
			visit(child, depth+1)
		}
	}
	for i := 1; i < len(root.Content); i += 2 {
		if key := root.Content[i-1]; key.Value == "when" || holdsConditions(key.Value) {
			pair := &yaml.Node{Kind: yaml.MappingNode, Content: root.Content[i-1 : i+1]}
			visit(pair, 0)
		}
	}
	return found
}

// isMisread reports whether the value of a `when`, which starts at an offset, may not be the text that was meant.
func isMisread(y *yaml.Node, text string, offset int) bool {
	switch {
	case y.Kind == yaml.SequenceNode:
		return y.Style&yaml.FlowStyle != 0
	case y.Kind != yaml.ScalarNode:
		return true
	case offset < len(text) && (text[offset] == '!' || text[offset] == '&'):
		return true
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return y.Value == ""
	case y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return false
	}
	_, open := celScan(y.Value, 0, len(y.Value), false)
	return open // cut off at a comma or at a #
}
