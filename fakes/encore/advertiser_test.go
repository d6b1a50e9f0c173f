package encore

import (
	"bytes"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

func TestAdvertiserDocumentIsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(AdvertiserOpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// TestClick follows a link to the end, under the vendor's name and as a browser
// finds it on the sandbox's own address.
func TestClick(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"https://api.encorekit.com", "http://127.0.0.1:8080"} {
		w := newWorld(t, Config{}, nil)
		sent, err := w.ws.Write(t.Context(), sim.CustomerMessage{From: "15014005001", Text: "Hi"})
		if err != nil {
			t.Fatal(err)
		}
		served := w.call(map[string]any{"inboundMessageId": sent.ID, "chatId": "chat-7"}).offer(t)
		link := strings.Replace(served.Offer.ClickURL, "https://api.encorekit.com", origin, 1)
		tapped := w.do(http.MethodGet, link, nil)
		clicked, _ := noted[note.OfferClicked](w)
		if tapped.status != http.StatusFound || clicked.ImpressionID != served.ImpressionID || clicked.UserID != "chat-7" || w.last().Thread != sent.Thread {
			t.Errorf("%s: %d %+v in thread %q", origin, tapped.status, clicked, w.last().Thread)
		}
		from, _ := url.Parse(link)
		to, err := from.Parse(tapped.header.Get("Location"))
		if err != nil || to.Query().Get("transaction") != clicked.TransactionID {
			t.Fatalf("%s: Location %q: %v", origin, tapped.header.Get("Location"), err)
		}
		shown := w.do(http.MethodGet, to.String(), nil)
		if shown.status != http.StatusOK || !bytes.Contains(shown.body, []byte("<form")) || shown.header.Get("Content-Security-Policy") != LandingPolicy() {
			t.Errorf("%s: the page is %d %s", origin, shown.status, shown.body)
		}
		var conversions []note.OfferConverted
		for range 2 {
			done := w.do(http.MethodPost, to.String(), nil)
			if done.status != http.StatusOK || !bytes.Contains(done.body, []byte("Completed.")) {
				t.Errorf("%s: completing gave %d %s", origin, done.status, done.body)
			}
			if n, ok := noted[note.OfferConverted](w); ok {
				conversions = append(conversions, n)
			}
		}
		want := []note.OfferConverted{{ImpressionID: served.ImpressionID, TransactionID: clicked.TransactionID}}
		if diff := cmp.Diff(want, conversions); diff != "" {
			t.Errorf("%s: pressed twice (-want +got):\n%s", origin, diff)
		}
		image := imageOn(t, shown.body)
		picture, _ := from.Parse(image)
		if got := w.do(http.MethodGet, picture.String(), nil); got.status != http.StatusOK || got.header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: the page's picture %s is %d %s", origin, image, got.status, got.header.Get("Content-Type"))
		}
	}
}

func imageOn(t *testing.T, page []byte) string {
	t.Helper()
	_, rest, found := strings.Cut(string(page), `<img src="`)
	src, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		t.Fatalf("the page has no picture:\n%s", page)
	}
	return src
}

// TestConversionWantsATap: the page can be opened by its own address, and then
// there is no transaction that a conversion could belong to.
func TestConversionWantsATap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	link := w.call(nil).offer(t).Offer.ClickURL
	landing := "https://api.encorekit.com" + landingPath + strings.TrimPrefix(link, ClickBase)
	if shown := w.do(http.MethodGet, landing, nil); shown.status != http.StatusOK {
		t.Errorf("the page is %d %s", shown.status, shown.body)
	}
	early := w.do(http.MethodPost, landing, nil)
	if early.status != http.StatusOK || !bytes.Contains(early.body, []byte("not tapped yet")) || bytes.Contains(early.body, []byte("Completed.")) {
		t.Errorf("before a tap: %d %s", early.status, early.body)
	}
	if x := w.last(); len(x.Notes) > 0 || !strings.Contains(strings.Join(x.Remarks, "\n"), "nobody tapped") {
		t.Errorf("before a tap: notes %v, remarks %q; want a remark alone", x.Notes, x.Remarks)
	}
	w.do(http.MethodGet, link, nil)
	done := w.do(http.MethodPost, landing, nil)
	if _, ok := noted[note.OfferConverted](w); !ok || !bytes.Contains(done.body, []byte("Completed.")) {
		t.Errorf("after the tap nothing is recorded: %s", done.body)
	}
}

// TestForgedLinks: nothing is recorded, and the journal says which part is wrong.
func TestForgedLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	link := w.call(nil).offer(t).Offer.ClickURL
	token := strings.TrimPrefix(link, ClickBase)
	claims, signature, _ := strings.Cut(token, ".")
	other := (Tokens{Secret: []byte("another")}).Mint(Click{CampaignID: "x"})
	gone := (Tokens{Secret: []byte("sandbox-click-secret")}).Mint(Click{CampaignID: "x"})
	for name, c := range map[string]struct{ token, remark string }{
		"without signature": {claims, "it has no signature"},
		"cut":               {claims + "." + signature[:20], "is not a signature of 32 hexadecimal digits"},
		"claims altered":    {"X" + claims[1:] + "." + signature, "does not belong to the part before the dot"},
		"another's secret":  {other, "does not belong to the part before the dot"},
		"unknown campaign":  {gone, "no longer in the catalog"},
	} {
		for _, request := range [][]string{{"GET", ClickBase}, {"GET", "https://api.encorekit.com" + landingPath}, {"POST", "https://api.encorekit.com" + landingPath}} {
			got := w.do(request[0], request[1]+c.token, nil, "Accept: text/html,*/*")
			remarks := strings.Join(w.last().Remarks, "\n")
			if got.status != http.StatusNotFound || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
				t.Errorf("%s, %s: %d %s, want a 404 page", name, request, got.status, got.header.Get("Content-Type"))
			}
			if !strings.Contains(remarks, c.remark) || len(w.last().Notes) > 0 || len(w.last().Breach) > 0 {
				t.Errorf("%s, %s: remarks %q, notes %v, breach %v; want %q", name, request, remarks, w.last().Notes, w.last().Breach, c.remark)
			}
		}
		if got := w.do("GET", ClickBase+c.token, nil); !strings.HasPrefix(string(got.body), `{"error":`) {
			t.Errorf("%s: who is no browser gets %s, want Encore's error", name, got.body)
		}
	}
}

