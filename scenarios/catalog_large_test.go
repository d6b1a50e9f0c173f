package scenarios_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"testing"

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
	line := strconv.Itoa(bytes.Count(body[:bytes.Index(body, []byte(id))], []byte("\n")) + 1)
	want := `line ` + line + `, column 12: campaigns[9000].creatives[0].id: \"9000\" is not a UUID`
	if status, answer := send(t, sb, "PUT", "/_sandbox/v1/catalog", string(bad)); status != http.StatusBadRequest || !bytes.Contains(answer, []byte(want)) {
		t.Errorf("%d %s\nwant %s", status, answer, want)
	}
}
