// Package authzlive keeps an engine up to date while a service runs: it reads policy and directory from a source again and
// again, and a new version is loaded, checked, compiled and tried against its own tests before it takes the place of the one
// that decides, all at once. A version that is bad changes nothing: the last good one decides on, and says since when it
// has been behind.
//
//	live, err := authzlive.Open(ctx, authzlive.Folder("policy"))
//	guard, err := authzhttp.New(live, whoAsks)
//
// Whoever binds a subject keeps the engine that it was bound to: one request is decided by one version, however long it
// takes.
package authzlive

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trellis-authz/trellis/authz"
)

// Live is an engine that is kept up to date. It is an [authz.Provider], and safe for concurrent use.
type Live struct {
	source  Source
	options settings
	state   atomic.Pointer[state]
	turn    chan struct{} // holds the one token: who has it reads the source
	cancel  context.CancelFunc
	stopped chan struct{}

	mu     sync.Mutex
	status Status
	passed chan struct{} // closed, and made anew, whenever another version decides
}

// state is what decides.
type state struct {
	engine    *authz.Engine
	name      string
	revision  uint64
	since     time.Time
	confirmed atomic.Pointer[time.Time] // when the source was last known to have just this version
}

// settings are what options change.
type settings struct {
	interval time.Duration
	maxAge   time.Duration
	engine   []authz.Option
	trials   []func(*authz.Engine) error
	reports  []func(Event)
	later    bool
	tests    bool
	now      func() time.Time
}

// Option changes how an engine is kept up to date.
type Option func(*settings)

// WithInterval sets how long to wait between two looks at the source. The default is two seconds.
func WithInterval(d time.Duration) Option { return func(s *settings) { s.interval = d } }

// WithMaxAge bounds for how long a version decides that the source is not known to have any more: since it cannot be read, or
// has a version that is bad. After that there is no engine, and everything is denied. The default is no bound: the last good
// version decides on.
func WithMaxAge(d time.Duration) Option { return func(s *settings) { s.maxAge = d } }

// WithEngineOptions builds every engine with options.
func WithEngineOptions(options ...authz.Option) Option {
	return func(s *settings) { s.engine = append(s.engine, options...) }
}

// WithTrial tries every new engine before it decides: an error keeps it from deciding. Tables of routes are such trials
// (authzhttp.Mux.Try): a policy without a permission that the service asks for is no policy for it.
func WithTrial(try func(*authz.Engine) error) Option {
	return func(s *settings) { s.trials = append(s.trials, try) }
}

// WithTests refuses a version that brings no tests of its own. Those that it brings are run in any case.
func WithTests() Option { return func(s *settings) { s.tests = true } }

// WithReport has a function told of every new version, of every failure, and of every recovery: for logs and metrics. It is
// called by one goroutine at a time, which waits for it.
func WithReport(report func(Event)) Option {
	return func(s *settings) { s.reports = append(s.reports, report) }
}

// WithNow sets the clock that ages are told by. The default is [time.Now].
func WithNow(now func() time.Time) Option {
	return func(s *settings) {
		if now != nil {
			s.now = now
		}
	}
}

// WithoutEngine has [Open] succeed where the source has no good version yet: until it has one there is no engine, and
// everything is denied.
func WithoutEngine() Option { return func(s *settings) { s.later = true } }

// Event is what happened at one look at the source.
type Event struct {
	Time     time.Time
	Took     time.Duration // to read, check, compile and try
	Name     string        // of the version that was found; "" when none could be read
	Revision uint64        // of the version that decides now; 0: none
	Swapped  bool          // it is another one than before
	Err      error         // why the version that was found does not decide: a [*Rejected]; nil when it does
}

// Status is how things are.
type Status struct {
	Name     string    // of the version that decides; "" when there is none
	Revision uint64    // of that version; 0 when there is none
	Since    time.Time // when it began to decide
	Seen     time.Time // when the source was last known to have just this version
	Err      error     // why the version that the source has now does not decide; nil when it does
	Failing  time.Time // since when that has been so; zero when it is not
	Failures int       // how many looks have failed since
}

