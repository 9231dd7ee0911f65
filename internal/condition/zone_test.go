package condition

import (
	"strings"
	"testing"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

func TestZonesHaveOneNameEach(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "UTC", "Etc/GMT+1", "+02:00", "-11:30", "5:00"} {
		if z, err := zone(name); err != nil || z == nil {
			t.Errorf("zone(%q): %v", name, err)
		}
	}
	for _, name := range []string{
		"", "Local", "Europe//Berlin", "Europe/Berlin/", "/Europe/Berlin", "Europe/./Berlin", "../UTC", "Europe", "Mars/Phobos",
		":", "1:2:3", "+24:00", "+00:60", "+001:00", "++1:00", "+1:0", "١:00", strings.Repeat("Europe/", 20) + "Berlin", "1:" + strings.Repeat("0", 63),
	} {
		if z, err := zone(name); err == nil {
			t.Errorf("zone(%q) is %v", name, z)
		} else if want := "there is no time zone " + quoted(name) + "; zones are written Europe/Berlin or +02:00"; err.Error() != want {
			t.Errorf("zone(%q): %v, want %s", name, err, want)
		}
		if _, kept := zones.Load(name); kept {
			t.Errorf("%q is kept", name)
		}
	}
}

// A name that is too long costs what it takes to see that, and one that does not exist what it takes to look for it.
func TestZonesArePricedByWhatTheyTake(t *testing.T) {
	_, _ = zone("Asia/Tokyo")
	long := strings.Repeat(":", MaxText)
	for _, tt := range []struct {
		name string
		cost int
		ok   bool
	}{
		{"Asia/Tokyo", 2, true}, {"+02:00", 12, true}, {"x:y", 12, true}, {"Mars/Phobos", MaxCost / 100, true}, {long, 2, false}, {"a" + long, 2, false},
	} {
		cost, err := priceZone([]ref.Val{types.Timestamp{}, types.String(tt.name)})
		if cost != tt.cost || (err == nil) != tt.ok {
			t.Errorf("%.20q costs %d (%v), want %d", tt.name, cost, err, tt.cost)
		}
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = zone(long) }); n > 1 {
		t.Errorf("to refuse a long name takes %v allocations", n)
	}
}
