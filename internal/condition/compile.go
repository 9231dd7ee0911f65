package condition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"

	"github.com/trellis-authz/trellis/diag"
)

// Problem is one thing that is wrong with a condition.
type Problem struct {
	Rule          string // condition-syntax, condition-name, …: see the constants
	Message       string // one sentence, without a full stop
	Suggestion    string // what may have been meant, or ""
	Offset, Width int    // the bytes of the source that are meant
}

// The rules of problems.
const (
	RuleSyntax    = "condition-syntax"    // it is not CEL
	RuleName      = "condition-name"      // a variable or function that does not exist
	RuleAttribute = "condition-attribute" // an attribute that is not declared
	RuleType      = "condition-type"      // an operator or function applied to values that it does not take
	RuleBool      = "condition-bool"      // it yields something other than true or false
	RuleLiteral   = "condition-literal"   // a pattern, network, time or number, written out, that is malformed
	RuleSize      = "condition-size"      // too long, or empty
	RuleDepth     = "condition-depth"     // nested too deep
)

// Compile type-checks a condition. It returns a program, or every problem of the source, sorted by position. Its time
// is bounded: milliseconds, whatever the source.
func (e *Env) Compile(source string) (p *Program, problems []Problem) {
	c := &compilation{env: e, source: source}
	defer func() {
		// None is known. A parser of another house is no reason for a policy to bring its host down.
		if r := recover(); r != nil {
			p, problems = nil, []Problem{{RuleSyntax, fmt.Sprintf("the condition cannot be compiled: %v", r), "", 0, len(source)}}
		}
	}()
	p = c.compile()
	if len(c.problems) > 0 {
		return nil, c.sorted()
	}
	return p, nil
}

// compilation is the state of one Compile. CEL parses the mended text, in which slips such as and for && are put
// right, so that the rest of the text is checked as well; its tokens lead back to those of the source.
type compilation struct {
	env      *Env
	source   string
	tokens   []token // of the source
	mended   string
	mtokens  []token // of the mended text
	origin   []int   // for each mended token the index of the source's
	info     *ast.SourceInfo
	bytes    []int // for each code point of the mended text its byte offset
	lines    []int // for each line of the mended text its first code point
	nodes    map[int64]ast.Expr
	parents  map[int64]ast.Expr
	loops    map[int64]ast.Expr // for each node of a loop's expansion the loop
	problems []Problem
	seen     map[int64]bool // nodes that have their problem already
}

func (c *compilation) compile() *Program {
	if !c.sized() {
		return nil
	}
	c.tokens = lex(c.source)
	if !c.lexical() || !c.nested() {
		return nil
	}
	c.mend()
	parsed := c.parse()
	if parsed == nil {
		return nil
	}
	c.info = parsed.NativeRep().SourceInfo()
	c.inspect(parsed.NativeRep().Expr())
	checked := c.check(parsed)
	if checked == nil || len(c.problems) > 0 {
		return nil
	}
	return c.plan(checked)
}

func (c *compilation) problem(rule string, at span, message, suggestion string) {
	c.problems = append(c.problems, Problem{rule, message, suggestion, at.offset, at.width})
}

// sorted returns the problems in order, each once. Where there are more than are told, the last one says so.
func (c *compilation) sorted() []Problem {
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	problems := slices.Compact(c.problems)
	if len(problems) > MaxProblems {
		problems = problems[:MaxProblems+1]
		last := &problems[MaxProblems]
		last.Message, last.Suggestion = "here is one more problem than are told of a condition: mend those before it first", ""
	}
	return problems
}

// near returns the known name that is nearest to what was written. The same is asked again and again where a mistake
// is, and nobody reads what was meant by the hundredth.
func (c *compilation) near(written string, known []string) string {
	if len(c.problems) > MaxProblems {
		return ""
	}
	return diag.Nearest(written, known)
}

func (c *compilation) parse() *cel.Ast {
	for at, r := range c.mended {
		c.bytes = append(c.bytes, at)
		if r == '\n' {
			c.lines = append(c.lines, len(c.bytes))
		}
	}
	c.bytes = append(c.bytes, len(c.mended))
	parsed, issues := c.env.cel.ParseSource(common.NewTextSource(c.mended))
	if list := issues.Errors(); len(list) > 0 { // Err would print them all, with the source beneath each
		c.syntax(list)
		return nil
	}
	return parsed
}

func (c *compilation) check(parsed *cel.Ast) *cel.Ast {
	checked, issues := c.env.cel.Check(parsed)
	if list := issues.Errors(); len(list) > 0 {
		for _, issue := range list {
			c.typed(issue)
		}
		if len(c.problems) == 0 { // an issue that had its problem already had not, after all
			c.problem(RuleType, c.all(), "the condition cannot be type-checked", "")
		}
		return nil
	}
	if out := checked.OutputType(); !out.IsExactType(types.BoolType) {
		c.notBool(checked.NativeRep().Expr(), out)
	}
	if len(c.problems) == 0 {
		c.sound(checked.NativeRep())
	}
	return checked
}

