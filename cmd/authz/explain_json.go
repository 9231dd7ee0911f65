package main

import (
	"github.com/trellis-authz/trellis/authz"
	"github.com/trellis-authz/trellis/diag"
)

// explainView is an explanation as JSON shows it. Lists are never null, so that programs may walk them unasked;
// a position is "file:line:col", or left out.
type explainView struct {
	Allowed    bool           `json:"allowed"`
	Level      string         `json:"level,omitempty"`
	Reason     authz.Reason   `json:"reason"`
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

func explanationView(x authz.Explanation) explainView {
	v := explainView{
		Allowed: x.Allowed, Level: x.Level, Reason: x.Reason, Error: errorText(x.Err),
		Principal: x.Principal, Who: x.Who, Permission: x.Request.Permission, Scope: x.Request.Scope,
		Need: x.Need, Area: x.Area, Leaf: x.Leaf, Cause: x.Cause(), OwnerLevel: x.OwnerLevel,
		Grants: []grantView{}, Boundaries: []boundaryView{}, Limits: []limitView{}, Ways: [][]string{},
	}
	if x.Reason == authz.InvalidRequest {
		v.Level = "" // as decide answers it: nothing was decided
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
	return v
}

func limitViews(list []authz.LimitLine) []limitView {
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