// TestClickFindsItsWorkspace: a browser sends no header, so the token decides.
func TestClickFindsItsWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	other, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other", Clock: clock.NewManual(noon)})
	if err != nil {
		t.Fatal(err)
	}
	link := w.call(nil, sim.HeaderWorkspace+": other").offer(t).Offer.ClickURL
	if got := w.do(http.MethodGet, link, nil); got.status != http.StatusFound {
		t.Errorf("the click gave %d", got.status)
	}
	w.ws = other
	if _, ok := noted[note.OfferClicked](w); !ok {
		t.Error("the click is not in the journal of the workspace that made the offer")
	}
	w.ws = w.sb.Default()
	mine := w.call(map[string]any{"inboundMessageId": "2"}).offer(t).Offer.ClickURL
	w.do(http.MethodGet, mine, nil, sim.HeaderWorkspace+": other")
	if _, ok := noted[note.OfferClicked](w); !ok {
		t.Error("a header moves the click of the default workspace's offer elsewhere")
	}
}

func TestCreativeImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Catalog: twoBrands()}, nil)
	w.call(map[string]any{"messagingPlatform": "whatsapp"})
	link := w.decided().Content.Image
	for _, address := range []string{link, strings.Replace(link, "https://"+assetsHost, "http://127.0.0.1:8080", 1)} {
		got := w.do(http.MethodGet, address, nil)
		picture, err := png.Decode(bytes.NewReader(got.body))
		if got.status != http.StatusOK || err != nil || picture.Bounds().Dx() != imageWidth || got.header.Get("Cache-Control") == "" {
			t.Errorf("%s: %d %v %v", address, got.status, got.header, err)
		}
		x := w.last()
		if x.Response.Body != nil || x.Response.Size != int64(len(got.body)) || len(x.Response.SHA256) != 64 || x.Breach != nil {
			t.Errorf("the journal keeps %d bytes, size %d, hash %q, breach %v", len(x.Response.Body), x.Response.Size, x.Response.SHA256, x.Breach)
		}
		same := w.do(http.MethodGet, address, nil, "If-None-Match: "+got.header.Get("Etag"))
		if same.status != http.StatusNotModified || len(same.body) > 0 || same.header.Get("Content-Length") != "" || w.last().Breach != nil {
			t.Errorf("asked for again it is %d with %d bytes, length %q", same.status, len(same.body), same.header.Get("Content-Length"))
		}
		if other := w.do(http.MethodGet, address, nil, `If-None-Match: "other"`); !bytes.Equal(other.body, got.body) {
			t.Error("another tag does not get the picture")
		}
	}
	for _, wrong := range []string{
		imageBase + "2c643fc5-91cb-4b0a-ba0a-0536c2c4f871/primary-1.png", imageBase + idCampaign + "/other.png", "https://" + assetsHost + "/other-bucket/x.png",
	} {
		if got := w.do(http.MethodGet, wrong, nil); got.status != http.StatusNotFound {
			t.Errorf("%s is %d, want 404", wrong, got.status)
		}
	}
}

// TestImageOfAnotherWorkspace: the documented link has no room for its name.
func TestImageOfAnotherWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	if _, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other", Clock: clock.NewManual(noon)}); err != nil {
		t.Fatal(err)
	}
	w.ws, _ = w.sb.Workspace("other")
	w.setCatalog(smallCatalog())
	w.call(nil, sim.HeaderWorkspace+": other")
	if got := w.do(http.MethodGet, w.decided().Content.Image, nil); got.status != http.StatusOK {
		t.Errorf("the picture is %d %s", got.status, got.body)
	}
}

func TestImagesAreBounded(t *testing.T) {
	t.Parallel()
	m, c := images{}, smallCatalog()
	x, campaign := NewIndex(c), &c.Campaigns[0]
	first, err := m.of(x, campaign, "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range imagesAtMost {
		m.drawn[imageKey{campaign: string(rune('a' + i))}] = picturePNG{}
	}
	campaign.Creatives[0].Title = "another"
	second, err := m.of(x, campaign, "")
	if err != nil || len(m.drawn) != 1 || first.tag == second.tag {
		t.Errorf("%d pictures are kept, tags %s and %s, %v", len(m.drawn), first.tag, second.tag, err)
	}
}

// TestAdvertiserShowsEveryAnswer: each body that the document promises has an
// example, and each answer without a body one of its headers.
func TestAdvertiserShowsEveryAnswer(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(AdvertiserOpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status, response := range op.Responses.Map() {
				for kind, media := range response.Value.Content {
					if media.Example == nil && len(media.Examples) == 0 {
						t.Errorf("%s %s: %s %s has no example", method, path, status, kind)
					}
					shown++
				}
				if len(response.Value.Content) == 0 && len(response.Value.Headers) == 0 {
					t.Errorf("%s %s: %s shows nothing at all", method, path, status)
				}
			}
		}
	}
	if shown < 6 {
		t.Errorf("only %d bodies were found", shown)
	}
}
