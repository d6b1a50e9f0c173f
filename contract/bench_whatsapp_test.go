package contract_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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
	b.Run("direct/repeat", func(b *testing.B) { benchTextDirect(b, direct, repeat) })
	b.Run("direct/unique", func(b *testing.B) { benchTextDirect(b, direct, unique) })
	b.Run("http/repeat", func(b *testing.B) { benchTextHTTP(b, direct, repeat) })
	b.Run("http/unique", func(b *testing.B) { benchTextHTTP(b, direct, unique) })
}

func textRequest(base, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, base+whatsappPath, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer EAAbenchmark")
	r.Header.Set("Content-Type", "application/json")
	return r
}

func benchTextDirect(b *testing.B, h http.Handler, body func(int) string) {
	b.ReportAllocs()
	r := textRequest("http://sandbox.localhost", "")
	w := &httptest.ResponseRecorder{Body: new(bytes.Buffer)}
	for i := 0; b.Loop(); i++ {
		serveOnce(b, h, r, w, body(i))
	}
}

func benchTextHTTP(b *testing.B, h http.Handler, body func(int) string) {
	b.ReportAllocs()
	server := httptest.NewServer(h)
	defer server.Close()
	client := server.Client()
	for i := 0; b.Loop(); i++ {
		r := textRequest(server.URL, body(i))
		r.RequestURI = ""
		resp, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Fatalf("status %d", resp.StatusCode)
		}
	}
}
