package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
)

// The benchmark measures what a call costs all the way: routing, validation of
// request and answer against the contract, the decision, the journal. Repeats
// are duplicates of one message, unique ones decide anew each time.
//
//	go test -run '^$' -bench OffersMessage -benchmem ./contract
func BenchmarkOffersMessage(b *testing.B) {
	sb := contract.Start(b, contract.Options{InMemory: true})
	direct := sb.Handler()
	repeat := func(int) string { return guideCurl }
	unique := func(i int) string { return strings.Replace(guideCurl, "wamid.HBgL", fmt.Sprintf("wamid.%08d", i), 1) }
	b.Run("direct/repeat", func(b *testing.B) { benchDirect(b, direct, offersRequest, repeat) })
	b.Run("direct/unique", func(b *testing.B) { benchDirect(b, direct, offersRequest, unique) })
	b.Run("direct/unique/parallel", func(b *testing.B) { benchParallel(b, direct, offersRequest, unique) })
	b.Run("http/repeat", func(b *testing.B) { benchHTTP(b, direct, offersRequest, repeat) })
	b.Run("http/unique", func(b *testing.B) { benchHTTP(b, direct, offersRequest, unique) })
	b.Run("bare/direct", func(b *testing.B) { benchDirect(b, bare(b, direct), offersRequest, repeat) })
	b.Run("bare/http", func(b *testing.B) { benchHTTP(b, bare(b, direct), offersRequest, repeat) })
}

// bare is what any server has to do: decode such a request, encode such an
// answer, and nothing else.
func bare(b testing.TB, sandbox http.Handler) http.Handler {
	w := httptest.NewRecorder()
	sandbox.ServeHTTP(w, offersRequest("http://sandbox.localhost", guideCurl))
	var answer offer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		b.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			ClientID, ClientName, MessagingPlatform, Recipient, InboundMessageID, ChatID string
			Attributes                                                                   struct{ CountryCode, Language, Platform string }
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
}

func offersRequest(base, body string) *http.Request {
	return benchRequest(base+offersPath, "X-Api-Key", "pk_test_demo", body)
}

func benchRequest(url, header, secret, body string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set(header, secret)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// benchDirect calls the handler. Request and recorder are made once: the
// figures are the handler's.
func benchDirect(b *testing.B, h http.Handler, request requestMaker, body func(int) string) {
	b.ReportAllocs()
	once := caller(b, h, request)
	for i := 0; b.Loop(); i++ {
		once(body(i))
	}
}

// requestMaker makes a request of a benchmark.
type requestMaker func(base, body string) *http.Request

// caller sends one body after another to a handler.
func caller(tb testing.TB, h http.Handler, request requestMaker) func(body string) {
	r := request("http://sandbox.localhost", "")
	w := &httptest.ResponseRecorder{Body: new(bytes.Buffer)}
	return func(body string) { serveOnce(tb, h, r, w, body) }
}

func benchParallel(b *testing.B, h http.Handler, request requestMaker, body func(int) string) {
	b.ReportAllocs()
	worker := make(chan int, 1)
	worker <- 1
	b.RunParallel(func(pb *testing.PB) {
		me := <-worker
		worker <- me + 1
		once := caller(b, h, request)
		for i := me * 10_000_000; pb.Next(); i++ {
			once(body(i))
		}
	})
}

func serveOnce(tb testing.TB, h http.Handler, r *http.Request, w *httptest.ResponseRecorder, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	w.Body.Reset()
	*w = httptest.ResponseRecorder{Code: http.StatusOK, Body: w.Body}
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		tb.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// benchHTTP calls over loopback, one connection kept alive.
func benchHTTP(b *testing.B, h http.Handler, request requestMaker, body func(int) string) {
	b.ReportAllocs()
	server := httptest.NewServer(h)
	defer server.Close()
	client := server.Client()
	for i := 0; b.Loop(); i++ {
		resp, err := client.Do(request(server.URL, body(i)))
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
