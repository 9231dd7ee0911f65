package authzlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzlog"
)

// logged returns the lines that an observer writes of events.
func logged(t *testing.T, ctx context.Context, options []authzlog.Option, events ...authz.Event) []string {
	t.Helper()
	var b bytes.Buffer
	observe := authzlog.New(slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})), options...)
	for _, v := range events {
		observe(ctx, v)
	}
	if b.Len() == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

var allowed = authz.Event{Principal: "alice", Kind: authz.User, Permission: "x:read", Scope: "org:o", Duration: 1500, Decision: authz.Decision{Allowed: true, Level: "edit", Reason: authz.Granted}}

var denied = authz.Event{Principal: "bob", Kind: authz.User, Permission: "x:edit", Scope: "org:o", Decision: authz.Decision{Level: "read", Reason: authz.LevelTooLow}}

func TestADecisionIsOneLine(t *testing.T) {
	ctx := authz.WithCaller(t.Context(), authz.Caller{RequestID: "r-1"})
	got := logged(t, ctx, nil, allowed, denied)
	want := []string{
		`{"level":"INFO","msg":"decision","request_id":"r-1","principal":"alice","kind":"user","permission":"x:read","scope":"org:o","allowed":true,"reason":"granted","holds":"edit","duration":1500}`,
		`{"level":"INFO","msg":"decision","request_id":"r-1","principal":"bob","kind":"user","permission":"x:edit","scope":"org:o","allowed":false,"reason":"level-too-low","holds":"read","duration":0}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("logged\n%s", strings.Join(got, "\n"))
	}
}

// "JSON lines that hold one line each whatever the ids contain"
func TestALineIsOneLineWhateverIDsContain(t *testing.T) {
	odd := []string{"a\nb", "a\r\nb", "\u2028", "\u2029", "\x00", "\x1b[31m", `"},{"`, "\xff\xfe", "\u202e\u2066", "\x7f", "\u0085", "\v\f", strings.Repeat("x", 1<<20), strings.Repeat("é", 1<<19), ""}
	for _, s := range odd {
		v := authz.Event{Principal: s, Owner: s, Kind: authz.Kind(s), Permission: s, Scope: s,
			Facts:    authz.Facts{Request: authz.Attributes{s: s, "shown": s, "list": []string{s}}, Scopes: map[string]authz.Attributes{s: {s: s, "shown": s}}},
			Decision: authz.Decision{Err: errors.New(s)}}
		for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
			"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
			"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		} {
			var b bytes.Buffer
			authzlog.New(slog.New(handler(&b)), authzlog.WithFacts("shown", "list"))(authz.WithCaller(t.Context(), authz.Caller{RequestID: s}), v)
			line := b.String()
			if strings.Count(line, "\n") != 1 || strings.ContainsAny(line[:len(line)-1], "\r\u2028\u2029\u0085\x00\x1b\x7f\u202e\u2066") {
				t.Errorf("%s: %q is written %.200q", name, s, line)
			}
			if name == "JSON" && !json.Valid(b.Bytes()) {
				t.Errorf("%q is no JSON: %.200q", s, line)
			}
			if len(line) > 32<<10 && s != odd[12] && s != odd[13] || len(line) > 4<<20 {
				t.Errorf("%s: a line of %d bytes", name, len(line))
			}
		}
	}
}

// "sampling, always-log-denials"
func TestASampleIsWrittenAndEveryDenial(t *testing.T) {
	const n = 2000
	many := func(v authz.Event) []authz.Event {
		list := make([]authz.Event, n)
		for i := range list {
			list[i] = v
		}
		return list
	}
	for rate, want := range map[float64][2]int{0: {0, 0}, 0.1: {120, 280}, 1: {n, n}, 2: {n, n}, -1: {0, 0}, math.NaN(): {0, 0}} {
		if got := len(logged(t, t.Context(), []authzlog.Option{authzlog.WithSample(rate)}, many(allowed)...)); got < want[0] || got > want[1] {
			t.Errorf("a share of %v: %d of %d", rate, got, n)
		}
		if got := len(logged(t, t.Context(), []authzlog.Option{authzlog.WithSample(rate)}, many(denied)...)); got != n {
			t.Errorf("a share of %v: %d of %d denials", rate, got, n)
		}
	}
	lines := logged(t, t.Context(), []authzlog.Option{authzlog.WithSample(0.5)}, many(allowed)...)
	if len(lines) == 0 || !strings.Contains(lines[0], `"sample":0.5`) {
		t.Error("a line does not say for how many it stands")
	}
	// Decisions of one request are written all or not at all.
	whole, requests := 0, 1000
	for i := range requests {
		ctx := authz.WithCaller(t.Context(), authz.Caller{RequestID: fmt.Sprint("request-", i)})
		switch len(logged(t, ctx, []authzlog.Option{authzlog.WithSample(0.3)}, allowed, allowed, allowed)) {
		case 0:
		case 3:
			whole++
		default:
			t.Fatalf("request %d is written in part", i)
		}
	}
	if whole < 230 || whole > 370 {
		t.Errorf("%d of %d requests", whole, requests)
	}
}

// "masking of attributes"
func TestFactsAreMaskedUnlessTheyAreNamed(t *testing.T) {
	v := denied
	v.Facts = authz.Facts{Time: time.Now(), Request: authz.Attributes{"ip": "10.0.0.1", "token": "s3cret", "age": 7, "tags": []string{"a", "b"}}, Scopes: map[string]authz.Attributes{"org:o/workspace:w": {"owner": "carol", "ip": "x"}}}
	got := logged(t, t.Context(), []authzlog.Option{authzlog.WithFacts("ip", "age", "tags")}, v)
	const want = `"request":{"age":7,"ip":"10.0.0.1","tags":"[a b]","token":"***"},"scopes":{"org:o/workspace:w":{"ip":"x","owner":"***"}}}`
	if len(got) != 1 || !strings.HasSuffix(got[0], want) {
		t.Errorf("logged %s", got)
	}
	if got := logged(t, t.Context(), nil, v); strings.Contains(got[0], "10.0.0.1") || strings.Contains(got[0], "carol") || strings.Contains(got[0], "s3cret") {
		t.Errorf("logged %s", got)
	}
}

// An error may quote what a request brought: then it is masked with that.
func TestAnErrorQuotesNoFactThatIsMasked(t *testing.T) {
	e, err := authz.Open(fstest.MapFS{"p.policy.yaml": {Data: []byte(`
version: 1
name: p
scopes: {org: }
request: {when: string, who: principal, ip: string}
areas: {x: }
roles: {r: {at: [org], areas: {x: read}}}
boundaries: {b: {in: org, when: 'timestamp(request.when) > timestamp("2026-01-01T00:00:00Z")', limit: {x: none}}}
`)}, "p.directory.yaml": {Data: []byte(`
version: 1
scopes: {"org:o": }
principals: {bob: {status: active, assignments: [{roles: r, in: "org:o"}]}}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		permission string
		facts      authz.Attributes
		masked     string
	}{
		"a condition that fails":         {"x:read", authz.Attributes{"when": "s3cret"}, "the boundary b (p.policy.yaml:8:27): its condition could not be evaluated at org:o (***), so it applies"},
		"a fact that is refused":         {"x:read", authz.Attributes{"who": authz.Principal{ID: "s3cret s3cret"}}, "***"},
		"what has nothing to do with it": {"y:read", authz.Attributes{"ip": "s3cret"}, `there is no area "y"`},
	} {
		v := authz.Event{Permission: c.permission, Scope: "org:o", Facts: authz.Facts{Request: c.facts}}
		v.Decision = e.As("bob").Check(t.Context(), authz.Request{Permission: v.Permission, Scope: v.Scope, Facts: v.Facts})
		said := func(options ...authzlog.Option) string {
			var line struct{ Error string }
			if err := json.Unmarshal([]byte(logged(t, t.Context(), options, v)[0]), &line); err != nil {
				t.Fatal(err)
			}
			return line.Error
		}
		if got := said(); got != c.masked {
			t.Errorf("%s: %s, want %s", name, got, c.masked)
		}
		if got := said(authzlog.WithFacts("when", "who", "ip")); got != strings.ReplaceAll(v.Decision.Err.Error(), "\n", "; ") || name != "what has nothing to do with it" && !strings.Contains(got, "s3cret") {
			t.Errorf("%s: %s", name, got)
		}
		v.Facts.Scopes, v.Facts.Request = map[string]authz.Attributes{"org:o": c.facts}, nil
		if got := said(); got != c.masked {
			t.Errorf("%s, of a scope: %s, want %s", name, got, c.masked)
		}
	}
}

