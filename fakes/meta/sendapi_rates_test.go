package meta_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// TestSocialRates holds each documented limit at its edge: so many calls a
// second, then 613, then as many as time has brought back.
func TestSocialRates(t *testing.T) {
	t.Parallel()
	documented := meta.DocumentedRates()
	media := `{"recipient":{"id":"` + psid + `"},"message":{"attachment":{"type":"video","payload":{"url":"https://example.com/v.mp4"}}}}`
	action := `{"recipient":{"id":"` + psid + `"},"sender_action":"typing_on"}`
	for _, c := range []struct {
		name, method, url, body string
		limit                   int
		other, otherBody        string // a call that another limit counts
	}{
		{"texts", "POST", "/me/messages", text(psid, "x"), documented.PagePerSecond, "/" + tonysIG + "/messages", text(igsid, "x")},
		{"actions count too", "POST", "/me/messages", action, documented.PagePerSecond, "/" + tonysIG + "/messages", text(igsid, "x")},
		{"films", "POST", "/" + tonysPage + "/messages", media, documented.PageMediaPerSecond, "/me/messages", text(psid, "x")},
		{"conversations", "GET", "/" + tonysPage + "/conversations", "", documented.ConversationsPerSecond, "/me/messages", text(psid, "x")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, func(config *meta.Config) { config.Rates = documented })
			w.says("messenger", psid, "Hi")
			w.says("instagram", igsid, "Hi")
			for range c.limit {
				w.diff("below and at the limit", 200, w.call(c.method, c.url, c.body).Status)
			}
			w.refused(w.call(c.method, c.url, c.body), 400, 613, 0)
			w.diff("what another limit counts", 200, w.call("POST", c.other, c.otherBody).Status)
			if err := w.ws.Advance(t.Context(), "", time.Second/time.Duration(c.limit)+time.Millisecond); err != nil {
				t.Fatal(err)
			}
			w.diff("when time has brought one back", 200, w.call(c.method, c.url, c.body).Status)
			w.refused(w.call(c.method, c.url, c.body), 400, 613, 0)
		})
	}
}

// TestRatesAreOffByDefault: a test that sends fast means no harm.
func TestRatesAreOffByDefault(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of calls, one after the other")
	}
	t.Parallel()
	w := newSocial(t, nil)
	w.says("messenger", psid, "Hi")
	for range 400 {
		w.accepted("/me/messages", text(psid, "x"))
	}
}

// TestSocialUsage holds that an account learns how much of its limit it uses.
func TestSocialUsage(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		w := newSocial(t, func(c *meta.Config) { c.Rates = meta.Rates{PagePerSecond: 4} })
		w.says(s.channel, s.customer, "Hi")
		for _, used := range []int{25, 50} {
			r := w.call("POST", "/"+s.account+"/messages", text(s.customer, "x"))
			var usage map[string][]map[string]any
			if err := json.Unmarshal([]byte(r.Header.Get("X-Business-Use-Case-Usage")), &usage); err != nil {
				t.Fatal(err)
			}
			w.diff("usage", map[string][]map[string]any{s.account: {{
				"type": s.channel, "call_count": float64(used), "total_cputime": 1.0, "total_time": 1.0, "estimated_time_to_regain_access": 0.0,
			}}}, usage)
		}
	}
}

// TestProvidedRefusals holds how each product words what a fault asks the
// provider for: code and subcode.
func TestProvidedRefusals(t *testing.T) {
	t.Parallel()
	w, social := newWAWorld(t, meta.Config{}), newSocial(t, nil)
	w.write(sim.CustomerMessage{Text: "Hi"})
	for _, s := range both() {
		social.says(s.channel, s.customer, "Hi")
	}
	once := func(ws *sim.Workspace, effect string) {
		if _, err := ws.Arm(t.Context(), fault.Fault{Effect: fault.Effect{Provider: effect}, Times: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for effect, want := range map[string][3]string{ // WhatsApp, Messenger, Instagram
		fault.ProviderInvalid: {"100", "100", "100"},
		fault.ProviderWindow:  {"131047", "10/2018278", "10/2534022"},
		fault.ProviderRate:    {"131056", "613", "613"},
		fault.ProviderOutage:  {"131000", "2", "2"},
		fault.ProviderAccount: {"131031", "10/1893063", "10/1893063"},
		fault.ProviderBalance: {"131042", "10/1893063", "10/1893063"},
		fault.ProviderDaily:   {"131048", "613", "613"},
		fault.ProviderPerson:  {"131026", "551/1545041", "551/1545041"},
		fault.ProviderVersion: {"", "0", "0"}, // no such thing here
	} {
		once(w.ws, effect)
		diff(t, effect+" on whatsapp", want[0], w.post(textBody).code(t))
		for i, s := range both() {
			once(social.ws, effect)
			code, sub := social.call("POST", "/me/messages", text(s.customer, "x")).code()
			got := fmt.Sprint(code)
			if sub != 0 {
				got += fmt.Sprint("/", sub)
			}
			social.diff(effect+" on "+s.channel, want[1+i], got)
		}
	}
}

// TestStandby: what an app hears while another is in control comes in standby
// and in no messaging, and may not trigger an offer.
func TestStandby(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		w := newSocial(t, nil)
		mid := w.does(sim.CustomerMessage{Channel: s.channel, From: s.customer, Text: "Hi", Extra: sim.Extra{Kind: "standby"}})
		if err := w.ws.Advance(t.Context(), s.thread, 0); err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		if err := json.Unmarshal(w.hooks[len(w.hooks)-1].body, &body); err != nil {
			t.Fatal(err)
		}
		w.diff("messaging", nil, dig(body, "entry", 0, "messaging"))
		w.diff("standby", mid, dig(body, "entry", 0, "standby", 0, "message", "mid"))
		n := notesOf[note.InboundMessage](w, s.thread)[0]
		w.diff("noted", []string{mid, "Hi", "standby: another app is in control of the thread"}, []string{n.ID, n.Text, n.NotAnInbound})
		w.accepted("/me/messages", text(s.customer, "it opens the window all the same"))
	}
}
