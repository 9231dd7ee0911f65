package authz

import (
	"io"
	"io/fs"

	"github.com/trellis-authz/trellis/internal/doc"
)

// readFile reads a file, and stops one byte past the size that is allowed: the parser then refuses it.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	source, err := io.ReadAll(io.LimitReader(f, doc.MaxSize+1))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return source, err
}
