package zoko

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// kindWebhooks is an account's registered webhooks: []registered by its id.
// From the first one on they get the account's events, each those it takes, and
// the sandbox's own target gets none; without any, the target gets all. The
// challengeToken is kept and echoed: what Zoko uses it for is not documented.
const kindWebhooks = "zoko.webhooks"

// maxToken is how many characters a challengeToken has at most.
const maxToken = 200

// registered is a webhook as the API answers it.
type registered struct {
	ID             string   `json:"id"`
	URL            string   `json:"url"`
	ChallengeToken string   `json:"challengeToken"`
	Events         []string `json:"events"`
}

// eventWords are the documented events with the sandbox's word for each.
var eventWords = map[string]string{eventIn: "message", eventOut: "echo", eventUpdate: "status"}

// registry is how the sandbox finds an account's webhooks.
func registry() *sim.Registry {
	return &sim.Registry{Kind: kindWebhooks, Endpoints: func(doc any) (all []sim.Endpoint) {
		for _, w := range doc.([]registered) {
			e := sim.Endpoint{ID: w.ID, URL: w.URL}
			for _, event := range w.Events {
				e.Events = append(e.Events, eventWords[event])
			}
			all = append(all, e)
		}
		return all
	}}
}

// parseWebhook reads the body of a webhook.
func parseWebhook(c *sim.Call) (registered, *Error) {
	r := &reader{}
	o := r.bodyOf(c)
	w := registered{URL: r.text(o, "url", 0), Events: r.strings(o, "events"), ChallengeToken: r.optional(o, "challengeToken", 0)}
	if err := c.Workspace.CheckTarget(w.URL); err != nil {
		r.fail("url cannot be used: %s", err)
	}
	if len(w.Events) == 0 {
		r.fail("events is missing; send one at least of %s", eventNames())
	}
	for i, event := range w.Events {
		if eventWords[event] == "" {
			r.fail("events[%d] must be one of %s", i, eventNames())
		}
	}
	if n := utf8.RuneCountInString(w.ChallengeToken); n > maxToken {
		r.fail("challengeToken has %d characters; shorten it to %d", n, maxToken)
	}
	w.Events = slices.Compact(slices.Sorted(slices.Values(w.Events)))
	return w, r.problem
}

func eventNames() string { return strings.Join([]string{eventIn, eventOut, eventUpdate}, ", ") }

// onWebhooks makes an operation on the account's webhooks. The handler gets
// them, and the place of the one that the path names, which is there.
func (f *fake) onWebhooks(handle func(tx *sim.Tx, c *sim.Call, account string, all []registered, at int) (sim.Answer, error)) sim.Operation {
	return sim.Operation{
		Describe: describeKey, Judges: true,
		Reads: func(c *sim.Call, _ sim.Description) store.Reads {
			return store.Reads{Own: []store.Key{{Kind: kindWebhooks, ID: f.account(c).ID}}}
		},
		Handle: func(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
			account, id := f.account(c).ID, c.Params["webhookId"]
			all, _ := sim.Get[[]registered](tx, kindWebhooks, account)
			at := slices.IndexFunc(all, func(w registered) bool { return w.ID == id })
			if id != "" && at < 0 {
				return fail(tx, absent("webhook", id))
			}
			return handle(tx, c, account, slices.Clone(all), at)
		},
	}
}

// listWebhooks is GET /v2/webhook.
func listWebhooks(_ *sim.Tx, _ *sim.Call, _ string, all []registered, _ int) (sim.Answer, error) {
	return sim.Answer{Status: http.StatusOK, Body: append([]registered{}, all...)}, nil
}

// getWebhook is GET /v2/webhook/{webhookId}.
func getWebhook(_ *sim.Tx, _ *sim.Call, _ string, all []registered, at int) (sim.Answer, error) {
	return sim.Answer{Status: http.StatusOK, Body: all[at]}, nil
}

// createWebhook is POST /v2/webhook.
func createWebhook(tx *sim.Tx, c *sim.Call, account string, all []registered, _ int) (sim.Answer, error) {
	w, problem := parseWebhook(c)
	if problem == nil {
		problem = taken(all, w, -1)
	}
	if problem != nil {
		return fail(tx, problem)
	}
	w.ID = uuid1(tx.Now, tx.Rand("zoko webhook"))
	tx.Put(kindWebhooks, account, append(all, w))
	return sim.Answer{Status: http.StatusOK, Body: w}, nil
}

// updateWebhook is PUT /v2/webhook/{webhookId}. A webhook that was disabled
// after failures is on again.
func updateWebhook(tx *sim.Tx, c *sim.Call, account string, all []registered, at int) (sim.Answer, error) {
	w, problem := parseWebhook(c)
	if problem == nil {
		problem = taken(all, w, at)
	}
	if problem != nil {
		return fail(tx, problem)
	}
	w.ID = all[at].ID
	all[at] = w
	tx.Put(kindWebhooks, account, all)
	tx.ResumeEndpoint(Name, account, w.ID)
	return sim.Answer{Status: http.StatusOK, Body: w}, nil
}

// deleteWebhook is DELETE /v2/webhook/{webhookId}. What waits for another
// attempt there gets none.
func deleteWebhook(tx *sim.Tx, _ *sim.Call, account string, all []registered, at int) (sim.Answer, error) {
	tx.ResumeEndpoint(Name, account, all[at].ID)
	if all = slices.Delete(all, at, at+1); len(all) == 0 {
		tx.Delete(kindWebhooks, account)
	} else {
		tx.Put(kindWebhooks, account, all)
	}
	return sim.Answer{Status: http.StatusNoContent}, nil
}

// taken refuses a URL that another of the account's webhooks has.
func taken(all []registered, w registered, at int) *Error {
	if i := slices.IndexFunc(all, func(other registered) bool { return other.URL == w.URL }); i >= 0 && i != at {
		return &Error{http.StatusConflict, "url is registered already as webhook " + all[i].ID + "; change that one with PUT"}
	}
	return nil
}
