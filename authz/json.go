package authz

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/trellis-authz/trellis/diag"
)

// What decisions and explanations are in JSON: answers of `authz decide`, lines of a log, the body of a response.

// answerView is a decision: an error is its text on one line, since it would be nothing as a value.
type answerView struct {
	Allowed bool       `json:"allowed"`
	Level   string     `json:"level,omitempty"`
	Reason  Reason     `json:"reason"`
	Error   string     `json:"error,omitempty"`
	Needs   string     `json:"needs,omitempty"`
	Lacks   []lackView `json:"lacks,omitempty"`
}

type lackView struct {
	Role     string `json:"role"`
	Area     string `json:"area"`
	Gives    string `json:"gives"`
	Has      string `json:"has"`
	Reach    string `json:"reach"`
	When     string `json:"when,omitempty"`
	Position string `json:"position,omitempty"`
}

// MarshalJSON writes {"allowed":true,"level":"edit","reason":"granted"}, with an "error" where there is more to
// say, and without a "level" where there is none.
func (a Answer) MarshalJSON() ([]byte, error) {
	return marshal(answerView{Allowed: a.Allowed, Level: a.Level, Reason: a.Reason, Error: errorText(a.Err)})
}

// MarshalJSON writes {"allowed":true,"level":"edit","reason":"granted"}, with an "error" where there is more to
// say. Of an invalid request there is no "level": nothing was decided.
func (d Decision) MarshalJSON() ([]byte, error) {
	return marshal(answerView{Allowed: d.Allowed, Level: d.decided(), Reason: d.Reason, Error: errorText(d.Err)})
}

// decided returns the level, and "" when nothing was decided.
func (d Decision) decided() string {
	if d.Reason == InvalidRequest {
		return ""
	}
	return d.Level
}

// MarshalJSON writes {"allowed":false,"reason":"exceeds-giver"} with what the giver "lacks" or the permission that it
// "needs", and an "error" where there is more to say.
func (d GivingDecision) MarshalJSON() ([]byte, error) {
	v := answerView{Allowed: d.Allowed, Reason: d.Reason, Needs: d.Needs, Error: errorText(d.Err)}
	for i, l := range d.Lacks {
		if i == 0 {
			v.Error = l.String() // the first, for those who log the error alone
		}
		v.Lacks = append(v.Lacks, lackView{l.Role, l.Area, l.Gives, l.Has, string(l.Reach), l.When, positionText(l.Position)})
	}
	return marshal(v)
}

// marshal writes a value as JSON. HTML escapes would only make conditions (a < b && c) hard to read.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// errorText returns an error on one line, "" for none.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// explainView is an explanation as JSON shows it. Lists are never null, so that programs may walk them unasked;
// a position is "file:line:col", or left out.
type explainView struct {
	Allowed    bool           `json:"allowed"`
	Level      string         `json:"level,omitempty"`
	Reason     Reason         `json:"reason"`
	Error      string         `json:"error,omitempty"`
	Principal  string         `json:"principal"`
	Who        string         `json:"who"`
	Permission string         `json:"permission"`
	Scope      string         `json:"in"`
	Need       string         `json:"need,omitempty"`
	Area       string         `json:"area,omitempty"`
	Leaf       string         `json:"leaf,omitempty"`
	Cause      string         `json:"cause"`
	Grants     []grantView    `json:"grants"`
	Boundaries []boundaryView `json:"boundaries"`
	Limits     []limitView    `json:"limits"`
	OwnerLevel string         `json:"owner_level,omitempty"`
	Ways       [][]string     `json:"ways"` // each the steps of one way to a yes
}

type grantView struct {
	Role     string      `json:"role"`
	Profile  string      `json:"profile,omitempty"`
	Scope    string      `json:"in"`
	Groups   []string    `json:"groups,omitempty"`
	Level    string      `json:"level"`
	Why      string      `json:"why,omitempty"`
	Position string      `json:"position,omitempty"`
	Rules    []ruleView  `json:"rules"`
	Limits   []limitView `json:"limits,omitempty"` // of the profile and of the assignment, where they lower
}

type ruleView struct {
	Role     string `json:"role"`
	Area     string `json:"area"`
	Level    string `json:"level"`
	When     string `json:"when,omitempty"`
	Outcome  string `json:"outcome,omitempty"`
	Position string `json:"position,omitempty"`

	Limits []limitView `json:"limits,omitempty"` // of the roles on the way, where they lower
}

type boundaryView struct {
	Name     string `json:"name"`
	Scope    string `json:"in"`
	Applies  bool   `json:"applies"`
	Lowers   bool   `json:"lowers"`
	Level    string `json:"level"`
	Roles    string `json:"roles"`
	When     string `json:"when,omitempty"`
	Outcome  string `json:"outcome,omitempty"`
	Position string `json:"position,omitempty"`
}

type limitView struct {
	Of       string `json:"of"`
	Level    string `json:"level"`
	Lowers   bool   `json:"lowers"`
	Position string `json:"position,omitempty"`
}

// MarshalJSON writes the explanation with its whole derivation. Lists are never null but where they are left out, and
// a position is "file:line:col".
func (x Explanation) MarshalJSON() ([]byte, error) {
	v := explainView{
		Allowed: x.Allowed, Level: x.decided(), Reason: x.Reason, Error: errorText(x.Err),
		Principal: x.Principal, Who: x.Who, Permission: x.Request.Permission, Scope: x.Request.Scope,
		Need: x.Need, Area: x.Area, Leaf: x.Leaf, Cause: x.Cause(), OwnerLevel: x.OwnerLevel,
		Grants: []grantView{}, Boundaries: []boundaryView{}, Limits: []limitView{}, Ways: [][]string{},
	}
	for _, g := range x.Grants {
		line := grantView{g.Role, g.Profile, g.Scope, g.Groups, g.Level, g.Why, positionText(g.Position), []ruleView{}, limitViews(g.Limits)}
		for _, r := range g.Rules {
			line.Rules = append(line.Rules, ruleView{r.Role, r.Area, r.Level, r.When, r.Outcome, positionText(r.Position), limitViews(r.Limits)})
		}
		v.Grants = append(v.Grants, line)
	}
	for _, b := range x.Boundaries {
		v.Boundaries = append(v.Boundaries, boundaryView{b.Name, b.Scope, b.Applies, b.Lowers, b.Level, b.Roles, b.When, b.Outcome, positionText(b.Position)})
	}
	v.Limits = append(v.Limits, limitViews(x.Limits)...)
	for _, w := range x.Ways {
		v.Ways = append(v.Ways, w.Steps)
	}
	return marshal(v)
}

func limitViews(list []LimitLine) []limitView {
	var views []limitView
	for _, l := range list {
		views = append(views, limitView{l.Of, l.Level, l.Lowers, positionText(l.Position)})
	}
	return views
}

func positionText(p diag.Position) string {
	if p.IsZero() {
		return ""
	}
	return p.String()
}
