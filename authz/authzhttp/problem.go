package authzhttp

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/trellis-authz/trellis/authz"
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
		p = problem(http.StatusForbidden, "", p.Err)
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

func problem(status int, detail string, err error) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Err: err}
}

func unready(err error) Problem {
	return problem(http.StatusServiceUnavailable, "It cannot be decided now who may do this. Try again later.", err)
}

// unfound is the problem of a scope or of facts that could not be found out.
func unfound(err error) Problem {
	var bad BadRequest
	switch {
	case errors.As(err, &bad):
		return problem(http.StatusBadRequest, bad.Error(), err)
	case errors.Is(err, ErrNotFound):
		return absent(err)
	}
	return unready(err)
}

func nobody(err error) Problem {
	return problem(http.StatusUnauthorized, "Sign in to do this.", err)
}

func absent(err error) Problem {
	return problem(http.StatusNotFound, "There is no such thing here.", err)
}

// refused is the problem of a check that was not allowed.
func refused(s *authz.Subject, denied *authz.DeniedError, hidden bool) Problem {
	var p Problem
	switch {
	case errors.Is(denied, authz.ErrNotReady):
		return unready(denied)
	case s.ID() == "":
		p = nobody(denied)
	case errors.Is(denied, authz.ErrInvalidRequest):
		p = problem(http.StatusBadRequest, "The request names no scope, or brings facts that it must not.", denied)
	case hidden:
		return absent(denied)
	default:
		p = problem(http.StatusForbidden, "You are not allowed to do this here.", denied)
	}
	p.Permission, p.Scope, p.Reason = denied.Permission, denied.Scope, denied.Decision.Reason.String()
	return p
}
