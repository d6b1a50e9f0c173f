package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Shape says how a webhook arrives. The zero value is as usual: once, at once,
// alone and with a good signature.
type Shape struct {
	Twice bool `json:"twice,omitempty"` // the same webhook comes a second time, right after the first
	Batch int  `json:"batch,omitempty"` // so many messages of the same text in one webhook; below 2: one
	// Gather is how a batch is laid into one body, one of the Gather constants;
	// GatherEntries when empty.
	Gather  string         `json:"gather,omitempty"`
	Late    fault.Duration `json:"late,omitempty"`    // it comes so much later than it was written, in thread time
	Drop    bool           `json:"drop,omitempty"`    // it is lost; with Twice the second one comes
	Reorder bool           `json:"reorder,omitempty"` // it comes behind the thread's next one of its kind, or a minute late
	// Signature is one of the constants below, or empty.
	Signature string `json:"signature,omitempty"`
}

// What can be wrong with a webhook's signature. Such a webhook does not come
// from the vendor: it is not repeated, and the customer wrote nothing.
const (
	SignatureWrong   = "wrong"   // does not fit the body
	SignatureMissing = "missing" // no header of it at all
	SignatureSHA1    = "sha1"    // the outdated one alone
)

// Ways to lay several events into one body.
const (
	GatherEntries  = "entries"  // each in an entry of its own
	GatherChanges  = "changes"  // in one entry, each in a change of its own
	GatherMessages = "messages" // in one entry and change, as messages beside each other
)

// holdAtMost is how long a webhook waits for the one that is to overtake it.
const holdAtMost = time.Minute

// Write lets a customer write. The webhook goes out at once, in its own time,
// unless the message's Deliver says otherwise.
func (ws *Workspace) Write(ctx context.Context, m CustomerMessage) (Sent, error) {
	shape := m.Deliver
	channel, account, from, err := ws.sender(m)
	if err != nil {
		return Sent{}, err
	}
	if m.Text == "" && (m.Kind == "" || m.Kind == "text") {
		return Sent{}, errors.New("text is empty; say what the customer writes, or another type than text")
	}
	thread := ThreadID(channel.Name, account.ID, from)
	var sent Sent
	err = ws.inThread(ctx, thread, channel.sees(thread, m.ReplyTo), func(tx *Tx) error {
		if !tx.Heard() {
			return ErrNoWebhook
		}
		if m.Name != "" {
			tx.Thread.Name = m.Name
		}
		tx.Thread.Text = m.Text
		w, err := shape.gathered(channel, func() (Webhook, error) {
			return channel.Write(tx, Written{Account: account, From: from, Name: m.Name, Text: m.Text, Extra: m.Extra})
		})
		sent = Sent{ID: w.ID, Thread: thread}
		if err == nil {
			err = shape.lay(tx, w)
		}
		return err
	})
	return sent, err
}

// gathered makes the webhook of as many events as the shape wants in one.
func (s Shape) gathered(channel Channel, write func() (Webhook, error)) (Webhook, error) {
	ways := []string{"", GatherEntries, GatherChanges, GatherMessages}
	if !slices.Contains(ways, s.Gather) {
		return Webhook{}, fmt.Errorf("nothing gathers %q; use one of %s", s.Gather, strings.Join(ways[1:], ", "))
	}
	w, err := write()
	bodies := [][]byte{w.Body}
	for i := 1; i < s.Batch && err == nil; i++ {
		var next Webhook
		if next, err = write(); err != nil {
			break
		}
		bodies = append(bodies, next.Body)
		if w, err = w.with(next); err != nil {
			return w, err
		}
	}
	if err != nil || s.Gather == "" || s.Gather == GatherEntries {
		return w, err
	}
	if channel.Join == nil {
		return w, fmt.Errorf("channel %s cannot gather %s; leave gather out", channel.Name, s.Gather)
	}
	w.Body, err = channel.Join(s.Gather, bodies)
	return w, err
}

