// Package authzlog writes a log of decisions: one line for each, whatever ids and requests contain.
//
//	engine, err := authz.Open(os.DirFS("policy"), authz.WithObserver(authzlog.New(slog.Default())))
//
// Every denial is written, and of what is allowed all or a sample. Of the facts that requests bring the names are written,
// and the values of those alone that are named to [WithFacts]. Where one is masked, so is what an error may quote of it.
package authzlog

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trellis-authz/trellis/authz"
)

// Message is the message of every line.
const Message = "decision"

// Masked stands for the value of a fact that is not to be written.
const Masked = "***"

type settings struct {
	allowed, denied slog.Level
	rate            float64
	shown           map[string]bool
}

// Option changes what is written.
type Option func(*settings)

// WithLevels sets the levels at which decisions are written. The default is Info for both. What the logger's handler does
// not take at its level is not written: of denials, too.
func WithLevels(allowed, denied slog.Level) Option {
	return func(s *settings) { s.allowed, s.denied = allowed, denied }
}

// WithSample writes a share of what is allowed, from 0 to 1, and every denial. A line that stands for others says the share,
// as "sample". Decisions of one request ([authz.Caller]) are written all or not at all, in every service that samples alike.
func WithSample(share float64) Option {
	return func(s *settings) { s.rate = share }
}

// WithFacts writes the values of the named attributes, of the request and of scopes. All others are masked.
func WithFacts(names ...string) Option {
	return func(s *settings) {
		for _, name := range names {
			s.shown[name] = true
		}
	}
}

// New returns an observer that writes to a logger; nil is [slog.Default].
func New(logger *slog.Logger, options ...Option) authz.Observer {
	s := settings{allowed: slog.LevelInfo, denied: slog.LevelInfo, rate: 1, shown: map[string]bool{}}
	for _, option := range options {
		if option != nil {
			option(&s)
		}
	}
	if logger == nil {
		logger = slog.Default()
	}
	return func(ctx context.Context, v authz.Event) {
		level := s.allowed
		if !v.Decision.Allowed {
			level = s.denied
		}
		id := authz.CallerFrom(ctx).RequestID
		if !logger.Enabled(ctx, level) || v.Decision.Allowed && !s.samples(id) {
			return
		}
		logger.LogAttrs(ctx, level, Message, s.attrs(id, v)...)
	}
}

// samples decides whether one that is allowed is written.
func (s *settings) samples(id string) bool {
	switch {
	case s.rate >= 1:
		return true
	case !(s.rate > 0): // and what is no number
		return false
	case id == "":
		return rand.Float64() < s.rate
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(id)) // a hash never fails
	return float64(mixed(sum.Sum64())>>11)/(1<<53) < s.rate
}

// mixed spreads what the hash of a short text leaves in its low bits.
func mixed(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

// attrs are what a line says.
func (s *settings) attrs(id string, v authz.Event) []slog.Attr {
	var list []slog.Attr
	if id != "" {
		list = append(list, slog.String("request_id", clipped(id)))
	}
	for _, a := range v.LogValue().Group() {
		if a.Key == slog.LevelKey { // which a line has already, of its own
			a.Key = "holds"
		}
		if a.Key == "error" && s.masks(v.Facts) {
			a.Value = unquoting(v.Decision, a.Value)
		}
		if a.Value.Kind() == slog.KindString {
			a.Value = slog.StringValue(clipped(a.Value.String()))
		}
		list = append(list, a)
	}
	if len(v.Facts.Request) > 0 {
		list = append(list, slog.Attr{Key: "request", Value: s.facts(v.Facts.Request)})
	}
	if len(v.Facts.Scopes) > 0 {
		scopes := make([]slog.Attr, 0, len(v.Facts.Scopes))
		for _, path := range slices.Sorted(maps.Keys(v.Facts.Scopes)) {
			scopes = append(scopes, slog.Attr{Key: clipped(path), Value: s.facts(v.Facts.Scopes[path])})
		}
		list = append(list, slog.Attr{Key: "scopes", Value: slog.GroupValue(scopes...)})
	}
	if v.Decision.Allowed && s.rate < 1 {
		list = append(list, slog.Float64("sample", s.rate))
	}
	return list
}

// masks reports whether a request brings a fact whose value is not to be written.
func (s *settings) masks(f authz.Facts) bool {
	masked := func(list authz.Attributes) bool {
		for name := range list {
			if !s.shown[name] {
				return true
			}
		}
		return false
	}
	if masked(f.Request) {
		return true
	}
	for _, list := range f.Scopes {
		if masked(list) {
			return true
		}
	}
	return false
}

// unquoting is the error of a decision without what may quote facts: why a condition failed, and what is wrong with a request.
func unquoting(d authz.Decision, whole slog.Value) slog.Value {
	var failed *authz.ConditionError
	if errors.As(d.Err, &failed) {
		quiet := *failed
		quiet.Err = errors.New(Masked)
		return slog.StringValue(quiet.Error())
	}
	if d.Reason == authz.InvalidRequest {
		return slog.StringValue(Masked)
	}
	return whole
}

// facts are attributes as they are written.
func (s *settings) facts(facts authz.Attributes) slog.Value {
	list := make([]slog.Attr, 0, len(facts))
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		value := slog.StringValue(Masked)
		if s.shown[name] {
			value = written(facts[name])
		}
		list = append(list, slog.Attr{Key: clipped(name), Value: value})
	}
	return slog.GroupValue(list...)
}

// written is the value of a fact as it is written: what is neither a text, a number nor a time is put as a text. A value that says
// itself how it is logged has its way, but for groups: they may hold what does not.
func written(v any) slog.Value {
	switch value := slog.AnyValue(v).Resolve(); value.Kind() {
	case slog.KindString:
		return slog.StringValue(clipped(value.String()))
	case slog.KindGroup:
		return slog.StringValue(Masked)
	case slog.KindAny:
		return slog.StringValue(clipped(fmt.Sprint(value.Any())))
	default:
		return value
	}
}

// longest bounds each text of a line, in bytes: who asks for what is very long must not fill the log.
const longest = 1024

// clipped returns a text as it is written: of valid UTF-8, on one line, not too long, and without what would have a terminal show
// something else than there is.
func clipped(s string) string {
	if len(s) > longest {
		cut := longest
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.Map(func(r rune) rune {
		switch { // what JSON leaves as it is
		case r >= 0x7f && unicode.IsControl(r), // some readers end a line at U+0085
			unicode.Is(unicode.Bidi_Control, r): // which turn the text around that follows
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
