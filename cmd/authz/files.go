package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

// files opens files by the paths that users write: relative, absolute, with `..` in them. os.DirFS refuses the
// latter two, so it is no fs.FS in the strict sense (fs.ValidPath does not hold for its names), but the library
// only ever opens what it is named. Diagnostics then show the path as it was written.
type files struct {
	dir    string            // where relative paths start; "" is the working directory of the process
	opened map[string]string // the files that were opened: how each was first written, by its absolute path
}

// Open opens a file for reading, if it is a regular one: to open a pipe is to wait for whoever writes to it. Its
// errors name the path as it was written.
func (f *files) Open(name string) (fs.File, error) {
	info, err := f.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errFolder}
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	file, err := os.Open(f.real(name))
	if err != nil {
		return nil, asWritten(err, name)
	}
	if f.opened == nil {
		f.opened = map[string]string{}
	}
	if key := f.key(name); f.opened[key] == "" {
		f.opened[key] = name
	}
	return file, nil
}

var (
	errFolder     = errors.New("it is a folder")
	errNotRegular = errors.New("it is no regular file")
)

// Stat describes a file or folder. Its errors name the path as it was written.
func (f *files) Stat(name string) (fs.FileInfo, error) {
	info, err := os.Stat(f.real(name))
	return info, asWritten(err, name)
}

// folder returns a folder as a file system of its own.
func (f *files) folder(name string) fs.FS { return os.DirFS(f.real(name)) }

// real returns the path under which the operating system knows a file.
func (f *files) real(name string) string {
	if f.dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.dir, name)
}

// key tells files apart, however they are written.
func (f *files) key(name string) string {
	path, err := filepath.Abs(f.real(name))
	if err != nil { // the working directory is gone: then the path as written has to do
		return filepath.Clean(name)
	}
	return path
}

// unify makes diagnostics name each file as it was first written, so that what is found twice, under two names of
// one file, is said once.
func (f *files) unify(list diag.List) diag.List {
	for i := range list {
		if first, ok := f.opened[f.key(list[i].File)]; ok && list[i].File != "" {
			list[i].File = first
		}
	}
	return list.Sort()
}

// unreadable leaves of an error of reading what the operating system says, which names the file. Whoever wrapped it
// names the file once more.
func unreadable(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e
	}
	return err
}

func asWritten(err error, name string) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: e.Op, Path: name, Err: e.Err}
	}
	return err
}

// join names a file in a folder, both as they were written. It does not clean the path: what a `..` after a
// symbolic link means, only the operating system knows.
func join(folder, name string) string {
	switch {
	case folder == ".":
		return name
	case strings.HasSuffix(folder, "/"):
		return folder + name
	}
	return folder + "/" + name
}

// beside names a file in the folder of another.
func beside(file, name string) string { return join(folderOf(file), name) }

func folderOf(file string) string {
	i := strings.LastIndexByte(file, '/')
	switch {
	case i < 0:
		return "."
	case i == 0:
		return "/"
	}
	return file[:i]
}

// kind is what a file holds, by the ending of its name.
type kind int

const (
	isOther kind = iota
	isPolicy
	isDirectory
	isTests
)

var suffixes = map[kind]string{isPolicy: authz.PolicySuffix, isDirectory: authz.DirectorySuffix, isTests: authz.TestsSuffix}

func kindOf(name string) kind {
	for k, suffix := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return k
		}
	}
	return isOther
}

// stem returns NAME of NAME.policy.yaml, without its folder.
func stem(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.TrimSuffix(name, suffixes[kindOf(name)])
}

// meant tells what a file is meant for whose name only nearly ends as it should, and how it should be called.
func meant(path string) (passed, bool) {
	extension := filepath.Ext(path)
	if kindOf(path) != isOther || !strings.EqualFold(extension, ".yaml") && !strings.EqualFold(extension, ".yml") {
		return passed{}, false
	}
	base := strings.TrimSuffix(path, extension)
	at := strings.LastIndexAny(base, "./") + 1
	p := passed{path: path, kind: nearKind(base[at:]), bare: at == 0 || base[at-1] == '/'}
	switch {
	case p.kind == isOther:
		return passed{}, false
	case p.bare:
		p.to = base[:at] + "NAME" + suffixes[p.kind]
	default:
		p.to = base[:at-1] + suffixes[p.kind]
	}
	return p, true
}

// nearKind tells which kind a word names that is nearly the one that is due. Of words of three or four letters too
// many are near to each other.
func nearKind(word string) kind {
	words := map[string]kind{"policy": isPolicy, "policies": isPolicy, "directory": isDirectory, "directories": isDirectory, "tests": isTests, "test": isTests}
	word = strings.ToLower(word)
	if k := words[word]; k != isOther || len(word) < len("tests") {
		return k
	}
	return words[diag.Nearest(word, []string{"policy", "directory", "tests"})]
}
