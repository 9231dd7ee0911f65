package condition

import (
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// CEL keeps two errors that all its users share, and writes into them, where they occur, the node that they occurred
// at. A host that uses CEL itself would find ours in its own: after all tests of this package, there is none in them.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, shared := range []ref.Val{types.NoSuchOverloadErr(), types.Int(math.MaxInt64).ConvertToType(types.TimestampType)} {
		if err := shared.(*types.Err); err.NodeID() != 0 {
			fmt.Fprintf(os.Stderr, "the error %q, which all users of CEL share, was marked with node %d\n", err, err.NodeID())
			code = 1
		}
	}
	os.Exit(code)
}
