package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	asksYes = `{"principal":"bob","permission":"refund","in":"org:acme/team:north"}`
	yes     = `{"allowed":true,"level":"edit","reason":"granted"}`
)

// decide answers lines in the shop.
func decide(t *testing.T, lines string) result {
	t.Helper()
	e := at(shop(t))
	e.stdin = strings.NewReader(lines)
	return call(e, "decide", ".")
}

func TestDecideAnswersEveryLineInOrder(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a yes", asksYes, yes},
		{"a no", `{"principal":"cleo","permission":"billing:read","in":"org:acme"}`, `{"allowed":false,"level":"none","reason":"no-grant"}`},
		{"facts", `{"principal":"cleo","permission":"refund","in":"org:acme/team:north","request":{"risk":2}}`, yes},
		{"a time", `{"principal":"kim","permission":"orders.notes:read","in":"org:acme/team:north","now":"2026-06-01T00:00:00Z"}`, `{"allowed":false,"level":"none","reason":"no-grant"}`},
		{"scopes", `{"principal":"bob","permission":"refund","in":"org:acme/team:x","scopes":{"org:acme/team:x":{}}}`, yes},
		{"an assignment", `{"principal":"bob","assign":"clerk","in":"org:acme/team:north"}`, `{"allowed":true,"reason":"granted"}`},
		{"the anonymous principal", `{"principal":"","permission":"refund","in":"org:acme/team:north"}`, `{"allowed":false,"level":"none","reason":"no-grant"}`},
		{"a principal that is given whole", `{"principal":{"id":"zoe","status":"active","assignments":[{"roles":"boss","in":"org:acme"}]},"permission":"refund","in":"org:acme/team:north"}`, yes},
		{"white space around it", " \t" + asksYes + "  ", yes},
		{"an empty line", "", "1:1: "},
		{"white space alone", "   ", "1:4: "},
		{"no JSON", "hello", "1:1: "},
		{"half an object", `{"principal":"bob"`, "1:1: "},
		{"a list", `[` + asksYes + `]`, "an object"},
		{"a number", "1", "an object"},
		{"two values", asksYes + asksYes, "exactly one JSON value"},
		{"an unknown key", `{"principal":"bob","permision":"refund","in":"org:acme"}`, `did you mean \"permission\"?`},
		{"a key twice", `{"principal":"bob","principal":"eve","permission":"refund","in":"org:acme"}`, "duplicate-key"},
		{"bytes that are no text", "\xff\xfe", "error"},
		{"a NUL", "\x00", "error"},
		{"an undeclared fact", `{"principal":"bob","permission":"refund","in":"org:acme","request":{"x":1}}`, "unknown-attribute"},
		{"what HTML would escape", `{"principal":"bob","permission":"refund","in":"<&>"}`, "<&>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Before and after it stands a question whose answer it must not touch.
			r := decide(t, c.in+"\n"+asksYes+"\n")
			r.ends(t, exitYes)
			lines := strings.Split(r.out, "\n")
			if len(lines) != 3 || lines[1] != yes || lines[2] != "" || r.err != "" {
				t.Fatalf("stdout is %q, stderr %q", r.out, r.err)
			}
			if strings.HasPrefix(c.want, "{") {
				if diff := cmp.Diff(c.want, lines[0]); diff != "" {
					t.Error(diff)
				}
				return
			}
			holds(t, "the answer", lines[0], `"allowed":false`, `"reason":"invalid-request"`, `"error":"`, c.want)
		})
	}
}

// Whoever sends JSON is told of it in its own words: no file, no Go, and not of what was not asked.
func TestWhatIsWrongIsSaidInTheWordsOfTheLine(t *testing.T) {
	owned := func(owner string) string {
		return `{"principal":{"id":"k","kind":"key","status":"active","owner":` + owner + `},"permission":"refund","in":"org:acme"}`
	}
	for _, c := range []struct{ name, line, want, never string }{
		{"no role", `{"principal":"bob","assign":"","in":"org:acme"}`, `1:29: error[null-value]: the request names no role or profile`, "permission"},
		{"a key as owner", owned(`{"id":"k2","kind":"key","status":"active","owner":"bob"}`), `error[key-owner]: \"k2\" is a key itself: a key is owned by a user or a service"`, "missing"},
		{"an owner of somebody", owned(`{"id":"zoe","status":"active","owner":"bob"}`), `error[key-fields]: only a key has \"owner\": leave it out"`, "others"},
		{"what is wrong with an owner", owned(`{"id":"zoe","status":"actve"}`), `principal.owner.status: error[unknown-word]: there is no status \"actve\"`, "others"},
		{"an owner that is listed", owned(`{"id":"bob","status":"active"}`), `principal.owner.id: error[restated]`, "others"},
		{"a byte that is no text", `{"principal":"` + "\xff" + `","permission":"refund","in":"org:acme"}`, "1:15: error[json-encoding]: the byte 0xFF is not valid UTF-8: send the text as UTF-8", "file"},
		{"another encoding", "\xff\xfe{\x00", "error[json-encoding]: the text is written in UTF-16: send it as UTF-8", "file"},
	} {
		r := decide(t, c.line)
		holds(t, c.name, r.out, `"reason":"invalid-request"`, c.want)
		if strings.Contains(r.out, c.never) {
			t.Errorf("%s: the answer speaks of %q: %s", c.name, c.never, r.out)
		}
	}
	r := in(shop(t), "check", ".", "--principal", `{"id":"k","kind":"key","status":"active","owner":{"id":"zoe","status":"actve"}}`, "--in", north, "refund")
	r.ends(t, exitNo)
	holds(t, "check", r.out, "principal.owner.status: error[unknown-word]")
}

