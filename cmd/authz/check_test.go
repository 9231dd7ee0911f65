package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const north = "org:acme/team:north"

func TestCheckAnswersWithItsReasonAndExitCode(t *testing.T) {
	dir := shop(t)
	for _, c := range []struct {
		args string
		code int
		out  string
	}{
		{"--as bob --in " + north + " orders:edit", 0, "allowed: granted (edit)\n"},
		{"--as bob --in " + north + " refund", 0, "allowed: granted (edit)\n"},
		{"--as cleo --in " + north + " orders.notes:edit", 1, "denied: level-too-low (read)\n"},
		{"--as eve --in " + north + " orders:read", 1, "denied: inactive (none): \"eve\" is suspended\n"},
		{"--as  --in " + north + " orders:read", 1, "denied: no-grant (none)\n"}, // the empty id is the anonymous principal
		{"--as zzz --in " + north + " orders:read", 1, "denied: unknown-principal (none): the directory lists no principal \"zzz\"\n"},
		{"--as bob --in " + north + " billing:read", 1, "denied: wrong-scope-kind (none)\n"},
		{"--as cleo --in " + north + " --request risk=2 refund", 0, "allowed: granted (edit)\n"},
		{"--as cleo --in " + north + " --request risk=3 refund", 1, "denied: no-grant (none)\n"},
		{`--as cleo --in ` + north + ` --request {"risk":2} refund`, 0, "allowed: granted (edit)\n"},
		{"--as cleo --in " + north + " --request risk=2 --request ip=10.0.0.1 refund", 0, "allowed: granted (edit)\n"},
		{"--as bob --in org:acme/team:x orders:edit", 1, "denied: unknown-scope (none): the directory lists no scope \"org:acme/team:x\"\n"},
		{`--as bob --in org:acme/team:new --scopes {"org:acme/team:new":{}} orders:edit`, 0, "allowed: granted (edit)\n"},
		{"--as kim --in " + north + " --now 2026-05-31T23:59:59Z orders.notes:read", 0, "allowed: granted (read)\n"},
		{"--as kim --in " + north + " --now 2026-06-01T00:00:00Z orders.notes:read", 1, "denied: no-grant (none)\n"},
		{`--principal {"id":"zoe","status":"active","assignments":[{"roles":"boss","in":"org:acme"}]} --in ` + north + " orders:edit", 0, "allowed: granted (edit)\n"},
		{"--as bob --in " + north + " --assign clerk", 0, "allowed: granted\n"},
		{"--as lea --in " + north + " --assign auditor", 1, "denied: no-giving: \"auditor\" has no given_with, so nobody gives it\n"},
		{"--as lea --in org:acme --assign boss", 1, "denied: no-grant: who gives \"boss\" needs orders:edit here\n"},
	} {
		r := in(dir, append([]string{"check", "."}, strings.Split(c.args, " ")...)...)
		if r.code != c.code || r.out != c.out {
			t.Errorf("check . %s\nexit %d, want %d\n%s", c.args, r.code, c.code, cmp.Diff(c.out, r.out)+r.err)
		}
	}
}

func TestCheckAsJSONIsTheAnswerOfDecide(t *testing.T) {
	dir := shop(t)
	for args, want := range map[string]string{
		"--as bob orders:edit":                   `{"allowed":true,"level":"edit","reason":"granted"}`,
		"--as cleo --request risk=5 orders:edit": `{"allowed":false,"level":"none","reason":"level-too-low"}`,
		"--as bob --assign clerk":                `{"allowed":true,"reason":"granted"}`,
		"--as nobody orders:edit":                `{"allowed":false,"level":"none","reason":"unknown-principal","error":"the directory lists no principal \"nobody\""}`,
		"--as bob --request x=1 refund":          `{"allowed":false,"reason":"invalid-request","error":"the request brings facts that it cannot: request.x: error[unknown-attribute]: there is no attribute \"x\" of request"}`,
	} {
		r := in(dir, append([]string{"check", "-o", "json", ".", "--in", north}, strings.Fields(args)...)...)
		if diff := cmp.Diff(want+"\n", r.out); diff != "" {
			t.Errorf("%s: %s", args, diff)
		}
	}
}

func TestCheckAndDecideAgree(t *testing.T) {
	dir := shop(t)
	for _, id := range []string{"bob", "cleo", "lea", "eve", "kim", "", "nobody"} {
		for _, permission := range []string{"orders:read", "orders:edit", "refund", "billing:read", "x", "orders:none"} {
			for _, scope := range []string{"org:acme", north, "org:x", "x"} {
				checked := in(dir, "check", ".", "-o", "json", "--as", id, "--in", scope, permission)
				e := at(dir)
				e.stdin = strings.NewReader(`{"principal":` + jsonText(id) + `,"permission":` + jsonText(permission) + `,"in":` + jsonText(scope) + `}`)
				if decided := call(e, "decide", "."); decided.out != checked.out {
					t.Errorf("%q %s %s: check says %sand decide %s", id, permission, scope, checked.out, decided.out)
				}
			}
		}
	}
}

