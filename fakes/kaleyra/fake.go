package kaleyra

import (
	"net/http"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// Name of the fake and of its channel.
const Name = "kaleyra"

type fake struct{ Config }

// New builds the fake from its configuration.
func New(c Config) *sim.Fake {
	f := &fake{c.withDefaults()}
	return &sim.Fake{
		Name:     Name,
		Document: OpenAPI(),
		Keeps:    forms(),
		// The pods of both copies of the page; the account is the same on each.
		Hosts:        []string{"api.in.kaleyra.io", "api.ap.kaleyra.io", "api.eu.kaleyra.io", "api.kaleyra.io", "api.na.kaleyra.ai"},
		Owns:         []string{"/v1/" + f.SID + "/", "/v2/" + f.SID + "/"},
		Authenticate: f.authenticate,
		Credential:   func(c *sim.Call) string { return c.Header.Get(apiKey) },
		Mints:        []sim.Mint{{Name: "kaleyra.key", Head: "kaleyra_"}},
		Refuse:       refuse,
		Fault:        faulted,
		Operations: map[string]sim.Operation{
			"sendMessage":   {Describe: f.describeSend, Reads: f.readsSend, Handle: f.send, Conclude: f.concludeSend, Heard: f.heardSend, Judges: true, Fated: true},
			"sendMessageV1": {Describe: f.describeV1, Reads: f.readsV1, Handle: f.sendV1, Conclude: f.concludeV1, Judges: true},
		},
		Channels: []sim.Channel{f.channel()},
		Dispatch: dispatch,
		Retry:    retry,
		Timeout:  10 * time.Second,
	}
}

// apiKey is the header that holds the credential.
const apiKey = "api-key"

// authenticate takes every key but those that say they are invalid, for the
// account's SID alone.
func (f *fake) authenticate(c *sim.Call) *sim.Refusal {
	switch key := c.Header.Get(apiKey); {
	case key == "":
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "send the header api-key; the sandbox takes any that does not begin with invalid"}
	case strings.HasPrefix(key, "invalid"):
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "the sandbox takes any api-key that does not begin with invalid"}
	case c.Params["sid"] != f.SID:
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "the account's SID is " + f.SID + "; put it in the path, or set kaleyra.sid in sandbox.yaml"}
	}
	return nil
}

// dispatch is a delivery attempt: no page tells of a signature.
func dispatch(d sim.Delivery) sim.Dispatch {
	return sim.Dispatch{Header: http.Header{"Content-Type": {"application/json"}}, Notes: provider.Numbered(d.Notes, d.Attempt)}
}

// retry repeats a callback that was not taken. No page tells the schedule; this
// one is that of the page's advice for WA500.
func retry(attempt int) time.Duration {
	schedule := []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute}
	if attempt > len(schedule) {
		return 0
	}
	return schedule[attempt-1]
}
