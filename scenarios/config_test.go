package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// written puts a config file into a directory of its own.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), scenarios.ConfigFile)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const goodConfig = `seed: 7
apps:
  - key: pk_test_x
    platform: ios
    country: DE
limits:
  encore:
    trial: 5
    rate: {perSecond: 2.5, burst: 10}
    queue: {concurrency: 4, waiting: 8, serviceTime: 250ms}
    retryAfter: true
catalog:
  organizations:
    - id: 00000000-0000-4000-8000-000000000001
      name: Tonewillow
  campaigns:
    - id: 00000000-0000-4000-8000-000000000002
      organizationId: 00000000-0000-4000-8000-000000000001
      status: active
      destinationUrl: https://tonewillow.example
      creatives:
        - id: 00000000-0000-4000-8000-000000000003
          status: active
          title: Three months of music
          body: Free music
          cta: Claim
`

func TestLoadConfig(t *testing.T) {
	t.Parallel()
	c, err := scenarios.LoadConfig(written(t, goodConfig))
	if err != nil {
		t.Fatal(err)
	}
	want := scenarios.Config{
		Seed: 7,
		Apps: []encore.App{{Key: "pk_test_x", Platform: "ios", Country: "DE"}},
		Limits: fakes.Limits{Encore: encore.Limits{
			Trial: 5, Rate: encore.Rate{PerSecond: 2.5, Burst: 10}, RetryAfter: true,
			Queue: encore.Queue{Concurrency: 4, Waiting: 8, ServiceTime: "250ms"},
		}},
		Catalog: c.Catalog,
	}
	if diff := cmp.Diff(want, c); diff != "" || c.Catalog.Campaigns[0].Creatives[0].CTA != "Claim" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	newSandbox(t, scenarios.Options{Config: c})
}

// TestConfigErrors: each names the file and the line, and says what to write.
func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, want string }{
		"a name with a typo":      {"    trial: 5", "    trail: 5", ":8:5: unknown field \"trail\""},
		"a text for a number":     {"trial: 5", "trial: many", ":8:12: limits.encore.trial: \"many\" cannot be; write a whole number"},
		"no duration":             {"250ms", "soon", ":10:54: limits.encore.queue.serviceTime: "},
		"a negative limit":        {"trial: 5", "trial: -5", ":8:12: limits.encore.trial: -5 is negative"},
		"waiting for nothing":     {"concurrency: 4, ", "", ":10:13: limits.encore.queue.concurrency: is 0"},
		"a device":                {"platform: ios", "platform: iphone", `:4:15: apps[0].platform: "iphone" is not one of android, ios, web`},
		"a live key":              {"pk_test_x", "pk_live_x", ":3:10: apps[0].key: "},
		"a campaign of nobody":    {"organizationId: 00000000-0000-4000-8000-000000000001", "organizationId: x", ":18:23: catalog.campaigns[0].organizationId: "},
		"a missing field":         {"          cta: Claim\n", "", ":22:11: catalog.campaigns[0].creatives[0].cta: is empty"},
		"a clock":                 {"seed: 7", "clock: broken", ":1:8: clock: \"broken\" is neither wall nor manual"},
		"an operator without ids": {"seed: 7", "operators: [{name: Tony's Pizza}]", ":1:14: operators[0].clientId: is missing"},
	} {
		path := written(t, strings.Replace(goodConfig, c.old, c.new, 1))
		got, err := scenarios.LoadConfig(path)
		if err == nil || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got\n%v\nwant %s…%s", name, err, path, c.want)
		}
		if diff := cmp.Diff(scenarios.Config{}, got); diff != "" {
			t.Errorf("%s: half a configuration came back:\n%s", name, diff)
		}
	}
}

// TestConfigNamesEveryProblem, each with its line.
func TestConfigNamesEveryProblem(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("country: DE", "country: de", "cta: Claim", "cta: Claim before midnight").Replace(goodConfig)
	_, err := scenarios.LoadConfig(written(t, text))
	var places []string
	for _, line := range strings.Split(err.Error(), "\n") {
		_, place, _ := strings.Cut(line, scenarios.ConfigFile)
		place, _, _ = strings.Cut(place, ": ")
		places = append(places, place)
	}
	if diff := cmp.Diff([]string{":26:16", ":5:14"}, places); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, err)
	}
}