func TestFlagsStandAnywhere(t *testing.T) {
	dir := shop(t)
	for _, args := range [][]string{
		{"check", "--as", "bob", "--in", north, ".", "refund"},
		{"check", ".", "refund", "--as", "bob", "--in", north},
		{"check", ".", "--as=bob", "refund", "--in=" + north},
		{"check", ".", "-as", "bob", "refund", "-in", north},
		{"check", "--as", "bob", "--in", north, "--", ".", "refund"},
		{"check", ".", "--as", "bob", "--in", north, "--", "refund"},
	} {
		in(dir, args...).ends(t, exitYes)
	}
}

func TestWhatIsCalledWronglyIsSaidAndExitsWith2(t *testing.T) {
	dir := shop(t)
	write(t, dir, "some.policy.yml", shopPolicy)
	write(t, dir, "some.yaml", shopPolicy)
	write(t, dir, "some.directory.yml", shopDirectory)
	ok := []string{".", "--as", "bob", "--in", north, "refund"}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no command", nil, "Usage: authz COMMAND"},
		{"unknown command", []string{"chekc"}, `there is no command "chekc"; did you mean "check"?`},
		{"no policy", []string{"check"}, "POLICY is missing"},
		{"no permission", []string{"check", ".", "--as", "bob", "--in", north}, "PERMISSION is missing"},
		{"no principal", []string{"check", ".", "--in", north, "refund"}, `--as is missing: name a principal, or --as "" for the anonymous one`},
		{"two principals", append([]string{"check", "--principal", "{}"}, ok...), "--as and --principal exclude each other"},
		{"no scope", []string{"check", ".", "--as", "bob", "refund"}, "--in is missing"},
		{"one argument too many", append([]string{"check"}, append(ok, "more")...), `an argument too many: "more"`},
		{"permission and role", append([]string{"check", "--assign", "clerk"}, ok...), `an argument too many: "refund"`},
		{"empty role", []string{"check", ".", "--as", "bob", "--in", north, "--assign", ""}, "--assign names no role"},
		{"unknown flag", append([]string{"check", "--sa", "x"}, ok...), `there is no flag --sa; did you mean "--as"?`},
		{"unknown flag with a value", append([]string{"check", "--requst=x"}, ok...), `there is no flag --requst; did you mean "--request"?`},
		{"a flag twice", append([]string{"check", "--as", "eve"}, ok...), "--as is given twice"},
		{"a flag without its value", []string{"check", ".", "refund", "--in", north, "--as"}, "--as needs a value"},
		{"a flag for a value", []string{"check", ".", "refund", "--as", "--in", north}, "--as needs a value, and --in is a flag; write --as=--in if it is the value"},
		{"unknown format", append([]string{"check", "-o", "jsno"}, ok...), `-o: "jsno" is none of text, json; did you mean "json"?`},
		{"a time that is none", append([]string{"check", "--now", "tomorrow"}, ok...), `--now: "tomorrow" is no time`},
		{"no time", append([]string{"check", "--now", ""}, ok...), `--now: "" is no time`},
		{"a time before all years", append([]string{"check", "--now", "0000-01-01T00:00:00Z"}, ok...), "is no time"},
		{"a time as a number", append([]string{"check", "--now", "1780272000"}, ok...), `--now: "1780272000" is no time`},
		{"a fact that is no text", append([]string{"check", "--request", "ip=\xff"}, ok...), `--request: "ip=<FFFD>" is not valid UTF-8`},
		{"a name that is no text", append([]string{"check", "--request", "\xff=1"}, ok...), "is not valid UTF-8"},
		{"facts with a byte that is no text", append([]string{"check", "--request", "{\"ip\":\"\xff\"}"}, ok...), "is not valid UTF-8"},
		{"a policy of another name", []string{"check", "some.policy.yml", "--as", "bob", "--in", north, "refund"}, "some.policy.yml is not read under that name; rename it to some.policy.yaml"},
		{"a policy of no such name", []string{"matrix", "some.yaml"}, "some.yaml is no file of a policy"},
		{"a directory of another name", append([]string{"check", "--directory", "some.directory.yml"}, ok...), "rename it to some.directory.yaml"},
		{"a policy for a directory", append([]string{"check", "--directory", "shop.policy.yaml"}, ok...), "--directory: shop.policy.yaml is no directory file (NAME.directory.yaml)"},
		{"a time without zone", append([]string{"check", "--now", "2026-01-01T00:00:00"}, ok...), "is no time"},
		{"facts that are no JSON", append([]string{"check", "--request", "{ip}"}, ok...), "--request is not JSON"},
		{"facts that are no object", append([]string{"check", "--request", "ip"}, ok...), `"ip" is neither NAME=VALUE nor a JSON object`},
		{"a fact twice", append([]string{"check", "--request", "ip=a", "--request", "ip=b"}, ok...), `--request gives "ip" twice`},
		{"two objects of facts", append([]string{"check", "--request", "{}", "--request", "{}"}, ok...), "--request is given twice"},
		{"no facts", append([]string{"check", "--request", ""}, ok...), "--request: there is nothing in it"},
		{"facts that would close the line", append([]string{"check", "--request", `{},"in":"org:x"`}, ok...), "--request is not JSON"},
		{"a key twice in facts", append([]string{"check", "--request", `{"ip":"a","ip":"b"}`}, ok...), "--request:1:11: error[duplicate-key]"},
		{"scopes that are no JSON", append([]string{"check", "--scopes", "x"}, ok...), "--scopes is not JSON"},
		{"scopes that are no object", append([]string{"check", "--scopes", "[1]"}, ok...), "--scopes: error[wrong-type]: expected a mapping"},
		{"a principal that is an id", []string{"check", ".", "--in", north, "refund", "--principal", `"bob"`}, "--principal takes an object"},
		{"explain without permission", []string{"explain", ".", "--as", "bob", "--in", north}, "PERMISSION is missing"},
		{"help of what is not there", []string{"help", "chekc"}, `did you mean "check"?`},
		{"help of two", []string{"help", "check", "test"}, "an argument too many"},
		{"version of something", []string{"version", "x"}, "an argument too many"},
		{"decide without policy", []string{"decide"}, "POLICY is missing"},
		{"matrix without policy", []string{"matrix"}, "POLICY is missing"},
		{"validate without path", []string{"validate"}, "PATH is missing"},
		{"test without path", []string{"test"}, "PATH is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := in(dir, c.args...)
			r.ends(t, exitUsage)
			holds(t, "stderr", r.err, c.want)
			if r.out != "" {
				t.Errorf("stdout has %q", r.out)
			}
		})
	}
}

