package sim

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Traffic that was recorded elsewhere comes into a journal by another way than
// calls do: nothing is decided and nobody is called, but the same functions read
// it, so that the same rules can judge it.
//
//	call    ─▶ route ─▶ describe ─▶ Operation.Heard (what the vendor's answer says) ─▶ Conclude ─▶ entry and end
//	webhook ─▶ Channel.Locate ─▶ Channel.Reread ─▶ Dispatch (is that how the vendor signs?) ─▶ entry and end

// Heard is an exchange that took place elsewhere.
type Heard struct {
	Direction string
	Channel   string   // by which a webhook came; of an In empty
	Request   Message  // with an absolute URL and whatever credentials it had
	Response  *Message // nil: none is known
	Reason    string   // why there is none
	Signed    []byte   // the body that was signed, where Request has a part of it; nil: Request's
	Began     Instant
	Over      Instant
	Outcome   string // one of the outcomes of Ended
}

// Instant is a moment of a recording: Tick orders, At measures.
type Instant struct {
	Tick int64
	At   time.Time
}

// HeardAs says what a recorded exchange was taken for.
type HeardAs struct {
	N      int64
	Thread string   // empty: it is not known whose it was
	Gaps   []string // what it leaves open that a rule would want to know
}

// Hearing writes what was recorded into the journal of a workspace. Exchanges
// are given in the order in which they began. It is not for concurrent use.
type Hearing struct {
	Workspace *Workspace
	// Signed says whether the secrets of a fake are those by which its recorded
	// webhooks were signed; else signatures are not looked at. Nil: of none.
	Signed func(fake string) bool
	// Good and Bad count the signatures that were looked at.
	Good, Bad  int
	deliveries map[string]int // by thread, event and id of what was reported
	told       string         // what the webhook at hand reports
	checked    [2]int         // its signature: good, bad
}

// Hear takes one exchange. An error is the store's, or about a request that no
// client could have sent.
func (l *Hearing) Hear(ctx context.Context, h Heard) (HeardAs, error) {
	if h.Direction == Out {
		return l.webhook(ctx, h)
	}
	p, err := l.passage(ctx, h)
	if err != nil {
		return HeardAs{}, err
	}
	return l.commit(ctx, h, p.thread, Ended{}, func(tx *Tx) *Exchange { return l.call(tx, h, p) })
}

// passage takes a recorded call as far as a call goes before anything is decided.
func (l *Hearing) passage(ctx context.Context, h Heard) (*passage, error) {
	s := l.Workspace.sandbox
	r, err := http.NewRequestWithContext(ctx, h.Request.Method, h.Request.URL, bytes.NewReader(h.Request.Body))
	if err != nil {
		return nil, err
	}
	r.Header = h.Request.Header
	p := &passage{call: s.capture(r)}
	p.call.Workspace, p.call.Tick, p.call.Wall = l.Workspace, h.Began.Tick, h.Began.At
	s.route(p)
	s.body(p)
	s.describe(p)
	s.validate(p)
	return p, nil
}

// call is the entry of a recorded call: what its bytes say, and what the
// vendor's answer says of the work that was done for it.
func (l *Hearing) call(tx *Tx, h Heard, p *passage) *Exchange {
	s, c := l.Workspace.sandbox, p.call
	notes := append([]Note(nil), p.desc.Notes...)
	if c.op == nil {
		notes = append(notes, s.stray(p)...)
	} else {
		done := Conclusion{Call: c, Description: p.desc, Answer: h.answer(), Size: h.size()}
		if h.Outcome != Completed {
			done.Effect.Reset = fault.ResetHeaders // whatever it was that cut it
		}
		op := c.Fake.Operations[c.Operation]
		s.guarded(c, "heard", func() { done.Handled = op.Heard != nil && op.Heard(tx, done) })
		notes = append(notes, tx.notes...)
		if op.Conclude != nil {
			s.guarded(c, "conclude", func() { notes = append(notes, op.Conclude(done)...) })
		}
	}
	x := &Exchange{Operation: c.Operation, Request: s.requestMessage(c), Response: h.kept(), Notes: notes, Remarks: p.desc.Remarks}
	if c.Fake != nil {
		x.Fake = c.Fake.Name
	}
	x.Problems = p.problems()
	return x
}

// answer is the recorded answer as a fake would give it; none has status 0.
func (h Heard) answer() Answer {
	if h.Response == nil {
		return Answer{}
	}
	return Answer{Status: h.Response.Status, Header: h.Response.Header, ContentType: h.Response.Header.Get("Content-Type"), Body: h.Response.Body}
}

func (h Heard) size() int {
	if h.Response == nil {
		return 0
	}
	return len(h.Response.Body)
}

// kept is the recorded answer as the journal keeps it.
func (h Heard) kept() *Message {
	if h.Response == nil {
		return nil
	}
	m := *h.Response
	m.Size = int64(len(m.Body))
	if len(m.Body) > maxBody || len(m.Body) > 0 && isMedia(m.Header.Get("Content-Type")) {
		m.SHA256, m.Body = digest(m.Body), nil
		return &m
	}
	m.Body = redactedBody(m.Body)
	return &m
}

