package doc

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/trellis-authz/trellis/internal/report"
)

// ParseYAML reads one YAML document and reports everything that is wrong with it. It returns nil when the document
// could not be read as a whole; otherwise the tree holds whatever could be read, with a Damaged node wherever
// something was refused, so that the stages that follow find their own errors in the same run.
func ParseYAML(name string, source []byte, r *report.Reporter) *Node {
	return Standard.ParseYAML(name, source, r)
}

// ParseYAML is the function of that name, within other limits.
func (l Limits) ParseYAML(name string, source []byte, r *report.Reporter) *Node {
	f, list := accept(name, 1, source, l, "yaml")
	if f == nil {
		r.Append(list)
		return nil
	}
	root, more := read(f, l)
	list = report.Truncate(append(list, more...).Sort())
	r.Append(list)
	return root
}

// mostErrors bounds the errors of one document.
const mostErrors = report.MostFindings

// parsed is what the YAML library made of a text.
type parsed struct {
	root *yaml.Node // nil for an empty document, and when err is set
	err  error
}

// parse runs the YAML library over a text.
func parse(text string) parsed { return decode(strings.NewReader(text)) }

// parseSlowly returns how many bytes of a text the library takes until it stops at an error: little more than what it
// has to see, as they are handed to it one at a time.
func parseSlowly(text string) int {
	m := &meter{text: text}
	decode(m)
	return m.read
}

// decode runs the YAML library. It stops at its first error, and is known to panic on some texts that are wrong: both
// become err.
func decode(source io.Reader) (p parsed) {
	defer func() {
		if fault := recover(); fault != nil {
			p = parsed{err: fmt.Errorf("the YAML library gave up: %v", fault)}
		}
	}()
	decoder := yaml.NewDecoder(source)
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return parsed{}
	case err != nil:
		return parsed{err: err}
	case len(document.Content) == 1:
		p.root = document.Content[0]
	}
	// A second document was cut off before. Whatever else follows is wrong, and Decode alone would not have said so.
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("did not find expected <document start>")
		}
		return parsed{err: err}
	}
	return p
}

// meter hands out a text byte by byte.
type meter struct {
	text string
	read int
}

func (m *meter) Read(p []byte) (int, error) {
	if m.read == len(m.text) || len(p) == 0 {
		return 0, io.EOF
	}
	p[0] = m.text[m.read]
	m.read++
	return 1, nil
}

// plainProblem returns the library's own words for an error, without its name and the line that it guesses.
func plainProblem(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if _, after, ok := strings.Cut(rest, ": "); ok {
			return after
		}
	}
	return text
}
