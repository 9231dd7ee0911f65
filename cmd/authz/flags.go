package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// parseFlags reads flags wherever they stand among the arguments, and returns the other arguments. The flag package
// alone would stop at the first argument that is no flag, and take `check POLICY --as alice` for three arguments.
// A lone -- ends the flags; flag.ErrHelp is returned for -h and --help.
func parseFlags(flags *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	given := map[string]bool{}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			return append(rest, args...), nil
		}
		name, value, hasValue, isFlag := splitFlag(arg)
		if !isFlag {
			rest = append(rest, arg)
			continue
		}
		f := flags.Lookup(name)
		switch {
		case f == nil && (name == "h" || name == "help"):
			return nil, flag.ErrHelp
		case f == nil:
			return nil, unknownFlag(flags, name, arg)
		case given[name] && !repeats(f):
			return nil, fmt.Errorf("%s is given twice", dashed(name)) // which of the two counts would be a guess
		}
		given[name] = true
		switch {
		case hasValue:
		case isSwitch(f):
			value = "true"
		case len(args) == 0:
			return nil, fmt.Errorf("%s needs a value", dashed(name))
		case isKnown(flags, args[0]):
			return nil, fmt.Errorf("%s needs a value, and %s is a flag; write %s=%s if it is the value", dashed(name), args[0], dashed(name), args[0])
		default:
			value, args = args[0], args[1:]
		}
		if err := flags.Set(name, value); err != nil {
			return nil, fmt.Errorf("%s: %w", dashed(name), err)
		}
	}
	return rest, nil
}

// splitFlag takes -name, --name and either with =value apart.
func splitFlag(arg string) (name, value string, hasValue, isFlag bool) {
	if len(arg) < 2 || arg[0] != '-' {
		return "", "", false, false
	}
	name = strings.TrimPrefix(arg[1:], "-")
	name, value, hasValue = strings.Cut(name, "=")
	return name, value, hasValue, true
}

func isKnown(flags *flag.FlagSet, arg string) bool {
	name, _, _, isFlag := splitFlag(arg)
	return isFlag && flags.Lookup(name) != nil
}

func isSwitch(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

func repeats(f *flag.Flag) bool {
	_, ok := f.Value.(*pairs)
	return ok
}

func unknownFlag(flags *flag.FlagSet, name, arg string) error {
	var known []string
	flags.VisitAll(func(f *flag.Flag) { known = append(known, dashed(f.Name)) })
	written, _, _ := strings.Cut(arg, "=")
	return fmt.Errorf("there is no flag %s%s", diag.Printable(written), didYouMean(dashed(name), append(known, "--help")))
}

// dashed writes a flag as help does: one dash for one letter, two for a word.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// didYouMean returns "; did you mean …?" when a known word is near, else "".
func didYouMean(word string, known []string) string {
	if near := diag.Nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// text is a flag that tells "not given" from "given as empty": --as "" is the anonymous principal, and no --as is a
// mistake.
type text struct {
	value string
	given bool
}

func (t *text) String() string { return t.value }

func (t *text) Set(s string) error {
	t.value, t.given = s, true
	return nil
}

// choice is a flag that takes one of a few words.
type choice struct {
	value string
	words []string
}

func (c *choice) String() string { return c.value }

func (c *choice) Set(s string) error {
	for _, word := range c.words {
		if s == word {
			c.value = s
			return nil
		}
	}
	return fmt.Errorf("%s is none of %s%s", diag.Quote(s), strings.Join(c.words, ", "), didYouMean(s, c.words))
}

// format declares -o with the words it takes, the first of which is the default.
func format(flags *flag.FlagSet, words ...string) *choice {
	c := &choice{words[0], words}
	flags.Var(c, "o", "write the answer as `FORMAT`: "+strings.Join(words, ", ")+"; the default is "+words[0])
	return c
}

// pairs is a flag that may be given several times.
type pairs []string

func (p *pairs) String() string { return strings.Join(*p, " ") }

func (p *pairs) Set(s string) error {
	if s == "" {
		return errors.New("there is nothing in it")
	}
	*p = append(*p, s)
	return nil
}

// commaList splits a,b,c and drops white space and what is empty.
func commaList(s string) []string {
	var list []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// arguments holds the arguments against their names and says which is missing, or which is one too many.
func arguments(args []string, names ...string) error {
	switch {
	case len(args) < len(names):
		return fmt.Errorf("%s is missing", names[len(args)])
	case len(args) > len(names):
		return fmt.Errorf("there is an argument too many: %s", diag.Quote(args[len(names)]))
	}
	return nil
}
