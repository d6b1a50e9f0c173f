package contract

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Customer is somebody who writes to the business, and the thread of that. It
// belongs to the test that made it: its methods fail that test and are called
// from its goroutine.
type Customer struct {
	Number   string // the phone number
	Channel  string // whatsapp, …
	Account  string // of the business on the channel: the phone number id
	ClientID string // the business, as Encore knows it
	Thread   string // channel:account:number

	t     testing.TB
	s     *Sandbox
	since int64 // newest exchange when the customer last wrote
}

// Customer makes a customer of the first operator who never wrote before.
func (s *Sandbox) Customer(t testing.TB) *Customer {
	t.Helper()
	return s.CustomerLike(t, sim.CustomerRequest{})
}

// CustomerLike makes a customer of another channel or operator, or one whose
// number decides the fate of the thread: Fate "503" makes Encore answer 503 to
// every call for this customer, "829" 429 twice and then 200 (the table is in
// `encore-sandbox help faults`).
func (s *Sandbox) CustomerLike(t testing.TB, like sim.CustomerRequest) *Customer {
	t.Helper()
	made, err := s.Workspace().NewCustomer(context.Background(), like)
	if err != nil {
		t.Fatalf("contract: no such customer can be made: %v", err)
	}
	return &Customer{
		Number: made.Customer, Channel: made.Channel, Account: made.Account, ClientID: made.ClientID, Thread: made.Thread, t: t, s: s,
	}
}

// Writes sends a text to the business and returns the message's id. The webhook
// goes out in its own time; wait with Received, Only or Quiet.
func (c *Customer) Writes(text string) string {
	c.t.Helper()
	entries, err := c.s.exchanges("", c.since)
	if err != nil {
		c.t.Fatalf("contract: %v", err)
	}
	for _, e := range entries {
		c.since = max(c.since, e.N)
	}
	sent, err := c.s.Workspace().Write(context.Background(), sim.CustomerMessage{Channel: c.Channel, Account: c.Account, From: c.Number, Text: text})
	if err != nil {
		c.t.Fatalf("contract: %s cannot write: %v\n  fix: give Options.Handler or Options.Webhook, or call Sandbox.Handle first", c.Thread, err)
	}
	return sent.ID
}

// Received waits for exchanges of this thread since the customer last wrote, as
// Sandbox.Received does for all.
func (c *Customer) Received(patterns ...Pattern) []sim.Entry {
	c.t.Helper()
	return c.s.expect(c.t, sim.Expectation{Patterns: patternsOf(patterns), Thread: c.Thread, Since: c.since})
}

// Only waits until the thread is quiet and demands that the integration did
// exactly this since the customer last wrote, in this order: words such as
// "offer requested" or "reply sent", with a text if that matters. Without words
// it demands silence. So it also tells that something did not come.
func (c *Customer) Only(words ...Pattern) {
	c.t.Helper()
	expect, err := expectations(words)
	if err != nil {
		c.t.Fatalf("contract: %v", err)
	}
	c.Quiet()
	entries, err := c.s.exchanges(c.Thread, c.since)
	if err != nil {
		c.t.Fatalf("contract: %v", err)
	}
	var got []story.Observation
	for _, e := range entries {
		got = append(got, observed(e)...)
	}
	if wrong := story.Match(expect, got); len(wrong) > 0 {
		c.t.Fatal(c.differs(words, wrong))
	}
}

// differs words what an exact expectation and reality differ in.
func (c *Customer) differs(words []Pattern, wrong []story.Mismatch) string {
	var out strings.Builder
	out.WriteString("contract: the integration did something else than expected\n  expected: ")
	for i, w := range words {
		if i > 0 {
			out.WriteString(", then ")
		}
		out.WriteString(string(w))
	}
	if len(words) == 0 {
		out.WriteString("nothing")
	}
	out.WriteString("\n")
	for _, m := range wrong {
		fmt.Fprintf(&out, "  wrong: %s\n", m)
	}
	c.s.closing(&out, c.Thread, c.since, "change the integration, or name what it shall do; a thread may be offered something at its first message "+
		"and after the idle gap, below its cap, and every message is replied to")
	return out.String()
}

// Quiet waits until the thread is at rest, see Sandbox.Quiet.
func (c *Customer) Quiet() {
	c.t.Helper()
	c.s.Quiet(c.t, c.Thread)
}

// Now is the thread's time.
func (c *Customer) Now() time.Time { return c.s.Now(c.Thread) }

// Advance lets time pass in this thread alone, see Sandbox.Advance. The
// customer must have written.
func (c *Customer) Advance(by time.Duration) {
	c.t.Helper()
	c.s.Advance(c.t, c.Thread, by)
}

// Fault arms a fault against this customer's calls only, see Sandbox.Fault.
func (c *Customer) Fault(text string) (disarm func()) {
	c.t.Helper()
	return c.s.arm(c.t, text, c.Number)
}

// Fault arms a fault until the test ends or disarm is called, in the grammar of
// the X-Sandbox-Fault header: "503;times=2", "latency=2s", "reset", "garbled",
// "429;operation=meta.whatsappMessages". Without an operation or a fake it
// strikes requests for offers. It strikes all threads.
func (s *Sandbox) Fault(t testing.TB, text string) (disarm func()) {
	t.Helper()
	return s.arm(t, text, "")
}

func (s *Sandbox) arm(t testing.TB, text, customer string) (disarm func()) {
	t.Helper()
	f, err := fault.Parse(text)
	if err != nil {
		t.Fatalf("contract: fault %q: %v", text, err)
	}
	if f.Match.Operation == "" && f.Match.Fake == "" && f.Preset == "" {
		f.Match.Operation = "encore.offersMessage"
	}
	if customer != "" {
		f.Match.Customer = customer
	}
	armed, err := s.Workspace().Arm(context.Background(), f)
	if err != nil {
		t.Fatalf("contract: fault %q: %v", text, err)
	}
	var once sync.Once
	disarm = func() {
		once.Do(func() { _ = s.Workspace().Disarm(context.Background(), armed.Fault.ID) })
	}
	t.Cleanup(disarm)
	return disarm
}
