package authzotel_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/authz/authzotel"
)

const policy = `
version: 1
name: notes
scopes: {org: , workspace: {in: org}}
request: {secret: string}
areas: {notes: , settings: {at: org}}
actions: {notes.pin: notes:edit}
roles:
  editor: {at: [org, workspace], reach: all, areas: {notes: edit}}
  viewer: {at: [org, workspace], reach: all, areas: {notes: read}}
`

const directory = `
version: 1
scopes: {"org:acme": , "org:acme/workspace:ml": }
principals:
  alice: {status: active, assignments: [{roles: editor, in: "org:acme"}]}
  bob: {status: active, assignments: [{roles: viewer, in: "org:acme"}]}
`

func files(policy string) fstest.MapFS {
	return fstest.MapFS{"p.policy.yaml": {Data: []byte(policy)}, "p.directory.yaml": {Data: []byte(directory)}}
}

// told collects what instruments have been told.
type told struct{ reader *sdkmetric.ManualReader }

func telemetry(t testing.TB, options ...authzotel.Option) (*authzotel.Telemetry, told) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	tel, err := authzotel.New(append([]authzotel.Option{authzotel.WithMeterProvider(provider)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return tel, told{reader}
}

// points are the series of a metric, by their attributes: how many there were, or the value.
func (c told) points(t testing.TB, name string) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := c.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	points := map[string]float64{}
	for _, scope := range all.ScopeMetrics {
		if scope.Scope.Name != authzotel.Scope {
			t.Errorf("the instrumentation is called %q", scope.Scope.Name)
		}
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					points[text(p.Attributes.ToSlice())] = float64(p.Count)
					if m.Unit != "s" || p.Sum <= 0 || p.Sum > 10 || p.Bounds[0] != 1e-7 {
						t.Errorf("%s: %v %s in %v", name, p.Sum, m.Unit, p.Bounds)
					}
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					points[text(p.Attributes.ToSlice())] = float64(p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					points[text(p.Attributes.ToSlice())] = float64(p.Value)
				}
			case metricdata.Gauge[float64]:
				for _, p := range data.DataPoints {
					points[text(p.Attributes.ToSlice())] = p.Value
				}
			default:
				t.Errorf("%s is a %T", name, data)
			}
		}
	}
	return points
}

