package authz_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

// What a service logs or answers holds the error's words: an error is nothing as a JSON value.
func TestDecisionsAsJSONHoldTheirErrors(t *testing.T) {
	e := load(t, derivationPolicy, derivationDirectory)
	nobody := e.As("nobdy")
	request := authz.Request{Permission: "e:edit", Scope: "org:a"}
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"a decision":         {e.As("owner").Check(context.Background(), request), `{"allowed":true,"level":"edit","reason":"granted"}`},
		"a denial":           {nobody.Check(context.Background(), request), `{"allowed":false,"level":"none","reason":"unknown-principal","error":"the directory lists no principal \"nobdy\""}`},
		"an invalid request": {nobody.Check(context.Background(), authz.Request{Scope: "org:a"}), `{"allowed":false,"reason":"invalid-request","error":"the request names no permission"}`},
		"the zero decision":  {authz.Decision{}, `{"allowed":false,"reason":"invalid-request"}`},
		"a giving": {e.As("here").CanAssign(context.Background(), authz.Giving{Name: "guide", Scope: "org:a"}),
			`{"allowed":false,"reason":"exceeds-giver","error":"guide gives edit in g with reach \"all\", and the giver has none","lacks":[{"role":"guide","area":"g","gives":"edit","has":"none","reach":"all","position":"x.policy.yaml:13:40"}]}`},
		"a giving that needs more": {e.As("both").CanAssign(context.Background(), authz.Giving{Name: "guide", Scope: "org:a"}),
			`{"allowed":false,"reason":"no-grant","error":"who gives \"guide\" needs f:read here","needs":"f:read"}`},
	} {
		got, err := json.Marshal(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%s is %s, want %s (%v)", name, got, c.want, err)
		}
	}
	x := explained(t, e, "here", "g:edit", "org:a")
	got, err := json.Marshal(x)
	if err != nil || !strings.Contains(string(got), `"reason":"no-grant","error":"a grant of the role needy`) || !strings.Contains(string(got), `"grants":[{"role":"needy"`) {
		t.Errorf("an explanation is %s (%v)", got, err)
	}
}