// webhook takes a call to the integrator. Whose it is, the body says, or the
// message that it is about.
func (l *Hearing) webhook(ctx context.Context, h Heard) (HeardAs, error) {
	s := l.Workspace.sandbox
	channel := s.channels[h.Channel]
	thread := channel.home(h.Request.Body, "")
	if thread == "" {
		thread = l.about(ctx, channel, h)
	}
	end := Ended{Response: h.kept()}
	if s.words.Acked != nil {
		status := 0
		if h.Response != nil {
			status = h.Response.Status
		}
		end.Notes = []Note{s.words.Acked(status, h.Reason)}
	}
	return l.commit(ctx, h, thread, end, func(tx *Tx) *Exchange { return l.delivery(tx, h) })
}

// about is the thread of the message that a webhook reports on, empty where it
// is not known.
func (l *Hearing) about(ctx context.Context, channel Channel, h Heard) string {
	s, id := l.Workspace.sandbox, ""
	nobody := ThreadID(channel.Name, "", "")
	_, _ = l.Workspace.update(ctx, l.reads(h, nobody), func(v store.View) (store.Change, error) {
		id = channel.reread(s.begin(v, l.Workspace, nobody), Webhook{Body: h.Request.Body}).ID
		return store.Change{}, errPrinted
	})
	if id == "" {
		return ""
	}
	return s.lookUp(ctx, l.Workspace, store.Key{Kind: kindMinted, ID: id})
}

// delivery is the entry of a recorded webhook: what its body says.
func (l *Hearing) delivery(tx *Tx, h Heard) *Exchange {
	s := l.Workspace.sandbox
	fake := s.fakeOf[h.Channel]
	x := &Exchange{Fake: fake.Name, Operation: "raw", Request: h.Request}
	x.Request.Size, x.Request.Body = int64(len(h.Request.Body)), redactedBody(h.Request.Body)
	if u, err := url.Parse(h.Request.URL); err == nil {
		x.Request.URL = u.Scheme + "://" + u.Host + redactedURL(&Call{URL: u})
	}
	if tx.Thread == nil {
		return x
	}
	w := s.channels[h.Channel].reread(tx, Webhook{Body: h.Request.Body})
	l.told = tx.Thread.ID + " " + w.Event + " " + w.ID
	if h.Signed != nil {
		w.Body = h.Signed
	}
	d := fake.Dispatch(Delivery{Webhook: w, Attempt: l.deliveries[l.told] + 1, Workspace: l.Workspace})
	x.Operation, x.Notes = w.Event, d.Notes
	forged := ""
	if l.Signed != nil && l.Signed(fake.Name) {
		forged = badSignature(d.Header, h.Request.Header)
		x.Notes = s.forged(x.Notes, forged)
		l.checked = counted(d.Header, forged)
	}
	if w.Event == "message" && forged == "" {
		tx.Thread.Inbound = tx.Now
	}
	return x
}

// counted counts a signature, where the vendor signs at all.
func counted(vendor http.Header, forged string) (good [2]int) {
	for name := range vendor {
		switch {
		case isSignature(name) && forged != "":
			return [2]int{0, 1}
		case isSignature(name):
			return [2]int{1, 0}
		}
	}
	return good
}

// badSignature compares the signatures of a recorded webhook with the vendor's
// own, and says what is wrong in the words of Shape; empty: nothing.
func badSignature(vendor, got http.Header) string {
	how := ""
	for name, values := range vendor {
		switch text := got.Get(name); {
		case !isSignature(name) || text == values[0]:
		case text != "":
			return SignatureWrong
		case !outdated(values):
			how = SignatureMissing
		}
	}
	for name, values := range vendor {
		if how != "" && isSignature(name) && got.Get(name) == values[0] {
			return SignatureSHA1
		}
	}
	return how
}

// reads is the read set of an exchange of a thread; outside every one it is empty.
func (l *Hearing) reads(h Heard, thread string) (r store.Reads) {
	if thread == "" {
		return r
	}
	r = l.Workspace.outbox.reads(thread)
	r.See = append(r.See, l.Workspace.sandbox.channels[h.Channel].sees(thread, "")...)
	return r
}

// commit writes an exchange and its end.
func (l *Hearing) commit(ctx context.Context, h Heard, thread string, end Ended, make func(*Tx) *Exchange) (HeardAs, error) {
	ws, s := l.Workspace, l.Workspace.sandbox
	as := HeardAs{Thread: thread}
	l.told, l.checked = "", [2]int{}
	room := s.room()
	defer s.rooms.Put(room)
	n, err := ws.update(ctx, l.reads(h, thread), func(v store.View) (store.Change, error) {
		tx := s.begin(v, ws, thread)
		tx.Now, tx.room = h.Began.At, *room
		x := make(tx)
		x.Direction, x.Thread, x.Tick, x.At, x.Wall = h.Direction, thread, h.Began.Tick, h.Began.At, h.Began.At
		as.Gaps = tx.remarks
		tx.record(x)
		s.touch(tx)
		return tx.change, nil
	})
	if err != nil {
		return as, err
	}
	as.N = n
	if l.deliveries == nil {
		l.deliveries = map[string]int{}
	}
	l.deliveries[l.told]++
	l.Good, l.Bad = l.Good+l.checked[0], l.Bad+l.checked[1]
	end.N, end.Tick, end.At, end.Outcome, end.Duration = n, h.Over.Tick, h.Over.At, h.Outcome, h.Over.At.Sub(h.Began.At)
	end.Bytes = int64(h.size())
	_, err = ws.append(ctx, s.endOf(thread, end))
	return as, err
}
