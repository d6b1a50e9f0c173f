package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

const testConfig = `seed: 5
operators:
  - clientId: client-42
    name: Tony's Pizza
    phoneNumberId: "106540352242922"
    cap: 2
    idleGap: 3h
    webhook: {"*": "http://127.0.0.1:3/all", whatsapp: "http://127.0.0.1:3/wa"}
`

// settle reads run's flags as a command does.
func settle(t *testing.T, environ []string, config string, args ...string) (runFlags, error) {
	t.Helper()
	var f runFlags
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	f.bind(flags)
	if err := flags.Parse(args); err != nil {
		return f, flagProblem(&cobra.Command{Use: "run"}, err)
	}
	if err := (program{environ: environ}).fromEnvironment(flags); err != nil {
		return f, err
	}
	if config != "" {
		f.config = filepath.Join(t.TempDir(), "sandbox.yaml")
		write(t, f.config, config)
	}
	_, err := loadConfig(flags, f.config)
	return f, err
}

func TestEveryLayerOfSettings(t *testing.T) {
	t.Parallel()
	type settings struct {
		Seed     uint64
		Cap      int
		Gap      time.Duration
		Webhooks webhooks
		Channels []string
		Verbose  bool
	}
	fromFile := webhooks{"": {URL: "http://127.0.0.1:3/all"}, "whatsapp": {URL: "http://127.0.0.1:3/wa"}}
	for _, tc := range []struct {
		name    string
		environ []string
		config  string
		args    []string
		want    settings
	}{
		{"defaults stand when nobody speaks", nil, "", nil, settings{0, 3, 24 * time.Hour, webhooks{}, nil, false}},
		{"the config file beats defaults", nil, testConfig, nil, settings{5, 2, 3 * time.Hour, fromFile, nil, false}},
		{
			"the environment beats the file", []string{"ENCORE_SANDBOX_SEED=6", "ENCORE_SANDBOX_IDLE_GAP=2d", "ENCORE_SANDBOX_VERBOSE=true", "ENCORE_SANDBOX_CHANNEL=a,b"},
			testConfig, nil, settings{6, 2, 48 * time.Hour, fromFile, []string{"a", "b"}, true},
		},
		{
			"flags beat all", []string{"ENCORE_SANDBOX_SEED=6", "ENCORE_SANDBOX_WEBHOOK=http://127.0.0.1:6/", "ENCORE_SANDBOX_CAP=9"}, testConfig,
			[]string{"--seed", "7", "--webhook", "http://127.0.0.1:7/?a=b", "--webhook", "whatsapp=http://127.0.0.1:8/", "--cap", "0"},
			settings{7, 0, 3 * time.Hour, webhooks{"": {URL: "http://127.0.0.1:7/?a=b"}, "whatsapp": {URL: "http://127.0.0.1:8/"}}, nil, false},
		},
		{
			"other operators' accounts have targets of their own", nil,
			testConfig + "  - {clientId: client-43, webhook: {interakt: \"http://127.0.0.1:3/interakt/noor\"}}\n", []string{"--webhook", "zoko:noor=http://127.0.0.1:3/zoko/noor"},
			settings{5, 2, 3 * time.Hour, webhooks{"zoko:noor": {URL: "http://127.0.0.1:3/zoko/noor"}}, nil, false},
		},
		{
			"without a flag those of the file", nil,
			testConfig + "  - {clientId: client-43, webhook: {interakt: \"http://127.0.0.1:3/interakt/noor\"}}\n", nil,
			settings{5, 2, 3 * time.Hour, webhooks{
				"": {URL: "http://127.0.0.1:3/all"}, "whatsapp": {URL: "http://127.0.0.1:3/wa"}, "interakt:noor": {URL: "http://127.0.0.1:3/interakt/noor"},
			}, nil, false},
		},
		{"an empty variable says nothing", []string{"ENCORE_SANDBOX_SEED="}, testConfig, nil, settings{5, 2, 3 * time.Hour, fromFile, nil, false}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, err := settle(t, tc.environ, tc.config, tc.args...)
			if err != nil {
				t.Fatal(err)
			}
			got := settings{f.seed, f.cap, f.idleGap, f.webhooks, f.channels, f.verbose}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(func(a, b sim.Target) bool { return a.URL == b.URL })); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadValuesNameTheirSource(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		environ []string
		config  string
		args    []string
		want    string
	}{
		{"a flag", nil, "", []string{"--cap", "x"}, `--cap: "x" is not allowed`},
		{"a variable", []string{"ENCORE_SANDBOX_IDLE_GAP=x"}, "", nil, `ENCORE_SANDBOX_IDLE_GAP: "x" is not allowed`},
		{"the config file", nil, strings.Replace(testConfig, "http://127.0.0.1:3/wa", "3000", 1), nil, `sandbox.yaml: webhook: "http://127.0.0.1:3/all,whatsapp=3000" is not allowed`},
		{"a file that is not there", nil, "", []string{"--config", "nofile.yaml"}, `--config: there is no file "nofile.yaml"`},
		{"no truth value", []string{"ENCORE_SANDBOX_VERBOSE=maybe"}, "", nil, `ENCORE_SANDBOX_VERBOSE: "maybe" is not allowed`},
		{"a key that is misspelt, with line and column", nil, "seed: 1\noperatrs: []\n", nil, `sandbox.yaml:2:1: unknown field "operatrs"`},
		{"a value of the wrong kind, with line and column", nil, "clock: wall\nseed: many\n", nil, `sandbox.yaml:2:7: seed: "many" cannot be; write a whole number`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := settle(t, tc.environ, tc.config, tc.args...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %v, want %s", err, tc.want)
			}
			var told strings.Builder
			if got := conclude(&told, err); got != exitUsage {
				t.Errorf("the exit code is %d, want %d", got, exitUsage)
			}
			if said := told.String(); !strings.Contains(said, "\nhint: ") || strings.Contains(said, "strconv") || strings.Contains(said, "scenarios.") {
				t.Errorf("no hint, or words of Go:\n%s", said)
			}
		})
	}
}

