// Package porttest gives tests ports on which nobody listens. A port that the
// system hands out and that was closed again may be handed out to the next
// server within the same moment; these are out of the range that it hands out.
package porttest

import (
	"fmt"
	"net"
	"testing"
)

// The range lies below what Linux, macOS and Windows hand out to servers and
// clients that ask for any port.
const (
	first = 20_000
	count = 12_000
)

// Free is an address of the loopback interface, host and port, on which nobody
// listens. It is made of one that the system hands out, so that tests at the
// same time hardly get the same one.
func Free(t testing.TB) string {
	t.Helper()
	for range count {
		any, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := fmt.Sprintf("127.0.0.1:%d", first+any.Addr().(*net.TCPAddr).Port%count)
		l, taken := net.Listen("tcp", address)
		_ = any.Close()
		if taken != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatal("every port from 20000 to 31999 is taken")
	return ""
}
