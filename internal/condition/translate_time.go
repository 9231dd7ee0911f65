package condition

import (
	"math"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

// time translates an expression that yields a point in time.
func (t *translator) time(e ast.Expr) timeOf {
	if v, ok := t.constant(e).(types.Timestamp); ok {
		return func(Facts) (time.Time, bool) { return v.Time, true }
	}
	switch e.Kind() {
	case ast.SelectKind:
		if raw := t.attribute(e); raw != nil {
			return func(f Facts) (time.Time, bool) {
				v, _ := raw(f)
				at, ok := v.(types.Timestamp)
				return at.Time, ok
			}
		}
		if t.classOf(e.AsSelect().Operand()) == t.env.request { // whose only field of its own is the time
			of := t.object(e.AsSelect().Operand())
			return func(f Facts) (time.Time, bool) {
				if o, _, ok := of(f); ok {
					return o.own.now, true
				}
				return time.Time{}, false
			}
		}
	case ast.CallKind:
		if of := t.timeCall(e); of != nil {
			return of
		}
	}
	of := t.value(e)
	return func(f Facts) (time.Time, bool) {
		at, ok := of(f).(types.Timestamp)
		return at.Time, ok
	}
}

func (t *translator) timeCall(e ast.Expr) timeOf {
	args := arguments(e.AsCall())
	shifted := func(at, by ast.Expr, back bool) timeOf {
		a, b := t.time(at), t.span(by)
		return func(f Facts) (time.Time, bool) {
			x, ok := a(f)
			d, also := b(f)
			if back {
				also = also && d != math.MinInt64
				d = -d
			}
			if !ok || !also {
				return time.Time{}, false
			}
			x = x.Add(d)
			return x, x.Unix() >= firstSecond && x.Unix() <= lastSecond
		}
	}
	switch t.overload(e) {
	case overloads.AddTimestampDuration:
		return shifted(args[0], args[1], false)
	case overloads.AddDurationTimestamp:
		return shifted(args[1], args[0], false)
	case overloads.SubtractTimestampDuration:
		return shifted(args[0], args[1], true)
	}
	return nil
}

// A timestamp lies in the years 1 to 9999.
var (
	firstSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastSecond  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// since returns the time from y to x, and whether a duration holds it. As CEL does, it counts the seconds first.
func since(x, y time.Time) (time.Duration, bool) {
	seconds, fits := multiply(x.Unix()-y.Unix(), int64(time.Second))
	sum, also := add(seconds, int64(x.Nanosecond()-y.Nanosecond()))
	return time.Duration(sum), fits && also
}

// ofTimes are the parts of a time in UTC, and ofSpans those of a duration.
var (
	ofTimes = map[string]func(time.Time) int{
		overloads.TimestampToYear:                zoneFields[overloads.TimestampToYearWithTz],
		overloads.TimestampToMonth:               zoneFields[overloads.TimestampToMonthWithTz],
		overloads.TimestampToDayOfYear:           zoneFields[overloads.TimestampToDayOfYearWithTz],
		overloads.TimestampToDayOfMonthZeroBased: zoneFields[overloads.TimestampToDayOfMonthZeroBasedWithTz],
		overloads.TimestampToDayOfMonthOneBased:  zoneFields[overloads.TimestampToDayOfMonthOneBasedWithTz],
		overloads.TimestampToDayOfWeek:           zoneFields[overloads.TimestampToDayOfWeekWithTz],
		overloads.TimestampToHours:               zoneFields[overloads.TimestampToHoursWithTz],
		overloads.TimestampToMinutes:             zoneFields[overloads.TimestampToMinutesWithTz],
		overloads.TimestampToSeconds:             zoneFields[overloads.TimestampToSecondsWithTz],
		overloads.TimestampToMilliseconds:        zoneFields[overloads.TimestampToMillisecondsWithTz],
	}
	ofSpans = map[string]func(time.Duration) int64{
		overloads.DurationToHours:        func(d time.Duration) int64 { return int64(d.Hours()) },
		overloads.DurationToMinutes:      func(d time.Duration) int64 { return int64(d.Minutes()) },
		overloads.DurationToSeconds:      func(d time.Duration) int64 { return int64(d.Seconds()) },
		overloads.DurationToMilliseconds: time.Duration.Milliseconds,
	}
)

// timeField translates the parts of times and durations; nil for other functions.
func (t *translator) timeField(overload string, args []ast.Expr) intOf {
	if field := ofSpans[overload]; field != nil {
		of := t.span(args[0])
		return func(f Facts) (int64, bool) {
			d, ok := of(f)
			return field(d), ok
		}
	}
	field, in := ofTimes[overload], time.UTC
	if field == nil {
		name, ok := "", false
		if field = zoneFields[overload]; field != nil {
			name, ok = t.literalText(args[1])
		}
		if !ok {
			return nil
		}
		var err error
		if in, err = zone(name); err != nil {
			return nil
		}
	}
	of := t.time(args[0])
	return func(f Facts) (int64, bool) {
		at, ok := of(f)
		if !ok {
			return 0, false
		}
		return int64(field(at.In(in))), true
	}
}

// literalText returns a text that does not depend on the facts.
func (t *translator) literalText(e ast.Expr) (string, bool) {
	v, ok := t.constant(e).(types.String)
	return string(v), ok
}
