package encore

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// TestWindow: a decision holds for sixty seconds from the first 200, however
// often it is asked for (Encore integration guide, Retry guidance).
func TestWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	first := w.call(map[string]any{"requestId": "11111111-1111-4111-8111-111111111111"})
	for _, step := range []struct {
		reason string
		wait   time.Duration
		want   string
	}{
		{"at once", 0, "hit"},
		{"in the middle", 40 * time.Second, "hit"},
		{"the call before does not prolong it", 20*time.Second - time.Millisecond, "hit"},
		{"the sixty seconds are over", time.Millisecond, "miss"},
		{"and begin anew", time.Minute - time.Millisecond, "hit"},
	} {
		w.advance("", step.wait)
		again := w.call(map[string]any{"requestId": "22222222-2222-4222-8222-222222222222"})
		if got := again.header.Get("X-Sandbox-Dedup"); got != step.want {
			t.Errorf("%s: X-Sandbox-Dedup is %q, want %q", step.reason, got, step.want)
		}
		if same := bytes.Equal(first.body, again.body); same != (step.want == "hit" && first.offer(t).Offer.RequestID == again.offer(t).Offer.RequestID) {
			t.Errorf("%s: the body is the first one's: %v", step.reason, same)
		}
		if a, b := first.offer(t), again.offer(t); a.ImpressionID != b.ImpressionID {
			t.Errorf("%s: the impression changed from %s to %s", step.reason, a.ImpressionID, b.ImpressionID)
		}
	}
}

// TestWindowIsTheThreads: waits of one story move no other story.
func TestWindowIsTheThreads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	one, err1 := w.ws.Write(t.Context(), sim.CustomerMessage{From: "15014005001", Text: "Hi"})
	other, err2 := w.ws.Write(t.Context(), sim.CustomerMessage{From: "15014005002", Text: "Hi"})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	dedup := func(id, recipient string) string {
		return w.call(map[string]any{"inboundMessageId": id, "recipient": recipient}).header.Get("X-Sandbox-Dedup")
	}
	got := []string{dedup(one.ID, "15014005001"), dedup(other.ID, "15014005002")}
	w.advance(one.Thread, time.Minute)
	got = append(got, dedup(one.ID, "15014005001"), dedup(other.ID, "15014005002"))
	if diff := cmp.Diff([]string{"miss", "miss", "miss", "hit"}, got); diff != "" {
		t.Errorf("first thread, second thread; a minute passes in the first (-want +got):\n%s", diff)
	}
}

// TestOnlySuccessIsRemembered: a refusal leaves nothing behind.
func TestOnlySuccessIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	var got []string
	for _, fault := range []string{"503", "429", "503", "", ""} {
		var header []string
		if fault != "" {
			header = []string{"X-Sandbox-Fault: " + fault}
		}
		a := w.call(nil, header...)
		got = append(got, http.StatusText(a.status)+" "+a.header.Get("X-Sandbox-Dedup"))
	}
	want := []string{"Service Unavailable ", "Too Many Requests ", "Service Unavailable ", "OK miss", "OK hit"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLostAnswerIsRemembered: the work was done, only its answer was lost; the
// retry is what the window is for.
func TestLostAnswerIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	if lost := w.call(nil, "X-Sandbox-Fault: 503;after"); lost.status != http.StatusServiceUnavailable {
		t.Fatalf("the fault gave %d", lost.status)
	}
	if got := w.call(nil).header.Get("X-Sandbox-Dedup"); got != "hit" {
		t.Errorf("X-Sandbox-Dedup is %q, want hit", got)
	}
}

// TestChangedDuplicate: other fields do not count, and the journal names them.
func TestChangedDuplicate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	first := w.call(map[string]any{"attributes": map[string]any{"countryCode": "US"}})
	again := w.call(map[string]any{
		"chatId": "chat-2", "recipient": "15014005002", "messagingPlatform": "facebook", "clientName": "Noor Salon", "userId": "u",
		"requestId": "22222222-2222-4222-8222-222222222222", "inboundTimestamp": 1, "attributes": map[string]any{"countryCode": "AQ", "custom": map[string]any{"a": "b"}},
	})
	if diff := cmp.Diff(string(first.body), string(again.body)); diff != "" {
		t.Errorf("the answer changed (-first +second):\n%s", diff)
	}
	want := []string{
		"clientName", "messagingPlatform", "recipient", "chatId", "userId", "requestId", "inboundTimestamp",
		"attributes.countryCode", "attributes.custom",
	}
	if diff := cmp.Diff(want, w.decided().Changed); diff != "" {
		t.Errorf("changed fields (-want +got):\n%s", diff)
	}
}

// TestCollidingImpressions: "a:b"+"c" and "a"+"b:c" have one impressionId and
// are two decisions.
func TestCollidingImpressions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	one := w.call(map[string]any{"clientId": "a:b", "inboundMessageId": "c", "requestId": "11111111-1111-4111-8111-111111111111"})
	other := w.call(map[string]any{"clientId": "a", "inboundMessageId": "b:c", "requestId": "22222222-2222-4222-8222-222222222222"})
	if one.offer(t).ImpressionID != other.offer(t).ImpressionID {
		t.Error("the impression ids differ, though the texts that are hashed are the same")
	}
	if other.header.Get("X-Sandbox-Dedup") != "miss" || other.offer(t).Offer.RequestID != "22222222-2222-4222-8222-222222222222" {
		t.Errorf("the second request got the first one's decision: %s", other.body)
	}
}