func TestExplainShowsTheDerivationWithPlaces(t *testing.T) {
	dir := shop(t)
	r := in(dir, "explain", ".", "--as", "bob", "--in", north, "refund")
	r.ends(t, exitYes)
	holds(t, "the explanation", r.out, "ALLOWED  granted", "role boss in org:acme", "shop.directory.yaml:4:", "shop.policy.yaml:")
	r = in(dir, "explain", ".", "--as", "cleo", "--in", north, "orders.notes:edit")
	r.ends(t, exitNo)
	holds(t, "the explanation", r.out, "DENIED  level-too-low", "nearest ways to a yes")
}

func TestExplainOfAnAssignmentListsAllThatTheGiverLacks(t *testing.T) {
	dir := folder(t, map[string]string{
		"shop.policy.yaml":    strings.Replace(shopPolicy, "    areas: {orders: edit, billing: edit}\n    given_with: orders:edit", "    areas: {orders: edit, billing: edit}\n    given_with: orders.notes:read", 1),
		"shop.directory.yaml": strings.Replace(shopDirectory, "roles: boss, in: org:acme}]}\n  cleo", "roles: boss, in: org:acme, limit: {billing: read, orders: read}}]}\n  cleo", 1),
	})
	r := in(dir, "explain", ".", "--as", "bob", "--in", "org:acme", "--assign", "boss")
	r.ends(t, exitNo)
	holds(t, "the explanation", r.out, "DENIED  exceeds-giver", "who    bob", "gives  boss", "where  org:acme",
		"boss gives edit in billing with reach \"all\", and the giver has read", "boss gives edit in orders.notes", "boss gives edit in orders.refunds")
	// Where it is the permission to give that is denied, the derivation of that follows.
	r = in(dir, "explain", ".", "--as", "cleo", "--in", "org:acme", "--assign", "boss")
	r.ends(t, exitNo)
	holds(t, "the explanation", r.out, "DENIED  no-grant", "gives  boss", "\nwhat it takes\n\nDENIED  no-grant: holds none in orders.notes, and needs read", "nearest ways to a yes")
	r = in(dir, "explain", ".", "--as", "cleo", "--in", "org:acme", "--assign", "boss", "-o", "json")
	holds(t, "the explanation as JSON", r.out, `"needs": "orders.notes:read"`, `"needed": {`, `"cause": "nothing that is assigned`)
	r = in(dir, "explain", ".", "--as", "bob", "--in", "org:acme", "--assign", "boss", "-o", "json")
	r.ends(t, exitNo)
	var answer struct {
		Reason string
		Lacks  []struct{ Area, Gives, Has, Reach string }
	}
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Reason != "exceeds-giver" || len(answer.Lacks) != 3 || answer.Lacks[0].Reach != "all" {
		t.Errorf("the answer is %+v", answer)
	}
}

