package sim

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// CustomerRequest asks for a customer who never wrote. Fate is one of the
// numbers of the fate table ("503", "829", …) or empty for an ordinary life.
// Country is ISO 3166-1 alpha-2 or empty for the channel's default.
type CustomerRequest struct {
	Channel string `json:"channel"`
	Account string `json:"account"`
	Fate    string `json:"fate"`
	Country string `json:"country"`
}

// Customer is a customer with an account of an operator on a channel.
type Customer struct {
	Channel  string `json:"channel"`
	Account  string `json:"account"`
	ClientID string `json:"clientId"`
	Customer string `json:"customer"` // the phone number, PSID or IGSID
	Thread   string `json:"thread"`
}

const kindCustomers = "customers" // how many were made, under the id "count"

// NewCustomer makes a fresh customer. Numbers follow from the seed and the
// run, so that no two starts share a customer.
func (ws *Workspace) NewCustomer(ctx context.Context, r CustomerRequest) (Customer, error) {
	s := ws.sandbox
	channel, account, err := ws.address(CustomerMessage{Channel: r.Channel, Account: r.Account})
	if err != nil {
		return Customer{}, err
	}
	var made Customer
	key := store.Key{Kind: kindCustomers, ID: "count"}
	_, err = ws.update(ctx, store.Reads{Own: []store.Key{key}}, func(v store.View) (store.Change, error) {
		tx := s.begin(v, ws, "")
		count, _ := Get[int64](tx, key.Kind, key.ID)
		tx.Put(key.Kind, key.ID, count+1)
		random := NewRand(ws.Seed, ws.origin, ws.runID(), "customer", channel.Name, strconv.FormatInt(count, 10)).Uint64()
		number, err := customerNumber(channel, r, random)
		made = Customer{channel.Name, account.ID, account.ClientID, number, ThreadID(channel.Name, account.ID, number)}
		return tx.change, err
	})
	return made, err
}

// customerNumber invents a number that has the wanted fate, and no other.
func customerNumber(channel Channel, r CustomerRequest, random uint64) (string, error) {
	switch {
	case r.Fate != "" && r.Country != "":
		return "", errors.New("a number that decides a fate is an American one; leave out the country, or the fate")
	case r.Fate != "":
		return fatedNumber(channel, r.Fate, random)
	case r.Country != "" && channel.CustomerIn == nil:
		return "", fmt.Errorf("customers of %s have no phone number, so no country; leave it out", channel.Name)
	}
	for {
		number, err := freshNumber(channel, r.Country, random)
		if _, fated := fault.Fate(number); !fated {
			return number, err
		}
		random = NewRand(random).Uint64()
	}
}

func freshNumber(channel Channel, country string, random uint64) (string, error) {
	if country == "" {
		return channel.Customer(random), nil
	}
	return channel.CustomerIn(country, random)
}

func fatedNumber(channel Channel, fate string, random uint64) (string, error) {
	if code, err := strconv.Atoi(fate); err == nil {
		number := channel.Fated(fault.FateEnding(code, random))
		if _, ok := fault.Fate(number); ok {
			return number, nil
		}
	}
	return "", fmt.Errorf("no fate %q; the table is in: encore-sandbox help faults", fate)
}
