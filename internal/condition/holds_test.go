package condition

import "testing"

// Who does not ask why learns all the same that there is no value: what fails is no false.
func TestWhoDoesNotAskWhyLearnsThatAConditionFails(t *testing.T) {
	e := testEnv(t)
	f := testFacts(t, e)
	for _, tt := range []struct {
		source    string
		holds, ok bool
	}{
		{`principal.mfa`, true, true},
		{`!principal.mfa`, false, true},
		{`org.since == request.time`, false, false},
		{`org.since != request.time`, false, false},
		{`org.since == request.time || principal.mfa`, true, true},
		{`org.since == request.time || !principal.mfa`, false, false},
		{`!principal.mfa || org.since == request.time`, false, false},
		{`org.since == request.time && principal.mfa`, false, false},
		{`org.since == request.time && !principal.mfa`, false, true},
	} {
		p := compiled(t, e, tt.source)
		if holds, ok := p.Holds(t.Context(), f); holds != tt.holds || ok != tt.ok || !p.Translated() {
			t.Errorf("%s: %v, %v, want %v, %v (translated: %v)", tt.source, holds, ok, tt.holds, tt.ok, p.Translated())
		}
	}
}

// "one who is not listed reads with status `unknown` and no attributes", whoever is asked.
func TestOneWhoIsNotListedIsNotActive(t *testing.T) {
	e := testEnv(t)
	a := must(t)(e.KindAttributes(workspace, map[string]any{"owner": "gone"}))
	nobody := func(string) (string, Attributes, bool) { return "", Attributes{}, false }
	for _, f := range []*Facts{
		{Around: &Around{Scopes: ScopeList{nil, e.Scope(workspace, "ml", "", a, nil)}}},
		{Around: &Around{Scopes: ScopeList{nil, e.Scope(workspace, "ml", "", a, nobody)}}},
	} {
		holds(t, e, f, `workspace.owner.status == "unknown" && workspace.owner.status != "active"`)
	}
}
