package interakt

import (
	"net/http"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// Name of the fake and of its channel.
const Name = "interakt"

type fake struct{ Config }

// New builds the fake from its configuration.
func New(c Config) *sim.Fake {
	f := &fake{c.withDefaults()}
	return &sim.Fake{
		Name:         Name,
		Document:     OpenAPI(),
		Keeps:        forms(),
		Hosts:        []string{"api.interakt.ai"},
		Owns:         []string{"/v1/public/"},
		Authenticate: f.authenticate,
		Credential:   credential,
		Mints:        f.mints(),
		Refuse:       refuse,
		Fault:        faulted,
		Operations:   f.operations(),
		Channels:     []sim.Channel{f.channel()},
		Dispatch:     f.dispatch,
		Timeout:      webhookTimeout,
	}
}

// operations are those of the document. Each path is there without the slash at
// its end too.
func (f *fake) operations() map[string]sim.Operation {
	slashed := map[string]sim.Operation{
		"sendMessage": {Describe: f.describeSend, Reads: f.readsSend, Handle: f.send, Conclude: f.concludeSend, Heard: f.heardSend, Fated: true, Judges: true},
		"trackUser":   {Describe: f.describeTrack, Reads: f.readsTrack, Handle: f.trackUser, Judges: true},
		"trackEvent":  {Describe: f.describeTrack, Reads: f.readsTrack, Handle: f.trackEvent, Judges: true},
	}
	all := make(map[string]sim.Operation, 2*len(slashed))
	for name, op := range slashed {
		all[name], all[name+"WithoutSlash"] = op, bare(op)
	}
	return all
}

// bare is an operation whose path lacks the slash, which the journal remarks on.
func bare(op sim.Operation) sim.Operation {
	describe := op.Describe
	op.Describe = func(c *sim.Call) sim.Description {
		d := describe(c)
		d.Remarks = append(d.Remarks, "the path has no slash at its end, and no document of Interakt has it so; send "+c.Path+"/")
		return d
	}
	return op
}

// dispatch signs a webhook over the bytes that are sent.
func (f *fake) dispatch(d sim.Delivery) sim.Dispatch {
	return sim.Dispatch{
		Header: http.Header{"Content-Type": {"application/json"}, "Interakt-Signature": {Sign(d.Workspace.Secret(headSecret, f.Secret), d.Body)}},
		Notes:  provider.Numbered(d.Notes, d.Attempt),
	}
}

// suspend is Interakt's rule on webhooks: after five within ten minutes that
// were not answered with 200 in time the webhook is disabled.
func suspend(latest []sim.Attempted) bool {
	const failures, within = 5, 10 * time.Minute
	failed, newest := 0, latest[len(latest)-1].At
	for _, a := range latest {
		if a.Status != http.StatusOK && newest.Sub(a.At) < within {
			failed++
		}
	}
	return failed >= failures
}

// channel is the way by which customers write to an account.
func (f *fake) channel() sim.Channel {
	ch := sim.Channel{
		Name: Name, Platform: "whatsapp", Write: f.write, Status: f.setStatus, Sees: sees, Suspend: suspend,
		Normal: provider.NormalPhone, Customer: provider.FreshPhone, CustomerIn: provider.PhoneIn, Fated: provider.FatedPhone,
		Events: f.events(), Locate: f.locate, Reread: f.reread, Claims: claims,
	}
	for _, a := range f.Accounts {
		ch.Accounts = append(ch.Accounts, sim.Account{ID: a.Name, ClientID: a.ClientID, Name: a.Operator})
	}
	return ch
}
