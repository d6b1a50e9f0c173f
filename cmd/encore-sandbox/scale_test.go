package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
)

// The figures of "help scale": what a call and a workspace cost a replica and its
// Redis, a real one that writes everything down at once (appendfsync always).
//
//	go test -run '^$' -bench Scale -benchtime 5000x ./cmd/encore-sandbox
func BenchmarkScale(b *testing.B) {
	each := func(n int64) int64 { return n }
	b.Run("decided", func(b *testing.B) { benchmarkOffers(b, 0, each) })
	b.Run("decided/campaigns", func(b *testing.B) { benchmarkOffers(b, 10_000, each) })
	b.Run("repeated", func(b *testing.B) { benchmarkOffers(b, 0, func(int64) int64 { return 0 }) })
	b.Run("webhooks", benchmarkWebhooks)
	b.Run("workspaces", benchmarkWorkspaces)
}

// onRedis is a replica in this process on a Redis of its own.
func onRedis(b *testing.B) (*scenarios.Sandbox, *redistest.Server) {
	b.Helper()
	server := redistest.Start(b)
	var log bytes.Buffer
	o := scenarios.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := (program{}).place(&serveFlags{store: server.URL(), clock: "wall"}, &o); err != nil {
		b.Fatal(err)
	}
	sb, err := scenarios.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = sb.Close()
		if b.Failed() {
			b.Log(log.String())
		}
	})
	return sb, server
}

// benchmarkOffers makes calls for the messages that a number stands for, from
// thirty-two clients, of a workspace with so many campaigns of its own.
func benchmarkOffers(b *testing.B, campaigns int, message func(n int64) int64) {
	sb, server := onRedis(b)
	if campaigns > 0 {
		if err := encore.SetCatalog(b.Context(), sb.Default(), large(campaigns)); err != nil {
			b.Fatal(err)
		}
	}
	ask(b, sb, 0)
	before := spent(server)
	var n atomic.Int64
	b.SetParallelism(32 / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			ask(b, sb, message(n.Add(1)))
		}
	})
	b.StopTimer()
	after, calls := spent(server), float64(b.N)
	b.ReportMetric(float64(after.scripts-before.scripts)/calls, "trips/op")
	b.ReportMetric(1e6*(after.cpu-before.cpu)/calls, "redis-µs/op")
	entries := server.Do("HLEN", "encore:{default}:journal")
	kept, _ := strconv.ParseFloat(entries, 64)
	b.ReportMetric(keyBytes(server, "journal", "ends", "revs")/kept, "B/exchange")
	if decisions, _ := strconv.ParseFloat(server.Do("HLEN", "encore:{default}:d:decision"), 64); decisions > 1 {
		b.ReportMetric(keyBytes(server, "d:decision", "o:decision")/decisions, "B/decision")
	}
}

// large is a catalog with so many campaigns.
func large(campaigns int) *encore.Catalog {
	id := func(kind, n int) string { return fmt.Sprintf("%08d-0000-4000-8000-%012d", kind, n) }
	c := &encore.Catalog{Organizations: []encore.Organization{{ID: id(1, 0), Name: "Tonewillow"}}}
	for n := range campaigns {
		c.Campaigns = append(c.Campaigns, encore.Campaign{
			ID: id(2, n), OrganizationID: id(1, 0), Status: "active", DestinationURL: "https://tonewillow.example",
			Creatives: []encore.Creative{{ID: id(3, n), Status: "active", Title: "One month free", Body: "For you, {clientName}", CTA: "Get it"}},
		})
	}
	return c
}

// ask asks for the offer of a message.
func ask(b *testing.B, sb http.Handler, message int64) {
	body := fmt.Sprintf(`{"clientId":"client-42","clientName":"Tony's Pizza","messagingPlatform":"whatsapp","recipient":"15014005001",`+
		`"inboundMessageId":"wamid.%d","inboundTimestamp":1778695603093,"requestId":%q,"chatId":"15014005001","attributes":{"countryCode":"US","platform":"web"}}`, message, requestID(message))
	r := httptest.NewRequest(http.MethodPost, "/encore/publisher/sdk/v1/offers/message", strings.NewReader(body))
	r.Header.Set("X-API-Key", scenarios.EncoreKey)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	sb.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Errorf("an offer: %d %s", w.Code, w.Body)
	}
}