// Open reads the first version, and begins to watch the source: until the context is done, or [Live.Close]. The error is a
// [*Rejected], unless [WithoutEngine] was given.
func Open(ctx context.Context, source Source, options ...Option) (*Live, error) {
	if source == nil {
		return nil, errors.New("authzlive: there is no source: it is nil")
	}
	l := &Live{source: source, turn: make(chan struct{}, 1), stopped: make(chan struct{}), passed: make(chan struct{}),
		options: settings{interval: 2 * time.Second, now: time.Now}}
	for _, option := range options {
		if option != nil {
			option(&l.options)
		}
	}
	if l.options.interval <= 0 {
		return nil, fmt.Errorf("authzlive: an interval of %s is none", l.options.interval)
	}
	l.turn <- struct{}{}
	if err := l.Reload(ctx); err != nil && !l.options.later {
		return nil, err
	}
	watch, cancel := context.WithCancel(ctx)
	l.cancel = cancel
	go l.watch(watch)
	return l, nil
}

// watch looks at the source again and again.
func (l *Live) watch(ctx context.Context) {
	defer close(l.stopped)
	tick := time.NewTicker(l.options.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = l.Reload(ctx) // the status has it, and whoever wanted to be told was
		}
	}
}

// Close ends the watching, and waits until it has ended. The engine that decides decides on, until [WithMaxAge] says
// otherwise.
func (l *Live) Close() error {
	if l == nil || l.cancel == nil {
		return nil // nothing is watched
	}
	l.cancel()
	<-l.stopped
	return nil
}

// Engine returns the engine that decides now; nil where there is none, or it has become too old. Cost: a load of a pointer,
// and a reading of the clock where an age is bounded.
func (l *Live) Engine() *authz.Engine {
	if l == nil {
		return nil
	}
	s := l.state.Load()
	if s == nil || l.stale(s) {
		return nil
	}
	return s.engine
}

func (l *Live) stale(s *state) bool {
	return l.options.maxAge > 0 && l.options.now().Sub(*s.confirmed.Load()) > l.options.maxAge
}

