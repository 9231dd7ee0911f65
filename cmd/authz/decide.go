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
	short: "Answer JSON lines with JSON lines, in order",
	more: `Reads a question a line from stdin:

  {"principal":"alice","permission":"members:edit","in":"org:acme/workspace:ml",
   "request":{"ip":"10.0.0.1"},"now":"2026-06-01T00:00:00Z"}

and answers {"allowed":true,"level":"edit","reason":"granted"}. The principal may also
be "" (anonymous), or an object as in a directory with its id; scopes may bring
attributes by path; now may be left out; "assign":"manager" in place of permission asks
whether a role may be given. A line that cannot be read is answered with an error, and
the rest goes on. Exits with 0 when every line was answered, whatever the answers.`,
	examples: []string{
		`echo '{"principal":"adele","permission":"organization.invite","in":"org:initech"}' | authz decide examples/ai-hub`,
		"authz decide examples/ai-hub < questions.jsonl > answers.jsonl",
	},
	setup: func(flags *flag.FlagSet) action {
		directory := directoryFlag(flags)
		return func(c *console, args []string) int { return c.decide(args, directory) }
	},
}

// maxLine is the longest line that is read. A longer one is answered as invalid, and skipped without being held.
const maxLine = 1 << 20

func (c *console) decide(args []string, directory *text) int {
	if err := arguments(args, "POLICY"); err != nil {
		return c.misused("%v", err)
	}
	e, code := c.engine(args[0], directory)
	if code != exitYes {
		return code
	}
	in := bufio.NewReaderSize(c.stdin, 64<<10)
	var buffer []byte
	for number := 1; ; number++ {
		line, err := readLine(in, buffer[:0])
		buffer = line
		if err != nil && !errors.Is(err, errTooLong) && !errors.Is(err, io.EOF) {
			return c.complain(fmt.Errorf("reading line %d: %w", number, err))
		}
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return exitYes
		}
		answer, jsonErr := json.Marshal(c.decideLine(e, number, line, err))
		if jsonErr != nil {
			return c.complain(jsonErr)
		}
		if _, err := c.out.Write(append(answer, '\n')); err != nil {
			return exitFailure // run says why
		}
		if in.Buffered() == 0 { // whoever asks line by line waits for the answer
			if err := c.out.Flush(); err != nil {
				return exitFailure
			}
		}
		if errors.Is(err, io.EOF) {
			return exitYes
		}
	}
}

func (c *console) decideLine(e *authz.Engine, number int, line []byte, err error) authz.Answer {
	if errors.Is(err, errTooLong) {
		return authz.Invalid(fmt.Errorf("line %d is longer than %d bytes", number, maxLine))
	}
	q, err := authz.ParseQuery(number, line)
	if err != nil {
		return authz.Invalid(err)
	}
	return e.Answer(context.Background(), q)
}

var errTooLong = errors.New("the line is too long")

// readLine appends a line, without its end, to buffer. A line that is too long is read to its end, and let go.
func readLine(in *bufio.Reader, buffer []byte) ([]byte, error) {
	long := false
	for {
		piece, err := in.ReadSlice('\n')
		if n := len(piece); n > 0 && piece[n-1] == '\n' {
			piece = piece[:n-1]
		}
		if long = long || len(buffer)+len(piece) > maxLine; long {
			buffer = buffer[:0]
		} else {
			buffer = append(buffer, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long && (err == nil || errors.Is(err, io.EOF)):
			return buffer, errTooLong
		}
		if n := len(buffer); n > 0 && buffer[n-1] == '\r' {
			buffer = buffer[:n-1]
		}
		return buffer, err
	}
}