func TestLinesEndAsTheyDo(t *testing.T) {
	invalid := `{"allowed":false,"reason":"invalid-request"`
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"a line without its end", asksYes, []string{yes}},
		{"CRLF", asksYes + "\r\n" + asksYes + "\r\n", []string{yes, yes}},
		{"an empty line in between", asksYes + "\n\n" + asksYes, []string{yes, invalid, yes}},
		{"an empty CRLF line in between", asksYes + "\r\n\r\n" + asksYes, []string{yes, invalid, yes}},
		{"one empty line", "\n", []string{invalid}},
		{"a lone CR at the end", asksYes + "\r", []string{yes}},
	} {
		r := decide(t, c.in)
		r.ends(t, exitYes)
		lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
		if r.out == "" {
			lines = nil
		}
		if len(lines) != len(c.want) {
			t.Errorf("%s: %d answers, want %d:\n%s", c.name, len(lines), len(c.want), r.out)
			continue
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: answer %d is %s, want %s", c.name, i+1, lines[i], want)
			}
		}
	}
}

func TestAnErrorNamesItsLine(t *testing.T) {
	r := decide(t, asksYes+"\n"+asksYes+"\noops\n")
	holds(t, "the last answer", r.out, `"error":"3:1: error[json-syntax]`)
}

func TestALineOfOneMiBIsReadAndALongerOneIsNot(t *testing.T) {
	padded := func(n int) string { return asksYes + strings.Repeat(" ", n-len(asksYes)) }
	tooLong := `{"allowed":false,"reason":"invalid-request","error":"the line is longer than 1 MiB"}`
	for _, c := range []struct {
		name, line, want string
	}{
		{"just as long, LF", padded(maxLine) + "\n", yes},
		{"just as long, CRLF", padded(maxLine) + "\r\n", yes},
		{"just as long, and the last", padded(maxLine), yes},
		{"one byte longer, LF", padded(maxLine+1) + "\n", tooLong},
		{"one byte longer, CRLF", padded(maxLine+1) + "\r\n", tooLong},
		{"one byte longer, and the last", padded(maxLine + 1), tooLong},
		{"much longer", padded(5*maxLine+17) + "\n", tooLong},
		{"a buffer long", padded(64<<10) + "\n", yes},
		{"a buffer long with its end", padded(64<<10-1) + "\n", yes},
	} {
		want := c.want + "\n"
		if strings.HasSuffix(c.line, "\n") {
			c.line += asksYes
			want += yes + "\n"
		}
		if r := decide(t, c.line); r.out != want || r.code != exitYes {
			t.Errorf("%s: exit %d, %s", c.name, r.code, cmp.Diff(want, r.out))
		}
	}
}

// repeat is an endless line, or many lines, that are never in memory at once.
type repeat struct {
	text string
	left int // bytes
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.at:])
	n = min(n, r.left)
	r.left -= n
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

func TestAHugeLineIsSkippedWithoutBeingHeld(t *testing.T) {
	const size = 256 << 20
	e := at(shop(t))
	e.stdin = io.MultiReader(&repeat{text: strings.Repeat("x", 4096), left: size}, strings.NewReader("\n"+asksYes))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := call(e, "decide", ".")
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d MiB were allocated for a line of %d MiB", grown>>20, size>>20)
	}
	holds(t, "stdout", r.out, "longer than 1 MiB", yes)
}

// meter counts answers, and notes how much memory is in use along the way.
type meter struct {
	lines, yes int
	heap       []uint64 // in use after each write
	every      int      // how many answers are between two measurements
}

func (m *meter) Write(p []byte) (int, error) {
	m.lines += bytes.Count(p, []byte("\n"))
	m.yes += bytes.Count(p, []byte(`{"allowed":true`))
	if m.lines >= (len(m.heap)+1)*m.every {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		m.heap = append(m.heap, stats.HeapAlloc)
	}
	return len(p), nil
}

func TestManyLinesAreAnsweredInConstantMemory(t *testing.T) {
	const n = 100_000
	line := asksYes + "\n"
	e := at(shop(t))
	m := &meter{every: n / 10}
	e.stdin, e.stdout, e.stderr = &repeat{text: line, left: n * len(line)}, m, io.Discard
	if code := run([]string{"decide", "."}, e); code != exitYes || m.lines != n || m.yes != n {
		t.Fatalf("exit %d, %d answers, %d of them yes; want %d", code, m.lines, m.yes, n)
	}
	first, last := m.heap[1], m.heap[len(m.heap)-1]
	if len(m.heap) < 9 || last > first+1<<20 {
		t.Errorf("the heap grows: %v", m.heap)
	}
}

