package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// armedKey is the document with a workspace's armed faults, []fault.Armed in
// the order in which they were armed.
var armedKey = store.Key{Kind: kindFaults, ID: "armed"}

// armedFaults is the value of that document. Count numbers the ids it gave.
type armedFaults struct {
	Rules []fault.Armed `json:"rules"`
	Count int           `json:"count"`
}

// decide says which fault strikes: the request's own header, then the fate of
// the customer's number, then the armed faults in their order. A refused call
// meets faults of the connection only, so that none disguises a 401.
func (s *Sandbox) decide(tx *Tx, p *passage, o *outcome) {
	rules, _ := Get[armedFaults](tx, armedKey.Kind, armedKey.ID)
	header, fate := headerFault(p, tx.Now), fateOf(tx, p)
	if header == nil && fate == nil && len(rules.Rules) == 0 {
		return
	}
	queue := fault.Precedence(header, fate, rules.Rules)
	effect, hit, changed := fault.Decide(queue, s.facts(tx, p))
	if p.refused != nil && (effect.Status != 0 || effect.Works()) {
		return
	}
	o.effect, tx.Effect, o.wait = effect, effect, effect.Latency.Delay()
	if hit != nil {
		o.hit = &FaultHit{ID: hit.ID, Name: hit.Name, Effect: hit.Effect}
	}
	keepCounts(tx, p, rules, changed)
	tx.kept = len(tx.change.Puts)
}

// keepCounts stores the counters that a decision moved.
func keepCounts(tx *Tx, p *passage, rules armedFaults, changed []fault.Armed) {
	if len(changed) == 0 {
		return
	}
	if key, ok := fateKey(p); ok {
		for _, a := range changed {
			if f, fated := fault.Fate(fatedCustomer(p)); fated && a.Fault.ID == f.ID && f.Counts() {
				tx.Put(key.Kind, key.ID, a)
			}
		}
	}
	if slices.ContainsFunc(changed, func(a fault.Armed) bool { return isRule(rules.Rules, a.Fault.ID) }) {
		rules.Rules = fault.Merge(rules.Rules, changed)
		tx.Put(armedKey.Kind, armedKey.ID, rules)
	}
}

func isRule(rules []fault.Armed, id string) bool {
	return slices.ContainsFunc(rules, func(a fault.Armed) bool { return a.Fault.ID == id })
}

// carried reads the fault that a request's own header asks for, if any. What
// cannot be meant is refused with the grammar, and nothing of it strikes.
func (s *Sandbox) carried(headers []string) (*fault.Fault, *Refusal) {
	if len(headers) == 0 || len(headers) == 1 && headers[0] == "" {
		return nil, nil
	}
	if len(headers) > 1 {
		return nil, badFault("is given twice; write one, its parts joined by semicolons")
	}
	f, err := fault.Parse(headers[0])
	if err == nil {
		err = s.unmet(f.Match)
	}
	if err != nil {
		return nil, badFault(faultProblem(err) + "; how it is written: encore-sandbox help faults")
	}
	if f.Skip > 0 || f.Every > 1 || f.Match.Nth > 1 {
		return nil, badFault("skip, every and nth count calls, and a header is about one; arm the fault instead: encore-sandbox fault add")
	}
	return &f, nil
}

func badFault(problem string) *Refusal {
	return &Refusal{Kind: BadFault, Message: "header " + HeaderFault + ": " + problem, Details: faultGrammar()}
}

