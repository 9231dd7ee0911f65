package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"strings"
)

const listFile = "proof/mutants/killed.txt"

// killed says which test noticed each mutant when the list was written: that test is asked first, so that a run takes
// minutes. It is no condition: when it is silent, all the others are asked.
//
//go:embed killed.txt
var killed string

// readList reads the list by the names of the mutants.
func readList() (map[string]trial, error) {
	listed := map[string]trial{}
	for line := range strings.Lines(killed) {
		name, by, _ := strings.Cut(strings.TrimSpace(line), ": ")
		pkg, test, ok := strings.Cut(by, " ")
		if !ok {
			return nil, fmt.Errorf("%s: %q is not written mutant: package test", listFile, line)
		}
		listed[name] = trial{pkg, test}
	}
	return listed, nil
}

// writeList writes the list in the order of the mutants.
func writeList(listed map[string]trial) error {
	var b bytes.Buffer
	for _, m := range mutants {
		if by := listed[m.name]; by.pkg != "" && by.test != "" {
			fmt.Fprintf(&b, "%s: %s %s\n", m.name, by.pkg, by.test)
		}
	}
	return os.WriteFile(listFile, b.Bytes(), 0o644)
}
