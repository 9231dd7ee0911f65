package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/trellis-authz/trellis/authz"
)

var decideCommand = command{
	name:  "decide",
	args:  "POLICY",
	short: "Answer questions, JSON lines in and JSON lines out, in order",
	more: `A line asks {"principal":"alice","permission":"members:edit","in":"org:acme"}, perhaps with "request",
"scopes" and "now", or with "assign":"ROLE" in place of the permission. The principal may be "" (anonymous)
or an object as in a directory file with its "id". The answer is {"allowed":true,"level":"edit","reason":"granted"}.
Every line gets its answer: one that cannot be read, is empty, or is longer than 1 MiB is answered as
invalid-request with an "error", and the rest goes on. The exit code is 0 when all lines were answered.`,
	examples: []string{
		`echo '{"principal":"marta","permission":"workspaces.members:edit","in":"org:initech/workspace:claims"}' | authz decide examples/ai-hub`,
		`echo '{"principal":"marta","assign":"manager","in":"org:initech/workspace:claims"}' | authz decide examples/ai-hub`,
	},
	setup: func(flags *flag.FlagSet) action {
		directory := directoryFlag(flags)
		return func(c *console, args []string) int { return c.decide(args, directory) }
	},
}

// maxLine bounds the memory that a line can take. A question with its facts is some hundred bytes.
const maxLine = 1 << 20

var errLongLine = errors.New("the line is longer than 1 MiB")

func (c *console) decide(args []string, directory *text) int {
	if err := arguments(args, "POLICY"); err != nil {
		return c.misused("%v", err)
	}
	engine, code := c.engine(args[0], directory)
	if engine == nil {
		return code
	}
	out := newLineEncoder(c.out)
	lines := newLineReader(flushFirst{c.stdin, c.out})
	for {
		line, err := lines.next()
		switch {
		case err == io.EOF:
			return exitYes
		case err != nil && err != errLongLine && c.out.Flush() != nil:
			return exitFailure // it was no error of reading: flushFirst could not write, and run says so
		case err != nil && err != errLongLine:
			return c.complain(fmt.Errorf("reading line %d: %w", lines.number+1, err))
		}
		if !answer(out, engine, lines.number, line, err) {
			return exitFailure // run says that the answer could not be written
		}
	}
}

// answer writes the answer to a line, and reports whether it could be written.
func answer(out *json.Encoder, engine *authz.Engine, number int, line []byte, err error) bool {
	var q authz.Query
	if err == nil {
		q, err = authz.ParseQuery(number, line)
	}
	a := authz.Invalid(err)
	if err == nil {
		a = engine.Answer(context.Background(), q)
	}
	return out.Encode(a) == nil
}

// flushFirst writes out the answers before it reads on: whoever asks line by line, and waits for each answer before
// the next question, gets it, while a file is answered in large pieces.
type flushFirst struct {
	in  io.Reader
	out *bufio.Writer
}

// Read reads what there is. An answer that cannot be written ends the reading.
func (f flushFirst) Read(p []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, err
	}
	return f.in.Read(p)
}

// lineReader cuts a stream into lines, in memory that no line can make grow beyond maxLine.
type lineReader struct {
	in     *bufio.Reader
	number int    // of the line that was returned last
	long   []byte // a line that is longer than the reader's buffer, put together; reused
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{in: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line without its end (\n or \r\n); it holds until the next call. A line that is too long is
// skipped to its end and returned as errLongLine. The last line may lack its end.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	tooLong, some := false, false
	for {
		piece, err := l.in.ReadSlice('\n')
		some = some || len(piece) > 0
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return nil, err
		}
		if err == io.EOF && !some {
			return nil, io.EOF
		}
		end := err != bufio.ErrBufferFull
		if end {
			l.number++
		}
		switch {
		case !tooLong && len(l.long) == 0 && end:
			return withoutEnd(piece), nil
		case !tooLong && len(l.long)+len(piece) <= maxLine+len("\r\n"):
			l.long = append(l.long, piece...)
		default:
			tooLong = true
		}
		if !end {
			continue
		}
		line := withoutEnd(l.long)
		if tooLong || len(line) > maxLine {
			return nil, errLongLine
		}
		return line, nil
	}
}

func withoutEnd(line []byte) []byte {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
		if n > 0 && line[n-1] == '\r' {
			n--
		}
	}
	return line[:n]
}
