package pattern_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/internal/pattern"
)

func TestAPathIsFilledIDByID(t *testing.T) {
	for text, want := range map[string]string{
		"org:{o}":                "org:1",
		"org:{o}/workspace:{w}":  "org:1/workspace:2",
		"org:acme/workspace:{w}": "org:acme/workspace:2",
		"org:{o}/workspace:ml":   "org:1/workspace:ml",
		"org:acme":               "org:acme",
		"a:{1}/b:{2}/c:x/d:{3}/e:{4}/f:{5}/g:y/h:{w}": "a:0/b:0/c:x/d:0/e:0/f:0/g:y/h:2",
		"org:{o}/org:{o}": "org:1/org:1",
	} {
		p, err := pattern.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Fill(func(name string) (string, error) {
			if v, ok := map[string]string{"o": "1", "w": "2"}[name]; ok {
				return v, nil
			}
			return "0", nil
		})
		if err != nil || got != want {
			t.Errorf("%s is filled as %s, %v", text, got, err)
		}
		if got := strings.Count(text, "{"); len(p.Wildcards()) != got {
			t.Errorf("%s has the wildcards %v", text, p.Wildcards())
		}
		if slices.Contains(p.Wildcards(), "") || strings.ContainsAny(p.Sample(), "{}") {
			t.Errorf("%s: %v, %s", text, p.Wildcards(), p.Sample())
		}
	}
}

func TestWhatIsNoIDIsNotFilledIn(t *testing.T) {
	p, err := pattern.Parse("org:{o}/workspace:{w}")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"", "a/b", "a b", "a\nb", "/", "\xff", strings.Repeat("x", 257)} {
		_, err := p.Fill(func(string) (string, error) { return v, nil })
		var bad *pattern.BadValue
		if !errors.As(err, &bad) || bad.Wildcard != "o" || v != "" && strings.Contains(err.Error(), v) {
			t.Errorf("%q: %v", v, err)
		}
	}
	wrong := errors.New("there is none")
	if _, err := p.Fill(func(string) (string, error) { return "", wrong }); err != wrong {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoPathIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":            "is no kind:id",
		"org":         "is no kind:id",
		":x":          "is no kind:id",
		"org:x/":      "is no kind:id",
		"org:":        "has an id that is empty",
		"org:a b":     "has an id that",
		"org:{}":      "is not a wildcard",
		"org:{o":      "is not a wildcard",
		"org:o}":      "is not a wildcard",
		"org:{o}x":    "is not a wildcard",
		"org:x{o}":    "is not a wildcard",
		"org:{{o}}":   "is not a wildcard",
		"{kind}:x":    "is not a wildcard",
		"org:{a}/{b}": "is no kind:id",
		"org:{a/b}":   "is not a wildcard",
	} {
		if _, err := pattern.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
