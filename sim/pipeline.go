package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// passage is one call on its way through the pipeline: what the stages before
// the commit found out. None of it depends on state.
type passage struct {
	call    *Call
	refused *Refusal // by routing, workspace or authentication
	invalid *Refusal // by the OpenAPI document
	turned  *Refusal // by the operation's own gate; no breach of the integrator's
	desc    Description
	thread  string
	trail   *trail       // to the thread, where the commit is to find it
	strike  *fault.Fault // of the request header
}

// outcome is what one run of the commit's function decided. A run that meets a
// conflict is thrown away with its outcome.
type outcome struct {
	answer    Answer
	body      []byte // of the answer, encoded
	effect    fault.Effect
	hit       *FaultHit
	handled   bool
	queued    bool // webhooks became due
	duplicate bool // answered as an earlier call was
	breach    []string
	header    [][2]string // of the sandbox's own, names and values
	now       time.Time
	wait      time.Duration // before the answer begins
}

// pass takes one request all the way. Read it top to bottom: it is the whole
// life of a call.
func (s *Sandbox) pass(w http.ResponseWriter, r *http.Request) {
	s.arriving.Add(1)
	p := &passage{call: s.capture(r)}
	n, o, err := s.decided(r.Context(), p)
	s.arriving.Add(-1)
	if err != nil {
		s.fail(w, p, err)
		return
	}
	s.enact(w, r, p, n, o)
}

// fail answers a call that was not decided.
func (s *Sandbox) fail(w http.ResponseWriter, p *passage, err error) {
	var fast *limited
	switch {
	case errors.As(err, &fast):
		s.turnAway(w, p.call, fast)
	case errors.Is(err, errGone): // elsewhere, or while the call was on its way
		s.detach(*p.call.Workspace.made)
		writeControl(w, nil, err)
	default:
		s.unavailable(w, p, err)
	}
}

// decided takes a call up to its commit. A panic on the way is our bug: the
// call gets an entry of its own and our 500.
func (s *Sandbox) decided(ctx context.Context, p *passage) (n int64, o *outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("the sandbox panicked on a call", "path", p.call.Path, "operation", p.call.Operation, "panic", v, "stack", string(debug.Stack()))
			n, o, err = s.crashed(ctx, p)
		}
	}()
	s.route(p)
	s.body(p)
	if err := s.enter(p); err != nil {
		return 0, nil, err
	}
	if err := p.call.Workspace.ration(); err != nil {
		return 0, nil, err
	}
	s.authenticate(p)
	s.describe(p)
	s.validate(p)
	return s.turn(ctx, p)
}

// crashed commits the entry of a call on which something panicked.
func (s *Sandbox) crashed(ctx context.Context, p *passage) (int64, *outcome, error) {
	p.refused = &Refusal{Kind: Crashed, Message: "the sandbox failed on this call; please report it"}
	p.desc, p.thread, p.trail, p.strike, p.call.op = Description{}, "", nil, nil, nil
	if p.call.Workspace == nil {
		p.call.Workspace = s.Default()
	}
	return s.commit(ctx, p)
}

// turn decides a call when its turn has come.
func (s *Sandbox) turn(ctx context.Context, p *passage) (int64, *outcome, error) {
	defer s.admit(ctx, p)()
	return s.commit(ctx, p)
}

// guarded runs a fake's function that only reads. A panic of it is our bug: it
// is logged, and the call goes on without what the function would have said.
func (s *Sandbox) guarded(c *Call, what string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a fake's function panicked", "function", what, "operation", c.Operation, "panic", v, "stack", string(debug.Stack()))
		}
	}()
	f()
}