// TestNoFill: the reason is the sandbox's to tell and never in Encore's body.
func TestNoFill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	for _, c := range []struct {
		reason, want, fault string
		attributes          map[string]any
	}{
		{"a country without campaigns", NoFillGeo, "", map[string]any{"countryCode": "AQ"}},
		{"campaigns for other devices", NoFillPlatform, "", map[string]any{"countryCode": "IS", "platform": "android"}},
		{"campaigns in another language", NoFillLanguage, "", map[string]any{"countryCode": "KR", "language": "en"}},
		{"on demand", "geo", "no-fill=geo", map[string]any{"countryCode": "US"}},
	} {
		change := map[string]any{"inboundMessageId": c.reason, "attributes": c.attributes}
		var header []string
		if c.fault != "" {
			header = []string{"X-Sandbox-Fault: " + c.fault}
		}
		got := w.call(change, header...)
		want := `{"success":true,"impressionId":"` + ImpressionID("client-42", c.reason) + `","offer":null,"message":null}`
		if diff := cmp.Diff(want, string(got.body)); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", c.reason, diff)
		}
		if got.header.Get("X-Sandbox-No-Fill") != c.want || w.decided().NoFill != c.want {
			t.Errorf("%s: header %q, note %q, want %q", c.reason, got.header.Get("X-Sandbox-No-Fill"), w.decided().NoFill, c.want)
		}
		change["attributes"] = map[string]any{"countryCode": "US"}
		again := w.call(change)
		if string(again.body) != want || !w.decided().Duplicate || again.header.Get("X-Sandbox-No-Fill") != c.want {
			t.Errorf("%s: the repeat is not the same null: %s", c.reason, again.body)
		}
	}
}

func TestLatencyAndCustom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	ms := func(n int64) *int64 { return &n }
	for name, c := range map[string]struct {
		timestamp any
		want      *int64
	}{
		"absent is null":                       {nil, nil},
		"seconds":                              {noon.Unix() - 2, ms(2000)},
		"milliseconds are accepted and poison": {noon.UnixMilli(), ms(noon.UnixMilli() - noon.UnixMilli()*1000)},
		"beyond any clock":                     {int64(8e18), nil},
	} {
		w.call(map[string]any{"inboundMessageId": name, "inboundTimestamp": c.timestamp, "attributes": map[string]any{"custom": map[string]any{"table": "7"}}})
		if diff := cmp.Diff(c.want, w.decided().InboundToServedMs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		asked, _ := noted[note.OfferRequested](w)
		if diff := cmp.Diff(map[string]string{"table": "7"}, asked.Body.Attributes.Custom); diff != "" {
			t.Errorf("%s: custom (-want +got):\n%s", name, diff)
		}
	}
}

// TestContent: what a template has to carry on is all the customer reads.
func TestContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	w.call(map[string]any{"messagingPlatform": "instagram"})
	title, subtitle, found := strings.Cut(w.decided().Content.Text, "\n")
	if payload := string(w.decided().Payload); !found || !strings.Contains(payload, title) || !strings.Contains(payload, subtitle) {
		t.Errorf("content %q is not title and subtitle of %s", w.decided().Content.Text, payload)
	}
}

// TestApps: a request falls back to its app's platform and country.
func TestApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Apps: []App{
		{Key: "pk_test_ice", Country: "IS", Platform: "android"}, {Key: "pk_test_south", Country: "AQ"},
	}}, nil)
	for i, c := range []struct {
		reason, key, want string
		attributes        map[string]any
	}{
		{"an unknown app is web in the US", "pk_test_other", "", nil},
		{"the app's country and device", "pk_test_ice", NoFillPlatform, nil},
		{"the app's country", "pk_test_south", NoFillGeo, nil},
		{"the request knows better", "pk_test_south", "", map[string]any{"countryCode": "US"}},
		{"each field by itself", "pk_test_ice", "", map[string]any{"platform": "ios"}},
	} {
		change := map[string]any{"inboundMessageId": c.reason}
		if c.attributes != nil {
			change["attributes"] = c.attributes
		}
		if got := w.call(change, "X-Api-Key: "+c.key).header.Get("X-Sandbox-No-Fill"); got != c.want {
			t.Errorf("%d %s: no fill because %q, want %q", i, c.reason, got, c.want)
		}
	}
}

func TestConfigProblems(t *testing.T) {
	t.Parallel()
	broken := smallCatalog()
	broken.Campaigns[0].Creatives[0].CTA = ""
	_, _, err := New(Config{
		Catalog: broken,
		Apps:    []App{{Key: "pk_live_x", Platform: "iOS"}, {Key: "pk_test_", Country: "us"}, {Key: "pk_test_"}},
		Limits:  Limits{Trial: -1, Rate: Rate{Burst: 3}, Queue: Queue{Waiting: 2, ServiceTime: "soon"}},
	})
	var got []string
	for _, p := range ProblemsOf(err) {
		got = append(got, p.Path)
	}
	want := []string{
		"catalog.campaigns[0].creatives[0].cta",
		"apps[0].key", "apps[0].platform", "apps[1].key", "apps[1].country", "apps[2].key", "apps[2].key",
		"limits.encore.trial", "limits.encore.rate.perSecond", "limits.encore.queue.serviceTime", "limits.encore.queue.concurrency",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s\n%v", diff, err)
	}
}
