package authz

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/trellis-authz/trellis/internal/condition"
	"github.com/trellis-authz/trellis/internal/table"
)

// instant returns a point in time as the tables compare it.
func instant(t time.Time) table.Instant {
	return table.Instant{Sec: t.Unix(), Nsec: int32(t.Nanosecond())}
}

// plain returns the attributes as the conditions take them: a Principal, at any depth, becomes what conditions read
// of one.
func (a Attributes) plain() map[string]any {
	if a == nil {
		return nil
	}
	m := make(map[string]any, len(a))
	for name, v := range a {
		m[name] = plain(v)
	}
	return m
}

func plain(v any) any {
	switch v := v.(type) {
	case Principal:
		return condition.Ref{ID: v.ID, Status: string(v.Status), Attributes: v.Attributes.plain()}
	case *Principal:
		if v == nil {
			return nil
		}
		return plain(*v)
	case Attributes:
		return map[string]any(v.plain())
	case map[string]any:
		return map[string]any(Attributes(v).plain())
	case []Principal:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	}
	return v
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