// route finds the operation.
func (s *Sandbox) route(p *passage) {
	c := p.call
	rf, m := s.routes.find(c.request, c.Host)
	if rf == nil {
		p.refused = &Refusal{Kind: NoOperation, Message: s.strayMessage(c)}
		return
	}
	c.Fake, c.Prefix = rf.fake, m.prefix
	switch {
	case len(m.ops) > 0:
		c.Params = m.params
		c.op = rf.pick(c, m.ops)
		c.Operation = c.op.id
	case len(m.allow) > 0:
		p.refused = &Refusal{
			Kind: MethodNotAllowed, Allow: m.allow,
			Message: fmt.Sprintf("%s is not allowed here; use %s", c.Method, strings.Join(m.allow, " or ")),
		}
	default:
		p.refused = &Refusal{Kind: NoOperation, Message: fmt.Sprintf("no operation %s %s; see the paths with: encore-sandbox openapi %s", c.Method, c.Path, rf.fake.Name)}
	}
}

// body reads the body, as far as the operation takes it.
func (s *Sandbox) body(p *passage) {
	c := p.call
	if boundary, ok := c.boundary(); ok && c.request.Body != nil {
		op := c.Fake.Operations[c.Operation]
		c.readForm(boundary, max(maxBody, op.Limit), op.Keep)
		return
	}
	c.readBody(maxBody)
}

// describe reads what the rules need from the bytes, on refused calls too.
func (s *Sandbox) describe(p *passage) {
	if p.call.Fake == nil {
		return
	}
	read := p.call.Fake.Stray
	if p.call.op != nil {
		read = p.call.Fake.Operations[p.call.Operation].Describe
	}
	if read != nil {
		s.guarded(p.call, "describe", func() { p.desc = read(p.call) })
		p.call.Description = p.desc
	}
	t := s.trail(p.desc)
	if p.call.Workspace.shared && t.steps > 0 {
		p.thread, p.trail = t.thread, &trail{} // not &t, for which every call would need memory
		*p.trail = t
		return
	}
	p.thread = s.locate(p.call.request.Context(), p.call.Workspace, t)
}

func (s *Sandbox) validate(p *passage) {
	if p.refused == nil {
		p.invalid = p.call.op.validateRequest(p.call)
	}
}

// handle does the work and words the answer. A fault that strikes before the
// work keeps the vendor from it; one that strikes after only changes what is
// answered.
func (s *Sandbox) handle(tx *Tx, p *passage, o *outcome) {
	c := p.call
	switch {
	case p.refused != nil:
		o.answer = s.refuse(c, *p.refused)
	case !o.effect.Works():
		o.answer = injected(c, o.effect)
	case p.invalid != nil:
		o.answer = s.refuse(c, *p.invalid)
	case p.turned != nil:
		o.answer = s.refuse(c, *p.turned)
	default:
		s.work(tx, p, o)
	}
	if o.handled && o.effect.Status != 0 {
		o.answer = injected(c, o.effect)
	}
	if o.effect.ContentType != "" && o.answer.Status != 0 {
		o.answer.ContentType = o.effect.ContentType
	}
	s.encode(o)
}

// injected is the answer that a fault puts in the place of the vendor's own:
// none at all, a body of its own, or the status in the vendor's envelope.
func injected(c *Call, e fault.Effect) Answer {
	if e.Status == 0 {
		return Answer{}
	}
	if body, contentType, ok := e.Answer(); ok {
		return Answer{Status: e.Status, Body: body, ContentType: contentType}
	}
	return c.Fake.Fault(c, e.Status)
}

// work runs the handler. A panic or an unknown error is our 500, and nothing
// of what the handler had begun is kept.
func (s *Sandbox) work(tx *Tx, p *passage, o *outcome) {
	c := p.call
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a handler panicked", "operation", c.Operation, "panic", v, "stack", string(debug.Stack()))
			tx.discard()
			o.handled, o.answer = false, s.refuse(c, Refusal{Kind: Internal, Message: "the sandbox failed on this call; please report it"})
		}
	}()
	answer, err := c.Fake.Operations[c.Operation].Handle(tx, c)
	var vendor VendorError
	switch {
	case err == nil:
		o.handled, o.answer = true, answer
	case errors.As(err, &vendor):
		tx.discard()
		o.answer = vendor.Answer()
	default:
		s.log.Error("a handler failed", "operation", c.Operation, "error", err)
		tx.discard()
		o.answer = s.refuse(c, Refusal{Kind: Internal, Message: "the sandbox failed on this call; please report it"})
	}
}