// hushed says itself how it is logged.
type hushed struct{ as slog.Value }

func (h hushed) LogValue() slog.Value { return h.as }

func TestAValueThatSaysHowItIsLoggedHasItsWay(t *testing.T) {
	v := denied
	v.Facts = authz.Facts{Request: authz.Attributes{
		"text": hushed{slog.StringValue("hidden")}, "again": hushed{slog.AnyValue(hushed{slog.StringValue("hidden\n")})},
		"group": hushed{slog.GroupValue(slog.Any("s3cret", hushed{slog.StringValue("s3cret")}))}, "any": hushed{slog.AnyValue([]int{1, 2})},
	}}
	got := logged(t, t.Context(), []authzlog.Option{authzlog.WithFacts("text", "again", "group", "any")}, v)
	const want = `"request":{"again":"hidden\n","any":"[1 2]","group":"***","text":"hidden"}}`
	if len(got) != 1 || !strings.HasSuffix(got[0], want) {
		t.Errorf("logged %s", got)
	}
}

func TestLevelsAreThoseThatAreSet(t *testing.T) {
	got := logged(t, t.Context(), []authzlog.Option{authzlog.WithLevels(slog.LevelDebug, slog.LevelWarn), nil}, allowed, denied)
	if len(got) != 1 || !strings.HasPrefix(got[0], `{"level":"WARN"`) {
		t.Errorf("logged %s", got)
	}
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&b, nil)))
	defer slog.SetDefault(before)
	authzlog.New(nil)(t.Context(), denied)
	if b.Len() == 0 {
		t.Error("no logger is none at all")
	}
}
