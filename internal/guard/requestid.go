package guard

// maxRequestID bounds an id of a request, which is written into logs.
const maxRequestID = 128

// RequestID returns the id that a request brings in a header. One that is sent twice, or is no plain word, is none: it would be
// written into logs and headers.
func RequestID(values []string) string {
	if len(values) != 1 || !plain(values[0]) {
		return ""
	}
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