func TestDecideAnswersBeforeItWaitsForMore(t *testing.T) {
	questions, ask := io.Pipe()
	answers, answer := io.Pipe()
	e := at(shop(t))
	e.stdin, e.stdout, e.stderr = questions, answer, io.Discard
	done := make(chan int, 1)
	go func() {
		done <- run([]string{"decide", "."}, e)
		answer.Close()
	}()
	lines := make(chan string)
	go func() {
		for s := bufio.NewScanner(answers); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
	}()
	expect := func(when string) {
		t.Helper()
		select {
		case line := <-lines:
			if line != yes {
				t.Errorf("%s: the answer is %s", when, line)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: there is no answer", when)
		}
	}
	half := len(asksYes) / 2
	send := func(text string) {
		t.Helper()
		if _, err := io.WriteString(ask, text); err != nil {
			t.Fatal(err)
		}
	}
	send(asksYes + "\n")
	expect("after one line")
	send(asksYes + "\n" + asksYes[:half])
	expect("with half a line to come")
	send(asksYes[half:] + "\n" + asksYes + "\n")
	expect("after the other half")
	expect("after the next")
	ask.Close()
	if code := <-done; code != exitYes {
		t.Errorf("exit code %d", code)
	}
}

func TestReadAndWriteErrorsExitWith4(t *testing.T) {
	dir := shop(t)
	full := errors.New("no space left on device")
	e := at(dir)
	e.stdin = io.MultiReader(strings.NewReader(asksYes+"\n"), broken{errors.New("the cable is out")})
	r := call(e, "decide", ".")
	r.ends(t, exitFailure)
	holds(t, "stderr", r.err, "authz decide: reading line 2: the cable is out")
	holds(t, "stdout", r.out, yes) // what was asked before is answered

	for _, args := range [][]string{
		{"decide", "."}, {"check", ".", "--as", "bob", "--in", north, "refund"}, {"explain", ".", "--as", "bob", "--in", north, "refund"},
		{"matrix", "."}, {"matrix", ".", "-o", "csv"}, {"matrix", ".", "-o", "json"}, {"validate", "."}, {"test", "."}, {"test", ".", "-o", "junit"}, {"help"}, {"version"},
	} {
		for _, c := range []struct {
			err  error
			want string
		}{
			{full, "authz: writing the answer: no space left on device\n"},
			{fmt.Errorf("write: %w", syscall.EPIPE), ""}, // whoever closed the pipe has read enough
		} {
			var stderr bytes.Buffer
			e := at(dir)
			e.stdin, e.stdout, e.stderr = strings.NewReader(asksYes+"\n"), broken{c.err}, &stderr
			if code := run(args, e); code != exitFailure || stderr.String() != c.want {
				t.Errorf("%v with %v: exit %d, stderr %q", args, c.err, code, stderr.String())
			}
		}
	}
}

// The process itself: exit codes reach the shell, and a closed pipe ends it without a word.
func TestTheProgramItself(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := shop(t)
	start := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		var stderr bytes.Buffer
		c := exec.CommandContext(t.Context(), program, args...)
		c.Dir, c.Env, c.Stderr = dir, append(os.Environ(), asProgram+"=1"), &stderr
		return c, &stderr
	}
	for code, args := range map[int][]string{
		exitYes:     {"check", ".", "--as", "bob", "--in", north, "refund"},
		exitNo:      {"check", ".", "--as", "eve", "--in", north, "refund"},
		exitUsage:   {"check"},
		exitFailure: {"check", "nowhere", "--as", "eve", "--in", north, "refund"},
	} {
		c, _ := start(args...)
		if _ = c.Run(); c.ProcessState.ExitCode() != code {
			t.Errorf("%v: exit code %d, want %d", args, c.ProcessState.ExitCode(), code)
		}
	}

	c, stderr := start("decide", ".")
	line := asksYes + "\n"
	c.Stdin = &repeat{text: line, left: 50_000 * len(line)}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(out).ReadString('\n'); err != nil || got != yes+"\n" {
		t.Errorf("the first answer is %q, %v", got, err)
	}
	out.Close()
	if _ = c.Wait(); c.ProcessState.Success() || stderr.Len() > 0 {
		t.Errorf("it ended with %v and said %q", c.ProcessState, stderr)
	}
}

// Answers to nobody are not computed to the end: a pipe that is closed ends a run over a million lines.
func TestDecideEndsWithTheFirstAnswerThatCannotBeWritten(t *testing.T) {
	lines := strings.NewReader(strings.Repeat("?\n", 100_000)) // each is answered with more than it holds
	e, stderr := at(shop(t)), &bytes.Buffer{}
	e.stdin, e.stdout, e.stderr = lines, broken{errors.New("the disk is full")}, stderr
	if code := run([]string{"decide", "."}, e); code != exitFailure || !strings.Contains(stderr.String(), "the disk is full") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if lines.Len() == 0 {
		t.Error("all lines were read")
	}
}
