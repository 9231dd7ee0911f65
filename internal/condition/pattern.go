package condition

import (
	"errors"
	"fmt"
	"regexp/syntax"
)

// The bounds of a pattern of matches(). A short pattern can stand for a large program: [a-z]{1000} does.
const (
	MaxPattern     = 1000 // bytes
	maxPatternSize = 1000 // steps of its program
)

// patternSize returns about how many steps the program of a regular expression has, without compiling it. The error
// says what is wrong with the pattern.
func patternSize(pattern string) (int, error) {
	if len(pattern) > MaxPattern {
		return 0, fmt.Errorf("the pattern has %s bytes; a pattern may have at most %s", thousands(len(pattern)), thousands(MaxPattern))
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		if wrong, ok := errors.AsType[*syntax.Error](err); ok {
			return 0, fmt.Errorf("the pattern is malformed: %s: %s", wrong.Code, quoted(wrong.Expr))
		}
		return 0, fmt.Errorf("the pattern is malformed: %w", err)
	}
	size := steps(parsed)
	if size > maxPatternSize {
		return 0, fmt.Errorf("the pattern is too large: its repetitions stand for more than %s steps", thousands(maxPatternSize))
	}
	return size, nil
}

func steps(re *syntax.Regexp) int {
	n := 1
	switch re.Op {
	case syntax.OpLiteral:
		n += len(re.Rune)
	case syntax.OpCharClass:
		n += len(re.Rune) / 16
	}
	for _, sub := range re.Sub {
		n = min(n+steps(sub), maxPatternSize+1)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxPatternSize+1)
}
