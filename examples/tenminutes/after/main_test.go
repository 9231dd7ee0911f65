package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
)

// engines gives the engine that there is at the time.
type engines struct{ now *authz.Engine }

func (e *engines) Engine() *authz.Engine { return e.now }

const page = "../../../docs/service.md"

// The page shows what curl gets: each of its requests is sent, over a socket.
func TestThePageShowsWhatIsAnswered(t *testing.T) {
	engine, err := authz.Open(os.DirFS("policy"))
	if err != nil {
		t.Fatal(err)
	}
	there := &engines{engine}
	handler, err := routes(there)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, shown := range strings.Split(string(text), "\n$ curl ")[1:] {
		command, answer, _ := strings.Cut(shown, "\n")
		answer, _, _ = strings.Cut(answer, "```")
		answer, _, _ = strings.Cut(answer, "\n\n")
		command, without := strings.CutSuffix(command, " # without an engine")
		if there.now = engine; without {
			there.now = nil
		}
		status, got := curl(t, server.URL, strings.Fields(command))
		if want := strings.TrimSpace(answer); status+"\n"+got != want {
			t.Errorf("curl %s\n got %s\n%s\nwant %s", command, status, got, want)
		}
		seen[status] = true
	}
	for _, status := range []string{"200", "400", "401", "403", "404", "503"} {
		if !seen[status] {
			t.Errorf("the page shows no %s", status)
		}
	}
}

// curl does what the command does.
func curl(t *testing.T, server string, words []string) (status, body string) {
	t.Helper()
	method, target, user := http.MethodGet, "", ""
	for i := 0; i < len(words); i++ {
		switch word := words[i]; {
		case word == "-s":
		case word == "-su":
			i++
			user = words[i]
		case word == "-X":
			i++
			method = words[i]
		default:
			target = server + strings.TrimPrefix(word, "localhost:8080")
		}
	}
	r, err := http.NewRequest(method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if name, password, ok := strings.Cut(user, ":"); ok {
		r.SetBasicAuth(name, password)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status[:3], strings.TrimSpace(string(text))
}

// The diff on the page leads from the one service to the other.
func TestThePageShowsTheDifference(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, diff, _ := strings.Cut(string(text), "```diff\n")
	diff, _, _ = strings.Cut(diff, "```")
	var before, after strings.Builder
	for _, line := range strings.SplitAfter(diff, "\n") {
		if line == "" {
			continue
		}
		switch line[0] {
		case '-':
			before.WriteString(line[1:])
		case '+':
			after.WriteString(line[1:])
		default:
			before.WriteString(strings.TrimPrefix(line, " "))
			after.WriteString(strings.TrimPrefix(line, " "))
		}
	}
	for name, shown := range map[string]string{"../before/main.go": before.String(), "main.go": after.String()} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, code, _ := strings.Cut(string(source), "func main() {\n")
		if code = "func main() {\n" + code; code != shown {
			t.Errorf("%s is\n%s\nand shown is\n%s", name, code, shown)
		}
	}
}