// Ready returns nil while there is an engine. Otherwise the error is [authz.ErrNotReady] with what is wrong: for a probe
// that keeps traffic away.
func (l *Live) Ready() error {
	if l.Engine() != nil {
		return nil
	}
	status := l.Status()
	switch {
	case status.Revision == 0 && status.Err == nil:
		return authz.ErrNotReady
	case status.Revision == 0:
		return fmt.Errorf("%w: %w", authz.ErrNotReady, status.Err)
	case status.Err == nil:
		return fmt.Errorf("%w: the version %s was last seen at %s, and nobody has looked since", authz.ErrNotReady, status.Name, status.Seen.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("%w: the version %s was last seen at %s: %w", authz.ErrNotReady, status.Name, status.Seen.UTC().Format(time.RFC3339), status.Err)
}

// Status returns how things are.
func (l *Live) Status() Status {
	if l == nil {
		return Status{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	status := l.status
	if s := l.state.Load(); s != nil {
		status.Seen = *s.confirmed.Load()
	}
	return status
}

// AtLeast waits until a version of that revision decides, or a later one: for who has just written something and wants it to
// count. The error is that of the context.
func (l *Live) AtLeast(ctx context.Context, revision uint64) error {
	if l == nil || l.source == nil {
		return authz.ErrNotReady
	}
	for {
		l.mu.Lock()
		there, passed := l.status.Revision, l.passed
		l.mu.Unlock()
		if there >= revision {
			return nil
		}
		select {
		case <-passed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the revision %d, after %d: %w", revision, there, ctx.Err())
		}
	}
}

// Reload looks at the source now, and returns when that version decides. The error says why it does not: a [*Rejected].
func (l *Live) Reload(ctx context.Context) error {
	if l == nil || l.source == nil { // made otherwise than by Open
		return authz.ErrNotReady
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-l.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { l.turn <- struct{}{} }()
	began := l.options.now()
	found, err := l.look(ctx)
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // the look was broken off: nothing is known
	}
	l.note(began, found, err)
	return err
}

// look reads the source. What it returns is the version to decide from now on, or the one that does already.
func (l *Live) look(ctx context.Context) (*state, error) {
	version, err := l.source.Read(ctx)
	if err != nil {
		return nil, &Rejected{Stage: Reading, Err: err}
	}
	now := l.state.Load()
	if now != nil && version.Name == now.name && (version.Name != "" || version.Revision == now.revision) {
		return now, nil
	}
	reject := func(stage Stage, err error) (*state, error) {
		return nil, &Rejected{Name: version.Name, Stage: stage, Err: err}
	}
	before := uint64(0)
	if now != nil {
		before = now.revision
	}
	switch {
	case version.Build == nil:
		return reject(Reading, errors.New("the source says nothing of how to build the version"))
	case version.Revision == 0:
		version.Revision = before + 1
	case version.Revision <= before:
		return reject(Reading, fmt.Errorf("its revision is %d, and %d decides already", version.Revision, before))
	}
	e, err := version.Build(l.options.engine...)
	if err == nil && e.Engine() == nil {
		err = authz.ErrNotReady
	}
	if err != nil {
		return reject(Loading, err)
	}
	switch {
	case version.Test != nil:
		if err := version.Test(ctx); err != nil {
			return reject(Testing, err)
		}
	case l.options.tests:
		return reject(Testing, errors.New("it brings no tests"))
	}
	for _, try := range l.options.trials {
		if err := try(e); err != nil {
			return reject(Trying, err)
		}
	}
	return &state{engine: e, name: version.Name, revision: version.Revision}, nil
}

// note has the version decide that was found, or notes that it does not, and tells of what has changed.
func (l *Live) note(began time.Time, found *state, err error) {
	ended := l.options.now()
	v := Event{Time: began, Took: ended.Sub(began), Err: err}
	l.mu.Lock()
	recovered := err == nil && l.status.Err != nil
	again := err != nil && l.status.Err != nil && err.Error() == l.status.Err.Error()
	switch {
	case err != nil:
		if l.status.Err == nil {
			l.status.Failing = began
		}
		l.status.Err = err
		l.status.Failures++
		var rejected *Rejected
		if errors.As(err, &rejected) {
			v.Name = rejected.Name
		}
	default:
		l.status.Err, l.status.Failing, l.status.Failures = nil, time.Time{}, 0
		found.confirmed.Store(&began) // not when the look ended: what was read may have been so at its beginning alone
		v.Name = found.name
		if l.state.Load() != found {
			v.Swapped = true
			found.since = ended
			l.state.Store(found)
			l.status.Name, l.status.Revision, l.status.Since = found.name, found.revision, ended
			close(l.passed)
			l.passed = make(chan struct{})
		}
	}
	v.Revision = l.status.Revision
	l.mu.Unlock()
	if v.Swapped || recovered || err != nil && !again {
		for _, report := range l.options.reports {
			report(v)
		}
	}
}

// Stage is how far a version came that was rejected.
type Stage string

// The stages, in their order.
const (
	Reading Stage = "reading" // it could not be read whole
	Loading Stage = "loading" // something is wrong with the policy or the directory
	Testing Stage = "testing" // its own tests fail
	Trying  Stage = "trying"  // a trial of the service's refuses it
)

// Rejected says why a version does not decide.
type Rejected struct {
	Name  string // of the version; "" when it could not be read
	Stage Stage
	Err   error
}

// Error returns the stage and what went wrong.
func (e *Rejected) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("%s the policy: %v", e.Stage, e.Err)
	}
	return fmt.Sprintf("%s the version %s: %v", e.Stage, e.Name, e.Err)
}

// Unwrap returns what went wrong: a [diag.List] of what is wrong with files, say.
func (e *Rejected) Unwrap() error { return e.Err }
