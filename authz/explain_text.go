package authz

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trellis-authz/trellis/diag"
	"github.com/trellis-authz/trellis/internal/table"
)

// String returns the explanation as text: the answer first, then what it rests on, then what was also looked at,
// and for a denial the nearest ways to a yes.
func (x Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", x.headline())
	fmt.Fprintf(&b, "\n  who    %s\n  what   %s\n  where  %s\n", orDash(x.Who), x.what(), orDash(diag.Printable(x.Request.Scope)))
	if x.Err != nil {
		fmt.Fprintf(&b, "  note   %s\n", strings.ReplaceAll(x.Err.Error(), "\n", "\n         "))
	}
	x.writeGrants(&b)
	x.writeLimits(&b)
	if len(x.Ways) > 0 {
		b.WriteString("\nnearest ways to a yes\n")
		for i, w := range x.Ways {
			fmt.Fprintf(&b, "  %d. %s\n", i+1, w)
		}
	}
	return b.String()
}

func (x *Explanation) headline() string {
	word := "DENIED"
	if x.Allowed {
		word = "ALLOWED"
	}
	s := word + "  " + x.Reason.String()
	switch {
	case x.Need == "" || x.Reason == WrongScopeKind:
		return s
	case x.Reason == Inactive || x.Reason == Expired || x.Reason == OutsideKey:
		return s + ": nothing is held"
	case x.Allowed:
		return fmt.Sprintf("%s: holds %s in %s, and %s is enough", s, x.Level, x.Area, x.Need)
	}
	return fmt.Sprintf("%s: holds %s in %s, and needs %s", s, x.Level, x.Area, x.Need)
}

func (x *Explanation) what() string {
	s := diag.Printable(x.Request.Permission)
	if x.Area != "" && s != x.Area+":"+x.Need {
		s += fmt.Sprintf(" (%s:%s)", x.Area, x.Need)
	}
	if x.Leaf != "" && x.Leaf != x.Area {
		s += fmt.Sprintf("; %s stands for all its sub-areas, and the least is held in %s", x.Area, x.Leaf)
	}
	return s
}

func (x *Explanation) writeGrants(b *strings.Builder) {
	if x.Leaf == "" {
		return
	}
	var decides, rest []GrantLine
	for _, g := range x.Grants {
		if g.decides {
			decides = append(decides, g)
		} else {
			rest = append(rest, g)
		}
	}
	because := "because"
	if x.Reason == Inactive || x.Reason == Expired || x.Reason == OutsideKey {
		because = "what is assigned, and would count otherwise"
	}
	switch {
	case len(x.Grants) == 0:
		fmt.Fprintf(b, "\n%s\n  - nothing is assigned to the principal, nor to a group of its\n", because)
	case len(decides) == 0:
		fmt.Fprintf(b, "\n%s\n  - nothing that is assigned gives anything in %s here\n", because, x.Leaf)
	default:
		fmt.Fprintf(b, "\n%s\n", because)
		for _, g := range decides {
			g.write(b, "+")
		}
	}
	if len(rest) > 0 {
		b.WriteString("\nalso looked at\n")
		for _, g := range rest {
			g.write(b, "-")
		}
	}
}

func (g *GrantLine) write(b *strings.Builder, mark string) {
	what := "role " + g.Role
	if g.Profile != "" {
		what += " (by the profile " + g.Profile + ")"
	}
	through := ""
	if len(g.Groups) > 0 {
		through = " through the group " + strings.Join(g.Groups, " > ")
	}
	fmt.Fprintf(b, "  %s %s in %s%s gives %s%s\n", mark, what, diag.Printable(g.Scope), through, g.Level, at(g.Position))
	if g.Why != "" {
		fmt.Fprintf(b, "      but %s\n", g.Why)
	}
	if mark != "+" && g.Why != "" && !slices.ContainsFunc(g.Rules, func(r RuleLine) bool { return r.When != "" }) {
		return
	}
	for _, r := range g.Rules {
		by := ""
		if r.inherited {
			by = ", inherited from the role " + r.Role
		}
		if r.When == "" && r.Outcome != "" {
			by += ": " + r.Outcome
		}
		fmt.Fprintf(b, "      rule %s: %s%s%s\n", r.Area, r.Level, by, at(r.Position))
		if r.When != "" {
			fmt.Fprintf(b, "        when %s: %s\n", oneLine(r.When), r.Outcome)
		}
		for _, l := range r.Limits {
			fmt.Fprintf(b, "        the limit of %s leaves %s%s\n", l.Of, l.Level, at(l.Position))
		}
	}
}

