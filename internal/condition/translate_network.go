package condition

import (
	"github.com/google/cel-go/common/ast"
)

// networkTest translates inCIDR; nil for other functions. A network that is written out is read once. What the network
// extension has of its own is left to its functions: its networks and addresses are values, which are folded.
func (t *translator) networkTest(overload string, args []ast.Expr) boolOf {
	if overload != inCIDROverload {
		return nil
	}
	address := t.text(args[0])
	if text, ok := t.literalText(args[1]); ok {
		network, err := parseCIDR(text)
		return func(f Facts) (bool, bool) {
			s, ok := address(f)
			if !ok || err != nil {
				return false, false
			}
			ip, err := parseIP(s)
			return err == nil && network.Contains(ip), err == nil
		}
	}
	network := t.text(args[1])
	return func(f Facts) (bool, bool) {
		s, ok := address(f)
		n, also := network(f)
		if !ok || !also {
			return false, false
		}
		in, err := within(s, n)
		return in, err == nil
	}
}
