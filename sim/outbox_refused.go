package sim

import (
	"context"
	"net"
	"net/url"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// refusedConnection is why a delivery failed when nobody listens on the port.
const refusedConnection = "connection refused"

// slowestProbe is the longest pause between two looks at a closed port.
const slowestProbe = 5 * time.Second

// pause is how long an entry waits before the port is looked at again: longer
// each time, so that an integrator that stays away costs nothing.
func (o *outbox) pause(e outboxEntry) time.Duration {
	return min(o.s.config.RetryRefused<<min(e.Refused-1, 10), max(slowestProbe, o.s.config.RetryRefused))
}

// closed looks whether anybody listens on a target's port. It is no exchange:
// nothing is said, so nothing is journalled.
func (o *outbox) closed(t Target) bool {
	if t.connection() != "" {
		return o.closedThere(t)
	}
	u, err := url.Parse(t.URL)
	if err != nil || t.Transport != nil {
		return false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	dialer := &net.Dialer{}
	if t.Foreign {
		dialer = waryDialer(o.s.config.Strict)
	}
	dialer.Timeout = 2 * time.Second
	conn, err := dialer.Dial("tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return true
	}
	_ = conn.Close()
	return false
}

// closedThere lets the listener look.
func (o *outbox) closedThere(t Target) bool {
	l := o.ws.plugged(t.connection())
	if l == nil {
		return true
	}
	ctx, cancel := context.WithCancel(o.s.life)
	defer cancel()
	defer clock.NewWall(0).AfterFunc(slowestProbe, cancel)()
	a, err := l.call(ctx, "probe", Forwarded{URL: t.URL})
	return err != nil || a.Refused
}

// absent tells that nobody was there to take a webhook: it goes out again when
// somebody is.
func absent(reason string) bool {
	return reason == refusedConnection || reason == nobodyListens || reason == errHungUp.Error()
}

// explained adds to a refusal what a container's user cannot see: whose port it was.
func (s *Sandbox) explained(t Target, reason string) string {
	u, err := url.Parse(t.URL)
	if err != nil || reason != refusedConnection || !s.config.Contained || t.Transport != nil || !loopbackName(u.Hostname()) {
		return reason
	}
	host, port := u.Hostname(), u.Port()
	if u.Host = dockerHost; port != "" {
		u.Host = net.JoinHostPort(dockerHost, port)
	}
	return reason + ": in a container " + host + " is the container itself; use --webhook " + u.String() +
		", on Linux with docker run --add-host=" + dockerHost + ":host-gateway"
}

// dockerHost is what containers call the machine that they run on.
const dockerHost = "host.docker.internal"

func loopbackName(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
