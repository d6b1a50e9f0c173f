package zoko

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Name of the fake and of its channel.
const Name = "zoko"

type fake struct {
	Config
	known []template // Config.Templates with their types
}

// New builds the fake from its configuration.
func New(c Config) *sim.Fake {
	f := &fake{Config: c.withDefaults()}
	for _, t := range f.Templates {
		f.known = append(f.known, newTemplate(t))
	}
	return &sim.Fake{
		Name:         Name,
		Document:     OpenAPI(),
		Keeps:        forms(),
		Hosts:        []string{"chat.zoko.io"},
		Owns:         []string{"/v2/message", "/v2/account", "/v2/webhook", "/v2/customer"},
		Authenticate: authenticate,
		Credential:   key,
		Mints:        f.mints(),
		Refuse:       refuse,
		Fault:        faulted,
		Operations:   f.operations(),
		Channels:     []sim.Channel{f.channel()},
		Dispatch:     dispatch,
		Retry:        retry,
		Timeout:      5 * time.Second,
	}
}

func (f *fake) operations() map[string]sim.Operation {
	return map[string]sim.Operation{
		"sendMessage":       {Describe: f.describeSend, Reads: f.readsSend, Handle: f.send, Conclude: f.concludeSend, Heard: f.heardSend, Fated: true, Judges: true},
		"getMessage":        f.onMessage(getMessage),
		"getMessageHistory": f.onMessage(getHistory),
		"deleteMessage":     f.onMessage(deleteMessage),
		"deleteMessages":    {Describe: describeKey, Reads: readsBatch, Handle: f.deleteMessages, Judges: true},
		"listTemplates": {
			Describe: describeKey, Handle: f.listTemplates,
			Reads: func(c *sim.Call, _ sim.Description) store.Reads {
				return store.Reads{See: []store.Key{readsTemplates(f.account(c).ID)}}
			},
		},
		"listWebhooks":  f.onWebhooks(listWebhooks),
		"createWebhook": f.onWebhooks(createWebhook),
		"getWebhook":    f.onWebhooks(getWebhook),
		"updateWebhook": f.onWebhooks(updateWebhook),
		"deleteWebhook": f.onWebhooks(deleteWebhook),
		"listCustomers": {Describe: describeKey, Reads: f.readsListed, Handle: f.listCustomers},
		"getCustomer":   {Describe: describeKey, Handle: f.getCustomer},
	}
}

// describeKey is all that calls about an account tell.
func describeKey(c *sim.Call) sim.Description { return sim.Description{Key: key(c)} }

// key is the credential of a call.
func key(c *sim.Call) string { return strings.TrimSpace(c.Header.Get("apikey")) }

// authenticate takes every key that does not say that it is invalid.
func authenticate(c *sim.Call) *sim.Refusal {
	switch k := key(c); {
	case k == "" && c.Header.Get("Authorization") != "":
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "the key belongs in the header apikey, not in Authorization"}
	case k == "":
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "send the header apikey; the sandbox takes any that does not begin with invalid"}
	case strings.HasPrefix(k, "invalid"):
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "the apikey is not valid; the sandbox takes any that does not begin with invalid"}
	}
	return nil
}

// head begins the minted keys of an account.
func head(account string) string { return "zoko_" + account + "_" }

// mints are a key of every account.
func (f *fake) mints() (all []sim.Mint) {
	for _, a := range f.Accounts {
		all = append(all, sim.Mint{Name: "zoko.key." + a.ID, Head: head(a.ID)})
	}
	return all
}

// account is the one whose key the call has, else the first.
func (f *fake) account(c *sim.Call) Account {
	k := key(c)
	if m := c.Minted; m != nil {
		if i := slices.IndexFunc(f.Accounts, func(a Account) bool { return head(a.ID) == m.Head }); i >= 0 {
			return f.Accounts[i]
		}
	}
	if i := slices.IndexFunc(f.Accounts, func(a Account) bool { return a.Key != "" && a.Key == k }); i >= 0 {
		return f.Accounts[i]
	}
	if len(f.Accounts) == 0 {
		return Account{}
	}
	return f.Accounts[0]
}

// retry is Zoko's schedule: five attempts in all, with growing gaps. The gaps
// are the sandbox's, since Zoko says "exponential" and no more.
func retry(attempt int) time.Duration {
	const attempts = 5
	if attempt >= attempts {
		return 0
	}
	return 10 * time.Second << (attempt - 1)
}

// suspend switches a webhook off after six failures in a row, whatever they
// were about (Zoko's webhook guide, Key Considerations).
func suspend(latest []sim.Attempted) bool {
	const most = 6
	if len(latest) < most {
		return false
	}
	return !slices.ContainsFunc(latest[len(latest)-most:], func(a sim.Attempted) bool { return a.Taken })
}

// takes tells the one answer that Zoko is content with.
func takes(status int) bool { return status == http.StatusOK }

// dispatch sends a webhook as it is: Zoko does not sign. Where several addresses
// get the same one, the customer wrote on the first of them.
func dispatch(d sim.Delivery) sim.Dispatch {
	notes := provider.Numbered(d.Notes, d.Attempt)
	if d.Copy {
		notes = []sim.Note{note.EventDelivered{Event: "copy", MessageID: d.ID}}
	}
	return sim.Dispatch{Header: http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Zoko-Webhook"}}, Notes: notes}
}

// channel is the way by which customers write to an account.
func (f *fake) channel() sim.Channel {
	ch := sim.Channel{
		Name: Name, Platform: "whatsapp", Write: f.write, Status: f.setStatus,
		Normal: provider.NormalPhone, Customer: provider.FreshPhone, CustomerIn: provider.PhoneIn, Fated: provider.FatedPhone,
		Events: f.events(), Locate: f.locate, Reread: f.reread, Claims: claims, Suspend: suspend, Takes: takes, Registry: registry(),
		Sees: func(_, message string) []store.Key { return []store.Key{messageKey(message)} },
	}
	for _, a := range f.Accounts {
		ch.Accounts = append(ch.Accounts, sim.Account{ID: a.ID, ClientID: a.ClientID, Name: a.Name, Number: a.Number})
	}
	return ch
}

func unknownState(state string) error {
	return fmt.Errorf("no status %q on channel zoko; use one of %s", state, strings.Join(states(), ", "))
}