// TestAddressIsAlsoWhereTheSandboxIs lets `health` of the image find the
// sandbox by the variable that tells `serve` where to listen.
func TestAddressIsAlsoWhereTheSandboxIs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		environ []string
		args    []string
		want    string
	}{
		{"nothing is said", nil, nil, "http://127.0.0.1:8080"},
		{"every interface is called on the loopback one", []string{"ENCORE_SANDBOX_ADDR=0.0.0.0:9"}, nil, "http://127.0.0.1:9"},
		{"likewise without a host", []string{"ENCORE_SANDBOX_ADDR=:9"}, nil, "http://127.0.0.1:9"},
		{"likewise of IPv6", []string{"ENCORE_SANDBOX_ADDR=[::]:9"}, nil, "http://127.0.0.1:9"},
		{"a host is kept", []string{"ENCORE_SANDBOX_ADDR=sandbox:9"}, nil, "http://sandbox:9"},
		{"its own variable is nearer", []string{"ENCORE_SANDBOX_ADDR=a:9", "ENCORE_SANDBOX_SANDBOX=https://b/"}, nil, "https://b"},
		{"the flag is nearest", []string{"ENCORE_SANDBOX_ADDR=a:9"}, []string{"--sandbox", "http://c"}, "http://c"},
	} {
		var to client
		flags := pflag.NewFlagSet("health", pflag.ContinueOnError)
		sandboxFlag(flags, &to)
		if err := flags.Parse(tc.args); err != nil {
			t.Fatal(err)
		}
		if err := (program{environ: tc.environ}).fromEnvironment(flags); err != nil || to.base != tc.want {
			t.Errorf("%s: %s (%v), want %s", tc.name, to.base, err, tc.want)
		}
	}
}

func TestReplayHasWhatWasSaid(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "sandbox.yaml")
	write(t, config, testConfig)
	var f runFlags
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	f.bind(flags)
	args := []string{"--channel", "whatsapp", "-v", "--json", "x.json", "--config", config, "--app-secret", "hidden", "--fail-on", "should", "--webhook", "http://127.0.0.1:7/"}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if err := (program{environ: []string{"ENCORE_SANDBOX_PARALLEL=2"}}).fromEnvironment(flags); err != nil {
		t.Fatal(err)
	}
	if _, err := loadConfig(flags, config); err != nil {
		t.Fatal(err)
	}
	f.command = []string{"sh", "-c", "npm start"}
	chosen, err := pick([]string{"*"})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(chosen, func(c story.Choice) bool { return c.Story.Name == "mid-thread" })
	chosen[i].Word = "dir/my story.yaml"
	report := report.Report{Results: []report.Result{
		{Story: "cap-reached", Channel: "whatsapp", Outcome: report.Passed},
		{Story: "mid-thread", Channel: "whatsapp", Outcome: report.Failed},
		{Story: "outage-503", Channel: "whatsapp", Outcome: report.Failed},
	}}
	want := "encore-sandbox run 'dir/my story.yaml' outage-503 --channel whatsapp --seed 5 --config " + config +
		" --fail-on should --parallel 2 --webhook http://127.0.0.1:7/ -- sh -c 'npm start'"
	if diff := cmp.Diff(want, replay{flags, &f, chosen}.command(report)); diff != "" {
		t.Errorf("the command (-want +got):\n%s", diff)
	}
}
