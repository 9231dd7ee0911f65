package condition

import (
	"context"
	"errors"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
)

// explain turns an error of the interpreter into one that says what, where and how to mend it.
func (p *Program) explain(ctx context.Context, f *Facts, err error) *EvalError {
	if cancelled, ok := errors.AsType[interpreter.EvalCancelledError](err); ok && cancelled.Cause == interpreter.CostLimitExceeded {
		return p.whole("the condition costs too much to evaluate: it was stopped at "+thousands(MaxCost), ErrCost)
	}
	if errors.Is(err, interpreter.InterruptError{}) && ctx.Err() != nil {
		return p.whole("the context was done before the condition was evaluated", context.Cause(ctx))
	}
	e := p.whole(err.Error(), nil)
	if failed, ok := errors.AsType[*types.Err](err); ok {
		if at, ok := p.spans[failed.NodeID()]; ok {
			e.Offset, e.Width = at.offset, at.width
		}
	}
	return e
}
