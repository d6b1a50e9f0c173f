package sim

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Target is where webhooks go: a URL, called through Transport when that is
// set (an integrator in the same process).
type Target struct {
	URL       string
	Transport http.RoundTripper
	// Foreign targets came over an API and not from whoever started the sandbox:
	// what they lead to is looked at once more when they are called.
	Foreign bool
}

// Shown is the URL; for those who may only read without user and password.
func (t Target) Shown(toReaders bool) string {
	if toReaders {
		return withoutUser(t.URL)
	}
	return t.URL
}

// CheckWebhook says what is wrong with the URL of a webhook target, whoever
// names it.
func CheckWebhook(text string) error {
	_, err := webhookURL(text)
	return err
}

func webhookURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("webhook %q is no URL: %w", text, err)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("webhook %q must begin with http:// or https://", text)
	case u.Host == "":
		return nil, errors.New("webhook " + text + " names no host")
	}
	return u, nil
}

// CheckEndpoint says what is wrong with an address that came by an API: beside
// what CheckWebhook says, it may not be link-local or be called like the
// service by which machines in a cloud find the credentials of their host. With
// strict, where strangers are served, it may not be in a private network either.
// What a name leads to is seen when it is called.
func CheckEndpoint(text string, strict bool) error {
	u, err := webhookURL(text)
	if err != nil {
		return err
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, err := netip.ParseAddr(host)
	switch literal := err == nil; {
	case literal && offLimits(ip) || slices.Contains(metadataServices, host):
		return fmt.Errorf("webhook %q is link-local or a cloud's metadata service; use another address", text)
	case strict && (literal && !public(ip) || host == "localhost" || strings.HasSuffix(host, ".localhost")):
		return fmt.Errorf("webhook %q is in a private network, which this sandbox cannot be sent into; use a public address, or: encore-sandbox listen", text)
	}
	return nil
}

// CheckTarget is CheckEndpoint as strict as this sandbox is.
func (s *Sandbox) CheckTarget(text string) error { return CheckEndpoint(text, s.config.Strict) }

// CheckTarget is CheckEndpoint as strict as the workspace's sandbox is.
func (ws *Workspace) CheckTarget(text string) error { return ws.sandbox.CheckTarget(text) }

// metadataServices are what clouds call their metadata service, and where it is
// when that is not link-local: of EC2 and of Compute Engine over IPv6, and of
// Alibaba Cloud.
var metadataServices = []string{
	"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200",
}

// offLimits tells an address that no webhook may lead to: 169.254.0.0/16,
// fe80::/10, their multicast groups, and metadata services elsewhere.
func offLimits(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() || slices.Contains(metadataServices, ip.String())
}

// notPublic are the networks beside those of private use that lead to no
// public host, or to one that stands in the address in another form (IANA's
// special-purpose address registries).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// public tells an address of a host in the Internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !offLimits(ip) &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Why a connection is not made.
var (
	errOffLimits = errors.New("it leads to a link-local address or a metadata service, to which no webhook that was set over an API is sent")
	errPrivate   = errors.New("it leads into a private network, into which this sandbox sends no webhook that was set over an API")
)

// waryDialer connects to every address that a name turned out to be, but for
// those that are off limits or, where it is strict, not public: a name may lead
// to another by the time it is called.
func waryDialer(strict bool) *net.Dialer {
	return &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		switch {
		case err != nil || offLimits(to.Addr()):
			return errOffLimits
		case strict && !public(to.Addr()):
			return errPrivate
		}
		return nil
	}}
}

// transport calls webhooks without a proxy.
func transport(d *net.Dialer) *http.Transport {
	return &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: maxDeliveries, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10}
}

// roundTripper calls a target: in process where it says so, else directly.
func (ws *Workspace) roundTripper(t Target) http.RoundTripper {
	switch {
	case t.Transport != nil:
		return t.Transport
	case t.Foreign:
		return ws.sandbox.wary
	}
	return ws.sandbox.direct
}
