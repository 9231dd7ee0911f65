package proof

import (
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/generate"
)

// Every way to ask gives one answer: a bound subject, the context that middleware fills, a query, and the line of JSON
// that `authz decide` reads.
func TestEveryWayToAskGivesOneAnswer(t *testing.T) {
	var lines, handles atomic.Int64
	inBatches(t, *decisions/10, func(t *rapid.T, w *generate.World) int {
		e, err := authz.New(w.Policy, w.Directory, authz.WithClock(func() time.Time { return generate.Noon }))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, a := range w.Asks(t, 30) {
			if a.Guests != nil {
				continue
			}
			s := a.Bind(e)
			for _, permission := range w.Permissions() {
				n++
				want := s.Check(ctx, request(a, permission))
				agree := func(how string, allowed bool, level string, reason authz.Reason, err error) {
					if allowed != want.Allowed || reason != want.Reason || level != want.Level && reason != authz.InvalidRequest {
						t.Fatalf("%s asks for %s: checked %s, as %s %t, %s, %s, %v\n%s", a, permission, want, how, allowed, level, reason, err, w)
					}
				}
				query := authz.Query{ID: a.As, Anonymous: a.Anonymous, Permission: permission, Scope: a.Scope, Facts: a.Facts}
				if a.As == "" && !a.Anonymous {
					continue // a query that names nobody is invalid; As("") is nobody that is known
				}
				answer := e.Answer(ctx, query)
				agree("a query", answer.Allowed, answer.Level, answer.Reason, answer.Err)
				line, ok := asLine(query)
				if !ok {
					continue
				}
				lines.Add(1)
				parsed, err := authz.ParseQuery(1, line)
				answer = authz.Invalid(err)
				if err == nil {
					answer = e.Answer(ctx, parsed)
				}
				agree("a line", answer.Allowed, answer.Level, answer.Reason, answer.Err)
				if a.Facts.Request == nil && a.Facts.Scopes == nil && a.Facts.Time.Equal(generate.Noon) {
					d := want
					var denied *authz.DeniedError
					if err := authz.Check(authz.NewContext(ctx, s), permission, a.Scope); err == nil {
						d = authz.Decision{Allowed: true, Reason: authz.Granted, Level: want.Level}
					} else if errors.As(err, &denied) {
						d = denied.Decision
					}
					agree("a context", d.Allowed, d.Level, d.Reason, d.Err)
					agree("Can", s.Can(permission, a.Scope), want.Level, want.Reason, nil)
					if a.As != "" {
						d = e.Check(ctx, a.As, authz.Request{Permission: permission, Scope: a.Scope})
						agree("an id", d.Allowed, d.Level, d.Reason, d.Err)
						agree("an id, alone", e.Can(a.As, permission, a.Scope), want.Level, want.Reason, nil)
					}
					p, noPermission := e.Permission(permission)
					at, noPlace := e.Place(a.Scope)
					if noPermission == nil && noPlace == nil {
						handles.Add(1)
						d = s.Decide(ctx, p, at)
						agree("handles", d.Allowed, d.Level, d.Reason, d.Err)
						agree("handles, alone", s.Allows(p, at), want.Level, want.Reason, nil)
					}
				}
			}
		}
		return n
	})
	if lines.Load() == 0 || handles.Load() == 0 {
		t.Errorf("%d lines were read, %d times handles were used: the test shows nothing", lines.Load(), handles.Load())
	}
}

// asLine writes a query as a line of JSON; what JSON cannot hold it does not.
func asLine(q authz.Query) (line []byte, ok bool) {
	m := map[string]any{"principal": q.ID, "permission": q.Permission, "in": q.Scope, "now": q.Time.Format(time.RFC3339Nano)}
	if q.Request != nil {
		m["request"] = jsonable(map[string]any(q.Request))
	}
	if q.Scopes != nil {
		scopes := map[string]any{}
		for path, a := range q.Scopes {
			scopes[path] = jsonable(map[string]any(a))
		}
		m["scopes"] = scopes
	}
	line, err := json.Marshal(m)
	if err != nil { // a fact of a Go type that JSON does not have
		return nil, false
	}
	var back struct{ In string }
	return line, json.Unmarshal(line, &back) == nil && back.In == q.Scope
}

func jsonable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = jsonable(e)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = jsonable(e)
		}
		return list
	case time.Duration:
		return v.String()
	case struct{}: // would be {}, which is a map
		return func() {}
	}
	return v
}
