// Bench decides one workload with this library, with its peers, and by hand, holds all answers equal, and prints what
// each of them costs.
//
//	go run .                    # everything; about an hour
//	go run . -quick             # a look; about a minute
//	go run . -out results       # writes results.txt, results.md and chart.svg, too
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

type options struct {
	sizes   []int
	engines []string // keys; none: all
	checks  int      // requests on which all have to agree
	timed   int      // requests that are timed, over and over
	measuring
	quick bool
}

func main() {
	sizes := flag.String("sizes", "100,1000,10000,100000,1000000", "numbers of members")
	engines := flag.String("engines", "", "only these, by key: "+strings.Join(keys(), ", "))
	quick := flag.Bool("quick", false, "small sizes, short measurements, 2,000 requests held equal")
	out := flag.String("out", "", "a folder for results.txt, results.md and chart.svg")
	profile := flag.String("profile", "", "show where the time and memory of a check go instead, and write the profiles into this folder")
	perRound := flag.Duration("time", 80*time.Millisecond, "for each measurement of each round")
	flag.Parse()

	o := options{checks: 100_000, timed: 1 << 16, measuring: measuring{rounds: 15, perRound: *perRound, two: true, progress: os.Stderr}}
	if *quick {
		set := map[string]bool{}
		flag.Visit(func(f *flag.Flag) { set[f.Name] = true })
		if !set["sizes"] {
			*sizes = "100,1000"
		}
		if !set["time"] {
			o.perRound = 20 * time.Millisecond
		}
		o.quick, o.checks, o.timed, o.rounds = true, 2000, 1<<12, 5
	}
	if *engines != "" {
		o.engines = strings.Split(*engines, ",")
		for _, key := range o.engines {
			if !slices.Contains(keys(), key) {
				usage("there is no engine %q", key)
			}
		}
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 100 {
			usage("%q is no number of members: at least 100 are", text)
		}
		o.sizes = append(o.sizes, n)
	}
	slices.Sort(o.sizes)
	if flag.NArg() > 0 {
		usage("%q is too much", flag.Args())
	}

	if *profile != "" {
		if err := o.profile(os.Stdout, *profile); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	results, err := measureAll(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	results.text(os.Stdout)
	if *out != "" {
		if err := write(results, *out); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func usage(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	flag.Usage()
	os.Exit(2)
}

func write(r *results, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, print := range map[string]func(io.Writer){"results.txt": r.text, "results.md": r.markdown, "chart.svg": r.chart} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		print(f)
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

func keys() (all []string) {
	for _, e := range entries {
		if !slices.Contains(all, e.key) {
			all = append(all, e.key)
		}
	}
	return all
}
