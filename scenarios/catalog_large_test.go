package scenarios_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// largeCatalog repeats the default catalog's campaigns under ids of their own.
func largeCatalog(campaigns int) *encore.Catalog {
	c := encore.Default(1)
	few := c.Campaigns
	c.Campaigns = make([]encore.Campaign, campaigns)
	for i := range c.Campaigns {
		n := strconv.Itoa(i)
		campaign := few[i%len(few)]
		campaign.ID = encore.UUID(1, "campaign", n)
		campaign.Creatives = slices.Clone(campaign.Creatives)
		for k := range campaign.Creatives {
			campaign.Creatives[k].ID = encore.UUID(1, "creative", n, strconv.Itoa(k))
		}
		c.Campaigns[i] = campaign
	}
	return c
}

// TestLargeCatalogOverAPI: a catalog of ten thousand campaigns is taken whole, and
// what is wrong with one of them is told by line.
func TestLargeCatalogOverAPI(t *testing.T) {
	t.Parallel()
	sb, err := scenarios.New(scenarios.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	body, err := json.MarshalIndent(largeCatalog(10_000), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := send(t, sb, "PUT", "/_sandbox/v1/catalog", string(body)); status != http.StatusOK || !bytes.Contains(answer, []byte(`"campaigns": 10000`)) {
		t.Fatalf("%d bytes: %d %s", len(body), status, answer)
	}
	id := encore.UUID(1, "creative", "9000", "0")
	bad := bytes.Replace(body, []byte(id), []byte("9000"), 1)
	line := strconv.Itoa(lineOf(string(body), id))
	want := `line ` + line + `, column 12: campaigns[9000].creatives[0].id: \"9000\" is not a UUID`
	if status, answer := send(t, sb, "PUT", "/_sandbox/v1/catalog", string(bad)); status != http.StatusBadRequest || !bytes.Contains(answer, []byte(want)) {
		t.Errorf("%d %s\nwant %s", status, answer, want)
	}
}

// largeFile is a sandbox.yaml with that many campaigns.
func largeFile(t *testing.T, campaigns int) string {
	t.Helper()
	data, err := yaml.Marshal(map[string]any{"catalog": largeCatalog(campaigns), "seed": 7})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func load(t *testing.T, text string) (scenarios.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sandbox.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return scenarios.LoadConfig(path)
}

// lineOf is the line in which a text has something first.
func lineOf(text, what string) int {
	before, _, _ := strings.Cut(text, what)
	return strings.Count(before, "\n") + 1
}

// TestLargeFileReadsAlike: a file that is read campaign by campaign says what
// it says when it is read as a whole, however it is laid out.
func TestLargeFileReadsAlike(t *testing.T) {
	t.Parallel()
	text := largeFile(t, 600)
	want := largeCatalog(600)
	for name, c := range map[string]string{
		"as it is written":        text,
		"items indented":          strings.ReplaceAll(strings.ReplaceAll(text, "\n    ", "\n      "), "\n  - ", "\n    - "),
		"with comments and blank": strings.ReplaceAll(text, "\n  - id: ", "\n\n  # next\n  - id: "),
		"with returns":            strings.ReplaceAll(text, "\n", "\r\n"),
		"with an anchor":          strings.Replace(text, "seed: 7", "seed: &s 7", 1),
		"as one line of JSON":     oneLine(t, want),
	} {
		got, err := load(t, c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got.Catalog); diff != "" || got.Seed != 7 {
			t.Errorf("%s: seed %d (-want +got):\n%.2000s", name, got.Seed, diff)
		}
	}
}

func oneLine(t *testing.T, c *encore.Catalog) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{"catalog": c, "seed": 7})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestLargeFileErrors: what is wrong in a large file is told by its line, as in
// a small one.
func TestLargeFileErrors(t *testing.T) {
	t.Parallel()
	text := largeFile(t, 600)
	at := func(id string) int { return lineOf(text, id) }
	last, creative := encore.UUID(1, "campaign", "599"), encore.UUID(1, "creative", "300", "0")
	for name, c := range map[string]struct {
		old, new string
		line     int
		want     string
	}{
		"a value that cannot be":  {"id: " + last, "id: nobody", at(last), `catalog.campaigns[599].id: "nobody" is not a UUID`},
		"within a creative":       {"id: " + creative, "id: nobody", at(creative), `catalog.campaigns[300].creatives[0].id: "nobody" is not a UUID`},
		"a field that is unknown": {"id: " + last, "idd: " + last, at(last), `unknown field "idd"`},
		"a list for a text":       {"id: " + creative, "id: []", at(creative), "catalog.campaigns[300].creatives[0].id: "},
		"no YAML":                 {"id: " + creative, "id: ]", at(creative), "not YAML: "},
		"behind the campaigns":    {"seed: 7", "seed: 7.5", at("seed: 7"), "seed: 7.5 cannot be; write a whole number"},
	} {
		_, err := load(t, strings.Replace(text, c.old, c.new, 1))
		place, problem, _ := strings.Cut(strings.SplitN(fmt.Sprint(err), "\n", 2)[0], ": ")
		if !strings.Contains(place, fmt.Sprintf("sandbox.yaml:%d:", c.line)) || !strings.HasPrefix(problem, c.want) {
			t.Errorf("%s: %.300v\nwant line %d: %s", name, err, c.line, c.want)
		}
	}
}

// BenchmarkLargeFile reads a sandbox.yaml with ten thousand campaigns.
//
//	go test -run '^$' -bench LargeFile -benchtime 1x ./scenarios
func BenchmarkLargeFile(b *testing.B) {
	data, err := yaml.Marshal(map[string]any{"catalog": largeCatalog(10_000)})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "sandbox.yaml")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := scenarios.LoadConfig(path); err != nil {
			b.Fatal(err)
		}
	}
}
