package authzhttp

import (
	"net/http"

	"github.com/trellis-authz/trellis/internal/guard"
)

const requestIDHeader = "X-Request-Id"

// carry returns the id that a request brings, and puts it into the answer.
func carry(w http.ResponseWriter, r *http.Request) string {
	values := r.Header[requestIDHeader]
	id := guard.RequestID(values)
	if id != "" {
		w.Header()[requestIDHeader] = values[:1:1]
	}
	return id
}
