package interakt

import (
	"maps"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// customer is what an account knows of somebody. It is kept under the thread,
// and once more under the userId where the integrator gave one, so that a call
// with either finds all of it.
type customer struct {
	UserID string         `json:"userId,omitempty"`
	Thread string         `json:"thread,omitempty"` // "" while only the userId is known
	Traits map[string]any `json:"traits,omitempty"`
}

const (
	kindCustomer = "interakt.customer" // customer by thread id
	kindUser     = "interakt.user"     // customer by account and userId
)

func userKey(account, userID string) store.Key {
	return store.Key{Kind: kindUser, ID: account + ":" + userID}
}

// mintedUser is under which a userId names its customer's thread.
func mintedUser(account, userID string) string { return "interakt user " + account + ":" + userID }

// customerID is the id that Interakt has for a customer of an account. It can
// be told from the two, so that a webhook's body says whose it is.
func customerID(account, digits string) string {
	return sim.NewRand(0, "interakt customer", account, digits).UUID()
}

// known are the traits of the customer of a transaction's thread, as webhooks
// repeat them.
func known(tx *sim.Tx) map[string]any {
	traits := map[string]any{"name": tx.Thread.Name, "whatsapp_opted_in": true}
	c, _ := sim.Get[customer](tx, kindCustomer, tx.Thread.ID)
	maps.Copy(traits, c.Traits)
	return traits
}

// met tells whether the account has to do with a customer already: something
// was sent, or a track API told of them.
func met(tx *sim.Tx) bool {
	_, known := sim.Get[customer](tx, kindCustomer, tx.Thread.ID)
	return known
}

// meet remembers a customer.
func meet(tx *sim.Tx) {
	if !met(tx) {
		tx.Put(kindCustomer, tx.Thread.ID, customer{Thread: tx.Thread.ID})
	}
}

// sees are the documents that webhooks are made of.
func sees(thread, message string) []store.Key {
	all := []store.Key{{Kind: kindCustomer, ID: thread}}
	if message != "" {
		all = append(all, store.Key{Kind: kindMessage, ID: message})
	}
	return all
}
