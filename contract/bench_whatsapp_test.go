package contract_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
)

const (
	whatsappPath = "/v23.0/106540352242922/messages"
	whatsappText = `{"messaging_product":"whatsapp","to":"%d","type":"text","text":{"body":"We are open until ten."}}`
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

// objectsOfASend is how many objects a text send may make: as many as an offers
// call.
const objectsOfASend = objectsOfAnOffer

// TestTextSendStaysCheap counts what does not depend on the machine: the
// objects that a call makes.
func TestTextSendStaysCheap(t *testing.T) {
	sb := contract.Start(t, contract.Options{InMemory: true})
	once, i := caller(t, sb.Handler(), textRequest), 0
	text := testing.AllocsPerRun(300, func() { i++; once(fmt.Sprintf(whatsappText, 15010000000+i)) })
	if text > objectsOfASend {
		t.Errorf("a text send makes %.0f objects, want up to %d", text, objectsOfASend)
	}
}

// objectsOfAnOffer is the same for the offers call, which is measured against a
// bare handler by BenchmarkLoad.
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
