package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"

	"github.com/trellis-authz/trellis/diag"
)

// ErrCost is what an EvalError wraps when the evaluation cost more than MaxCost.
var ErrCost = errors.New("the condition costs too much")

// EvalError says why a condition has no value. It wraps the context's error when that ended the evaluation, and
// ErrCost when its cost did.
type EvalError struct {
	Message       string // one sentence, without a full stop: org.plan is not set
	Offset, Width int    // the bytes of the source that are meant
	cause         error
}

// Error returns the message.
func (e *EvalError) Error() string { return e.Message }

// Unwrap returns the context's error, ErrCost or nil.
func (e *EvalError) Unwrap() error { return e.cause }

// Program is a compiled condition. It is immutable and safe for concurrent use.
type Program struct {
	env                                            *Env
	source                                         string
	key                                            string
	kinds                                          []int
	kindAt                                         map[int]span
	nodes                                          map[int64]ast.Expr
	spans                                          map[int64]span
	roots                                          map[int64]int // for each node that is a variable of the Env which one
	cel                                            cel.Program
	run                                            boolOf // nil when the condition is not translated
	settled                                        bool
	readsKey, readsGroups, readsRequest, readsTime bool
}

// span is a part of a source, in bytes.
type span struct{ offset, width int }

// Source returns the condition as it was written.
func (p *Program) Source() string { return p.source }

// Key returns the same text for two conditions that differ in white space and comments alone.
func (p *Program) Key() string { return p.key }

// Kinds returns the scope kinds that the condition reads, by their index, sorted. The caller must not change it.
func (p *Program) Kinds() []int { return p.kinds }

// KindAt returns where the source first reads that scope kind, and 0, 0 when it does not.
func (p *Program) KindAt(kind int) (offset, width int) {
	at := p.kindAt[kind]
	return at.offset, at.width
}

// Translated reports whether the condition is evaluated by closures, and not by CEL.
func (p *Program) Translated() bool { return p.run != nil }

// Eval returns the value of the condition over the facts. The error is an *EvalError: an attribute is not set, a scope
// kind is not on the path, a function was given what it cannot take, the evaluation cost too much, or the context is
// done. It never panics. The facts are not kept.
func (p *Program) Eval(ctx context.Context, f *Facts) (holds bool, err error) {
	if p != nil && p.run != nil {
		holds, how := p.translated(ctx, f)
		if how == decided {
			return holds, nil
		}
		return p.ask(ctx, f, how)
	}
	return p.ask(ctx, f, undone)
}

// Holds is Eval for those who do not want to know why there is no value: then ok is false, and holds, too.
func (p *Program) Holds(ctx context.Context, f *Facts) (holds, ok bool) {
	if p != nil && p.run != nil {
		if holds, how := p.translated(ctx, f); how != undone {
			return holds, how == decided
		}
	}
	holds, err := p.ask(ctx, f, undone)
	return holds, err == nil
}

// ask has CEL evaluate the condition, after the closures, if there are any, came to what is told.
func (p *Program) ask(ctx context.Context, f *Facts, how outcome) (holds bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			holds, err = false, p.whole(fmt.Sprintf("the condition cannot be evaluated: %v", r), nil)
		}
	}()
	if p == nil || p.cel == nil {
		return false, &EvalError{Message: "there is no condition"}
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if ctx.Err() != nil {
		return false, p.whole(doneMessage, context.Cause(ctx))
	}
	holds, err = p.interpret(ctx, f)
	if how == failed && err == nil { // which no test has seen; whichever is right, nothing fails open
		return false, p.whole("the condition cannot be evaluated", nil)
	}
	return holds, err
}

// outcome is what came of an evaluation by closures.
type outcome uint8

const (
	decided outcome = iota
	failed          // CEL says why
	undone          // it panicked, or nothing has been evaluated: that is CEL's
)

// translated evaluates the closures, unless the context is done.
func (p *Program) translated(ctx context.Context, f *Facts) (holds bool, how outcome) {
	how = undone
	defer func() { _ = recover() }() // how says so
	if ctx != nil && ctx.Err() != nil {
		return false, undone
	}
	holds, ok := p.run(f.whole())
	if how = decided; !ok {
		return false, failed
	}
	return holds, how
}

// interpret has CEL evaluate the condition.
func (p *Program) interpret(ctx context.Context, f *Facts) (bool, error) {
	bound := f.whole().bound(p.env)
	return p.eval(ctx, &bound, &activation{p.env, bound, newMeter(ctx)})
}

// eval evaluates the condition over facts that an activation holds.
func (p *Program) eval(ctx context.Context, f *Facts, a *activation) (bool, error) {
	out, _, err := p.cel.Eval(a)
	if err != nil {
		return false, p.explain(ctx, f, err)
	}
	b, ok := out.(types.Bool)
	if !ok {
		return false, p.whole("the condition yields neither true nor false", nil)
	}
	return bool(b), nil
}

func (p *Program) whole(message string, cause error) *EvalError {
	const most = 300
	if len(message) > most { // bytes: there may be fewer characters
		if runes := []rune(message); len(runes) > most {
			message = string(runes[:most]) + "…"
		}
	}
	return &EvalError{Message: diag.Printable(message), Width: len(p.source), cause: cause}
}

// activation gives the interpreter the variables of one evaluation.
type activation struct {
	env   *Env
	facts Facts // with something around them
	meter meter
}

// Parent returns nil: there is no activation around this one.
func (a *activation) Parent() interpreter.Activation { return nil }

// ResolveName returns the object that a variable stands for. Where there is none it returns an error as the value,
// which the interpreter hands on: returning false would have it look for a type of that name.
func (a *activation) ResolveName(name string) (any, bool) {
	if name == meterName {
		return &a.meter, true
	}
	i, ok := a.env.variables[name]
	if !ok {
		return nil, false
	}
	o, want := a.object(i)
	switch {
	case o == nil:
		return types.WrapErr(&absentError{name, i}), true
	case o.class != want:
		return types.WrapErr(fmt.Errorf("the facts for %s were not made for this policy", name)), true
	}
	return o, true
}

func (a *activation) object(variable int) (*Object, *class) {
	f := a.facts
	switch variable {
	case principalVariable:
		return f.Principal, a.env.principal
	case requestVariable:
		return f.Request, a.env.request
	}
	want := a.env.scopes[variable]
	return f.scope(variable, want), want
}

// absentError says that a variable stands for nothing.
type absentError struct {
	name     string
	variable int
}

func (e *absentError) Error() string {
	if e.variable < 0 {
		return "the " + e.name + " is not given"
	}
	return "no scope of kind " + e.name + " is on the path"
}
