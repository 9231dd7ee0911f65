package examples_test

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authztest"
	"github.com/trellis-authz/trellis/examples"
)

// Every cell of every table in the five products' documentation, and every sentence that is a rule.
func TestProducts(t *testing.T) {
	for _, product := range examples.Products() {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			authztest.Run(t, examples.Product(product))
		})
	}
}

// The products are examples to copy: they load without a warning, too.
func TestProductsLoadWithoutAWarning(t *testing.T) {
	for _, product := range examples.Products() {
		engine, err := authz.Open(examples.Product(product))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range engine.Warnings() {
			t.Errorf("%s: %s", product, w)
		}
	}
}

// Tables are carried whole: a floor below which a cell or a check has gone missing.
func TestProductsCarryTheirTablesWhole(t *testing.T) {
	for product, floor := range map[string]struct{ cells, checks int }{
		"agent-studio":      {903, 684},
		"ai-hub":            {273, 397},
		"delivery-platform": {217, 455},
		"refinery-studio":   {154, 593},
		"tenant-platform":   {1899, 1426},
	} {
		s, err := authztest.Load(examples.Product(product), product+authz.TestsSuffix)
		if err != nil {
			t.Fatal(err)
		}
		if s.Cells < floor.cells || s.Checks < floor.checks {
			t.Errorf("%s: %d cells and %d checks, at least %d and %d are due", product, s.Cells, s.Checks, floor.cells, floor.checks)
		}
	}
}

// The folder of a product holds its three files and nothing that the others lack, so that a copy of one is a start.
func TestProductsAreLaidOutAlike(t *testing.T) {
	for _, product := range examples.Products() {
		var got []string
		entries, err := fs.ReadDir(examples.Product(product), ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if want := []string{product + ".directory.yaml", product + ".policy.yaml", product + ".tests.yaml"}; !slices.Equal(got, want) {
			t.Errorf("%s holds %v", product, got)
		}
	}
}
