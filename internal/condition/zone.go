package condition

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// zoneFields are the parts of a time in a named zone: t.getHours("Europe/Berlin"). CEL's own read the zone's file at
// every call.
var zoneFields = map[string]func(time.Time) int{
	overloads.TimestampToYearWithTz:                time.Time.Year,
	overloads.TimestampToMonthWithTz:               func(t time.Time) int { return int(t.Month()) - 1 },
	overloads.TimestampToDayOfYearWithTz:           func(t time.Time) int { return t.YearDay() - 1 },
	overloads.TimestampToDayOfMonthZeroBasedWithTz: func(t time.Time) int { return t.Day() - 1 },
	overloads.TimestampToDayOfMonthOneBasedWithTz:  time.Time.Day,
	overloads.TimestampToDayOfWeekWithTz:           func(t time.Time) int { return int(t.Weekday()) },
	overloads.TimestampToHoursWithTz:               time.Time.Hour,
	overloads.TimestampToMinutesWithTz:             time.Time.Minute,
	overloads.TimestampToSecondsWithTz:             time.Time.Second,
	overloads.TimestampToMillisecondsWithTz:        func(t time.Time) int { return t.Nanosecond() / int(time.Millisecond) },
}

func inZone(at, name ref.Val, field func(time.Time) int) ref.Val {
	zone, err := zone(string(name.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Int(field(at.(types.Timestamp).In(zone)))
}

// zones are those that were asked for. There are as many as the machine has files for, whatever else a name may lead to.
var (
	zones     sync.Map // string -> *time.Location
	zoneCount atomic.Int32
)

// The bounds of zones: the bytes of a name, and how many are kept.
const (
	maxZone  = 64
	maxZones = 2000
)

// zoneError says that a name is that of no zone. It writes its message only when somebody wants it: loops absorb errors.
type zoneError struct{ name string }

func (e *zoneError) Error() string {
	return fmt.Sprintf("there is no time zone %s; zones are written Europe/Berlin or +02:00", quoted(e.name))
}

// priceZone charges for an offset, which makes a zone, and for a name that is not known yet, or stands for nothing:
// looking for it reads files.
func priceZone(args []ref.Val) (int, error) {
	name := string(args[1].(types.String))
	if len(name) > maxZone {
		return 2, &zoneError{name}
	}
	if _, ok := zones.Load(name); ok {
		return 2, nil
	}
	if strings.Contains(name, ":") {
		return 12, nil
	}
	return MaxCost / 100, nil
}

// zone returns a time zone by its name, or by its offset: Europe/Berlin, +02:00.
func zone(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	if hours, minutes, ok := strings.Cut(name, ":"); ok && len(name) <= maxZone {
		return offsetZone(hours, minutes, name)
	}
	// Local would be the zone of the machine, and the empty name is one that somebody forgot. A slash too many leads to
	// the same file, and would be kept as another zone.
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/"
	if name == "" || name == "Local" || len(name) > maxZone || strings.Trim(name, allowed) != "" ||
		strings.Contains(name, "//") || strings.HasSuffix(name, "/") {
		return nil, &zoneError{name}
	}
	loaded, err := time.LoadLocation(name)
	if err != nil {
		return nil, &zoneError{name}
	}
	if zoneCount.Add(1) <= maxZones {
		zones.Store(name, loaded)
	}
	return loaded, nil
}

func offsetZone(hours, minutes, name string) (*time.Location, error) {
	digits, west := strings.CutPrefix(hours, "-")
	digits = strings.TrimPrefix(digits, "+")
	if len(digits) > 2 || len(minutes) != 2 { // so that no error is made for a long one
		return nil, &zoneError{name}
	}
	h, err := strconv.ParseUint(digits, 10, 8)
	m, err2 := strconv.ParseUint(minutes, 10, 8)
	if err != nil || err2 != nil || h > 23 || m > 59 {
		return nil, &zoneError{name}
	}
	offset := int(h)*3600 + int(m)*60
	if west {
		offset = -offset
	}
	return time.FixedZone("", offset), nil
}
