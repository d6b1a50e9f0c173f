package meta

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// graphTime is how Graph writes a time.
const graphTime = "2006-01-02T15:04:05-0700"

// line is one message of a conversation.
type line struct {
	ID       string
	Text     string
	At       time.Time
	FromUser bool
}

// getConversations is GET /{account}/conversations (Messenger Platform and
// Instagram, Conversations API). A page lists its Instagram conversations with
// platform=instagram.
func (f *fake) getConversations(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	if slow := spend(tx, f.socialRates(p.ID, "conversations", tx.Workspace.Clock.Now())); slow != nil {
		return fail(c, slow)
	}
	q := c.URL.Query()
	if linked, ok := f.actor(p.Page.Instagram); ok && q.Get("platform") == "instagram" {
		p = linked
	}
	threads, err := tx.Workspace.Threads(context.Background())
	if err != nil {
		return sim.Answer{}, err
	}
	threads = slices.DeleteFunc(threads, func(t sim.Thread) bool {
		user := q.Get("user_id")
		return t.Channel != p.Channel || t.Account != p.ID || t.Inbound.IsZero() || user != "" && user != t.Customer
	})
	slices.SortStableFunc(threads, func(a, b sim.Thread) int { return b.Active.Compare(a.Active) })
	var all []node
	for _, t := range threads {
		n, err := f.thread(tx, p, &t, fieldsOf(q.Get("fields")))
		if err != nil {
			return sim.Answer{}, err
		}
		all = append(all, n)
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	return answered(c, pageOf(all, limit, q.Get("after")))
}

// thread is a conversation as far as it is asked for.
func (f *fake) thread(tx *sim.Tx, p actor, t *sim.Thread, fields []field) (node, error) {
	lines, err := history(tx, t.ID)
	if err != nil {
		return nil, err
	}
	n := node{
		"id": p.conversationID(t.Account, t.Customer), "updated_time": t.Active.UTC().Format(graphTime),
		"message_count": len(lines), "unread_count": 0,
		"participants": map[string]any{"data": []node{party(p, t, true), party(p, t, false)}},
	}
	if w, ok := wanted(fields, "messages"); ok {
		n = n.with("messages", messages(lines, p, t, w, ""))
	}
	return n.only(fields, "id", "updated_time"), nil
}

// party is one side of a conversation.
func party(p actor, t *sim.Thread, customer bool) node {
	n := node{"id": p.ID, "name": p.Page.Name}
	if customer {
		who := person(t)
		n = node{"id": t.Customer, "name": who["name"]}
		if p.Instagram {
			return node{"id": t.Customer, "username": who["username"]}
		}
		return n
	}
	if p.Instagram {
		return node{"id": p.ID, "username": handle(p.Page.Name)}
	}
	return n
}

// messages is the list of a conversation's messages, newest first.
func messages(lines []line, p actor, t *sim.Thread, w field, after string) edge {
	var all []node
	for _, l := range slices.Backward(lines) {
		all = append(all, l.node(p, t).only(w.Fields, "id", "created_time"))
	}
	return pageOf(all, w.Limit, after)
}

func (l line) node(p actor, t *sim.Thread) node {
	return node{
		"id": l.ID, "created_time": l.At.UTC().Format(graphTime), "message": l.Text,
		"from": party(p, t, l.FromUser), "to": map[string]any{"data": []node{party(p, t, !l.FromUser)}},
	}
}

// history reads the messages of a thread out of what happened in it, oldest
// first. It is read beside the transaction: a list that is a moment old is
// what any reader of a growing conversation gets.
func history(tx *sim.Tx, thread string) (lines []line, err error) {
	events, _, err := tx.Workspace.Timeline(context.Background(), thread)
	seen := map[string]bool{}
	for _, e := range events {
		var l line
		switch n := e.Note.(type) {
		case note.InboundMessage:
			l = line{n.ID, n.Text, time.UnixMilli(n.Timestamp), true}
		case note.MessageSent:
			l = line{n.ID, n.Content.Text, e.At, false}
		default:
			continue
		}
		if !seen[l.ID] {
			lines = append(lines, l)
		}
		seen[l.ID] = true
	}
	return lines, err
}

// describeThread finds the thread of a conversation's or a message's id.
func (f *fake) describeThread(c *sim.Call) sim.Description {
	d := describeKey(c)
	if p, customer, ok := f.conversation(c.Params["node"]); ok {
		d.Channel, d.Account, d.Customer = p.Channel, p.ID, customer
		return d
	}
	d.Minted = c.Params["node"]
	return d
}

// getThread is GET /{conversation} and GET /{message}.
func (f *fake) getThread(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.met(tx, c)
	if err != nil {
		return sim.Answer{}, err
	}
	id, fields := c.Params["node"], fieldsOf(c.URL.Query().Get("fields"))
	if _, _, ok := f.conversation(id); ok {
		n, err := f.thread(tx, p, tx.Thread, fields)
		if err != nil {
			return sim.Answer{}, err
		}
		return answered(c, n)
	}
	lines, err := history(tx, tx.Thread.ID)
	if err != nil {
		return sim.Answer{}, err
	}
	for _, l := range lines {
		if l.ID == id {
			return answered(c, l.node(p, tx.Thread).only(fields, "id", "created_time"))
		}
	}
	return fail(c, unknownObject(c, id))
}

// getThreadMessages is GET /{conversation}/messages.
func (f *fake) getThreadMessages(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.met(tx, c)
	if err != nil {
		return sim.Answer{}, err
	}
	if _, _, ok := f.conversation(c.Params["node"]); !ok {
		return fail(c, unknownObject(c, c.Params["node"]))
	}
	lines, err := history(tx, tx.Thread.ID)
	if err != nil {
		return sim.Answer{}, err
	}
	q := c.URL.Query()
	w := field{Fields: fieldsOf(q.Get("fields"))}
	if q.Get("fields") == "" {
		w.Fields = nil
	}
	w.Limit, _ = strconv.Atoi(q.Get("limit"))
	return answered(c, messages(lines, p, tx.Thread, w, q.Get("after")))
}

// met is the account of a thread in which the customer has written.
func (f *fake) met(tx *sim.Tx, c *sim.Call) (actor, error) {
	if tx.Thread != nil && !tx.Thread.Inbound.IsZero() {
		if p, ok := f.actor(tx.Thread.Account); ok {
			return p, nil
		}
	}
	return actor{}, vendorError{unknownObject(c, c.Params["node"]), c}
}
