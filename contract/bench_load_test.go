package contract_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/fakes/encore"
)

// BenchmarkLoad compares `encore-sandbox serve` with a bare handler that
// decodes and encodes the same JSON, each in a process of its own, both loaded
// over 16 connections in the same run. It reports requests a second (rps) and
// microseconds of the server's CPU for a request (cpu-µs, what the loader costs
// is not in it) of both, how the sandbox does in percent of the bare handler's
// requests a second (rps-%) and how many times its CPU it takes (cpu-x), and
// the sandbox's resident memory at the end. filling is a new sandbox, full is
// one in which journal and decisions are at their bounds; text is a new sandbox
// and a WhatsApp text send instead of the offers call, where nobody listens to
// WhatsApp, so that no webhook is measured; customers is the same, each to another
// customer, so that every call also begins a thread.
//
//	go test -run '^$' -bench Load -benchtime 50000x ./contract
//	go test -run '^$' -bench Load/filling/unique -benchtime 1000000x ./contract   # memory on the way
func BenchmarkLoad(b *testing.B) {
	parent := b
	if runtime.GOOS != "linux" {
		b.Skip("CPU and memory of a process are read from /proc, which only Linux has")
	}
	w := &loadBench{binary: filepath.Join(b.TempDir(), "encore-sandbox")}
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", w.binary, "../cmd/encore-sandbox").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"unique", "repeat"} {
		b.Run("filling/"+name, func(b *testing.B) { w.compare(b, w.sandbox(b), name == "unique") })
		b.Run("text/"+name, func(b *testing.B) { w.compare(b, w.unheard(b).of(textCall()), name == "unique") })
	}
	b.Run("customers/unique", func(b *testing.B) { w.compare(b, w.unheard(b).of(customersCall()), true) })
	b.Run("campaigns/10000/unique", func(b *testing.B) {
		sandbox := w.sandbox(b)
		sandbox.offer(b, 10_000)
		w.compare(b, sandbox, true)
	})
	var full *loaded
	for _, name := range []string{"unique", "repeat"} {
		b.Run("full/"+name, func(b *testing.B) {
			if full == nil {
				full = w.sandbox(parent)
				full.load(b, 150_000, true)
			}
			w.compare(b, full, name == "unique")
		})
	}
}

// connections is how many callers load a server at a time.
const connections = 16

type loadBench struct {
	binary string
	unique atomic.Int64 // message ids given so far
}

// loaded is a server under load, in a process of its own.
type loaded struct {
	bench *loadBench
	addr  string
	pid   int
	call  wireCall
	every int // so many requests its memory is logged, where that is often enough to tell; 0: never
}

// compare loads the bare handler, then the sandbox, with b.N requests each.
func (w *loadBench) compare(b *testing.B, sandbox *loaded, unique bool) {
	bare := w.bare(b).of(sandbox.call)
	bare.load(b, 2000, unique) // both are warm
	sandbox.load(b, 2000, unique)
	base := bare.load(b, b.N, unique)
	sandbox.every = b.N / 9
	b.ResetTimer()
	got := sandbox.load(b, b.N, unique)
	b.StopTimer()
	b.ReportMetric(base.rate, "bare-rps")
	b.ReportMetric(got.rate, "rps")
	b.ReportMetric(base.cpu, "bare-cpu-µs")
	b.ReportMetric(got.cpu, "cpu-µs")
	b.ReportMetric(100*got.rate/base.rate, "rps-%")
	b.ReportMetric(got.cpu/base.cpu, "cpu-x")
	b.ReportMetric(float64(sandbox.resident(b)), "MB")
}

// sandbox starts `encore-sandbox serve` and waits for its first answer.
func (w *loadBench) sandbox(b *testing.B, flags ...string) *loaded {
	addr := freeAddr(b)
	return w.start(b, addr, exec.CommandContext(b.Context(), w.binary, append([]string{"serve", "--addr", addr}, flags...)...))
}

// unheard is a sandbox that calls nobody about WhatsApp.
func (w *loadBench) unheard(b *testing.B) *loaded {
	return w.sandbox(b, "--webhook", "kaleyra=http://127.0.0.1:9/")
}

// bare starts this test binary as TestBareServer.
func (w *loadBench) bare(b *testing.B) *loaded {
	addr := freeAddr(b)
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run", "^TestBareServer$")
	cmd.Env = append(os.Environ(), bareAddr+"="+addr)
	return w.start(b, addr, cmd)
}

