package doc

import (
	"testing"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/report"
)

// Going down to a place and locating the key of its path are one.
func TestASpotStandsWhereTheKeyIsLocated(t *testing.T) {
	for _, source := range []string{located, "a: {b: [x, [y, z]]}\nc: y\n\n", "- a\n- b: c\n-\n", "x", "a:\n"} {
		root, _ := parseYAML(source)
		locator := Locator(root)
		var walk func(spot Spot, at report.Path)
		walk = func(spot Spot, at report.Path) {
			want, _, _ := locator.Locate(report.Key(at))
			if got, led := spot.Position(), Root(root).At(at).Position(); got != want || led != want || want.IsZero() {
				t.Errorf("%s stands at %s, by its path at %s, and is located at %s", at, got, led, want)
			}
			for _, k := range spot.node.Keys {
				walk(spot.Name(k.Text), at.Name(k.Text))
			}
			if spot.node.Kind == List {
				for i := range spot.node.Items {
					walk(spot.Index(i), at.Index(i))
				}
			}
		}
		walk(Root(root), report.Path{})
	}
}

func TestOneNameStandsWhereAListOfItWould(t *testing.T) {
	root, _ := parseYAML("a: {b: x}\n")
	b := Root(root).Name("a").Name("b")
	if b.Index(0) != b || b.Position().Column != 5 || b.Index(1) != (Spot{}) {
		t.Errorf("b stands at %s, its first item at %s, its second at %s", b.Position(), b.Index(0).Position(), b.Index(1).Position())
	}
}

func TestWhatIsNotInTheDocumentStandsNowhere(t *testing.T) {
	root, _ := parseYAML("a: {b: x}\n")
	for _, s := range []Spot{{}, Root(nil), Root(nil).Name("a"), Root(root).Name("z"), Root(root).Name("z").Name("y").Index(0), Root(root).Name("a").Name("b").Name("c")} {
		if s.Position() != (diag.Position{}) {
			t.Errorf("it stands at %s", s.Position())
		}
	}
}

func TestGoingDownAllocatesNothing(t *testing.T) {
	root, _ := parseYAML(located)
	path := report.Path{}.Names("roles", "admin")
	var at diag.Position
	if n := testing.AllocsPerRun(100, func() { at = Root(root).At(path).Name("grants").Index(0).Name("areas").Name("deletion").Position() }); n != 0 || at.Line != 9 {
		t.Errorf("%g allocations, and it stands at %s", n, at)
	}
}
