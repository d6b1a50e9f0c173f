package contract_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
)

const (
	whatsappPath  = "/v23.0/106540352242922/messages"
	whatsappToken = "Authorization: Bearer EAAbenchmark"
	whatsappText  = `{"messaging_product":"whatsapp","to":"%d","type":"text","text":{"body":"We are open until ten."}}`
)

// The benchmark measures a text send as BenchmarkOffersMessage measures the
// offers call, so that the two can be held against each other: all to one
// customer, whose thread grows with each, and each to another customer. Nobody
// wrote before and nobody listens, so that a send is measured and no webhook.
//
//	go test -run '^$' -bench 'WhatsAppText|OffersMessage' -benchmem ./contract
func BenchmarkWhatsAppText(b *testing.B) {
	sb := contract.Start(b, contract.Options{InMemory: true})
	direct := sb.Handler()
	repeat := func(int) string { return fmt.Sprintf(whatsappText, 15014005001) }
	unique := func(i int) string { return fmt.Sprintf(whatsappText, 15010000000+i) }
	b.Run("direct/repeat", func(b *testing.B) { benchDirect(b, direct, textRequest, repeat) })
	b.Run("direct/unique", func(b *testing.B) { benchDirect(b, direct, textRequest, unique) })
	b.Run("http/repeat", func(b *testing.B) { benchHTTP(b, direct, textRequest, repeat) })
	b.Run("http/unique", func(b *testing.B) { benchHTTP(b, direct, textRequest, unique) })
}

func textRequest(base, body string) *http.Request {
	return benchRequest(base+whatsappPath, "Authorization", "Bearer EAAbenchmark", body)
}

// bareText is bare for a text send.
func bareText(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Product string `json:"messaging_product"`
		To      string
		Type    string
		Text    struct{ Body string }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	type contact struct {
		Input string `json:"input"`
		WAID  string `json:"wa_id"`
	}
	type message struct {
		ID string `json:"id"`
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		Product  string    `json:"messaging_product"`
		Contacts []contact `json:"contacts"`
		Messages []message `json:"messages"`
	}{request.Product, []contact{{request.To, request.To}}, []message{{"wamid.HBgLMTUwMTQwMDUwMDEVAgARGBI0ODY4MkY0OEM4RkExMEVFOUUA"}}})
}

// TestTextSendCostsNoMoreThanOffers holds the two calls against each other by
// what does not depend on the machine: how many objects the server makes for
// one, called directly and over loopback, to ever other customers and in one
// thread that grows.
func TestTextSendCostsNoMoreThanOffers(t *testing.T) {
	sb := contract.Start(t, contract.Options{InMemory: true})
	for _, way := range []struct {
		name string
		open func(c wireCall) func(n int)
	}{
		{"directly", func(c wireCall) func(int) { return c.direct(t, sb.Handler()) }},
		{"over loopback", func(c wireCall) func(int) { return c.over(t, sb.Handler()) }},
	} {
		for _, fresh := range []int{1, 0} {
			offers, text := objects(way.open(offersCall()), fresh), objects(way.open(textCall()), fresh)
			t.Logf("%s, other messages %t: a text send makes %.0f objects, an offers call %.0f", way.name, fresh == 1, text, offers)
			if text > offers {
				t.Errorf("%s, other messages %t: a text send makes %.0f objects, an offers call %.0f", way.name, fresh == 1, text, offers)
			}
		}
	}
}

// objects is how many objects a call makes once everything that is made once is
// there; step is how far the number of each is from the last.
func objects(call func(n int), step int) float64 {
	n := 1_000_000
	next := func() { n += step; call(n) }
	for range 100 {
		next()
	}
	return testing.AllocsPerRun(400, next)
}

// objectsOfAnOffer is how many objects an offers call may make, and with it a
// text send. BenchmarkLoad measures both against a bare handler.
const objectsOfAnOffer = 110

func TestOffersCallStaysCheap(t *testing.T) {
	sb := contract.Start(t, contract.Options{InMemory: true})
	once, i := caller(t, sb.Handler(), offersRequest), 0
	offers := testing.AllocsPerRun(300, func() {
		i++
		once(strings.Replace(guideCurl, "wamid.HBgL", fmt.Sprintf("wamid.%08d", i), 1))
	})
	if offers > objectsOfAnOffer {
		t.Errorf("an offers call makes %.0f objects, want up to %d", offers, objectsOfAnOffer)
	}
}
