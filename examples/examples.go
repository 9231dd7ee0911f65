// Package examples holds five products' permissions as policies, each in a folder with a directory of people and
// the tests that are the tables of its documentation. Programs that show the library open them from here.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed */*.yaml
var files embed.FS

// Products are the folders of the five products.
func Products() []string {
	return []string{"agent-studio", "ai-hub", "delivery-platform", "refinery-studio", "tenant-platform"}
}

// Product returns the folder of one product, as authz.Open takes it; an unknown name is an empty folder.
func Product(name string) fs.FS {
	folder, err := fs.Sub(files, name)
	if err != nil {
		return embed.FS{}
	}
	return folder
}
