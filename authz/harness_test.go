package authz_test

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/roles"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// load builds an engine whose clock stands at noon. An empty directory is none.
func load(t testing.TB, policy, directory string) *authz.Engine {
	t.Helper()
	e, err := tryLoad(policy, directory)
	if err != nil {
		var b strings.Builder
		if diag.From(err).Render(&b, diag.Style{}) != nil || b.Len() == 0 {
			t.Fatal(err)
		}
		t.Fatal("\n" + b.String())
	}
	return e
}

func tryLoad(policy, directory string, options ...authz.Option) (*authz.Engine, error) {
	files := fstest.MapFS{"x.policy.yaml": {Data: []byte(policy)}}
	if directory != "" {
		files["x.directory.yaml"] = &fstest.MapFile{Data: []byte(directory)}
	}
	return authz.Open(files, append([]authz.Option{authz.WithClock(func() time.Time { return noon })}, options...)...)
}

// fact is one line of a table: who asks for what, where, and the answer as "reason level".
type fact struct{ as, permission, in, want string }

func (f fact) check(t *testing.T, e *authz.Engine, facts authz.Facts) {
	t.Helper()
	s := e.As(f.as)
	if f.as == "" {
		s = e.Anonymous()
	}
	d := s.Check(context.Background(), authz.Request{Permission: f.permission, Scope: f.in, Facts: facts})
	if got := d.Reason.String() + " " + d.Level; got != f.want {
		t.Errorf("%s asks for %s in %s: %s, want %s (%v)", f.as, f.permission, f.in, got, f.want, d.Err)
	}
	if d.Allowed != (d.Reason == authz.Granted) {
		t.Errorf("%s asks for %s in %s: allowed %t for the reason %s", f.as, f.permission, f.in, d.Allowed, d.Reason)
	}
	x := s.Explain(context.Background(), authz.Request{Permission: f.permission, Scope: f.in, Facts: facts})
	if x.Allowed != d.Allowed || x.Level != d.Level || x.Reason != d.Reason {
		t.Errorf("%s asks for %s in %s: checked %s, explained %s", f.as, f.permission, f.in, d, x.Decision)
	}
	_ = x.String()
}

func checkAll(t *testing.T, e *authz.Engine, facts []fact) {
	t.Helper()
	for _, f := range facts {
		f.check(t, e, authz.Facts{})
	}
}

func rolesLimit(area, level string) roles.Limit { return roles.AtMost(roles.Grant{area: level}) }

func osFolder(dir string) fs.FS { return os.DirFS(dir) }
