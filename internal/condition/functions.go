package condition

import (
	"fmt"
	"net/netip"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

const inCIDROverload = "in_cidr_string_string"

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
	addr, err := parseIP(ip)
	if err != nil {
		return false, err
	}
	return prefix.Contains(addr), nil
}

func parseIP(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("%s is not an IP address", quoted(text))
	}
	return addr.Unmap(), nil
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
