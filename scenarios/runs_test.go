package scenarios_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/junit/junittest"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

func names(stories []*story.Story) (all []string) {
	for _, s := range stories {
		all = append(all, s.Name)
	}
	return all
}

// playRun starts a run over the control API and follows it to its end.
func playRun(t *testing.T, sb http.Handler, request string) (last scenarios.RunProgress) {
	t.Helper()
	status, data := send(t, sb, "POST", "/_sandbox/v1/runs", request)
	if err := json.Unmarshal(data, &last); err != nil || status != http.StatusAccepted {
		t.Fatalf("%d %s", status, data)
	}
	for results := last.Results; ; {
		_, data := send(t, sb, "GET", fmt.Sprintf("/_sandbox/v1/runs/%s?after=%d&within=20s", last.ID, len(results)), "")
		last = scenarios.RunProgress{}
		if err := json.Unmarshal(data, &last); err != nil {
			t.Fatal(err)
		}
		results = append(results, last.Results...)
		if last.State != scenarios.RunPlaying {
			last.Results = results
			return last
		}
	}
}

func TestRunOverTheControlAPI(t *testing.T) {
	t.Parallel()
	sb := newSandbox(t, scenarios.Options{Seed: 1})
	mine, _ := json.Marshal("name: mine\nsteps:\n  - customer: Hi\n    expect: [reply sent]\n")
	for _, c := range []struct{ name, request, want string }{
		{"a shipped story holds", `{"scenarios": ["first-*"], "channels": ["whatsapp", "messenger"]}`, "passed: first-message passed, first-message passed"},
		{"a bug shows", `{"scenarios": ["first-message"], "channels": ["whatsapp"], "defects": ["reply-first"]}`, "failed: first-message failed"},
		{"a story of the caller", `{"files": [{"name": "mine.yaml", "text": ` + string(mine) + `}], "channels": ["whatsapp"]}`, "failed: mine failed"},
		{"by other settings", `{"scenarios": ["cap-reached"], "channels": ["whatsapp"], "cap": 1, "idleGap": "2h"}`, "passed: cap-reached passed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := playRun(t, sb, c.request)
			var words []string
			for _, r := range p.Results {
				words = append(words, r.Story+" "+r.Outcome)
			}
			if d := cmp.Diff(c.want, p.State+": "+strings.Join(words, ", ")); d != "" || p.Of != len(p.Results) || p.Verdict == nil {
				t.Errorf("(-want +got):\n%s%+v", d, p)
			}
			if status, page := send(t, sb, "GET", "/_sandbox/v1/runs/"+p.ID+"/report.html", ""); status != http.StatusOK || !strings.Contains(string(page), "<svg ") {
				t.Errorf("the page: %d %.200s", status, page)
			}
			if _, xml := send(t, sb, "GET", "/_sandbox/v1/runs/"+p.ID+"/junit.xml", ""); junittest.Validate(xml) != nil {
				t.Errorf("JUnit: %v\n%s", junittest.Validate(xml), xml)
			}
		})
	}
}

// An integrator behind a webhook is looked at first.
func TestRunAgainstAWebhook(t *testing.T) {
	t.Parallel()
	runner := overHTTP(t, rules.DefaultSettings())
	p := playRun(t, runner.Sandbox, `{"scenarios": ["first-message"], "settle": "200ms"}`)
	if p.State != scenarios.RunPassed || p.Of != 1 {
		t.Errorf("want the story to hold: %+v", p)
	}
	deaf := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(deaf.Close)
	sb := newSandbox(t, scenarios.Options{Seed: 1, Webhooks: webhook(deaf.URL)})
	p = playRun(t, sb, `{"scenarios": ["first-message"], "settle": "50ms", "replyBudget": "300ms"}`)
	if p.State != scenarios.RunStopped || !strings.Contains(p.Problem, "answered 404 to a signed message") {
		t.Errorf("want the run to stop and say why: %+v", p)
	}
	if status, _ := send(t, sb, "GET", "/_sandbox/v1/runs/1/report.html", ""); status != http.StatusConflict {
		t.Errorf("the report of a run that was not played: %d", status)
	}
}

// What cannot be played is refused before anything is.
func TestRunThatIsRefused(t *testing.T) {
	t.Parallel()
	sb := newSandbox(t, scenarios.Options{Seed: 1})
	for request, want := range map[string]string{
		`{"channels": ["pigeon"]}`:                            `there is no channel \"pigeon\"`,
		`{"defects": ["lazy"]}`:                               `there is no defect \"lazy\"`,
		`{"integrator": "webhook"}`:                           "no webhook is set",
		`{"integrator": "mine"}`:                              "webhook",
		`{"idleGap": "soon"}`:                                 "idleGap: ",
		`{"scenarios": ["/etc/passwd.yaml"]}`:                 "is a file",
		`{"files": [{"name": "m.yaml", "text": "steps: 7"}]}`: "m.yaml:1",
		`{"scenarios": ["echo"], "channels": ["whatsapp"]}`:   "none of these scenarios is for channel whatsapp",
		`{"cap": -1}`:                                         "cap",
		`{"scenario": []}`:                                    "scenario",
	} {
		if status, data := send(t, sb, "POST", "/_sandbox/v1/runs", request); status != http.StatusBadRequest || !strings.Contains(string(data), want) {
			t.Errorf("%s: %d %s, want 400 with %q", request, status, data, want)
		}
	}
	if _, data := send(t, sb, "GET", "/_sandbox/v1/runs", ""); !strings.Contains(string(data), `"runs": []`) {
		t.Errorf("nothing was to be played: %s", data)
	}
}

// Only the latest runs are kept, and a closed sandbox leaves none behind.
func TestRunsAreBounded(t *testing.T) {
	t.Parallel()
	sb, err := scenarios.New(scenarios.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 25 {
		playRun(t, sb, `{"scenarios": ["first-message"], "channels": ["whatsapp"]}`)
	}
	_, data := send(t, sb, "GET", "/_sandbox/v1/runs", "")
	if n := strings.Count(string(data), `"state": "passed"`); n != 20 {
		t.Errorf("%d runs are kept, want 20", n)
	}
	if status, _ := send(t, sb, "GET", "/_sandbox/v1/runs/5", ""); status != http.StatusNotFound {
		t.Errorf("a run that was forgotten: %d", status)
	}
	send(t, sb, "POST", "/_sandbox/v1/runs", `{}`)
	if err := sb.Close(); err != nil {
		t.Error(err)
	}
}
