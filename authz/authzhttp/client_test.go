package authzhttp_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/trellis-authz/trellis/authz/authzhttp"
)

// The address is that of the connection, or what those say who are trusted, from the end: never what a client says itself.
func TestTheAddressOfAClientIsNeverWhatItSaysItself(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		peer    string
		headers []string
		want    string // "": an error
	}{
		{"203.0.113.9:1234", nil, "203.0.113.9"},
		{"203.0.113.9:1234", []string{"10.0.0.1"}, "203.0.113.9"}, // who is not trusted says nothing
		{"192.0.2.1:1234", nil, "192.0.2.1"},
		{"192.0.2.1:1234", []string{"10.0.0.1"}, "10.0.0.1"},
		{"192.0.2.1:1234", []string{"1.1.1.1, 10.0.0.1"}, "10.0.0.1"},
		{"192.0.2.1:1234", []string{"1.1.1.1, 10.0.0.1, 192.0.2.7"}, "10.0.0.1"},
		{"192.0.2.1:1234", []string{"1.1.1.1", "10.0.0.1,192.0.2.7"}, "10.0.0.1"},
		{"192.0.2.1:1234", []string{"192.0.2.9, 192.0.2.8"}, "192.0.2.9"},
		{"[fd00::1]:1234", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"[::ffff:192.0.2.1]:1234", []string{"::ffff:10.0.0.1"}, "10.0.0.1"}, // one address has one form
		{"192.0.2.1:1234", []string{"unknown"}, ""},
		{"192.0.2.1:1234", []string{"10.0.0.1, "}, ""},
		{"192.0.2.1:1234", []string{""}, ""},
		{"192.0.2.1:1234", []string{"unknown, 10.0.0.1"}, "10.0.0.1"}, // not looked at
		{"pipe", nil, ""},
		{"", nil, ""},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.headers}}
		got, err := authzhttp.ClientIP(proxies...)(r)
		switch {
		case c.want == "" && err == nil, c.want != "" && (err != nil || got.String() != c.want):
			t.Errorf("%s %q: %s, %v; want %q", c.peer, c.headers, got, err, c.want)
		}
	}
	r := &http.Request{RemoteAddr: "192.0.2.1:1", Header: http.Header{"X-Forwarded-For": {"10.0.0.1"}}}
	if got, err := authzhttp.ClientIP()(r); err != nil || got.String() != "192.0.2.1" {
		t.Errorf("nobody is trusted: %s, %v", got, err)
	}
}

func TestAnIDOfARequestIsCarriedIfItIsAWord(t *testing.T) {
	h := routes(t, guard(t, engine(t)))
	for id, carried := range map[string]bool{
		"bfe9eb29-ab87-4ca3-be83-a1d5d8305716": true, "a": true, "Root=1-67891233-abcdef012345678912345678": true, "": false,
		"two words": false, "a\tb": false, "é": false, `"`: false, "<x>": false, string(make([]byte, 200)): false,
	} {
		w := call(h, "GET", "/healthz", "", "X-Request-ID", id)
		want := ""
		if carried {
			want = id
		}
		if got := w.Header().Get("X-Request-ID"); got != want {
			t.Errorf("%q is carried as %q", id, got)
		}
	}
	if w := call(h, "GET", "/healthz", "", "X-Request-ID", "a", "X-Request-ID", "b"); w.Header().Get("X-Request-ID") != "" {
		t.Error("one of two ids is carried")
	}
}
