package main

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// A team's sandbox from the terminal: an owner, a workspace, a customer who
// writes in it, and its end.
func TestWorkspaceCommands(t *testing.T) {
	t.Parallel()
	const admin = "letmein-letmein"
	_, base := startServe(t, "--strict-auth", "--admin-token", admin, "--quota", "perOwner=1,idle=3h")
	at := func(token string, args ...string) outcome {
		return invoke(t.Context(), []string{"ENCORE_SANDBOX_SANDBOX=" + base, "ENCORE_SANDBOX_TOKEN=" + token}, args...)
	}
	owner := strings.TrimSpace(at(admin, "workspace", "owner", "team-a").out)
	made := at(owner, "workspace", "add", "anna", "--seed", "7", "--format", "json")
	var v scenarios.WorkspaceView
	if err := json.Unmarshal([]byte(made.out), &v); err != nil {
		t.Fatalf("%v: %s%s", err, made.out, made.err)
	}
	file := filepath.Join(t.TempDir(), "anna.json")
	for _, c := range []struct {
		name string
		got  outcome
		want outcome
	}{
		{"nobody without a token", at("", "clock"), outcome{1, "", "error: this sandbox is guarded; send Authorization: Bearer with its admin token, an owner's or a workspace's\n"}},
		{"a second one is too many", at(owner, "workspace", "add"), outcome{1, "", "error: the quota is used up: there are 1 workspaces already; drop one of: anna\n"}},
		{"the same name", at(admin, "workspace", "add", "anna"), outcome{1, "", "error: workspace \"anna\" exists already; drop it first, or choose another name\n"}},
		{"a workspace's token finds its way", at(v.Tokens.Control, "fault", "list"), outcome{0, "no fault is in force\n", ""}},
		{"an owner names it", at(owner, "fault", "list", "--workspace", "anna"), outcome{0, "no fault is in force\n", ""}},
		{"not others'", at(owner, "fault", "list"), outcome{1, "", "error: no workspace \"default\"\n"}},
		{"saved", at(owner, "workspace", "export", "anna", file), outcome{0, "", ""}},
		{"no file", at(owner, "workspace", "import", "anna", "workspace_test.go"), outcome{2, "", "error: workspace_test.go is not JSON\nhint: use one that encore-sandbox workspace export has saved\n"}},
		{"dropped", at(owner, "workspace", "drop", "anna"), outcome{0, "", ""}},
		{"gone", at(owner, "workspace", "show", "anna"), outcome{1, "", "error: no workspace \"anna\"\n"}},
		{"empty", at(owner, "workspace", "list"), outcome{0, "", ""}},
		{"which one", at(owner, "workspace", "drop"), outcome{2, "", "error: encore-sandbox workspace drop takes one argument, got none\nhint: see: encore-sandbox workspace drop --help\n"}},
	} {
		if diff := cmp.Diff(c.want, c.got, cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if back := at(owner, "workspace", "import", "again", file); back.code != 0 || !strings.Contains(back.err, "workspace again, seed 7\n") {
		t.Errorf("%s%s", back.out, back.err)
	}
	shell := at(admin, "workspace", "add", "bert", "--format", "shell")
	if !strings.Contains(shell.out, "export ENCORE_API_KEY=pk_test_bert_") || !strings.Contains(shell.err, "inspector: "+base+"/_sandbox/w/bert/?token=view_bert_") {
		t.Errorf("%s%s", shell.out, shell.err)
	}
}

// Who serves strangers needs a lock, and one that cannot be guessed.
func TestGuardsOfOpenAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		addr   string
		guards guards
		wrong  string
	}{
		{"127.0.0.1:1", guards{strict: true}, ""}, {"127.0.0.1:1", guards{adminToken: "a"}, ""}, {"0.0.0.0:1", guards{}, ""},
		{"0.0.0.0:1", guards{strict: true}, "needs an admin token"}, {"[::]:1", guards{strict: true}, "needs an admin token"},
		{"0.0.0.0:1", guards{strict: true, adminToken: "short"}, "too easy"}, {"0.0.0.0:1", guards{strict: true, adminToken: "long-enough-it-is"}, ""},
		{"127.0.0.1:1", guards{adminToken: "two words"}, "cannot carry"},
	} {
		addr, err := net.ResolveTCPAddr("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		if err = c.guards.check(addr); c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s, strict %v, token %q: %v, want %q", c.addr, c.guards.strict, c.guards.adminToken, err, c.wrong)
		}
	}
}

// Quotas of the command line beat those of the file, one by one.
func TestQuotaFlag(t *testing.T) {
	t.Parallel()
	q := quotas{}
	for text, wrong := range map[string]string{
		"exchanges=5": "", "idle=2h, perOwner=0": "", "idle=never": "", "exchanges=x": "exchanges: use a whole number, 0 for no bound",
		"perOwner=-1": "perOwner: use a whole number, 0 for no bound", "idle=soon": "idle: use a duration such as 2h or 3d, or never",
		"speed=1": "use name=value with one of exchanges, idle, megabytes, perOwner, requestsPerSecond, webhooksPerMinute",
	} {
		if err := (&quotas{}).Set(text); wrong == "" && err != nil || wrong != "" && (err == nil || err.Error() != wrong) {
			t.Errorf("%s: %v, want %q", text, err, wrong)
		}
	}
	if err := q.Set("exchanges=5,perOwner=0"); err != nil {
		t.Fatal(err)
	}
	got := scenarios.Quotas{Exchanges: 1, Megabytes: 2}
	q.apply(&got)
	none := 0
	if diff := cmp.Diff(scenarios.Quotas{Exchanges: 5, Megabytes: 2, PerOwner: &none}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
