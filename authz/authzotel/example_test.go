package authzotel_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/authz/authzlive"
	"github.com/trellis-authz/trellis/authz/authzotel"
)

func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	source := authzlive.FS(files(policy))

	telemetry, err := authzotel.New() // of the global meter provider
	if err != nil {
		log.Fatal(err)
	}
	live, err := authzlive.Open(ctx, source,
		authzlive.WithEngineOptions(authz.WithObserver(telemetry.Observe)),
		authzlive.WithReport(telemetry.Report))
	if err != nil {
		log.Fatal(err)
	}
	if err := telemetry.Watch(live); err != nil {
		log.Fatal(err)
	}

	fmt.Println(live.Engine().Can("alice", "notes:edit", "org:acme"))
	// Output: true
}

// What documents show is what the example runs.
func TestDocumentsShowTheExample(t *testing.T) {
	shown(t, "\ttelemetry, err := authzotel.New()", "otel.go", "../../docs/service.md")
}

// shown holds that pieces of code that begin so in documents stand in the example, line by line.
func shown(t *testing.T, first string, documents ...string) {
	t.Helper()
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(text), strings.TrimSpace(first))
		if !found {
			t.Errorf("%s does not show it", name)
			continue
		}
		for line := range strings.Lines(strings.TrimSpace(first) + rest) {
			line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "//"))
			if line == "```" || line == "" {
				break
			}
			if !strings.Contains(string(source), "\t"+line+"\n") {
				t.Errorf("%s shows what is not in the example: %s", name, line)
			}
		}
	}
}