// benchmarkWebhooks lets a customer write and counts what the message and its
// delivery cost together.
func benchmarkWebhooks(b *testing.B) {
	sb, server := onRedis(b)
	arrived := make(chan bool, 64)
	in := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- true }))
	b.Cleanup(in.Close)
	sb.Default().SetWebhook("", sim.Target{URL: in.URL})
	write := func(n int) {
		if _, err := sb.Default().Write(b.Context(), sim.CustomerMessage{From: fmt.Sprintf("1501400%04d", n%1000), Text: "Hi"}); err != nil {
			b.Fatal(err)
		}
		<-arrived
	}
	write(0)
	before := spent(server)
	b.ResetTimer()
	for n := range b.N {
		write(n)
	}
	b.StopTimer()
	b.ReportMetric(float64(spent(server).scripts-before.scripts)/float64(b.N), "trips/op")
	if entries, _ := strconv.ParseFloat(server.Do("HLEN", "encore:{default}:journal"), 64); entries > 0 {
		b.ReportMetric(keyBytes(server, "journal", "ends", "revs")/entries, "B/exchange")
	}
}

// benchmarkWorkspaces makes workspaces that nobody uses.
func benchmarkWorkspaces(b *testing.B) {
	sb, server := onRedis(b)
	before, heap := spent(server), heapBytes()
	b.ResetTimer()
	for n := range b.N {
		if _, err := sb.Make(b.Context(), sim.Making{Name: fmt.Sprint("w-", n)}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(spent(server).memory-before.memory)/float64(b.N), "redis-B/op")
	b.ReportMetric(float64(heapBytes()-heap)/float64(b.N), "replica-B/op")
	runtime.KeepAlive(sb)
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// usage is what a Redis has spent so far.
type usage struct {
	scripts int64   // that clients had run
	cpu     float64 // seconds
	memory  int64   // bytes
}

func spent(server *redistest.Server) (u usage) {
	info := server.Do("INFO", "all")
	u.scripts = int64(statistic(info, "cmdstat_evalsha:calls=") + statistic(info, "cmdstat_eval:calls="))
	u.cpu = statistic(info, "used_cpu_sys:") + statistic(info, "used_cpu_user:")
	u.memory = int64(statistic(info, "used_memory:"))
	return u
}

// statistic is what stands behind a name in the answer of INFO.
func statistic(info, name string) float64 {
	_, rest, _ := strings.Cut(info, "\n"+name)
	end := strings.IndexAny(rest, ",\r\n")
	n, _ := strconv.ParseFloat(rest[:max(end, 0)], 64)
	return n
}

// keyBytes is what keys of the default workspace take.
func keyBytes(server *redistest.Server, names ...string) (sum float64) {
	for _, name := range names {
		n, _ := strconv.ParseFloat(server.Do("MEMORY", "USAGE", "encore:{default}:"+name, "SAMPLES", "0"), 64)
		sum += n
	}
	return sum
}

// The commands behind the figures of "help scale" are those of tests that exist.
func TestScalePage(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, file := range files {
		source.WriteString(read(t, file))
	}
	commands := regexp.MustCompile(`(?m)^    (?:RELIABILITY=1000000 )?go test (?:-run '\^\$' -bench|-run) (\S+)`).FindAllStringSubmatch(scalePage, -1)
	for _, c := range commands {
		if !regexp.MustCompile(`func (Test|Benchmark)\w*` + strings.TrimPrefix(c[1], "Test")).MatchString(source.String()) {
			t.Errorf("%s runs nothing", c[0])
		}
	}
	if len(commands) != 3 {
		t.Errorf("the page has %d commands, want 3: %q", len(commands), commands)
	}
}