// faultGrammar is the grammar of faults in short, line by line.
func faultGrammar() []string {
	lines := strings.Split(fault.Usage(), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

// unmet says what a fault waits for in vain: a vendor or an operation that this
// sandbox does not have, most often a slip of the pen.
func (s *Sandbox) unmet(m fault.Match) error {
	vendor, name, qualified := strings.Cut(m.Operation, ".")
	if !qualified {
		vendor, name = "", m.Operation
	}
	var vendors []string
	var known, met bool
	for _, f := range s.config.Fakes {
		vendors = append(vendors, f.Name)
		known = known || f.Name == m.Fake
		_, has := f.Operations[name]
		met = met || has && (vendor == "" || vendor == f.Name)
	}
	switch {
	case m.Fake != "" && !known:
		return fmt.Errorf("fake %q is none of %s", m.Fake, strings.Join(vendors, ", "))
	case m.Operation != "" && !met:
		return fmt.Errorf("no fake has the operation %q; operations are written like encore.offersMessage, and the document of each vendor names them: encore-sandbox openapi", m.Operation)
	}
	return nil
}

// headerFault is the fault of the request's own header, which strikes once.
func headerFault(p *passage, now time.Time) *fault.Armed {
	if p.strike == nil {
		return nil
	}
	armed, err := fault.Arm(*p.strike, "header", now)
	if err != nil {
		return nil // enter has read it with Parse, which validates
	}
	return &armed
}

// fatedCustomer is whose number may decide about a call.
func fatedCustomer(p *passage) string {
	if p.call.op == nil || !p.call.Fake.Operations[p.call.Operation].Fated {
		return ""
	}
	return cmp.Or(p.desc.Customer, p.desc.Recipient)
}

// fateKey is the document that counts for a customer's fate, if it counts.
func fateKey(p *passage) (store.Key, bool) {
	customer := fatedCustomer(p)
	f, ok := fault.Fate(customer)
	return store.Key{Kind: kindFate, ID: customer}, ok && f.Counts()
}

func fateOf(tx *Tx, p *passage) *fault.Armed {
	f, ok := fault.Fate(fatedCustomer(p))
	if !ok {
		return nil
	}
	if key, counts := fateKey(p); counts {
		if kept, ok := Get[fault.Armed](tx, key.Kind, key.ID); ok {
			return &kept
		}
	}
	return &fault.Armed{Fault: f, At: tx.Now}
}

// facts is what a fault may match on.
func (s *Sandbox) facts(tx *Tx, p *passage) *fault.Call {
	c, d := p.call, p.desc
	tree, _ := c.JSON()
	f := &fault.Call{
		ID: c.Path + string(c.Body), Operation: c.Operation, Thread: p.thread, Recipient: cmp.Or(d.Recipient, d.Customer), Customer: d.Customer,
		ClientID: d.ClientID, Key: d.Key, Header: c.Header, Body: tree, At: tx.Now,
		WellFormed: p.refused == nil && p.invalid == nil, OfferMessage: d.OfferMessage,
	}
	if c.Fake != nil {
		f.Fake = c.Fake.Name
	}
	if tx.Thread != nil {
		f.Customer = tx.Thread.Customer
	}
	return f
}

// faultProblem is what is wrong with the text of a fault, on one line: the
// grammar below it is for terminals.
func faultProblem(err error) string {
	var slip *fault.ParseError
	if errors.As(err, &slip) {
		return slip.Problem
	}
	return err.Error()
}

// Arm puts a fault in force and returns it with its id.
func (ws *Workspace) Arm(ctx context.Context, f fault.Fault) (fault.Armed, error) {
	if err := ws.sandbox.unmet(f.Match); err != nil {
		return fault.Armed{}, err
	}
	var armed fault.Armed
	err := ws.editFaults(ctx, func(now *Tx, all *armedFaults) error {
		for all.Count++; isRule(all.Rules, fmt.Sprintf("fault-%d", all.Count)); all.Count++ {
		}
		var err error
		armed, err = fault.Arm(f, fmt.Sprintf("fault-%d", all.Count), now.Now)
		if err != nil {
			return err
		}
		if isRule(all.Rules, armed.Fault.ID) {
			return fmt.Errorf("a fault %q is armed already; disarm it first or choose another id", armed.Fault.ID)
		}
		all.Rules = append(slices.Clone(all.Rules), armed)
		return nil
	})
	return armed, err
}

// Disarm takes a fault out of force; an empty id takes all.
func (ws *Workspace) Disarm(ctx context.Context, id string) error {
	return ws.editFaults(ctx, func(_ *Tx, all *armedFaults) error {
		if id != "" && !isRule(all.Rules, id) {
			return &ControlError{Status: http.StatusNotFound, Message: fmt.Sprintf("no fault %q is armed", id)}
		}
		all.Rules = slices.DeleteFunc(slices.Clone(all.Rules), func(a fault.Armed) bool { return id == "" || a.Fault.ID == id })
		return nil
	})
}

// Faults returns the armed faults in their order.
func (ws *Workspace) Faults(ctx context.Context) ([]fault.Armed, error) {
	doc, ok, err := ws.store.Get(ctx, ws.space, armedKey)
	if err != nil || !ok {
		return []fault.Armed{}, err
	}
	return doc.Value.(armedFaults).Rules, nil
}

func (ws *Workspace) editFaults(ctx context.Context, edit func(*Tx, *armedFaults) error) error {
	s := ws.sandbox
	_, err := ws.update(ctx, store.Reads{Own: []store.Key{armedKey}}, func(v store.View) (store.Change, error) {
		tx := s.begin(v, ws, "")
		all, _ := Get[armedFaults](tx, armedKey.Kind, armedKey.ID)
		if err := edit(tx, &all); err != nil {
			return store.Change{}, err
		}
		tx.Put(armedKey.Kind, armedKey.ID, all)
		return tx.change, nil
	})
	return err
}

// armedRow is an armed fault with its countdown.
type armedRow struct {
	fault.Armed
	Effect  string    `json:"effect"`         // in the grammar
	Left    *int      `json:"left,omitempty"` // strikes to come; absent without an end
	Expires time.Time `json:"expires,omitzero"`
	Spent   bool      `json:"spent"`
}

func (c *control) listFaults(call *controlCall) (any, error) {
	ctx := call.request.Context()
	armed, err := call.ws.Faults(ctx)
	rows := make([]armedRow, len(armed))
	for i := range armed {
		rows[i] = armedRow{Armed: armed[i], Effect: armed[i].Fault.String(), Spent: armed[i].Spent(call.ws.Now(ctx, ""))}
		if left := armed[i].Left(); left >= 0 {
			rows[i].Left = &left
		}
		if ttl := armed[i].Fault.TTL; ttl > 0 {
			rows[i].Expires = armed[i].At.Add(ttl.Std())
		}
	}
	return map[string]any{"faults": rows}, err
}

// addFault takes a fault as a JSON object, or as a string in the grammar of the
// X-Sandbox-Fault header.
func (c *control) addFault(call *controlCall) (any, error) {
	f, err := read[fault.Fault](call)
	if err != nil {
		var slip *ControlError
		if errors.As(err, &slip) {
			slip.Details = faultGrammar()
		}
		return nil, err
	}
	return call.ws.Arm(call.request.Context(), f)
}

func (c *control) clearFaults(call *controlCall) (any, error) {
	return nil, call.ws.Disarm(call.request.Context(), "")
}

func (c *control) removeFault(call *controlCall) (any, error) {
	return nil, call.ws.Disarm(call.request.Context(), call.Params["id"])
}