func (w *loadBench) start(b *testing.B, addr string, cmd *exec.Cmd) *loaded {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	var d net.Dialer
	for b.Context().Err() == nil { // a start takes some hundredths of a second
		if conn, err := d.DialContext(b.Context(), "tcp", addr); err == nil {
			_ = conn.Close()
			break
		}
		runtime.Gosched()
	}
	return &loaded{bench: w, addr: addr, pid: cmd.Process.Pid, call: offersCall()}
}

// of has another call sent to the server.
func (s *loaded) of(call wireCall) *loaded {
	s.call = call
	return s
}

func freeAddr(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// bareAddr names the variable that makes TestBareServer serve.
const bareAddr = "ENCORE_SANDBOX_TEST_BARE_ADDR"

// TestBareServer is no test: it is the other process of BenchmarkLoad.
func TestBareServer(t *testing.T) {
	addr := os.Getenv(bareAddr)
	if addr == "" {
		t.Skip("runs as a process of BenchmarkLoad")
	}
	server := &http.Server{Addr: addr, Handler: bareCalls(t)}
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// bareCalls answers both calls that are measured.
func bareCalls(t *testing.T) http.Handler {
	offers, calls := bare(t, contract.Start(t, contract.Options{InMemory: true}).Handler()), http.NewServeMux()
	calls.Handle(offersPath, offers)
	calls.HandleFunc(whatsappPath, bareText)
	return calls
}

// offer gives the sandbox a catalog of many campaigns.
func (s *loaded) offer(b *testing.B, campaigns int) {
	catalog := encore.Default(1)
	few := catalog.Campaigns
	catalog.Campaigns = nil
	for i := range campaigns {
		n := strconv.Itoa(i)
		campaign := few[i%len(few)]
		campaign.ID = encore.UUID(1, "campaign", n)
		campaign.Creatives = slices.Clone(campaign.Creatives)
		for k := range campaign.Creatives {
			campaign.Creatives[k].ID = encore.UUID(1, "creative", n, strconv.Itoa(k))
		}
		catalog.Campaigns = append(catalog.Campaigns, campaign)
	}
	body, err := json.Marshal(catalog)
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPut, "http://"+s.addr+"/_sandbox/v1/catalog", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b.Fatalf("PUT catalog: status %d", answer.StatusCode)
	}
}

// figures are requests a second and microseconds of server CPU for each.
type figures struct{ rate, cpu float64 }

// load sends n requests over the connections and waits for their answers.
func (s *loaded) load(b *testing.B, n int, unique bool) figures {
	var left atomic.Int64
	left.Store(int64(n))
	var group sync.WaitGroup
	before, began := s.cpu(b), time.Now()
	for range connections {
		group.Go(func() { s.caller(b, &left, unique) })
	}
	group.Wait()
	took, cpu := time.Since(began), s.cpu(b)-before
	return figures{float64(n) / took.Seconds(), cpu.Seconds() * 1e6 / float64(n)}
}

// caller sends requests over one connection until none is left.
func (s *loaded) caller(b *testing.B, left *atomic.Int64, unique bool) {
	var d net.Dialer
	conn, err := d.DialContext(context.Background(), "tcp", s.addr)
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close()
	request, id := s.call.wire(s.addr)
	answers := bufio.NewReaderSize(conn, 16<<10)
	for {
		at := left.Add(-1)
		if at < 0 {
			return
		}
		if s.every >= 50_000 && at%int64(s.every) == 0 {
			b.Logf("%d requests to go: %d MB resident", at, s.resident(b))
		}
		if unique {
			copy(id, fmt.Sprintf("%010d", s.bench.unique.Add(1)))
		}
		if _, err = conn.Write(request); err == nil {
			err = readAnswer(answers)
		}
		if err != nil {
			b.Error(err)
			return
		}
	}
}

// cpu is what the server's process has used so far, from /proc (proc(5)).
func (s *loaded) cpu(b *testing.B) time.Duration {
	const tick = time.Second / 100 // USER_HZ
	text := s.proc(b, "stat")
	fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// resident is the server's resident memory in MB.
func (s *loaded) resident(b *testing.B) int {
	_, rest, _ := strings.Cut(s.proc(b, "status"), "VmRSS:")
	kilobytes, _ := strconv.Atoi(strings.Fields(rest)[0])
	return kilobytes / 1000
}

func (s *loaded) proc(b *testing.B, name string) string {
	f, err := os.Open(fmt.Sprintf("/proc/%d/%s", s.pid, name))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}
