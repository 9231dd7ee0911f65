package authz

import (
	"context"
	"log/slog"
	"time"
)

// Event is a decision as an observer is told of it.
type Event struct {
	Time     time.Time     // when it began
	Duration time.Duration // how long it took
	// Who asked: an id, "" for the anonymous principal and for nobody; of a key, that of the key, and its owner's.
	Principal string
	Kind      Kind
	Owner     string
	// What was asked: a permission or, of [Subject.CanAssign], a role or profile to give.
	Permission string
	Area       string // of the permission; "" where the policy has none such
	Assign     string
	Scope      string
	Facts      Facts // as the request brought them: they may hold what no log should
	Decision   Decision
}

// Observer is told of decisions. It is called when one has been made, by the goroutine that asked, which waits for it: it
// must be fast, must not change what it is given, and may be called by many at once. The context is that of the check;
// [Subject.Can], [Subject.Allows] and [Engine.Can] have none of their own.
type Observer func(context.Context, Event)

// WithObserver has an observer told of every decision of the engine, and of those that changes of its directory lead to:
// every [Subject.Check], Can, Allows, Decide, CanAssign, each of a CheckAll, and those of [Engine.Check], Can and Answer. A
// listing ([Subject.Held]) and an explanation are none. Several observers are told in their order. Without one a check costs
// what it did; with one it takes two readings of the clock and a walk more.
func WithObserver(observe Observer) Option {
	return func(e *Engine) {
		if before := e.observe; before != nil && observe != nil {
			e.observe = func(ctx context.Context, v Event) {
				before(ctx, v)
				observe(ctx, v)
			}
		} else if observe != nil {
			e.observe = observe
		}
	}
}

// observer returns who is told of what the subject asks; nil: nobody.
func (s *Subject) observer() Observer {
	if s == nil || s.engine == nil {
		return nil
	}
	return s.engine.observe
}

// tell tells an observer of a decision that began at a time.
func (s *Subject) tell(ctx context.Context, observe Observer, began time.Time, v Event) {
	v.Time, v.Duration = began, time.Since(began)
	v.Principal, v.Kind = s.id, s.kind
	if s.key != nil && s.principal != nil {
		v.Owner = s.principal.id
	}
	if p := s.engine.policy.find(v.Permission); p != nil {
		v.Area = p.policy.tree.Area(p.of.Area).Name
	}
	if ctx == nil {
		ctx = context.Background()
	}
	observe(ctx, v)
}

// LogValue returns the decision as attributes: allowed, reason, level where one was decided, error where there is one.
func (d Decision) LogValue() slog.Value {
	return slog.GroupValue(d.attrs(make([]slog.Attr, 0, 4))...)
}

func (d Decision) attrs(list []slog.Attr) []slog.Attr {
	list = append(list, slog.Bool("allowed", d.Allowed), slog.String("reason", d.Reason.String()))
	if level := d.decided(); level != "" {
		list = append(list, slog.String("level", level))
	}
	if d.Err != nil {
		list = append(list, slog.String("error", errorText(d.Err)))
	}
	return list
}

// LogValue returns the event as attributes: who, what and where, and those of the decision. Facts are not among them, since
// they may hold what no log should.
func (v Event) LogValue() slog.Value {
	list := make([]slog.Attr, 0, 12)
	list = append(list, slog.String("principal", v.Principal))
	if v.Kind != "" {
		list = append(list, slog.String("kind", string(v.Kind)))
	}
	if v.Owner != "" {
		list = append(list, slog.String("owner", v.Owner))
	}
	if v.Assign != "" {
		list = append(list, slog.String("assign", v.Assign))
	} else {
		list = append(list, slog.String("permission", v.Permission))
	}
	list = append(list, slog.String("scope", v.Scope))
	return slog.GroupValue(append(v.Decision.attrs(list), slog.Duration("duration", v.Duration))...)
}
