package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// post sends the request and reads the integrator's answer.
func (o *outbox) post(t Target, e outboxEntry, a *about, header http.Header, timeout time.Duration) (*Message, string, int) {
	ctx, cancel := context.WithCancel(context.WithValue(o.s.posting, aboutKey{}, a))
	defer cancel()
	if timeout > 0 {
		defer o.patience().AfterFunc(timeout, cancel)()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, bytes.NewReader(e.Body))
	if err != nil {
		return nil, err.Error(), 0
	}
	req.Header = header.Clone()
	resp, err := o.ws.roundTripper(t).RoundTrip(req)
	if err != nil {
		return nil, failure(ctx, err), 0
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return &Message{Status: resp.StatusCode, Header: resp.Header, Body: redactedBody(body), Size: int64(len(body))}, "", resp.StatusCode
}

// patience is the clock by which a vendor waits for an answer: real time over
// a socket, so that moving the simulated clock never times a delivery out.
func (o *outbox) patience() clock.Clock {
	if virtual, ok := o.ws.Clock.(*clock.Virtual); ok {
		return virtual
	}
	return o.s.patience
}

func failure(ctx context.Context, err error) string {
	var dns *net.DNSError
	switch {
	case errors.Is(context.Cause(ctx), errStopping):
		return stopping
	case ctx.Err() != nil:
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return refusedConnection
	case errors.Is(err, errOffLimits):
		return errOffLimits.Error()
	case errors.Is(err, errPrivate):
		return errPrivate.Error()
	case errors.As(err, &dns):
		return "unknown host " + dns.Name
	}
	return err.Error()
}