func (c *compilation) plan(checked *cel.Ast) *Program {
	rep := checked.NativeRep()
	c.info = rep.SourceInfo()
	plan, err := newPlan(rep)
	if err != nil {
		c.problem(RuleSyntax, c.all(), plainError(err.Error()), "")
		return nil
	}
	program, err := c.env.cel.Program(checked, plan.options()...)
	if err != nil {
		c.problem(RuleLiteral, c.all(), plainError(err.Error()), "")
		return nil
	}
	p := &Program{
		env: c.env, source: c.source, key: key(c.tokens), cel: program,
		kindAt: map[int]span{}, spans: map[int64]span{}, nodes: map[int64]ast.Expr{}, roots: map[int64]int{},
	}
	c.reads(p, rep.Expr(), nil, nil)
	for kind := range p.kindAt {
		p.kinds = append(p.kinds, kind)
	}
	slices.Sort(p.kinds)
	p.settled = p.settledBelow(rep, rep.Expr())
	p.run = c.env.translate(plan, p.roots)
	return p
}

// all is the whole of the condition, without the white space around it, up to the end of its first line.
func (c *compilation) all() span {
	if len(c.tokens) == 0 {
		return span{0, len(c.source)}
	}
	from, to := c.tokens[0].offset, c.tokens[len(c.tokens)-1].end()
	if line := strings.IndexByte(c.source[from:to], '\n'); line >= 0 {
		to = from + len(strings.TrimRight(c.source[from:from+line], " \t\r"))
	}
	return span{from, to - from}
}

// at returns the index of the mended token at or after a code point of the mended text, and whether there is one.
func (c *compilation) at(point int) (int, bool) {
	point = min(max(point, 0), len(c.bytes)-1)
	offset := c.bytes[point]
	i, exact := slices.BinarySearchFunc(c.mtokens, offset, func(t token, offset int) int {
		return cmp.Compare(t.offset, offset)
	})
	if !exact && i > 0 && offset < c.mtokens[i-1].end() {
		i--
	}
	return i, i < len(c.mtokens)
}

// span returns where in the source a mended token stands.
func (c *compilation) span(i int) span {
	if i >= len(c.origin) {
		return span{len(strings.TrimRight(c.source, " \t\r\n")), 0}
	}
	t := c.tokens[c.origin[i]]
	return span{t.offset, len(t.text)}
}

// where returns the token that stands for a node: the name of a variable, of a field (which the parser places at its
// dot) and of a function (which it places at its parenthesis), an operator, a literal with its sign.
func (c *compilation) where(id int64) span {
	r, ok := c.info.GetOffsetRange(id)
	if !ok {
		return c.all()
	}
	i, ok := c.at(int(r.Start))
	if !ok {
		return c.span(i)
	}
	e := c.nodes[id]
	switch text := c.mtokens[i].text; {
	case text == "(" && e != nil && e.Kind() == ast.SelectKind: // has(x.y), which stands at its parenthesis
		i = max(c.closing(i)-1, i)
	case text == "." && i+1 < len(c.mtokens) && c.mtokens[i+1].kind == nameToken:
		i++
	case text == "(" && i > 0 && c.mtokens[i-1].kind == nameToken:
		i--
	case text == "-" && e != nil && e.Kind() == ast.LiteralKind && i+1 < len(c.mtokens):
		from, to := c.span(i), c.span(i+1)
		return span{from.offset, to.offset + to.width - from.offset}
	}
	return c.span(i)
}

// closing returns the index of the bracket that closes the one at i. That there is one has been checked.
func (c *compilation) closing(i int) int {
	depth := 0
	for ; i < len(c.mtokens); i++ {
		switch t := c.mtokens[i]; {
		case t.kind != operatorToken:
		case strings.Contains("([{", t.text):
			depth++
		case strings.Contains(")]}", t.text):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// sized checks what can be said before anything is read.
func (c *compilation) sized() bool {
	switch {
	case len(c.source) > MaxSource:
		c.problem(RuleSize, span{0, len(c.source)},
			"the condition has "+thousands(len(c.source))+" bytes; a condition may have at most "+thousands(MaxSource), "")
		return false
	case !utf8.ValidString(c.source):
		at := 0
		for at < len(c.source) {
			r, width := utf8.DecodeRuneInString(c.source[at:])
			if r == utf8.RuneError && width == 1 {
				break
			}
			at += width
		}
		c.problem(RuleSyntax, span{at, 1}, "the condition is not valid UTF-8", "")
		return false
	}
	return true
}
