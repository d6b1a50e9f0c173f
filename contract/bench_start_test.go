package contract_test

import (
	"bufio"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// BenchmarkStart starts `encore-sandbox serve` and asks it for one offer. ns/op
// is from the start of the process to its first 200, fastest-ms the best of all
// starts, which other work on the machine disturbs least, and cpu-ms what the
// process used until then.
//
//	go test -run '^$' -bench Start -benchtime 20x ./contract
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "encore-sandbox")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", binary, "../cmd/encore-sandbox").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	var cpu time.Duration
	fastest := time.Hour
	for b.Loop() {
		took, used := firstAnswer(b, binary)
		cpu, fastest = cpu+used, min(fastest, took)
	}
	b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms")
	b.ReportMetric(float64(fastest.Microseconds())/1000, "fastest-ms")
}

// firstAnswer is how long a new process takes to its first offer, and its CPU.
func firstAnswer(b *testing.B, binary string) (took, cpu time.Duration) {
	addr := freeAddr(b)
	cmd := exec.CommandContext(b.Context(), binary, "serve", "--addr", addr)
	cmd.Dir = b.TempDir() // no sandbox.yaml is there
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	err := ask(addr)
	took = time.Since(began)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil {
		b.Fatal(err)
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// ask sends the guide's call as soon as somebody listens.
func ask(addr string) error {
	var conn net.Conn
	err := error(nil)
	for give := time.Now().Add(30 * time.Second); time.Now().Before(give); runtime.Gosched() {
		if conn, err = net.Dial("tcp", addr); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	request, _ := offersCall().wire(addr)
	if _, err := conn.Write(request); err != nil {
		return err
	}
	return readAnswer(bufio.NewReader(conn))
}
