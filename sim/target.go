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
// service by which machines in a cloud find the credentials of their host. A
// private address is fine. What a name leads to is seen when it is called.
func CheckEndpoint(text string) error {
	u, err := webhookURL(text)
	if err != nil {
		return err
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, err := netip.ParseAddr(host)
	if err == nil && offLimits(ip) || slices.Contains(metadataServices, host) {
		return fmt.Errorf("webhook %q is link-local or a cloud's metadata service; use another address", text)
	}
	return nil
}

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

// errOffLimits is why a connection is not made.
var errOffLimits = errors.New("it leads to a link-local address or a metadata service, to which no webhook that was set over an API is sent")

// waryDialer connects to every address that a name turned out to be, but for
// those that are off limits: a name may lead to another by the time it is called.
func waryDialer() *net.Dialer {
	return &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || offLimits(to.Addr()) {
			return errOffLimits
		}
		return nil
	}}
}

// transport calls webhooks without a proxy.
func transport(d *net.Dialer) *http.Transport {
	return &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: maxDeliveries, IdleConnTimeout: 30 * time.Second}
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
