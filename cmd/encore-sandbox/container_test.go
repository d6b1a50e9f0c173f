package main

import (
	"strings"
	"testing"
)

// In a container a webhook that is refused on the loopback address says where the
// machine is, and what to type.
func TestContainerNamesTheHost(t *testing.T) {
	t.Parallel()
	addr := freePort(t)
	_, port, _ := strings.Cut(addr, ":")
	c := startCommand(t, []string{"container=podman"}, "serve", "--addr", "127.0.0.1:0", "--webhook", "http://localhost:"+port+"/hooks")
	text := c.out.await(t, c.ended, `cannot be reached: connection refused.*\n`)
	for _, want := range []string{
		"in a container localhost is the container itself; use --webhook http://host.docker.internal:" + port + "/hooks, on Linux with docker run --add-host=host.docker.internal:host-gateway",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the warning lacks %q:\n%s", want, text)
		}
	}
}
