package scenarios

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/har"
)

// moments are where an entry stands in the order of all moments.
type moments struct {
	entry        int
	began, ended int64
}

// coarse is how exact recorders' times are. An exchange that began so shortly
// before another's end may well have begun after it, and is taken to have.
const coarse = time.Millisecond

// momentsOf orders entries by their beginning. What the sandbox exported says
// the order itself; else it is that of the times.
func momentsOf(entries []har.Entry) []moments {
	all := make([]moments, len(entries))
	for i, e := range entries {
		all[i] = moments{entry: i, began: 2 * e.Started.UnixNano()}
		all[i].ended = max(all[i].began+1, 2*e.Started.Add(e.Took()-coarse).UnixNano())
		if own := e.Sandbox; own != nil && own.Tick > 0 {
			all[i].began, all[i].ended = own.Tick, own.Tick
			if own.Ended != nil {
				all[i].ended = own.Ended.Tick
			}
		}
	}
	slices.SortStableFunc(all, func(a, b moments) int { return cmp.Compare(a.began, b.began) })
	return all
}

// startOf is when an entry began, in simulated time where it is the sandbox's.
func startOf(e har.Entry) time.Time {
	if e.Sandbox != nil && !e.Sandbox.At.IsZero() {
		return e.Sandbox.At.UTC()
	}
	return e.Started
}

func endOf(e har.Entry) time.Time {
	if e.Sandbox != nil && e.Sandbox.Ended != nil {
		return e.Sandbox.Ended.At.UTC()
	}
	return startOf(e).Add(e.Took())
}

// sort tells what an entry is: a webhook of a channel, a call to a fake, or
// neither. A body says by itself that it is a webhook; a call is known by its
// host, or on this machine by its path.
func (h *hearing) sort(e har.Entry) (direction, channel string) {
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return "", ""
	}
	vendors := slices.Contains(h.sb.Hosts(), strings.ToLower(u.Hostname()))
	in := e.Sandbox != nil && e.Sandbox.Direction == sim.In
	if !vendors && !in && e.Request.Method == http.MethodPost {
		if channel := h.claimed(e); channel != "" {
			return sim.Out, channel
		}
	}
	request := &http.Request{Method: e.Request.Method, URL: u, Host: u.Host, Header: http.Header{}}
	if vendors || in || nearby(u.Hostname()) && h.sb.Plays(request) {
		return sim.In, ""
	}
	return "", ""
}

// claimed is the channel whose webhook a body is, or empty.
func (h *hearing) claimed(e har.Entry) string {
	body, _ := e.Request.Body()
	for _, c := range h.sb.Channels() {
		if c.Claims != nil && c.Claims(body) {
			return c.Name
		}
	}
	return ""
}

// nearby tells names of this machine and its like, where a sandbox may have been
// called by its own address.
func nearby(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && (ip.IsLoopback() || ip.IsPrivate()) || !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") || host == "host.docker.internal"
}

// hostsAtMost is how many hosts of other traffic are named.
const hostsAtMost = 10

// aside counts an entry that is none of the vendors'.
func (h *hearing) aside(e har.Entry) {
	h.out.Aside++
	if u, err := url.Parse(e.Request.URL); err == nil && len(h.out.Hosts) < hostsAtMost && !slices.Contains(h.out.Hosts, u.Host) {
		h.out.Hosts = append(h.out.Hosts, u.Host)
	}
}

// split parts a credential from its scheme, which keeps its blank.
func split(header string) (scheme, value string) {
	if before, after, found := strings.Cut(header, " "); found {
		return before + " ", after
	}
	return "", header
}

// fromFirstMessage leaves out what came before the first message of the customer,
// and what is about offers that were made before it: nobody can tell what they
// belong to.
func fromFirstMessage(events []sim.Event) (kept []sim.Event) {
	first := int64(0)
	decided := map[string]bool{}
	for _, e := range events {
		if _, ok := e.Note.(note.InboundMessage); ok && (first == 0 || e.Tick < first) {
			first = e.Tick
		}
	}
	early := map[int64]bool{} // exchanges that are left out
	for _, e := range events {
		if e.Tick < first && e.Note != nil {
			early[e.N] = true
		}
		if d, ok := e.Note.(note.OfferDecided); ok && e.Tick >= first {
			decided[d.ImpressionID] = true
		}
	}
	for _, e := range events {
		if id := offerOf(e.Note); id != "" && !decided[id] {
			early[e.N] = true
		}
	}
	for _, e := range events {
		if !early[e.N] {
			kept = append(kept, e)
		}
	}
	return kept
}

// offerOf is the impression that an outgoing message or a callback is about.
func offerOf(n sim.Note) string {
	switch n := n.(type) {
	case note.MessageSent:
		return n.Impression
	case note.SendRefused:
		return n.Impression
	case note.DeliveryConfirmed:
		return n.ImpressionID
	}
	return ""
}
