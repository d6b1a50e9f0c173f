package fault

import (
	"cmp"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

// Call is what Decide may know of a request. What is unknown stays empty.
type Call struct {
	ID           string // any id of this call; Fault.Probability hashes it
	Fake         string
	Operation    string // operationId
	Thread       string // channel:account:customer
	Customer     string // of the thread
	Recipient    string // as the request names it
	ClientID     string
	Key          string              // the credential
	Header       map[string][]string // canonical names, as in http.Header
	Body         any                 // decoded JSON: map[string]any, []any, string, float64, bool, nil
	At           time.Time           // simulated time of the call
	WellFormed   bool                // the request keeps to the contract
	OfferMessage bool                // it sends a customer a message with an Encore link
}

// Armed is a fault in force with its counters. It is a document: equal to
// itself after a round trip through JSON.
type Armed struct {
	Fault   Fault     `json:"fault"`
	At      time.Time `json:"at"`                // simulated time when it was armed
	Matched int       `json:"matched,omitempty"` // calls that it was about
	Struck  int       `json:"struck,omitempty"`  // of those, calls that it changed or gave a turn
}

// Hit says which fault struck a call and with what effect, in the grammar.
type Hit struct {
	ID     string
	Name   string
	Effect string
}

// Arm makes a fault ready for Decide: its preset is filled in, it is valid,
// and id is its id unless it has one. at is the simulated time.
func Arm(f Fault, id string, at time.Time) (Armed, error) {
	f.ID = cmp.Or(f.ID, id)
	if err := f.Validate(); err != nil {
		return Armed{}, err
	}
	full, err := f.Resolve()
	if err != nil {
		return Armed{}, err
	}
	// What is armed says its effect itself: with the preset beside it, it could
	// not be read back.
	full.Name, full.Preset = cmp.Or(full.Name, full.Preset), ""
	if len(full.Match.Header) > 0 {
		canonical := make(map[string]string, len(full.Match.Header))
		for name, value := range full.Match.Header {
			canonical[textproto.CanonicalMIMEHeaderKey(name)] = value
		}
		full.Match.Header = canonical
	}
	return Armed{Fault: full, At: at}, nil
}

// Precedence puts the faults that may strike a call in the order in which they
// are asked: the one in its header, the fate of its customer, the armed rules.
// Without the first two it returns the rules themselves.
func Precedence(header, fate *Armed, rules []Armed) []Armed {
	if header == nil && fate == nil {
		return rules
	}
	queue := make([]Armed, 0, len(rules)+2)
	for _, first := range []*Armed{header, fate} {
		if first != nil {
			queue = append(queue, *first)
		}
	}
	return append(queue, rules...)
}

// Decide says what becomes of a call. The first fault that matches and is due
// gives the effect, with random latencies drawn; hit is nil when nothing
// strikes or the turn was an "ok". changed holds the faults whose counters
// moved, with their new counts: store them (Merge), and the decision has taken
// place. Decide is pure, so that it may be asked again for the same call, and
// it allocates nothing when no fault matches.
func Decide(armed []Armed, call *Call) (effect Effect, hit *Hit, changed []Armed) {
	for i := range armed {
		if armed[i].Spent(call.At) || !armed[i].about(call) {
			continue
		}
		next := armed[i]
		next.Matched++
		due := next.due(call)
		if due {
			effect = next.effect(call)
			next.Struck++
		}
		changed = append(changed, next)
		if !due {
			continue
		}
		if !effect.IsZero() {
			hit = &Hit{ID: next.Fault.ID, Name: next.Fault.Name, Effect: effect.String()}
		}
		return effect, hit, changed
	}
	return effect, nil, changed
}

// Merge returns the rules with the counters of those that Decide changed, told
// by their ids. Changed faults that are no rules, such as fates, are left out.
func Merge(rules, changed []Armed) []Armed {
	merged := slices.Clone(rules)
	for i := range merged {
		for _, c := range changed {
			if c.Fault.ID == merged[i].Fault.ID {
				merged[i] = c
			}
		}
	}
	return merged
}

// Spent reports whether the fault can strike no more: used up, past its time
// to live or past its window.
func (a *Armed) Spent(now time.Time) bool {
	f := &a.Fault
	return a.Left() == 0 ||
		(f.TTL > 0 && !now.Before(a.At.Add(f.TTL.Std()))) ||
		(!f.Until.IsZero() && !now.Before(f.Until))
}

// Left returns how many turns the fault still has, or -1 for no end.
func (a *Armed) Left() int {
	f := &a.Fault
	limit := f.Times
	if len(f.Sequence) > 0 {
		limit = max(1, f.Times) * len(f.Sequence)
	}
	switch {
	case f.Match.Nth > 0 && a.Matched >= f.Match.Nth:
		return 0
	case f.Match.Nth > 0:
		return 1
	case limit == 0:
		return -1
	}
	return max(0, limit-a.Struck)
}

// Counts reports whether the fault depends on earlier calls, so that its
// counters must be kept.
func (f *Fault) Counts() bool {
	return f.Times > 0 || f.Skip > 0 || f.Every > 0 || f.Match.Nth > 0 || len(f.Sequence) > 0
}

// due decides about a call that has just been counted in Matched.
func (a *Armed) due(call *Call) bool {
	f := &a.Fault
	n := a.Matched - f.Skip
	switch {
	case f.Match.Nth > 0 && a.Matched != f.Match.Nth, n < 1, f.Every > 1 && n%f.Every != 0:
		return false
	case f.Probability > 0 && f.Probability < 1:
		return draw(f.Seed, "strike", f.ID, call.ID) < f.Probability
	}
	return true
}

// effect is what the next strike does.
func (a *Armed) effect(call *Call) Effect {
	f := &a.Fault
	e := f.Effect
	if n := len(f.Sequence); n > 0 {
		e = f.Sequence[a.Struck%n]
	}
	e.Latency = e.Latency.draw(draw(f.Seed, "latency", f.ID, call.ID))
	return e
}

// about reports whether the call is one that the fault means.
func (a *Armed) about(call *Call) bool {
	if !a.Fault.From.IsZero() && call.At.Before(a.Fault.From) {
		return false
	}
	m := &a.Fault.Match
	return is(m.Fake, call.Fake) && m.operation(call) &&
		is(m.Thread, call.Thread) && is(m.ClientID, call.ClientID) && is(m.Key, call.Key) &&
		isNumber(m.Recipient, call.Recipient) && isNumber(m.Customer, call.Customer) &&
		(!m.WellFormed || call.WellFormed) && (!m.OfferMessage || call.OfferMessage) &&
		m.header(call.Header) && m.body(call.Body)
}

func is(want, got string) bool { return want == "" || want == got }

func isNumber(want, got string) bool {
	return want == "" || strings.TrimPrefix(want, "+") == strings.TrimPrefix(got, "+")
}

func (m *Match) operation(call *Call) bool {
	fake, name, dotted := strings.Cut(m.Operation, ".")
	if !dotted {
		return is(m.Operation, call.Operation)
	}
	return fake == call.Fake && name == call.Operation
}

func (m *Match) header(header map[string][]string) bool {
	for name, want := range m.Header {
		got := textproto.MIMEHeader(header).Values(name)
		if len(got) == 0 || (want != anyValue && !slices.Contains(got, want)) {
			return false
		}
	}
	return true
}

func (m *Match) body(tree any) bool {
	for path, want := range m.Body {
		got, ok := lookup(tree, path)
		if !ok || !sameValue(got, want) {
			return false
		}
	}
	return true
}

// draw hashes its arguments to a number in [0,1): FNV-1a over the parts, each
// ended by a byte that UTF-8 does not have, finished as in splitmix64 because
// FNV alone leaves similar ids with similar high bits.
func draw(seed uint64, purpose, id, call string) float64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037) ^ seed*0x9e3779b97f4a7c15
	for _, part := range [...]string{purpose, id, call} {
		for i := range len(part) {
			h = (h ^ uint64(part[i])) * prime
		}
		h = (h ^ 0xff) * prime
	}
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9
	h = (h ^ (h >> 27)) * 0x94d049bb133111eb
	return float64((h^(h>>31))>>11) / (1 << 53)
}
