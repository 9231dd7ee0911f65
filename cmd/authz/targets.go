package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// target is what belongs together: a policy, with the directory and the tests beside it.
type target struct {
	policy    string // "" when only tests are meant, which name theirs
	directory string
	tests     []string
}

// targets finds what the paths mean. A folder stands for every policy in it and in the folders beneath it. The second
// result is false when something was wrong; it has been said then, and the code is the one to exit with.
func (c *console) targets(paths []string) (list []target, code int) {
	for _, p := range paths {
		p = filepath.ToSlash(p)
		info, err := c.files.Stat(p)
		if err != nil {
			return nil, c.complain(err)
		}
		var found []target
		if info.IsDir() {
			found, err = c.walk(p)
		} else {
			found, err = c.single(p)
		}
		if err != nil {
			return nil, c.complain(err)
		}
		if len(found) == 0 {
			return nil, c.misused("%s", nothingThere(p, info.IsDir()))
		}
		list = append(list, found...)
	}
	return list, exitYes
}

func nothingThere(p string, folder bool) string {
	switch {
	case folder:
		return fmt.Sprintf("there is no policy (NAME%s) in %s", suffixes[isPolicy], diag.Printable(p))
	case renamed(p) != "":
		return fmt.Sprintf("%s is not read; rename it to %s", diag.Printable(p), diag.Printable(renamed(p)))
	}
	return fmt.Sprintf("%s is no policy, directory or tests: their names end in %s, %s and %s",
		diag.Printable(p), suffixes[isPolicy], suffixes[isDirectory], suffixes[isTests])
}

// single is one file. A directory is checked against the one policy beside it.
func (c *console) single(file string) ([]target, error) {
	switch kindOf(file) {
	case isPolicy:
		return []target{{policy: file}}, nil
	case isTests:
		return []target{{tests: []string{file}}}, nil
	case isDirectory:
		all, err := c.walk(folderOf(file))
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			if t.directory == file {
				return []target{{policy: t.policy, directory: file}}, nil
			}
		}
		return nil, fmt.Errorf("%s: there is no one policy beside it to check it against", file)
	}
	return nil, nil
}

// walk finds the targets in a folder and beneath. Where a folder holds one policy and one directory, they belong
// together; where it holds several, those of one NAME do.
func (c *console) walk(root string) ([]target, error) {
	var list []target
	folder := c.files.folder(root)
	err := fs.WalkDir(folder, ".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("reading %s: %w", join(root, dir), err)
		}
		if !d.IsDir() {
			return nil
		}
		if dir != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		entries, err := fs.ReadDir(folder, dir)
		if err != nil {
			return fmt.Errorf("reading %s: %w", join(root, dir), err)
		}
		found, err := group(entries, func(name string) string {
			if dir == "." {
				return join(root, name)
			}
			return join(join(root, dir), name)
		})
		list = append(list, found...)
		return err
	})
	return list, err
}

// group puts the files of one folder together.
func group(entries []fs.DirEntry, full func(string) string) ([]target, error) {
	by := map[kind][]string{}
	for _, e := range entries {
		if !e.IsDir() {
			by[kindOf(e.Name())] = append(by[kindOf(e.Name())], full(e.Name()))
		}
	}
	policies, directories, tests := by[isPolicy], by[isDirectory], by[isTests]
	if len(policies) == 0 {
		if len(tests) > 0 { // they name their policy, wherever it is
			return []target{{tests: tests}}, nil
		}
		return nil, nil
	}
	list := make([]target, len(policies))
	for i, p := range policies {
		list[i] = target{policy: p}
	}
	if len(list) == 1 && len(directories) == 1 {
		list[0].directory, directories = directories[0], nil
	}
	for _, d := range directories {
		i := slices.IndexFunc(list, func(t target) bool { return stem(t.policy) == stem(d) })
		if i < 0 {
			return nil, fmt.Errorf("%s: which of the policies beside it it belongs to cannot be known: give it the NAME of one", d)
		}
		list[i].directory = d
	}
	list[0].tests = tests
	return list, nil
}
