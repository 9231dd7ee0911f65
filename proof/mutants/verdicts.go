package main

import (
	"fmt"
	"iter"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// verdict is what became of a mutant: the trial that noticed it, none when it survives, or why it cannot be made.
type verdict struct {
	by   trial
	err  error
	took time.Duration
}

// everything is what a mutant has to survive to be a survivor, but for the tests that notice every change of what is
// changed here.
var everything = []string{"-skip", "^(TestEveryMutantApplies|TestTheMutantsAreWoven)$", "./..."}

// verdicts makes the mutants, as many at a time as there are processors, and gives the verdict of each in their order.
// One that survives what its packages and the properties say, or that cannot be woven, is made alone, on the copy.
func verdicts(dir string, made []numbered, listed map[string]trial) iter.Seq2[numbered, verdict] {
	return func(yield func(numbered, verdict) bool) {
		s, err := build(dir, made)
		if err != nil {
			fmt.Fprintln(os.Stderr, err) // each is made alone, which shows the one that is wrong
		}
		found := make([]verdict, len(made))
		next := make(chan int)
		var working sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			working.Go(func() {
				for i := range next {
					start := time.Now()
					if m := made[i]; s != nil && !s.apart[m.mutant] {
						found[i].by, found[i].err = s.kill(m, listed[m.name])
					}
					found[i].took = time.Since(start)
				}
			})
		}
		for i := range made {
			next <- i
		}
		close(next)
		working.Wait()
		for i, m := range made {
			v := &found[i]
			if v.err == nil && v.by == (trial{}) {
				start := time.Now()
				if s == nil || s.apart[m.mutant] {
					v.by, v.err = m.killAlone(dir, strings.Fields(m.tests))
				}
				if v.err == nil && v.by == (trial{}) {
					v.by, v.err = m.killAlone(dir, everything)
				}
				v.took += time.Since(start)
			}
			if !yield(m, *v) {
				return
			}
		}
	}
}
