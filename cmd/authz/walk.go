package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// found is what the PATHs of validate and test lead to, each file once and in the order in which it was found.
type found struct {
	policies, directories, tests []string
	strays                       []string // files that were named, and are none of these
	passed                       []passed
	errs                         []error // what cannot be read, each file once

	disk   *files
	seen   map[string]bool // files that were found
	failed map[string]bool // what is in errs
	walked map[string]bool // folders, by their paths without links
	inUse  map[string]bool // folders that hold a file that is read
}

// passed is what folders hold that looks as if it were to be read, and is not, which its author may not know.
type passed struct {
	path string
	kind kind   // what it seems to be meant for; of a link to a folder that is not known
	to   string // how the file should be called; "" of a link
	bare bool   // there is nothing in its name but the word
}

func (p passed) String() string {
	if p.to == "" {
		return p.path + " is a link to a folder, and links are not followed; name it to have it read"
	}
	return fmt.Sprintf("%s is not read under that name; rename it to %s", p.path, p.to)
}

// look follows the PATHs: files are taken as they are, folders are walked.
func (c *console) look(paths []string) *found {
	f := &found{disk: c.files, seen: map[string]bool{}, failed: map[string]bool{}, walked: map[string]bool{}, inUse: map[string]bool{}}
	for _, path := range paths {
		path = filepath.ToSlash(path)
		info, err := c.files.Stat(path)
		switch {
		case err != nil:
			f.fail(err)
		case info.IsDir():
			f.walk(path, f.resolve(path))
		default:
			f.add(path, true)
		}
	}
	f.passed = f.passedOver()
	return f
}

// all tells how many files were found.
func (f *found) all() int { return len(f.policies) + len(f.directories) + len(f.tests) }

// fail keeps an error of reading. A file is named by tests and found in its folder, and tried each time.
func (f *found) fail(err error) {
	err = unreadable(err)
	id := err.Error()
	if e, ok := err.(*fs.PathError); ok {
		id = f.disk.key(e.Path)
	}
	if !f.failed[id] {
		f.failed[id] = true
		f.errs = append(f.errs, err)
	}
}

func (f *found) add(path string, named bool) {
	if key := f.disk.key(path); f.seen[key] {
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
		if named {
			f.strays = append(f.strays, path)
		}
		if p, ok := meant(path); ok {
			f.passed = append(f.passed, p)
		}
		return
	}
	f.inUse[folderOf(path)] = true
}

// walk adds the files of a folder and all beneath it. Hidden folders are left out: what lies in .git is no policy
// of the project. An fs.FS would not do: it holds no file whose path is not UTF-8, and there may be one anywhere.
func (f *found) walk(folder, resolved string) {
	if resolved != "" {
		f.walked[resolved] = true
	}
	entries, err := os.ReadDir(f.disk.real(folder))
	if err != nil {
		f.fail(asWritten(err, folder))
	}
	for _, entry := range entries {
		path := join(folder, entry.Name())
		hidden := strings.HasPrefix(entry.Name(), ".")
		switch {
		case entry.IsDir() && !hidden:
			below := ""
			if resolved != "" {
				below = filepath.Join(resolved, entry.Name())
			}
			f.walk(path, below)
		case entry.IsDir():
		case entry.Type()&fs.ModeSymlink != 0 && f.isFolder(path):
			if !hidden {
				f.passed = append(f.passed, passed{path: path})
			}
		default:
			f.add(path, false)
		}
	}
}

func (f *found) isFolder(path string) bool {
	info, err := f.disk.Stat(path)
	return err == nil && info.IsDir()
}

// resolve returns where a folder really is; "" when that cannot be known.
func (f *found) resolve(path string) string {
	resolved, err := filepath.EvalSymlinks(f.disk.key(path))
	if err != nil {
		return ""
	}
	return resolved
}

// passedOver leaves out the links to what was read all the same, and the files called policy.yaml and the like that
// stand beside nothing of ours: other programs have such files, too.
func (f *found) passedOver() []passed {
	var list []passed
	for _, p := range f.passed {
		switch {
		case p.to == "" && f.walked[f.resolve(p.path)]:
		case p.bare && !f.inUse[folderOf(p.path)]:
		default:
			list = append(list, p)
		}
	}
	return list
}

// hint says of the first thing that was passed over how it is read.
func (f *found) hint() string {
	if len(f.passed) == 0 {
		return ""
	}
	p := f.passed[0]
	if p.to == "" {
		return "; " + diag.Printable(p.String())
	}
	return fmt.Sprintf("; rename %s to %s", diag.Printable(p.path), diag.Printable(p.to))
}

// warn says on stderr what was passed over.
func (c *console) warn(list []passed) {
	for _, p := range list {
		fmt.Fprintf(c.err, "%s: warning: %s\n", c.name(), diag.Printable(p.String()))
	}
}
