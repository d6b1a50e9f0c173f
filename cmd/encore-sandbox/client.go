package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/sim"
)

// client speaks to the control API of a running sandbox.
type client struct {
	base   string
	header http.Header // of every request
}

// longestCall bounds a call; moving the clock waits for webhooks.
const longestCall = time.Minute

// call makes one call. in is sent as JSON unless nil, the answer is decoded into
// out unless that is nil.
func (c client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	resp, err := c.do(ctx, &http.Client{Timeout: longestCall}, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return c.stranger()
	}
	return nil
}

// do sends a request and turns every answer that is no success into an error.
func (c client) do(ctx context.Context, via *http.Client, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, c.header)
	req.Header.Set("Content-Type", "application/json")
	resp, err := via.Do(req)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, failed("start one with: encore-sandbox serve", "no sandbox answers at %s (%s)", c.base, cause(err))
	case resp.StatusCode < 300:
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, c.refusal(resp)
}

// send sends a request with a JSON body, unless in is nil, and returns whatever
// is answered.
func (c client) send(ctx context.Context, via *http.Client, method, path string, in any) (*http.Response, error) {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, &body)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, c.header)
	req.Header.Set("Content-Type", "application/json")
	return via.Do(req)
}

// refusal words an error of the control API.
func (c client) refusal(resp *http.Response) error {
	var body struct {
		Error   string   `json:"error"`
		Details []string `json:"details"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body.Error == "" {
		return c.stranger()
	}
	return failed(strings.Join(body.Details, "; "), "%s", body.Error)
}

func (c client) stranger() error {
	return failed("name the sandbox with --sandbox URL", "what answers at %s is no sandbox", c.base)
}

// stream calls each with every change of the journal until the context ends,
// which is no error, or the sandbox stops, or each fails. ready is called once changes are sent.
func (c client) stream(ctx context.Context, query string, ready func() error, each func(sim.Entry, []byte) error) error {
	resp, err := c.do(ctx, &http.Client{}, http.MethodGet, "/_sandbox/v1/journal/stream"+query, http.NoBody)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := ready(); err != nil {
		return err
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		e, err := report.ReadEntry([]byte(data))
		if err != nil {
			return err
		}
		if err := each(e, []byte(data)); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	how := "it has stopped"
	if err := lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		how = cause(err)
	}
	return failed("start it again with: encore-sandbox serve", "the sandbox at %s sends no more: %s", c.base, how)
}
