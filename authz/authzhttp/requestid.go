package authzhttp

import "net/http"

const requestIDHeader = "X-Request-Id"

// maxRequestID bounds an id of a request, which is written into logs.
const maxRequestID = 128

// carry returns the id that a request brings, and puts it into the answer. One that is no plain word is none: it would be
// written into logs and headers.
func carry(w http.ResponseWriter, r *http.Request) string {
	values := r.Header[requestIDHeader]
	if len(values) != 1 || !plain(values[0]) {
		return ""
	}
	w.Header()[requestIDHeader] = values[:1:1]
	return values[0]
}

func plain(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '_', c == '.', c == ':', c == '/', c == '+', c == '=', c == '@':
		default:
			return false
		}
	}
	return true
}
