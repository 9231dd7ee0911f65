package authzhttp

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientIP returns a function that finds the address of a client, for conditions that read it: that of the connection or,
// where that is one of the proxies that are trusted, what they say in X-Forwarded-For. The header is read from its end, as
// far as those who wrote it are trusted: what a client writes into it itself is never believed. An address that cannot be
// read is a [BadRequest].
func ClientIP(trusted ...netip.Prefix) func(*http.Request) (netip.Addr, error) {
	trusts := func(a netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) (netip.Addr, error) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return netip.Addr{}, BadRequest("the address of the connection cannot be read")
		}
		client := peer.Addr().Unmap().WithZone("")
		hops := r.Header.Values("X-Forwarded-For")
		for i := len(hops) - 1; i >= 0; i-- {
			rest := hops[i]
			for more := true; more; {
				if !trusts(client) {
					return client, nil
				}
				var hop string
				at := strings.LastIndexByte(rest, ',')
				if more = at >= 0; more {
					rest, hop = rest[:at], rest[at+1:]
				} else {
					hop = rest
				}
				a, err := netip.ParseAddr(strings.TrimSpace(hop))
				if err != nil {
					return netip.Addr{}, BadRequest("an address in X-Forwarded-For cannot be read")
				}
				client = a.Unmap().WithZone("")
			}
		}
		return client, nil
	}
}
