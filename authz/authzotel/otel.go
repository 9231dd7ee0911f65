// Package authzotel reports decisions, and what becomes of new versions of a policy, to OpenTelemetry:
//
//	telemetry, err := authzotel.New() // of the global meter provider
//	if err != nil {
//		log.Fatal(err)
//	}
//	live, err := authzlive.Open(ctx, source,
//		authzlive.WithEngineOptions(authz.WithObserver(telemetry.Observe)),
//		authzlive.WithReport(telemetry.Report))
//	if err != nil {
//		log.Fatal(err)
//	}
//	if err := telemetry.Watch(live); err != nil {
//		log.Fatal(err)
//	}
//
// What is reported names permissions and areas of the policy, never principals, scopes or facts.
package authzotel

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzlive"
)

// Scope is the name of the instrumentation.
const Scope = "github.com/trellis-authz/trellis/authz/authzotel"

// The metrics and the event, by their names.
const (
	// DecisionDuration is a histogram of how long decisions took, in seconds, by outcome and area.
	DecisionDuration = "authz.decision.duration"
	// Reloads counts versions of a policy that were found, by outcome and, where one was rejected, stage.
	Reloads = "authz.policy.reloads"
	// PolicyAge is how long ago the source was last known to have the version that decides, in seconds. There is none where no version
	// decides.
	PolicyAge = "authz.policy.age"
	// PolicyRevision is the revision of the version that decides; 0: none.
	PolicyRevision = "authz.policy.revision"
	// Decided is the event that a decision adds to the span of its context.
	Decided = "authz.decision"
)

// The attributes, by their names.
const (
	// Outcome is "allowed", "denied", or "invalid" where what was asked is unknown or cannot be read; of a version "swapped", "rejected"
	// or "recovered", where the source has the version again that decides already.
	Outcome = attribute.Key("authz.outcome")
	// Operation is "check", or "assign" where it was asked whether a role or profile may be given.
	Operation = attribute.Key("authz.operation")
	// Area is the area of the permission that was asked for; absent where there is none.
	Area = attribute.Key("authz.area")
	// Permission is the permission, of the event alone; absent where the policy has none such.
	Permission = attribute.Key("authz.permission")
	// Reason is why, of the event alone: "level-too-low".
	Reason = attribute.Key("authz.reason")
	// Stage is how far a version came that was rejected: "reading", "loading", "testing", "trying".
	Stage = attribute.Key("authz.stage")
)

// buckets are bounds of durations in seconds. A decision takes between some ten nanoseconds and some microseconds, and what conditions
// cost is bounded.
var buckets = []float64{1e-7, 2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 1e-4, 1e-3, 1e-2}

// Telemetry reports to the instruments of a meter. It is safe for concurrent use.
type Telemetry struct {
	meter     metric.Meter
	durations metric.Float64Histogram
	reloads   metric.Int64Counter
	common    []attribute.KeyValue
	prepared  sync.Map // of kind to []metric.RecordOption: none is made for a decision
}

// kind is what decisions are counted by.
type kind struct{ outcome, operation, area string }

type settings struct {
	provider metric.MeterProvider
	common   []attribute.KeyValue
}

// Option changes where telemetry goes.
type Option func(*settings)

// WithMeterProvider reports to instruments of a provider. The default is the global one.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(s *settings) {
		if p != nil {
			s.provider = p
		}
	}
}

// WithAttributes adds attributes to every metric and event: those that tell one policy of a service from another.
func WithAttributes(list ...attribute.KeyValue) Option {
	return func(s *settings) { s.common = append(s.common, list...) }
}

// New makes the instruments. The error is that of the provider.
func New(options ...Option) (*Telemetry, error) {
	s := settings{provider: otel.GetMeterProvider()}
	for _, option := range options {
		if option != nil {
			option(&s)
		}
	}
	t := &Telemetry{meter: s.provider.Meter(Scope), common: s.common}
	var failed [2]error
	t.durations, failed[0] = t.meter.Float64Histogram(DecisionDuration, metric.WithUnit("s"),
		metric.WithDescription("How long decisions took."), metric.WithExplicitBucketBoundaries(buckets...))
	t.reloads, failed[1] = t.meter.Int64Counter(Reloads, metric.WithUnit("{version}"), metric.WithDescription("Versions of the policy that were found."))
	if err := errors.Join(failed[:]...); err != nil {
		return nil, err
	}
	return t, nil
}

