package main

import (
	"errors"
	"flag"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

// directoryFlag declares --directory.
func directoryFlag(flags *flag.FlagSet) *text {
	t := &text{}
	flags.Var(t, "directory", "read the directory from `FILE`; an empty one is none.\nWithout the flag it is the one in the folder POLICY")
	return t
}

// engine loads the policy that the user names. When it cannot, it says why; the code is then the one to exit with.
func (c *console) engine(policy string, directory *text) (e *authz.Engine, code int) {
	policy = filepath.ToSlash(policy)
	policyFile, directoryFile, code := c.find(policy, directory)
	if code != exitYes {
		return nil, code
	}
	c.noDirectory = directoryFile == ""
	draft, err := authz.Examine(c.files, policyFile, directoryFile)
	switch {
	case err != nil:
		return nil, c.complain(unreadable(err))
	case draft.Engine == nil:
		c.report(c.files.unify(draft.Diagnostics))
		return nil, exitInvalid
	}
	return draft.Engine, exitYes
}

// find names the files that are meant by POLICY and --directory.
func (c *console) find(policy string, directory *text) (policyFile, directoryFile string, code int) {
	info, err := c.files.Stat(policy)
	if err != nil {
		return "", "", c.complain(err)
	}
	if directory.given {
		directoryFile = filepath.ToSlash(directory.value)
	}
	switch kind := kindOf(directoryFile); {
	case directoryFile == "" || kind == isDirectory:
	case kind == isOther:
		return "", "", c.misused("--directory: %s", strayMessage(directoryFile))
	default:
		return "", "", c.misused("--directory: %s is no directory file (NAME%s)", diag.Printable(directoryFile), authz.DirectorySuffix)
	}
	if !info.IsDir() {
		switch kindOf(policy) {
		case isPolicy:
			return policy, directoryFile, exitYes
		case isOther: // validate would not look at it, nor would the folder be found to hold it
			return "", "", c.misused("%s", strayMessage(policy))
		}
		return "", "", c.misused("%s is no policy; name the policy, or the folder it is in", diag.Printable(policy))
	}
	folder := c.files.folder(policy)
	if directory.given {
		folder = withoutDirectories{folder}
	}
	found, err := authz.Find(folder)
	if err != nil {
		if _, unreadable := errors.AsType[*fs.PathError](err); unreadable {
			return "", "", c.complain(asWritten(err, policy))
		}
		return "", "", c.misused("%s: %s", diag.Printable(policy), diag.Printable(oneLine(err)))
	}
	if !directory.given && found.Directory != "" {
		directoryFile = join(policy, found.Directory)
	}
	return join(policy, found.Policy), directoryFile, exitYes
}

// withoutDirectories hides the directory files of a folder, so that two of them are no reason to refuse it when the
// user names another.
type withoutDirectories struct{ fs.FS }

// ReadDir reads a folder.
func (w withoutDirectories) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return kindOf(e.Name()) == isDirectory }), err
}
