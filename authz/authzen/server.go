package authzen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/internal/doc"
)

// Where the endpoints are, below the base.
const (
	EvaluationPath  = "/access/v1/evaluation"
	EvaluationsPath = "/access/v1/evaluations"
	MetadataPath    = "/.well-known/authzen-configuration"
)

// Server answers by an engine. It is immutable, and safe for concurrent use.
type Server struct {
	engine  authz.Provider
	mapping *mapping
	base    *url.URL // nil: none is known
	body    int64
	items   int
	timeout time.Duration
	reasons bool
	faults  []error
	paths   map[string]func(http.ResponseWriter, *http.Request)
}

// Option changes what a server does.
type Option func(*Server)

// WithBase says under which URL callers find the server: it is what the metadata say, and its path stands before those of
// the endpoints. It is https, without a query or a fragment. Without it there are no metadata: where a request came from
// says nothing of where the server is.
func WithBase(base string) Option {
	return func(s *Server) {
		u, err := url.Parse(strings.TrimSuffix(base, "/"))
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(base, "#") {
			s.faults = append(s.faults, fmt.Errorf("the base %q is no https URL without a query and a fragment", base))
			return
		}
		s.base = u
	}
}

// WithLimits bounds a request: the bytes of its body, its evaluations, and the time that they may take all together. What is
// not positive is left as it is: one MiB, 1,000 evaluations, five seconds.
func WithLimits(body int64, evaluations int, timeout time.Duration) Option {
	return func(s *Server) {
		if body > 0 {
			s.body = body
		}
		if evaluations > 0 {
			s.items = evaluations
		}
		if timeout > 0 {
			s.timeout = timeout
		}
	}
}

// WithReasons has every denial say its reason, in the context of the answer: {"reason":"no-grant"}.
func WithReasons() Option { return func(s *Server) { s.reasons = true } }

// New returns a server. The error says everything that is wrong with the mapping and the options, and what the engine could
// not decide, if there is one already.
func New(engine authz.Provider, m Mapping, options ...Option) (*Server, error) {
	s := &Server{engine: engine, body: 1 << 20, items: 1000, timeout: 5 * time.Second}
	for _, option := range options {
		if option != nil {
			option(s)
		}
	}
	faults := s.faults
	var err error
	if s.mapping, err = m.read(); err != nil {
		faults = append(faults, err)
	}
	if engine == nil {
		faults = append(faults, errors.New("there is no engine, nor what keeps one"))
	} else if e := engine.Engine(); e != nil {
		faults = append(faults, s.Try(e))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("authzen: %w", err)
	}
	prefix := ""
	s.paths = map[string]func(http.ResponseWriter, *http.Request){}
	if s.base != nil {
		prefix = s.base.Path
		s.paths[MetadataPath+prefix] = s.metadata
	}
	s.paths[prefix+EvaluationPath] = s.evaluation
	s.paths[prefix+EvaluationsPath] = s.evaluations
	return s, nil
}

// Try says which actions of the mapping an engine could not decide: for whoever must not serve a policy that leaves some out.
func (s *Server) Try(e *authz.Engine) error {
	if s == nil || s.mapping == nil {
		return errors.New("authzen: a server is made by New")
	}
	return s.mapping.try(e)
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s == nil || s.paths == nil { // made otherwise than by New
		refuse(w, http.StatusServiceUnavailable, "there is no policy to decide by")
		return
	}
	id := r.Header.Get("X-Request-Id")
	if len(r.Header.Values("X-Request-Id")) == 1 && len(id) <= maxRequestID {
		w.Header().Set("X-Request-Id", id)
		c := authz.CallerFrom(r.Context())
		c.RequestID = id
		r = r.WithContext(authz.WithCaller(r.Context(), c))
	}
	answer, ok := s.paths[r.URL.Path]
	if !ok {
		refuse(w, http.StatusNotFound, "there is no such endpoint")
		return
	}
	answer(w, r)
}

// maxRequestID bounds an id of a request that is sent back.
const maxRequestID = 1024

// refuse answers a request that could not be decided: an error message, as a text.
func refuse(w http.ResponseWriter, status int, message string) {
	http.Error(w, message, status)
}

func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "metadata are read with GET")
		return
	}
	base := s.base.String()
	w.Header().Set("Cache-Control", "max-age=3600")
	write(w, map[string]string{
		"policy_decision_point":       base,
		"access_evaluation_endpoint":  base + EvaluationPath,
		"access_evaluations_endpoint": base + EvaluationsPath,
	})
}

