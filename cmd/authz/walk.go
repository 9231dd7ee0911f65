package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// found is what the PATHs of validate and test lead to, each file once and in the order in which it was found.
type found struct {
	policies, directories, tests []string
	strays                       []string // files that were named, and are none of these
	almost                       []string // files in folders that end in .yml: they are not read, which the author may not know
	errs                         []error  // what cannot be read
	seen                         map[string]bool
}

// look follows the PATHs: files are taken as they are, folders are walked.
func (c *console) look(paths []string) *found {
	f := &found{seen: map[string]bool{}}
	for _, path := range paths {
		path = filepath.ToSlash(path)
		info, err := c.files.Stat(path)
		switch {
		case err != nil:
			f.errs = append(f.errs, err)
		case info.IsDir():
			f.walk(c.files, path)
		default:
			f.add(c.files, path, true)
		}
	}
	return f
}

func (f *found) add(files *files, path string, named bool) {
	if key := files.key(path); f.seen[key] {
		return
	} else {
		f.seen[key] = true
	}
	switch kindOf(path) {
	case isPolicy:
		f.policies = append(f.policies, path)
	case isDirectory:
		f.directories = append(f.directories, path)
	case isTests:
		f.tests = append(f.tests, path)
	default:
		switch {
		case named:
			f.strays = append(f.strays, path)
		case renamed(path) != "":
			f.almost = append(f.almost, path)
		}
	}
}

// walk adds the files of a folder and all beneath it. Hidden folders are left out: what lies in .git is no policy
// of the project.
func (f *found) walk(files *files, root string) {
	err := fs.WalkDir(files.folder(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			f.errs = append(f.errs, asWritten(err, join(root, name)))
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case !entry.IsDir():
			f.add(files, join(root, name), false)
		}
		return nil
	})
	if err != nil {
		f.errs = append(f.errs, fmt.Errorf("%s: %w", root, err))
	}
}

// hint says which files were passed over because of their names.
func (f *found) hint() string {
	if len(f.almost) == 0 {
		return ""
	}
	return fmt.Sprintf("; rename %s to %s", f.almost[0], renamed(f.almost[0]))
}
