package condition

import (
	"fmt"
	"net/netip"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// inCIDR reports whether an address lies in a network: inCIDR(request.ip, "10.0.0.0/8").
func inCIDR(ip, network ref.Val) ref.Val {
	in, err := within(string(ip.(types.String)), string(network.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Bool(in)
}

// within is inCIDR on Go's types. An IPv4 address that is mapped into IPv6 is the IPv4 address: a server that listens
// on both sees either form of the same client.
func within(ip, network string) (bool, error) {
	prefix, err := parseCIDR(network)
	if err != nil {
		return false, err
	}
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Zone() != "" {
		return false, fmt.Errorf("%s is not an IP address", quoted(ip))
	}
	return prefix.Contains(addr.Unmap()), nil
}

func parseCIDR(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%s is not a network, such as 10.0.0.0/8", quoted(text))
	}
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("%s is not a network: it mixes IPv4 and IPv6", quoted(text))
		}
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix, nil
}
