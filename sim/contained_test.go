package sim_test

import (
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// Only a port of the container itself that is closed is explained, and only in one.
func TestRefusedInAContainer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, url string
		contained bool
		want      bool
	}{
		{"loopback in a container", "http://127.0.0.1:1/hook", true, true},
		{"IPv6 too", "http://[::1]:1/hook", true, true},
		{"outside a container", "http://127.0.0.1:1/hook", false, false},
		{"another address", "http://0.0.0.0:1/hook", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(config *sim.Config) {
				config.Contained, config.Webhooks = c.contained, map[string]sim.Target{"": {URL: c.url}}
			})
			w.write(alice, "Hi")
			notes := w.delivered(1)[0].Ended.Notes
			got := strings.Contains(notes[0].(acked).Reason, "use --webhook http://host.docker.internal:1/hook")
			w.diff("explained in "+notes[0].(acked).Reason, c.want, got)
		})
	}
}
