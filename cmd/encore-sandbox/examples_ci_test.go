package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// readExample is the text of a YAML file of examples/ and what it says, of which
// every key has to be one of the given struct.
func readExample(t *testing.T, name string, into any) string {
	t.Helper()
	text := read(t, filepath.Join("../../examples", name))
	if err := yaml.UnmarshalWithOptions([]byte(text), into, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

// workflow is what examples/github-actions.yml says.
type workflow struct {
	Name        string
	On          []string
	Permissions map[string]string
	Jobs        map[string]struct {
		RunsOn         string `yaml:"runs-on"`
		TimeoutMinutes int    `yaml:"timeout-minutes"`
		Services       map[string]struct {
			Image, Options string
			Ports          []string
			Env            map[string]string
		}
		Steps []struct {
			Name, Uses, Run, If string
			With                map[string]any
		}
	}
}

// TestExampleWorkflow: the workflow says nothing that the sandbox does not know,
// and its steps do in this order what they are there for. In the place of the
// container a sandbox of this process serves.
func TestExampleWorkflow(t *testing.T) {
	t.Parallel()
	var w workflow
	text := readExample(t, "github-actions.yml", &w)
	checkWords(t, "github-actions.yml", text)
	if got := strangers(text, child(t, program{}.root(), "serve")); len(got) > 0 {
		t.Errorf("serve has no flag that is set by %q", got)
	}
	job := w.Jobs["offers"]
	service := job.Services["sandbox"]
	if want := []string{"8080:8080"}; !slices.Equal(service.Ports, want) || !strings.Contains(service.Options, "--add-host=host.docker.internal:host-gateway") {
		t.Errorf("the service publishes %q with %q", service.Ports, service.Options)
	}
	_, base := startServe(t)
	if got := notServed(t, base, text); len(got) > 0 {
		t.Errorf("the sandbox does not serve %q", got)
	}
	for _, tc := range []struct {
		name, set string
		fails     string // the step
		want      []string
	}{
		{"the duties are kept", "", "", []string{"3 stories: 3 held, 0 failed"}},
		{"the cap is another", "OFFER_CAP=4 ", "Play the stories", []string{"2 held, 1 failed", "::error file=", "title=cap-reached"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			installed(t, "node")
			m := runner(t, service.Env["ENCORE_SANDBOX_WEBHOOK"])
			var failed, said string
			for _, step := range job.Steps {
				script := strings.Replace(step.Run, "HOST=0.0.0.0", tc.set+"HOST=127.0.0.1", 1)
				script = strings.Replace(script, "encore-sandbox run ", "encore-sandbox run first-message outage-passes cap-reached --settle 300ms ", 1)
				if script == "" || failed != "" {
					continue
				}
				out, err := m.bash(strings.ReplaceAll(script, "${{ job.services.sandbox.id }}", "c0ffee"))
				if said += out; err != nil {
					failed = step.Name
				}
			}
			if failed != tc.fails || !inOrder(said, tc.want) {
				t.Errorf("step %q failed, want %q and %q:\n%s", failed, tc.fails, tc.want, said)
			}
			for _, file := range []string{"encore.xml", "encore.html", "integrator.log", "summary.md"} {
				if info, err := os.Stat(filepath.Join(m.dir, file)); err != nil || info.Size() == 0 {
					t.Errorf("%s was not written: %v", file, err)
				}
			}
			for _, file := range []string{"encore.xml", "encore.html", "integrator.log"} {
				if kept := job.Steps[len(job.Steps)-1]; kept.If != "always()" || !strings.Contains(kept.With["path"].(string), file) {
					t.Errorf("the last step does not keep %s: %+v", file, kept)
				}
			}
		})
	}
}

// runner is a machine on which a workflow's steps are run, beside a sandbox that
// already serves. Its docker knows how to copy the command out of a container.
func runner(t *testing.T, webhook string) *machine {
	t.Helper()
	m := newMachine(t)
	m.tool("in-the-container", "exec "+ownProgram(t)+` "$@"`)
	m.tool("docker", `test "$1 $2" = 'cp c0ffee:/encore-sandbox' && cp `+m.tools+`/in-the-container "$3"`)
	webhook = strings.NewReplacer("host.docker.internal", "127.0.0.1", "integrator", "127.0.0.1").Replace(webhook)
	_, base := startServe(t, "--webhook", m.place(webhook))
	m.move("http://127.0.0.1:8080", base)
	m.env = append(m.env,
		"RUNNER_TEMP="+t.TempDir(), "GITHUB_PATH="+filepath.Join(m.dir, "path"), "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="+filepath.Join(m.dir, "summary.md"))
	return m
}

// composition is what examples/compose.yaml says.
type composition struct {
	Services map[string]struct {
		Image, Build, Command string
		Init                  bool
		ReadOnly              bool `yaml:"read_only"`
		Environment           map[string]string
		Ports, Volumes        []string
		Profiles              []string
		DependsOn             any `yaml:"depends_on"`
	}
}

// TestExampleComposition: side by side, the integrator is told what env prints of
// that sandbox, and the command of the judge finds that it keeps its duties.
func TestExampleComposition(t *testing.T) {
	t.Parallel()
	var c composition
	text := readExample(t, "compose.yaml", &c)
	checkWords(t, "compose.yaml", text)
	sandbox, integrator, judge := c.Services["sandbox"], c.Services["integrator"], c.Services["judge"]
	if got := strangers(text, child(t, program{}.root(), "serve")); len(got) > 0 {
		t.Errorf("serve has no flag that is set by %q", got)
	}
	if what := unknown(program{}.root(), strings.Fields(judge.Command)); what != "" {
		t.Errorf("the judge's command: %s", what)
	}
	printed := settings(t, "--sandbox", "http://sandbox:8080")
	want, got := map[string]string{}, map[string]string{}
	for name, value := range integrator.Environment {
		if printed[name] != "" {
			want[name], got[name] = printed[name], value
		} else if !slices.Contains(languages()[1].own, name) {
			t.Errorf("neither env nor the example in Node knows %s", name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 9 {
		t.Errorf("what the integrator is told (-want +got):\n%s", diff)
	}
	if docker := read(t, "../../Dockerfile"); sandbox.Build != ".." || judge.Image != sandbox.Image || !strings.Contains(docker, "HEALTHCHECK") {
		t.Errorf("service_healthy needs an image with a health check, built here: %+v", sandbox)
	}
	file, at, _ := strings.Cut(integrator.Volumes[0], ":")
	if _, err := os.Stat(filepath.Join("../../examples", file)); err != nil || !strings.Contains(integrator.Command, strings.TrimSuffix(at, ":ro")) {
		t.Errorf("%q is not what %q runs: %v", file, integrator.Command, err)
	}
	t.Run("played", func(t *testing.T) {
		t.Parallel()
		installed(t, "node")
		m := runner(t, sandbox.Environment["ENCORE_SANDBOX_WEBHOOK"])
		for name, value := range integrator.Environment {
			value = strings.ReplaceAll(value, "http://sandbox:8080", "http://127.0.0.1:8080")
			m.env = append(m.env, m.place(name+"="+strings.Replace(value, "0.0.0.0", "127.0.0.1", 1)))
		}
		if out, err := m.bash("node examples/" + file + " > integrator.log 2>&1 &\ncurl -sS --retry 30 --retry-delay 1 --retry-all-errors -o /dev/null http://127.0.0.1:3000/webhook"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		command := strings.ReplaceAll(judge.Command, "http://sandbox:8080", "http://127.0.0.1:8080")
		out, err := m.bash("docker cp c0ffee:/encore-sandbox encore-sandbox\n./encore-sandbox " + strings.Replace(command, "run ", "run first-message cap-reached --settle 300ms ", 1))
		if err != nil || !strings.Contains(out, "2 stories: 2 held, 0 failed") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
