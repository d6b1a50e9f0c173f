package encore

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

func (w *world) setCatalog(c *Catalog) {
	w.Helper()
	if err := SetCatalog(w.Context(), w.ws, c); err != nil {
		w.Fatal(err)
	}
}

// campaign is the id of the campaign that a new conversation is offered, or
// why there is none.
func (w *world) campaign(conversation string) string {
	w.Helper()
	a := w.call(map[string]any{"inboundMessageId": conversation, "chatId": conversation})
	if r := a.offer(w.T); r.Offer != nil {
		return r.Offer.CampaignID
	}
	return a.header.Get("X-Sandbox-No-Fill")
}

func TestCatalogOfAWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	other, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other", Clock: clock.NewManual(noon)})
	if err != nil {
		t.Fatal(err)
	}
	if own, err := GetCatalog(t.Context(), w.ws); own != nil || err != nil {
		t.Errorf("a new workspace has a catalog of its own: %v, %v", own, err)
	}
	w.setCatalog(smallCatalog())
	if got := w.campaign("1"); got != idCampaign {
		t.Errorf("offered is %s, want the only campaign of the new catalog", got)
	}
	elsewhere := w.call(map[string]any{"inboundMessageId": "1"}, sim.HeaderWorkspace+": "+other.Name).offer(t)
	if elsewhere.Offer == nil || elsewhere.Offer.CampaignID == idCampaign {
		t.Errorf("another workspace offers %+v", elsewhere.Offer)
	}
	own, err := GetCatalog(t.Context(), w.ws)
	if diff := cmp.Diff(smallCatalog(), own); diff != "" || err != nil {
		t.Errorf("GetCatalog (-want +got):\n%s%v", diff, err)
	}
	if err := w.ws.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.campaign("1"); got == idCampaign {
		t.Error("a reset does not bring the configured catalog back")
	}
}

// TestBrokenCatalogChangesNothing: not even the half of it that is in order.
func TestBrokenCatalogChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	w.setCatalog(smallCatalog())
	broken := twoBrands()
	broken.Campaigns[1].Creatives[0].CTA = ""
	err := SetCatalog(t.Context(), w.ws, broken)
	want := []Problem{{"campaigns[1].creatives[0].cta", "is empty; customers see it"}}
	if diff := cmp.Diff(want, ProblemsOf(err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	for i := range 8 {
		if got := w.campaign(fmt.Sprint(i)); got != idCampaign {
			t.Errorf("offered is %s of the catalog that was refused", got)
		}
	}
}

// TestWindowOutlivesTheCatalog: a retry gets the same offer; once the window
// is over, the offer is chosen anew under the same impression.
func TestWindowOutlivesTheCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Catalog: smallCatalog()}, nil)
	first := w.call(nil)
	w.setCatalog(&Catalog{})
	if again := w.call(nil); string(again.body) != string(first.body) {
		t.Errorf("the retry got\n%s\ninstead of\n%s", again.body, first.body)
	}
	w.advance("", Window)
	anew := w.call(nil).offer(t)
	want := NoFill(first.offer(t).ImpressionID)
	if diff := cmp.Diff(want, anew); diff != "" {
		t.Errorf("after the window (-want +got):\n%s", diff)
	}
}

func TestIndexesAreBounded(t *testing.T) {
	t.Parallel()
	f, err := newFake(Config{})
	if err != nil {
		t.Fatal(err)
	}
	first := f.indexes.of(ownCatalog{"0", smallCatalog()})
	if f.indexes.of(ownCatalog{"0", smallCatalog()}) != first {
		t.Error("the same content is prepared twice")
	}
	for i := range 3 * indexesAtMost {
		f.indexes.of(ownCatalog{fmt.Sprint(i), smallCatalog()})
	}
	if len(f.indexes.known) != indexesAtMost || len(f.indexes.order) != indexesAtMost {
		t.Errorf("%d and %d indexes are kept, want %d", len(f.indexes.known), len(f.indexes.order), indexesAtMost)
	}
}

// click follows the link of a conversation's offer.
func (w *world) click(conversation string) answered {
	w.Helper()
	link := w.call(map[string]any{"inboundMessageId": conversation, "chatId": conversation}).offer(w.T).Offer.ClickURL
	return w.do(http.MethodGet, link, nil)
}

// TestBandit is a simulation: customers like the second brand three times as
// much as the first. What they do changes nothing until the bandit is told to
// learn; then the brand they like wins, round after round.
func TestBandit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Catalog: twoBrands()}, nil)
	liked := twoBrands().Campaigns[1].ID
	round := func(name string) (share float64) {
		const customers = 150
		for i := range customers {
			chat := fmt.Sprintf("%s %d", name, i)
			chosen := w.campaign(chat)
			if chosen == liked {
				share += 1.0 / customers
			}
			if taste := hash(7, chat) % 100; chosen == liked && taste < 60 || taste < 20 {
				w.click(chat)
			}
		}
		return share
	}
	fresh := round("round 1")
	if again := round("round 2"); again < 0.3 || again > 0.7 || fresh < 0.3 || fresh > 0.7 {
		t.Errorf("without learning the brands get %.2f and %.2f, want about a half", fresh, again)
	}
	before, want := []string{}, map[string]bool{}
	for i := range 20 {
		chat := fmt.Sprint("stable ", i)
		before = append(before, w.campaign(chat))
		w.advance("", Window)
		if again := w.campaign(chat); again != before[i] {
			t.Errorf("%s: %s then %s, though nothing was learnt", chat, before[i], again)
		}
		want[before[i]] = true
	}
	if len(want) != 2 {
		t.Errorf("twenty conversations saw %d brands, want both", len(want))
	}
	counts, err := Learn(t.Context(), w.ws)
	if err != nil || counts[liked].Impressions < 50 || counts[liked].Clicks < 30 || counts[liked].Clicks > counts[liked].Impressions {
		t.Fatalf("learnt %+v, %v", counts, err)
	}
	if learnt := round("round 3"); learnt < 0.9 {
		t.Errorf("after learning the brand that is liked gets %.2f, want nearly all", learnt)
	}
	if err := w.ws.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if forgotten := round("round 1"); forgotten != fresh {
		t.Errorf("after a reset the shares are %.3f, want %.3f as in the first round", forgotten, fresh)
	}
}

// TestOnlyFirstTapCounts: a customer who taps twice likes the brand once.
func TestOnlyFirstTapCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Catalog: smallCatalog()}, nil)
	w.click("1")
	w.click("1")
	w.call(map[string]any{"inboundMessageId": "1"})
	w.advance("", time.Second)
	counts, err := Learn(t.Context(), w.ws)
	if diff := cmp.Diff(Counts{idCampaign: {Impressions: 1, Clicks: 1}}, counts); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s%v", diff, err)
	}
}
