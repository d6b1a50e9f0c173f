package contract

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// idlePerHost is how many connections a client keeps to a host; net/http's own
// two would make a burst of customers open and close hundreds.
const idlePerHost = 64

// client is the http.RoundTripper of code under test: the sandbox answers under
// its own name and under those of the vendors, https too, so that production's
// base URLs may stay as they are.
type client struct {
	base    *http.Transport
	sandbox string   // host and port
	vendors []string // host names
	memory  bool
	// workspace is named in every call of the sandbox, unless it is empty.
	workspace string
}

// RoundTrip implements http.RoundTripper.
func (c client) RoundTrip(r *http.Request) (*http.Response, error) {
	host := strings.ToLower(r.URL.Hostname())
	switch {
	case r.URL.Host == c.sandbox, slices.Contains(c.vendors, host):
		return c.base.RoundTrip(c.redirected(r))
	case c.memory, isLocal(host):
		return c.base.RoundTrip(r)
	}
	return nil, fmt.Errorf("contract: %s is neither the sandbox nor a vendor it plays (%s); call other hosts with a client of your own",
		host, strings.Join(c.vendors, ", "))
}

// redirected is the request as it goes to the sandbox, which tells the vendor
// by the Host header.
func (c client) redirected(r *http.Request) *http.Request {
	out := *r
	out.URL = new(url.URL)
	*out.URL = *r.URL
	if out.Host == "" {
		out.Host = r.URL.Host
	}
	out.URL.Scheme, out.URL.Host = "http", c.sandbox
	if c.workspace != "" {
		out.Header = r.Header.Clone()
		out.Header.Set(sim.HeaderWorkspace, c.workspace)
	}
	return &out
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
}
