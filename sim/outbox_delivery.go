package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// maxDeliveries bounds the deliveries of a workspace over sockets that are
// under way at once. Customers who write all at once would else open a
// connection each, until the machine has none left.
const maxDeliveries = 256

// slot waits until a delivery over a socket may begin. What is called in
// process waits for nobody: its clock may be a virtual one, which a channel
// would stop. The function it returns gives the place up.
func (o *outbox) slot(t Target) (leave func()) {
	if t.Transport != nil && t.connection() == "" {
		return func() {}
	}
	o.pace()
	o.slots <- struct{}{}
	return func() { <-o.slots }
}

// written is a webhook with its body and notes, which a draft does not have yet.
func (f *Fake) written(w Webhook) Webhook {
	if w.Draft == "" {
		return w
	}
	w = f.Render(w)
	w.Draft, w.Step = "", ""
	return w
}

// signed is what one attempt adds to a webhook, with a bad signature where the
// webhook is to have one.
func signed(fake *Fake, ws *Workspace, w Webhook, attempt int) Dispatch {
	d := fake.Dispatch(Delivery{Webhook: w, Attempt: attempt, Workspace: ws})
	forge(d.Header, w.Forged)
	return d
}

// hit says in the journal what was done to a webhook on purpose, in the words
// of Shape; nil when nothing was.
func (e outboxEntry) hit() *FaultHit {
	var effects []string
	add := func(done bool, effect string) {
		if done {
			effects = append(effects, effect)
		}
	}
	add(e.Forged != "", "signature="+e.Forged)
	add(e.Dropped && !e.Off, "drop")
	add(e.Off, switchedOff)
	add(e.Late > 0, "late="+fault.Duration(e.Late).String())
	add(e.Held, "reorder")
	if len(effects) == 0 {
		return nil
	}
	return &FaultHit{ID: "deliver", Effect: strings.Join(effects, ";")}
}

// byDue orders entries as they go out.
func byDue(a, b outboxEntry) int {
	return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Seq, b.Seq))
}

// at makes what is picked due at a moment, in the order in which it would have
// gone out, and says whether that was anything.
func (q outboxQueue) at(now time.Time, pick func(outboxEntry) bool) (outboxQueue, bool) {
	out, any := outboxQueue{Entries: slices.Clone(q.Entries), Seq: q.Seq, Holder: q.Holder, Until: q.Until}, false
	slices.SortFunc(out.Entries, byDue)
	for i := range out.Entries {
		if e := &out.Entries[i]; pick(*e) {
			out.Seq++
			e.Seq, e.Due, e.Waits, any = out.Seq, now, false, true
		}
	}
	return out, any
}
