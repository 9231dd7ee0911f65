package authzhttp

import (
	"encoding/json"
	"net/http"

	"github.com/trellis-authz/trellis/internal/guard"
)

// Problem is why a request was not let through, as RFC 9457 writes it. The zero Problem is none.
type Problem struct {
	Type      string `json:"type"` // "about:blank": the status says it all
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"request_id,omitempty"`

	// Of a denial, where [WithReasons] shows it.
	Permission string `json:"permission,omitempty"`
	Scope      string `json:"scope,omitempty"`
	Reason     string `json:"reason,omitempty"`

	// Err is what was wrong, for logs: it is not for the one who asked.
	Err error `json:"-"`
}

// Write writes the problem as application/problem+json, which no cache keeps. A problem without a status is one that was
// never set, and is answered with 403.
func (p Problem) Write(w http.ResponseWriter) {
	if p.Status == 0 {
		p = problem(&guard.Refusal{Err: p.Err})
	}
	body, err := json.Marshal(p)
	if err != nil { // texts and a number: it cannot be
		body = []byte("{}")
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // who has gone away misses it
}

// statuses are those of the kinds of refusals.
var statuses = [...]int{
	guard.Forbidden: http.StatusForbidden,
	guard.Nobody:    http.StatusUnauthorized,
	guard.Absent:    http.StatusNotFound,
	guard.Invalid:   http.StatusBadRequest,
	guard.Unready:   http.StatusServiceUnavailable,
}

// problem returns the problem that a refusal is.
func problem(r *guard.Refusal) Problem {
	status := statuses[r.Kind]
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: r.Detail, Err: r.Err}
}