func text(list []attribute.KeyValue) string {
	var words []string
	for _, a := range list {
		words = append(words, fmt.Sprintf("%s=%s", strings.TrimPrefix(string(a.Key), "authz."), a.Value.String()))
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func same(t *testing.T, what string, got, want map[string]float64) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// ask asks for what there is, and for what there is not, by ids that no metric may hold.
func ask(ctx context.Context, e *authz.Engine) {
	for _, r := range []struct{ who, permission, scope string }{
		{"alice", "notes:edit", "org:acme"},
		{"alice", "notes.pin", "org:acme/workspace:ml"},
		{"bob", "notes:edit", "org:acme"},
		{"bob", "settings:read", "org:acme"},
		{"secret-stranger", "notes:read", "org:acme"},
		{"alice", "notes:read", "org:secret-place"},
		{"alice", "secret:read", "org:acme"},
		{"alice", "", "org:acme"},
	} {
		e.Check(ctx, r.who, authz.Request{Permission: r.permission, Scope: r.scope, Facts: authz.Facts{Request: authz.Attributes{"secret": "secret-fact"}}})
	}
	e.As("alice").CanAssign(ctx, authz.Giving{Name: "viewer", Scope: "org:acme"})
	e.As("alice").CanAssign(ctx, authz.Giving{Name: "secret-role", Scope: "org:acme"})
}

// "a histogram of check durations by outcome and area (never ids)"
func TestDecisionsAreCountedByOutcomeAndArea(t *testing.T) {
	tel, told := telemetry(t)
	e, err := authz.Open(files(policy), authz.WithObserver(tel.Observe))
	if err != nil {
		t.Fatal(err)
	}
	ask(context.Background(), e)
	ask(context.Background(), e)
	same(t, "durations", told.points(t, authzotel.DecisionDuration), map[string]float64{
		"area=notes operation=check outcome=allowed":   4,
		"area=notes operation=check outcome=denied":    6,
		"area=settings operation=check outcome=denied": 2,
		"operation=check outcome=invalid":              4,
		"operation=assign outcome=denied":              2,
		"operation=assign outcome=invalid":             2,
	})
}

// "an event on the current span": with permissions of the policy, and never ids.
func TestADecisionIsAnEventOfItsSpan(t *testing.T) {
	tel, _ := telemetry(t, authzotel.WithAttributes(attribute.String("policy", "notes")))
	e, err := authz.Open(files(policy), authz.WithObserver(tel.Observe))
	if err != nil {
		t.Fatal(err)
	}
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	ctx, span := provider.Tracer("test").Start(context.Background(), "request")
	began := time.Now()
	ask(ctx, e)
	ask(context.Background(), e) // of no span
	span.End()
	var got []string
	for _, v := range recorder.Ended()[0].Events() {
		if v.Name != authzotel.Decided || v.Time.Before(began) || v.Time.After(time.Now()) {
			t.Errorf("%+v", v)
		}
		got = append(got, text(v.Attributes))
	}
	want := []string{
		"area=notes operation=check outcome=allowed permission=notes:edit policy=notes reason=granted",
		"area=notes operation=check outcome=allowed permission=notes.pin policy=notes reason=granted",
		"area=notes operation=check outcome=denied permission=notes:edit policy=notes reason=level-too-low",
		"area=settings operation=check outcome=denied permission=settings:read policy=notes reason=no-grant",
		"area=notes operation=check outcome=denied permission=notes:read policy=notes reason=unknown-principal",
		"area=notes operation=check outcome=denied permission=notes:read policy=notes reason=unknown-scope",
		"operation=check outcome=invalid policy=notes reason=unknown-permission",
		"operation=check outcome=invalid policy=notes reason=invalid-request",
		"operation=assign outcome=denied policy=notes reason=no-giving",
		"operation=assign outcome=invalid policy=notes reason=unknown-role",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if strings.Contains(strings.Join(got, ""), "secret") {
		t.Error("an event holds what a client sent")
	}
}

// "reload counters", and how old the version is that decides.
func TestVersionsAreCounted(t *testing.T) {
	tel, told := telemetry(t, authzotel.WithAttributes(attribute.String("policy", "notes")))
	now, source, trial := time.Now(), policy, error(nil)
	live, err := authzlive.Open(t.Context(), authzlive.Func(func(context.Context) (authzlive.Version, error) {
		if source == "" {
			return authzlive.Version{}, errors.New("the database does not answer")
		}
		return authzlive.FS(files(source), authzlive.WithSettling(0)).Read(context.Background())
	}), authzlive.WithInterval(time.Hour), authzlive.WithNow(func() time.Time { return now }), authzlive.WithReport(tel.Report),
		authzlive.WithTrial(func(*authz.Engine) error { return trial }), authzlive.WithoutEngine())
	if err != nil {
		t.Fatal(err)
	}
	if err := tel.Watch(live); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"", policy + "# a\n", "version: 2\n", "version: 3\n", policy + "# a\n", policy + "# b\n", "trial", policy + "# c\n", ""} {
		source, trial = s, nil
		if s == "trial" {
			source, trial = policy+"# d\n", errors.New("a route has no permission")
		}
		_ = live.Reload(t.Context())
	}
	same(t, "reloads", told.points(t, authzotel.Reloads), map[string]float64{
		"outcome=swapped policy=notes":                4, // the first, a, b and c
		"outcome=rejected policy=notes stage=reading": 2,
		"outcome=rejected policy=notes stage=loading": 2,
		"outcome=rejected policy=notes stage=trying":  1,
		"outcome=recovered policy=notes":              1,
	})
	same(t, "the revision", told.points(t, authzotel.PolicyRevision), map[string]float64{"policy=notes": float64(live.Status().Revision)})
	age := told.points(t, authzotel.PolicyAge)
	if len(age) != 1 || age["policy=notes"] <= 0 || age["policy=notes"] > 60 {
		t.Errorf("the age: %v", age)
	}
	same(t, "another", told.points(t, "another"), map[string]float64{})
}

// Where there is no version, there is none that has an age.
func TestNoVersionHasNoAge(t *testing.T) {
	tel, told := telemetry(t)
	live, err := authzlive.Open(t.Context(), authzlive.Func(func(context.Context) (authzlive.Version, error) {
		return authzlive.Version{}, errors.New("the database does not answer")
	}), authzlive.WithInterval(time.Hour), authzlive.WithoutEngine())
	if err != nil {
		t.Fatal(err)
	}
	if err := tel.Watch(live); err != nil {
		t.Fatal(err)
	}
	same(t, "the age", told.points(t, authzotel.PolicyAge), map[string]float64{})
	same(t, "the revision", told.points(t, authzotel.PolicyRevision), map[string]float64{"": 0})
}

// refusing is a provider whose instruments cannot be made.
type refusing struct{ noop.MeterProvider }

type refusingMeter struct{ noop.Meter }

var errMeter = errors.New("no more instruments")

func (refusing) Meter(string, ...metric.MeterOption) metric.Meter { return refusingMeter{} }

func (refusingMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errMeter
}

// lateMeter makes what New needs, and no more.
type lateMeter struct{ noop.Meter }

type late struct{ noop.MeterProvider }

func (late) Meter(string, ...metric.MeterOption) metric.Meter { return lateMeter{} }

func (lateMeter) Int64ObservableGauge(string, ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	return nil, errMeter
}

func TestErrorsOfAProviderAreTold(t *testing.T) {
	if tel, err := authzotel.New(authzotel.WithMeterProvider(refusing{})); tel != nil || !errors.Is(err, errMeter) {
		t.Errorf("%v, %v", tel, err)
	}
	tel, err := authzotel.New(authzotel.WithMeterProvider(late{}))
	if err != nil {
		t.Fatal(err)
	}
	live, err := authzlive.Open(t.Context(), authzlive.FS(files(policy)))
	if err != nil {
		t.Fatal(err)
	}
	if err := tel.Watch(live); !errors.Is(err, errMeter) {
		t.Errorf("%v", err)
	}
	if err := tel.Watch(nil); err == nil {
		t.Error("nothing is watched")
	}
}

// Telemetry that was made otherwise than by New tells nothing, and breaks nothing.
func TestTheZeroTelemetryTellsNothing(t *testing.T) {
	var none *authzotel.Telemetry
	for _, tel := range []*authzotel.Telemetry{none, {}} {
		e, err := authz.Open(files(policy), authz.WithObserver(tel.Observe))
		if err != nil {
			t.Fatal(err)
		}
		ask(context.Background(), e)
		tel.Report(authzlive.Event{})
		if tel.Watch(nil) == nil {
			t.Error("it watches")
		}
	}
}

// Without a provider of its own, telemetry goes to the global one, also to one that is set later.
func TestTheGlobalProviderIsTheDefault(t *testing.T) {
	tel, err := authzotel.New(nil, authzotel.WithMeterProvider(nil))
	if err != nil {
		t.Fatal(err)
	}
	reader := global()
	before := told{reader}.points(t, authzotel.DecisionDuration)["operation=check outcome=invalid"]
	tel.Observe(context.Background(), authz.Event{Duration: time.Microsecond})
	same(t, "durations", told{reader}.points(t, authzotel.DecisionDuration), map[string]float64{"operation=check outcome=invalid": before + 1})
}

// global sets the global provider, which can be done once.
var global = sync.OnceValue(func() *sdkmetric.ManualReader {
	reader := sdkmetric.NewManualReader()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	return reader
})

// What somebody else calls an observer with: nothing, and the wildest there is.
func TestAnEventOfAnythingIsTold(t *testing.T) {
	tel, told := telemetry(t)
	var none context.Context
	long := strings.Repeat("x", 1<<20)
	for _, ctx := range []context.Context{none, context.Background()} {
		tel.Observe(ctx, authz.Event{})
		tel.Observe(ctx, authz.Event{Principal: long, Permission: long, Scope: long, Duration: -time.Second, Decision: authz.Decision{Reason: authz.Reason(200), Err: errors.New(long)}})
	}
	tel.Report(authzlive.Event{Name: long, Err: errors.New(long)})
	same(t, "reloads", told.points(t, authzotel.Reloads), map[string]float64{"outcome=rejected": 1})
}

func TestTellingAllocatesNothing(t *testing.T) {
	tel, _ := telemetry(t)
	ctx, v := context.Background(), authz.Event{Permission: "notes:read", Area: "notes", Duration: time.Microsecond}
	tel.Observe(ctx, v)
	if n := testing.AllocsPerRun(100, func() { tel.Observe(ctx, v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	tel, _ := telemetry(b)
	v := authz.Event{Permission: "notes:read", Area: "notes", Duration: time.Microsecond}
	b.ReportAllocs()
	for b.Loop() {
		tel.Observe(context.Background(), v)
	}
}