func (x *Explanation) writeLimits(b *strings.Builder) {
	if len(x.Boundaries) == 0 && len(x.Limits) == 0 && x.OwnerLevel == "" {
		return
	}
	b.WriteString("\nlimits\n")
	for _, l := range x.Boundaries {
		whose := ""
		if l.Roles != "all" {
			whose = " of what is held by " + roleWords(l.Roles)
		}
		verb := "does not apply"
		switch {
		case l.Lowers:
			verb = "leaves " + l.Level + whose
		case l.Applies:
			verb = "leaves " + l.Level + whose + ", which lowers nothing here"
		}
		fmt.Fprintf(b, "  %s boundary %s on %s %s%s\n", lowered(l.Lowers), l.Name, diag.Printable(l.Scope), verb, at(l.Position))
		if l.When != "" {
			fmt.Fprintf(b, "      when %s: %s\n", oneLine(l.When), l.Outcome)
		}
	}
	for _, l := range x.Limits {
		fmt.Fprintf(b, "  %s own limit of %s leaves %s%s\n", lowered(l.Lowers), diag.Printable(l.Of), l.Level, at(l.Position))
	}
	if x.OwnerLevel != "" {
		fmt.Fprintf(b, "  ! the owner of the key holds %s, and a key never holds more\n", x.OwnerLevel)
	}
}

// roleWords turns "those of a and b" into words for a sentence: "the roles a and b".
func roleWords(selected string) string {
	if rest, ok := strings.CutPrefix(selected, "those of "); ok {
		return "the roles " + rest
	}
	return "all roles but " + strings.TrimPrefix(selected, "all but those of ")
}

func lowered(yes bool) string {
	if yes {
		return "!"
	}
	return "-"
}

func at(p diag.Position) string {
	if p.IsZero() {
		return ""
	}
	return "  [" + p.String() + "]"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// list writes names as a sentence does: a, b and c.
func list(names []string) string {
	switch n := len(names); n {
	case 0:
		return "nothing"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

func clock(i table.Instant) string {
	return time.Unix(i.Sec, int64(i.Nsec)).UTC().Format(time.RFC3339Nano)
}

func (e *Engine) roleNames(numbers []int32) string {
	var names []string
	for _, n := range numbers {
		names = append(names, e.policy.roles.Role(int(n)).Name)
	}
	return list(names)
}

// scopeName returns the path of a scope by its number.
func (s *Subject) scopeName(n int32) string {
	if int(n) < s.engine.directory.scopes.list.Len() {
		return (*s.engine.directory.scopes.list.At(int(n))).path
	}
	for path, m := range s.local {
		if m == n {
			return path
		}
	}
	return "?"
}

// who describes the subject in words.
func (s *Subject) who() string {
	switch {
	case s.principal == nil && s.refusal != nil && s.refusal.Reason == InvalidRequest:
		return diag.Printable(s.id) + ", as the request gives it"
	case s.principal == nil:
		return diag.Printable(s.id) + ", who is not known"
	case s.kind == anonymous:
		return "the anonymous principal"
	case s.key != nil:
		return diag.Printable(s.id) + article(s.status) + string(s.status) + " key of " + diag.Printable(s.principal.id) + ", who is " + string(s.principal.status)
	}
	return diag.Printable(s.id) + article(s.status) + string(s.status) + " " + string(s.kind)
}

// article goes on from a name to the status of whom it names.
func article(status Status) string {
	if strings.HasPrefix(string(status), "a") || strings.HasPrefix(string(status), "i") {
		return ", an "
	}
	return ", a "
}

// Cause returns in one line the rule that decided, with its position.
func (x Explanation) Cause() string {
	switch x.Reason {
	case Inactive, Expired, OutsideKey:
		return x.Err.Error() + parens(x.Position)
	}
	var parts []string
	for _, b := range x.Boundaries {
		if b.Lowers {
			parts = append(parts, fmt.Sprintf("the boundary %s leaves %s%s", b.Name, b.Level, parens(b.Position)))
		}
	}
	for _, l := range x.Limits {
		if l.Lowers {
			parts = append(parts, fmt.Sprintf("the own limit of %s leaves %s%s", l.Of, l.Level, parens(l.Position)))
		}
	}
	for _, g := range x.Grants {
		if !g.decides {
			continue
		}
		s := fmt.Sprintf("the role %s in %s gives %s", g.Role, diag.Printable(g.Scope), g.Level)
		limits := g.Limits
		if len(g.Rules) > 0 {
			r := g.Rules[0]
			s += fmt.Sprintf(" by %s: %s%s", r.Area, r.Level, parens(r.Position))
			limits = slices.Concat(r.Limits, limits)
		}
		for _, l := range limits {
			s += fmt.Sprintf(", under the limit of %s%s", l.Of, parens(l.Position))
		}
		parts = append(parts, s)
		break
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, "; ")
	case x.Leaf != "":
		for _, g := range x.Grants {
			if g.Why != "" && len(g.Rules) > 0 {
				return fmt.Sprintf("nothing that is assigned gives anything in %s: the role %s is given in %s, but %s%s", x.Leaf, g.Role, diag.Printable(g.Scope), g.Why, parens(g.Position))
			}
		}
		return "nothing that is assigned gives anything in " + x.Leaf
	case x.Err != nil:
		return x.Err.Error()
	}
	return x.Reason.String()
}
