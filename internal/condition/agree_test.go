package condition

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/cel-go/common/types"
	"pgregory.net/rapid"
)

// agrees fails the test unless the closures and CEL come to the same, errors included, and returns what they come to.
func agrees(t interface {
	Helper()
	Errorf(string, ...any)
}, p *Program, f *Facts) (bool, error) {
	t.Helper()
	want, wantErr := p.interpret(context.Background(), f)
	holds, how := p.translated(context.Background(), f)
	if how == decided && (wantErr != nil || holds != want) || how != decided && wantErr == nil && how != undone {
		t.Errorf("%s\n is %v (%v) as closures,\n and CEL says %v, %v", p.source, holds, how, want, wantErr)
	}
	got, err := p.Eval(context.Background(), f)
	if got != want || !sameError(err, wantErr) {
		t.Errorf("%s\n is %v, %v\n and CEL says %v, %v", p.source, got, err, want, wantErr)
	}
	if got, ok := p.Holds(context.Background(), f); got != want || ok != (wantErr == nil) {
		t.Errorf("%s\n holds: %v, %v\n and CEL says %v, %v", p.source, got, ok, want, wantErr)
	}
	if errors.Is(wantErr, ErrCost) {
		t.Errorf("%s costs too much, and is translated", p.source)
	}
	return want, wantErr
}

func sameError(a, b error) bool {
	x, ok := errors.AsType[*EvalError](a)
	y, also := errors.AsType[*EvalError](b)
	return ok == also && (!ok || x.Message == y.Message && x.Offset == y.Offset && x.Width == y.Width && errors.Is(x.cause, y.cause))
}

// What is translated is what CEL says: of every function and type, whatever the facts are.
func TestTranslatedConditionsAreWhatCELSays(t *testing.T) {
	e, other := agreeEnv(t), testEnv(t)
	outcomes, functions := map[string]int{}, map[string]int{}
	compiled, translated, begin := 0, 0, roots()
	compare := func(r *rapid.T) {
		var facts []*Facts
		for range 3 {
			facts = append(facts, agreeFacts(t, r, e, other))
		}
		const stride = 3 // rapid prefers small numbers, so that a turn drawn from all would seldom be a late one
		for i := rapid.IntRange(0, stride-1).Draw(r, "turn"); i < len(begin); i += stride {
			source := agreeCondition(r, begin[i])
			p, problems := e.Compile(source)
			if p == nil {
				if problems[0].Rule != RuleSize && problems[0].Rule != RuleDepth && problems[0].Rule != RuleLiteral && problems[0].Rule != RuleType {
					r.Fatalf("%s: %v", source, problems)
				}
				continue
			}
			compiled++
			if !p.Translated() {
				continue
			}
			translated++
			for _, f := range facts {
				holds, err := agrees(r, p, f)
				switch {
				case err != nil:
					outcomes[errorClass(err)]++
				case holds:
					outcomes["true"]++
				default:
					outcomes["false"]++
				}
			}
			note(t, e, source, functions)
		}
	}
	// Of what searches a text for a text few are translated, so that a hundred draws may pass one of these functions over.
	seldom := overloadsOf(t)
	for round := 0; round < 5 && len(seldom) > 0 && !t.Failed(); round++ {
		rapid.Check(t, compare)
		seldom = slices.DeleteFunc(seldom, func(name string) bool { return functions[name] >= 3 })
	}
	if t.Failed() {
		return
	}
	for _, class := range slices.Concat([]string{"true", "false", "other"}, errorClasses) {
		if outcomes[class] < 3 {
			t.Errorf("hardly a condition came to %q: %v", class, outcomes)
		}
	}
	if translated < compiled*9/10 {
		t.Errorf("but %d conditions of %d are translated", translated, compiled)
	}
	if len(seldom) > 0 {
		t.Errorf("hardly a condition called %s", seldom)
	}
}

// note counts the functions that a condition calls.
func note(t testing.TB, e *Env, source string, functions map[string]int) {
	checked, issues := e.cel.Compile(source)
	if err := issues.Err(); err != nil {
		t.Fatal(err)
	}
	for _, reference := range checked.NativeRep().ReferenceMap() {
		for _, id := range reference.OverloadIDs {
			functions[id]++
		}
	}
}

func mixed(a, b types.Kind) bool {
	number := func(k types.Kind) bool { return k == types.IntKind || k == types.UintKind || k == types.DoubleKind }
	return a != b && number(a) && number(b)
}

// overloadsOf returns every function that a condition without loops and patterns may call.
func overloadsOf(t testing.TB) []string {
	base, err := standard()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name, function := range base.env.Functions() {
		switch name {
		case "in", "_in_", "@not_strictly_false", "__not_strictly_false__", "matches":
			continue // older names, those of loops, and patterns
		}
		for _, overload := range function.OverloadDecls() {
			if args := overload.ArgTypes(); len(args) == 2 && mixed(args[0].Kind(), args[1].Kind()) {
				continue // comparisons of different types, which the checker refuses
			}
			names = append(names, overload.ID())
		}
	}
	slices.Sort(names)
	return names
}