func TestExplainAsJSONHoldsTheWholeDerivation(t *testing.T) {
	r := in(shop(t), "explain", ".", "--as", "cleo", "--in", north, "refund", "-o", "json", "--request", "risk=5")
	r.ends(t, exitNo)
	var x struct {
		Allowed    bool
		Need, Area string
		Grants     []struct {
			Rules []struct{ When, Outcome, Position string }
		}
		Ways [][]string
	}
	if err := json.Unmarshal([]byte(r.out), &x); err != nil {
		t.Fatalf("%v\n%s", err, r.out)
	}
	if x.Allowed || x.Need != "edit" || x.Area != "orders.refunds" || len(x.Grants) != 1 || len(x.Grants[0].Rules) != 1 || len(x.Ways) == 0 {
		t.Fatalf("the explanation is %s", r.out)
	}
	if rule := x.Grants[0].Rules[0]; rule.When != "request.risk < 3" || rule.Outcome != "does not hold" || !strings.HasPrefix(rule.Position, "shop.policy.yaml:") {
		t.Errorf("the rule is %+v", rule)
	}
	holds(t, "the condition, which nobody reads escaped,", r.out, `"request.risk < 3"`)
}

func TestWithoutADirectoryThatIsSaidOfAnUnknownPrincipal(t *testing.T) {
	dir := shop(t)
	for _, args := range [][]string{
		{"check", "shop.policy.yaml", "--as", "bob", "--in", north, "refund"},
		{"explain", "shop.policy.yaml", "--as", "bob", "--in", north, "refund"},
		{"explain", "shop.policy.yaml", "--as", "bob", "--in", north, "--assign", "clerk"},
		{"check", ".", "--directory", "", "--as", "bob", "--in", north, "refund"},
	} {
		r := in(dir, args...)
		r.ends(t, exitNo)
		holds(t, "stderr", r.err, "no directory was read")
	}
	if r := in(dir, "check", ".", "--as", "nobody", "--in", north, "refund"); r.err != "" {
		t.Errorf("with a directory stderr has %q", r.err)
	}
}

func TestANameThatIsNearIsSuggestedToWhoeverHasTheDirectory(t *testing.T) {
	dir := shop(t)
	for _, c := range []struct{ args, want string }{
		{"check . --as bbo --in " + north + " refund", `did you mean "bob"?`},
		{"check . --as bob --in org:acme/team:nort refund", `did you mean "org:acme/team:north"?`},
		{"explain . --as bbo --in " + north + " --assign clerk", `did you mean "bob"?`},
	} {
		r := in(dir, strings.Fields(c.args)...)
		r.ends(t, exitNo)
		holds(t, "stderr", r.err, c.want)
	}
	r := in(dir, "explain", ".", "--as", "bbo", "--in", north, "refund")
	if holds(t, "the explanation", r.out, `did you mean "bob"?`); r.err != "" {
		t.Errorf("explain says it twice: %s", r.err)
	}
	// Where both go to a terminal, the answer comes first.
	var terminal strings.Builder
	e := at(dir)
	e.stdout, e.stderr = &terminal, &terminal
	run([]string{"check", ".", "--as", "bbo", "--in", north, "refund"}, e)
	if want := "denied: unknown-principal (none): the directory lists no principal \"bbo\"\nauthz check: did you mean \"bob\"?\n"; terminal.String() != want {
		t.Errorf("together they are %q", terminal.String())
	}
}

func TestExplainOfAnAssignmentSaysWhoAsks(t *testing.T) {
	r := in(shop(t), "explain", ".", "--as", "bob", "--in", north, "--assign", "clerk")
	r.ends(t, exitYes)
	holds(t, "the explanation", r.out, "ALLOWED  granted\n\n  who    bob\n  gives  clerk\n")
	r = in(shop(t), "explain", ".", "--as", "", "--in", north, "--assign", "clerk")
	r.ends(t, exitNo)
	holds(t, "the explanation", r.out, "DENIED  no-grant\n\n  who    the anonymous principal\n  gives  clerk\n")
}