// check validates the answer against the document. An injected answer, or one
// of the sandbox itself, is not the contract's business.
func (s *Sandbox) check(p *passage, o *outcome) {
	if p.call.op == nil || p.refused != nil && p.refused.own() || o.effect.Status != 0 || o.answer.Status == 0 {
		return
	}
	o.breach = p.call.op.validateAnswer(o.answer.Status, o.answer.ContentType, o.body)
}

func (s *Sandbox) refuse(c *Call, r Refusal) Answer {
	if c.Fake != nil && c.Fake.Refuse != nil && !r.own() {
		return c.Fake.Refuse(c, r)
	}
	return ownAnswer(r)
}

// own tells the refusals that concern the sandbox's own headers, which no
// vendor knows.
func (r *Refusal) own() bool { return r.Kind == NoWorkspace || r.Kind == BadFault }

// ownStatus is what the sandbox answers where no vendor speaks.
var ownStatus = map[RefusalKind]int{
	NoOperation: http.StatusNotFound, MethodNotAllowed: http.StatusMethodNotAllowed, NoWorkspace: http.StatusNotFound,
	BadFault: http.StatusBadRequest, Crashed: http.StatusInternalServerError, Internal: http.StatusInternalServerError, Invalid: http.StatusBadRequest,
	NotJSON: http.StatusBadRequest, TooLarge: http.StatusRequestEntityTooLarge, Unauthorized: http.StatusUnauthorized,
	Overloaded: http.StatusServiceUnavailable, Limited: http.StatusTooManyRequests,
}

func ownAnswer(r Refusal) Answer {
	body := map[string]any{"error": r.Message}
	if len(r.Details) > 0 {
		body["details"] = r.Details
	}
	a := Answer{Status: ownStatus[r.Kind], Body: body}
	if len(r.Allow) > 0 {
		a.Header = http.Header{"Allow": {strings.Join(r.Allow, ", ")}}
	}
	return a
}

// encode turns the answer's body into bytes.
func (s *Sandbox) encode(o *outcome) {
	if o.answer.ContentType == "" {
		o.answer.ContentType = "application/json"
	}
	switch body := o.answer.Body.(type) {
	case nil:
		o.body = nil
	case []byte:
		o.body = body
	default:
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(body); err != nil {
			panic(err) // a response type that cannot be marshalled is a bug of ours
		}
		o.body = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	}
}

// unavailable answers when the state cannot be reached.
func (s *Sandbox) unavailable(w http.ResponseWriter, p *passage, err error) {
	if !errors.Is(err, store.ErrAway) { // of which the store tells, once
		s.log.Error("the store did not take a call", "path", p.call.Path, "error", err)
	}
	body, _ := json.Marshal(map[string]string{"error": "the sandbox cannot reach its store; this is not an answer of the vendor"})
	s.missed(p, body)
	s.counted(p, &outcome{answer: Answer{Status: http.StatusServiceUnavailable}}, s.real().Sub(p.call.Wall))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(body)
}

// reads is the read set of a call.
func (s *Sandbox) reads(p *passage) store.Reads {
	r := store.Reads{See: []store.Key{armedKey}}
	p.trail.add(&r, p.thread)
	if p.thread != "" {
		r.Own = append(r.Own, store.Key{Kind: kindThread, ID: p.thread}, store.Key{Kind: kindOutbox, ID: p.thread})
		r.See = append(r.See, s.registered(p.thread)...)
	}
	if p.call.op == nil {
		return r
	}
	if k, ok := fateKey(p); ok {
		r.Own = append(r.Own, k)
	}
	if f := p.call.Fake.Operations[p.call.Operation].Reads; f != nil {
		more := f(p.call, p.desc)
		r.Own, r.See = append(r.Own, more.Own...), append(r.See, more.See...)
	}
	return r
}
