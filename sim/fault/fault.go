package fault

import (
	"cmp"
	"fmt"
	"maps"
	"time"
)

// Fault is one fault as users write it, in the config file, the control API,
// the command line, a scenario, Go and the X-Sandbox-Fault header. The zero
// value of every field means "not given". A fault has an effect of its own, or
// a sequence of them, or takes both from a preset.
type Fault struct {
	// ID names the fault in answers (X-Sandbox-Fault) and in the journal: up to
	// 64 letters, digits, dots, dashes and underscores. Arm gives one where it is empty.
	ID string `json:"id,omitempty" yaml:"id,omitempty"`
	// Name is for people.
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
	// Preset takes effect, schedule and match from a named fault (Presets). What
	// is given beside it narrows or replaces match and schedule, never the effect.
	Preset string `json:"preset,omitempty" yaml:"preset,omitempty"`

	Match Match `json:"match,omitzero" yaml:"match,omitempty"`

	Effect `yaml:",inline"`
	// Sequence gives one effect per strike, in order; a zero effect ("ok")
	// lets the call pass. It has at least two steps.
	Sequence Sequence `json:"sequence,omitempty" yaml:"sequence,omitempty"`

	// Times is how many calls are struck; 0 strikes for ever. With a sequence
	// it is how often the whole sequence is played; 0 then means once.
	Times int `json:"times,omitempty" yaml:"times,omitempty"`
	// Skip lets the first matching calls pass.
	Skip int `json:"skip,omitempty" yaml:"skip,omitempty"`
	// Every strikes each nth of the matching calls after those skipped: 3
	// strikes the third, the sixth …
	Every int `json:"every,omitempty" yaml:"every,omitempty"`
	// Probability strikes a due call with this chance, above 0 and up to 1.
	// Whether it does is a hash of Seed, ID and the call's id, so a repeated
	// run strikes the same calls.
	Probability float64 `json:"probability,omitempty" yaml:"probability,omitempty"`
	// Seed gives another choice of calls with the same probability.
	Seed uint64 `json:"seed,omitempty" yaml:"seed,omitempty"`
	// From and Until are a window of simulated time; Until itself is outside.
	From  time.Time `json:"from,omitzero" yaml:"from,omitempty"`
	Until time.Time `json:"until,omitzero" yaml:"until,omitempty"`
	// TTL disarms the fault this long after it was armed, in simulated time.
	TTL Duration `json:"ttl,omitempty" yaml:"ttl,omitempty"`
}

// Match says which calls a fault is about; every condition given must hold.
// The zero value matches every call.
type Match struct {
	// Fake is the vendor ("encore", "meta", …).
	Fake string `json:"fake,omitempty" yaml:"fake,omitempty"`
	// Operation is an operationId, alone or after its fake: "offersMessage",
	// "encore.offersMessage".
	Operation string `json:"operation,omitempty" yaml:"operation,omitempty"`
	// Thread is a thread id, channel:account:customer.
	Thread string `json:"thread,omitempty" yaml:"thread,omitempty"`
	// ClientID is Encore's clientId.
	ClientID string `json:"clientId,omitempty" yaml:"clientId,omitempty"`
	// Recipient is whom the request names; a leading plus makes no difference.
	Recipient string `json:"recipient,omitempty" yaml:"recipient,omitempty"`
	// Customer is the customer of the call's thread; a leading plus makes no difference.
	Customer string `json:"customer,omitempty" yaml:"customer,omitempty"`
	// Key is the credential of the call (an Encore key, a token).
	Key string `json:"key,omitempty" yaml:"key,omitempty"`
	// Header maps names of request headers to values; "*" is any value.
	Header map[string]string `json:"header,omitempty" yaml:"header,omitempty"`
	// Body maps paths into the JSON body (a.b[0].c) to values; "*" is any
	// value. Numbers are compared as plain decimals, true, false and null as words.
	Body Values `json:"body,omitempty" yaml:"body,omitempty"`
	// Nth is the one call that is meant, counted from 1 among those that match
	// everything else.
	Nth int `json:"nth,omitempty" yaml:"nth,omitempty"`
	// WellFormed leaves out calls that the contract refuses by itself.
	WellFormed bool `json:"wellFormed,omitempty" yaml:"wellFormed,omitempty"`
	// OfferMessage asks for a message to a customer that carries an Encore link.
	OfferMessage bool `json:"offerMessage,omitempty" yaml:"offerMessage,omitempty"`
}

// Sequence is a list of effects, one per strike. In JSON a step is a string of
// the grammar ("429", "503+html", "ok"), a status as a number, or an object;
// the whole may also be one string: "429,429,ok".
type Sequence []Effect

// Values maps paths to values. In JSON a value may also be a number, true,
// false or null; it is kept as its text.
type Values map[string]string

// Resolve returns the fault with its preset filled in. An unknown preset is an
// error that names a similar one.
func (f Fault) Resolve() (Fault, error) {
	if f.Preset == "" {
		return f, nil
	}
	base, ok := PresetNamed(f.Preset)
	if !ok {
		return f, fmt.Errorf("there is no preset %q%s", f.Preset, didYouMean(f.Preset, presetNames()))
	}
	if f.Effect != (Effect{}) || len(f.Sequence) > 0 {
		return f, fmt.Errorf("preset %q has an effect already: leave out the preset or the effect", f.Preset)
	}
	return f.over(base.Fault), nil
}

// over lays the fields given in f over those of a preset.
func (f Fault) over(base Fault) Fault {
	f.Name = cmp.Or(f.Name, base.Name)
	f.Match = f.Match.over(base.Match)
	f.Effect, f.Sequence = base.Effect, base.Sequence
	f.Times = cmp.Or(f.Times, base.Times)
	f.Skip = cmp.Or(f.Skip, base.Skip)
	f.Every = cmp.Or(f.Every, base.Every)
	f.Probability = cmp.Or(f.Probability, base.Probability)
	f.Seed = cmp.Or(f.Seed, base.Seed)
	if f.From.IsZero() {
		f.From = base.From
	}
	if f.Until.IsZero() {
		f.Until = base.Until
	}
	f.TTL = cmp.Or(f.TTL, base.TTL)
	return f
}

func (m Match) over(base Match) Match {
	m.Fake = cmp.Or(m.Fake, base.Fake)
	m.Operation = cmp.Or(m.Operation, base.Operation)
	m.Thread = cmp.Or(m.Thread, base.Thread)
	m.ClientID = cmp.Or(m.ClientID, base.ClientID)
	m.Recipient = cmp.Or(m.Recipient, base.Recipient)
	m.Customer = cmp.Or(m.Customer, base.Customer)
	m.Key = cmp.Or(m.Key, base.Key)
	m.Header = overMap(m.Header, base.Header)
	m.Body = overMap(m.Body, base.Body)
	m.Nth = cmp.Or(m.Nth, base.Nth)
	m.WellFormed = m.WellFormed || base.WellFormed
	m.OfferMessage = m.OfferMessage || base.OfferMessage
	return m
}

func overMap[M ~map[string]string](own, base M) M {
	if len(own) == 0 || len(base) == 0 {
		if len(own) == 0 {
			return base
		}
		return own
	}
	merged := maps.Clone(base)
	maps.Copy(merged, own)
	return merged
}
