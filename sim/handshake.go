package sim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Verifies tells whether the vendor of a channel asks a webhook for anything
// before it uses it.
func (s *Sandbox) Verifies(channel string) bool {
	fake := s.fakeOf[channel]
	return fake != nil && fake.Handshake != nil
}

// Verify makes the vendor's verification request to a channel's webhook, as
// vendors do before they use one. It returns nil when the vendor has none.
func (ws *Workspace) Verify(ctx context.Context, channel string) error {
	s := ws.sandbox
	fake, target := s.fakeOf[channel], Target{}
	if fake == nil {
		return fmt.Errorf("no channel %q; use one of %s", channel, s.channelNames())
	}
	target, ok := ws.route(ctx, channel, "")
	if !ok {
		return ErrNoWebhook
	}
	if fake.Handshake == nil {
		return nil
	}
	query, accept := fake.Handshake(ws, NewRand(ws.Seed, ws.origin, ws.runID(), "handshake", channel))
	status, body, err := ws.get(ctx, target, query)
	if err != nil {
		return fmt.Errorf("the webhook %s cannot be reached: %s", target.URL, s.explained(target, failure(ctx, err)))
	}
	return accept(status, body)
}

func (ws *Workspace) get(ctx context.Context, t Target, query url.Values) (int, []byte, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return 0, nil, err
	}
	merged := u.Query()
	for name, values := range query {
		merged[name] = values
	}
	u.RawQuery = merged.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	resp, err := ws.roundTripper(t).RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	return resp.StatusCode, body, err
}