// write answers with JSON.
func write(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil { // texts and booleans: it cannot be
		refuse(w, http.StatusInternalServerError, "the answer could not be written")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(append(body, '\n')) // who has gone away misses it
}

// accept reads the body of a request and the engine that decides it; nil where the request has been refused.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) (*doc.Node, *authz.Engine) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		refuse(w, http.StatusMethodNotAllowed, "decisions are asked for with POST")
		return nil, nil
	}
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") || len(r.Header.Values("Content-Type")) != 1 {
		refuse(w, http.StatusBadRequest, "the Content-Type is not application/json")
		return nil, nil
	}
	if r.Header.Get("Content-Encoding") != "" {
		refuse(w, http.StatusBadRequest, "a Content-Encoding is not read")
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.body))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", large.Limit))
		return nil, nil
	case err != nil:
		refuse(w, http.StatusBadRequest, "the body could not be read")
		return nil, nil
	}
	n, err := parse(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, oneLine(err))
		return nil, nil
	}
	e := s.engine.Engine()
	if e == nil {
		refuse(w, http.StatusServiceUnavailable, "there is no policy to decide by now")
		return nil, nil
	}
	return n, e
}

// oneLine returns an error as one line.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func (s *Server) evaluation(w http.ResponseWriter, r *http.Request) {
	if n, e := s.accept(w, r); n != nil {
		s.single(w, r, e, n)
	}
}

// single answers a request in the single form.
func (s *Server) single(w http.ResponseWriter, r *http.Request, e *authz.Engine, n *doc.Node) {
	q, err := read(n, nil)
	if err != nil {
		refuse(w, http.StatusBadRequest, oneLine(err))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
	defer cancel()
	write(w, s.decide(ctx, e, &q))
}

func (s *Server) evaluations(w http.ResponseWriter, r *http.Request) {
	n, e := s.accept(w, r)
	if n == nil {
		return
	}
	b, err := readBatch(n, s.items)
	if err != nil {
		refuse(w, http.StatusBadRequest, oneLine(err))
		return
	}
	if len(b.items) == 0 {
		s.single(w, r, e, n)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
	defer cancel()
	answers := make([]answer, 0, len(b.items))
	for _, item := range b.items {
		a := s.item(ctx, e, item, b.top)
		stop := a.Decision && b.semantic == permitOnFirstPermit
		if !a.Decision && b.semantic == denyOnFirstDeny {
			stop = true
			if a.Context == nil {
				a.Context = map[string]any{}
			}
			if _, said := a.Context["reason"]; !said {
				a.Context["reason"] = denyOnFirstDeny
			}
		}
		if answers = append(answers, a); stop {
			break
		}
	}
	write(w, struct {
		Evaluations []answer `json:"evaluations"`
	}{answers})
}

// answer is a decision as AuthZEN writes it.
type answer struct {
	Decision bool           `json:"decision"`
	Context  map[string]any `json:"context,omitempty"`
}

// failed is the answer of a question that could not be put: no.
func failed(status int, message string) answer {
	return answer{Context: map[string]any{"error": map[string]any{"status": status, "message": message}}}
}

// item answers one of many. One that cannot be read is denied, and the others are not.
func (s *Server) item(ctx context.Context, e *authz.Engine, n, defaults *doc.Node) answer {
	if n.Kind != doc.Map {
		return failed(http.StatusBadRequest, fmt.Sprintf("the evaluation is %s, and an object is due", n.Kind))
	}
	q, err := read(n, defaults)
	if err != nil {
		return failed(http.StatusBadRequest, oneLine(err))
	}
	return s.decide(ctx, e, &q)
}

// decide answers a question.
func (s *Server) decide(ctx context.Context, e *authz.Engine, q *question) answer {
	a, no := s.mapping.ask(q)
	if no != nil {
		return failed(no.status, no.Error())
	}
	if a.request.Scopes != nil {
		if _, err := e.Place(a.request.Scope); err == nil { // listed: what the directory says of it stands
			a.request.Scopes = nil
		}
	}
	d := e.Check(ctx, a.principal, a.request)
	switch {
	case d.Allowed:
		return answer{Decision: true}
	case d.Reason == authz.InvalidRequest && d.Err != nil:
		return failed(http.StatusBadRequest, oneLine(d.Err))
	case s.reasons:
		return answer{Context: map[string]any{"reason": d.Reason.String()}}
	}
	return answer{}
}
