package sim

import (
	"context"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Kinds of documents and lists that the engine keeps. Fakes choose kinds of
// their own beside these.
const (
	kindThread   = "thread"   // Thread by id
	kindTimeline = "timeline" // list of Event by thread id
	kindOutbox   = "outbox"   // outboxQueue by thread id
	kindMinted   = "minted"   // thread id by an id this sandbox minted
	kindRecent   = "recent"   // id of the most recently active thread by platform and recipient
	kindFaults   = "faults"   // []fault.Armed under the id "armed"
	kindFate     = "fate"     // fault.Armed by customer, for fates that count
)

// Thread is one customer with one account of an operator on one channel.
type Thread struct {
	ID       string        `json:"id"` // channel:account:customer
	Channel  string        `json:"channel"`
	Platform string        `json:"platform"`
	Account  string        `json:"account"`
	Customer string        `json:"customer"`
	Name     string        `json:"name,omitempty"` // of the customer
	Offset   time.Duration `json:"offset"`         // on top of the workspace's clock
	Created  time.Time     `json:"created"`
	Active   time.Time     `json:"active"`  // last exchange
	Inbound  time.Time     `json:"inbound"` // last message of the customer; zero: none from this sandbox
	Ordinal  int64         `json:"ordinal"` // counts minted ids
	Text     string        `json:"text,omitempty"`
}

// ThreadID names the thread of a customer with an account.
func ThreadID(channel, account, customer string) string {
	return channel + ":" + account + ":" + customer
}

// lookUp reads an index document that holds a thread id.
func (s *Sandbox) lookUp(ctx context.Context, ws *Workspace, key store.Key) string {
	doc, ok, err := ws.store.Get(ctx, ws.space, key)
	if err != nil || !ok {
		return ""
	}
	return doc.Value.(string)
}

func recentKey(platform, recipient string) store.Key {
	return store.Key{Kind: kindRecent, ID: platform + ":" + strings.TrimPrefix(recipient, "+")}
}

// newThread makes the document of a thread that is seen for the first time.
func (s *Sandbox) newThread(id string, now time.Time) Thread {
	channel, rest, _ := strings.Cut(id, ":")
	account, customer, _ := strings.Cut(rest, ":")
	return Thread{
		ID: id, Channel: channel, Platform: s.channels[channel].Platform, Account: account,
		Customer: customer, Created: now, Active: now,
	}
}