// Observe reports a decision: it is an [authz.Observer].
func (t *Telemetry) Observe(ctx context.Context, v authz.Event) {
	if t == nil || t.durations == nil { // made otherwise than by New
		return
	}
	k := kind{"denied", "check", v.Area}
	if v.Assign != "" {
		k.operation = "assign"
	}
	switch {
	case v.Decision.Allowed:
		k.outcome = "allowed"
	case v.Decision.Reason == authz.InvalidRequest, v.Decision.Reason == authz.UnknownPermission, v.Decision.Reason == authz.UnknownRole:
		k.outcome = "invalid"
	}
	t.durations.Record(ctx, v.Duration.Seconds(), t.options(k)...)
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	list := append(t.attributes(k), Reason.String(v.Decision.Reason.String()))
	if v.Area != "" { // then the text is one of the policy's
		list = append(list, Permission.String(v.Permission))
	}
	span.AddEvent(Decided, trace.WithTimestamp(v.Time.Add(v.Duration)), trace.WithAttributes(list...))
}

// attributes returns a new list, with room for two more.
func (t *Telemetry) attributes(k kind) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, len(t.common)+5)
	list = append(append(list, t.common...), Outcome.String(k.outcome), Operation.String(k.operation))
	if k.area != "" {
		list = append(list, Area.String(k.area))
	}
	return list
}

// options returns what a decision is recorded with: made once for each kind, of which there are as many as the policy has areas, a
// few times.
func (t *Telemetry) options(k kind) []metric.RecordOption {
	if there, ok := t.prepared.Load(k); ok {
		return there.([]metric.RecordOption)
	}
	made, _ := t.prepared.LoadOrStore(k, []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(t.attributes(k)...))})
	return made.([]metric.RecordOption)
}

// Report reports what became of a version that was found: for [authzlive.WithReport].
func (t *Telemetry) Report(v authzlive.Event) {
	if t == nil || t.reloads == nil {
		return
	}
	list := make([]attribute.KeyValue, 0, len(t.common)+2)
	list = append(list, t.common...)
	var rejected *authzlive.Rejected
	switch {
	case v.Swapped:
		list = append(list, Outcome.String("swapped"))
	case errors.As(v.Err, &rejected):
		list = append(list, Outcome.String("rejected"), Stage.String(string(rejected.Stage)))
	case v.Err != nil:
		list = append(list, Outcome.String("rejected"))
	default:
		list = append(list, Outcome.String("recovered"))
	}
	t.reloads.Add(context.Background(), 1, metric.WithAttributes(list...))
}

// Watch reports how old the version is that decides, and which it is, whenever metrics are collected. The error is that of the
// provider.
func (t *Telemetry) Watch(live *authzlive.Live) error {
	if t == nil || t.meter == nil {
		return errors.New("authzotel: the telemetry was made otherwise than by New")
	}
	if live == nil {
		return errors.New("authzotel: there is nothing to watch: pass what authzlive.Open returned")
	}
	common := metric.WithAttributes(t.common...)
	age, failed := t.meter.Float64ObservableGauge(PolicyAge, metric.WithUnit("s"), metric.WithDescription("How long ago the source was known to have the version that decides."))
	revision, err := t.meter.Int64ObservableGauge(PolicyRevision, metric.WithDescription("The revision of the version that decides."))
	if err := errors.Join(failed, err); err != nil {
		return err
	}
	_, err = t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		status := live.Status()
		if status.Revision != 0 {
			o.ObserveFloat64(age, time.Since(status.Seen).Seconds(), common)
		}
		o.ObserveInt64(revision, int64(status.Revision), common)
		return nil
	}, age, revision)
	return err
}