// lay makes a webhook due in the way of the shape.
func (s Shape) lay(tx *Tx, w Webhook) error {
	w, err := s.spoiled(tx, w)
	if err != nil {
		return err
	}
	if w.Event == "message" && s.Signature == "" { // others, such as a change of number, are not the customer's words
		tx.Thread.Inbound = tx.Now
	}
	w.Late, w.Dropped, w.Held = s.Late.Std(), s.Drop, s.Reorder
	w.After += w.Late
	if w.Held {
		w.After += holdAtMost
	}
	tx.Webhook(w)
	if s.Twice {
		w.Delivered++
		w.Dropped = false
		tx.Webhook(w)
	}
	return nil
}

// ErrNoSignature is returned for a webhook that is to have a bad signature on a
// channel whose vendor does not sign in that way.
var ErrNoSignature = errors.New("have no signature that could be")

// spoiled makes a webhook's signature as bad as the shape wants it, and its
// notes say so.
func (s Shape) spoiled(tx *Tx, w Webhook) (Webhook, error) {
	if s.Signature == "" {
		return w, nil
	}
	known := []string{SignatureWrong, SignatureMissing, SignatureSHA1}
	if !slices.Contains(known, s.Signature) {
		return w, fmt.Errorf("no signature %q; use one of %s", s.Signature, strings.Join(known, ", "))
	}
	channel := tx.Thread.Channel
	if h := tx.Workspace.sandbox.fakeOf[channel].Dispatch(Delivery{Webhook: w, Attempt: 1, Workspace: tx.Workspace}).Header; !forgeable(h, s.Signature) {
		return w, fmt.Errorf("webhooks of channel %s %w %s; leave signature out", channel, ErrNoSignature, s.Signature)
	}
	w.Forged, w.Notes = s.Signature, tx.Workspace.sandbox.forged(w.Notes, s.Signature)
	return w, nil
}

// forged are the notes of a webhook whose signature is so; "" is good.
func (s *Sandbox) forged(notes []Note, signature string) []Note {
	out := slices.Clone(notes)
	if s.words.Forged == nil {
		return out
	}
	for i, n := range out {
		out[i] = s.words.Forged(n, signature)
	}
	return out
}

// with joins another webhook to this one: the events in the list that both
// bodies hold at their top, as Meta's entry.
func (w Webhook) with(other Webhook) (Webhook, error) {
	var mine, theirs map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(w.Body, &mine), json.Unmarshal(other.Body, &theirs)); err != nil {
		return w, fmt.Errorf("webhooks of this channel are no JSON objects and cannot be joined: %w", err)
	}
	for name, list := range mine {
		if !bytes.HasPrefix(list, []byte("[")) || !bytes.HasPrefix(theirs[name], []byte("[")) {
			continue
		}
		both := bytes.Join([][]byte{list[:len(list)-1], theirs[name][1:]}, []byte(","))
		w.Body = bytes.Replace(w.Body, list, both, 1)
		w.Notes = append(append([]Note{}, w.Notes...), other.Notes...)
		return w, nil
	}
	return w, errors.New("this channel sends one message a webhook; leave batch out")
}

// forge spoils the signature among the headers of a webhook, which every vendor
// names so.
func forge(h http.Header, how string) {
	for name, values := range h {
		switch {
		case how == "" || !isSignature(name):
		case how == SignatureMissing, how == SignatureSHA1 && !outdated(values):
			h.Del(name)
		case how == SignatureWrong:
			h.Set(name, altered(values[0]))
		}
	}
}

func isSignature(name string) bool { return strings.Contains(name, "Signature") }

func outdated(values []string) bool { return strings.HasPrefix(values[0], "sha1=") }

// forgeable tells whether headers have a signature that can be bad so.
func forgeable(h http.Header, how string) bool {
	for name, values := range h {
		if isSignature(name) && (how != SignatureSHA1 || outdated(values)) {
			return true
		}
	}
	return false
}

// altered is a text with another last character.
func altered(text string) string {
	if strings.HasSuffix(text, "0") {
		return text[:len(text)-1] + "1"
	}
	return text[:max(len(text)-1, 0)] + "0"
}
