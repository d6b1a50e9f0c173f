package zoko

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// customerBody is a customer as the API lists it.
type customerBody struct {
	ID                    string  `json:"id"`
	Name                  string  `json:"name"`
	Channel               string  `json:"channel"`
	ChannelID             string  `json:"channelId"`
	LastIncomingMessageAt *string `json:"lastIncomingMessageAt"`
}

// customers are the account's by number: whoever wrote or was written to. They
// are read beside the transaction: a list that is a moment old is what any
// reader of a growing list gets.
func customers(tx *sim.Tx, account string) ([]customerBody, error) {
	threads, err := tx.Workspace.Threads(context.Background())
	if err != nil {
		return nil, err
	}
	all := []customerBody{}
	for _, t := range threads {
		if t.Channel != Name || t.Account != account {
			continue
		}
		b := customerBody{ID: customerID(account, t.Customer), Name: nameOf(&t), Channel: "whatsapp", ChannelID: t.Customer}
		if !t.Inbound.IsZero() {
			at := stamp(t.Inbound)
			b.LastIncomingMessageAt = &at
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b customerBody) int { return strings.Compare(a.ChannelID, b.ChannelID) })
	return all, nil
}

// kindListed is when an account last asked for its customers: time.Time by id.
const kindListed = "zoko.listed"

// customerList is a page of customers.
type customerList struct {
	Customers      []customerBody `json:"customers"`
	TotalPages     int            `json:"totalPages"`
	TotalCustomers int            `json:"totalCustomers"`
}

// defaultPage is how many customers a page has where nobody says.
const defaultPage = 20

func (f *fake) readsListed(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{Own: []store.Key{{Kind: kindListed, ID: f.account(c).ID}}}
}

// listCustomers is GET /v2/customer. Calls that come too soon count too.
func (f *fake) listCustomers(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	account := f.account(c).ID
	last, asked := sim.Get[time.Time](tx, kindListed, account)
	tx.Put(kindListed, account, tx.Now)
	tx.Keep()
	if asked && tx.Now.Sub(last) < f.CustomerListEvery {
		return fail(tx, &Error{http.StatusTooManyRequests, faultMessages[http.StatusTooManyRequests]})
	}
	q := c.URL.Query()
	page, size := positive(q.Get("page"), 1), positive(q.Get("pageSize"), defaultPage)
	if q.Get("channel") != "whatsapp" || page == 0 || size == 0 {
		return fail(tx, bad("channel must be whatsapp, page and pageSize positive numbers, as in ?channel=whatsapp&page=1"))
	}
	all, err := customers(tx, account)
	if err != nil {
		return sim.Answer{}, err
	}
	total := len(all)
	from := min(total, (page-1)*size)
	return sim.Answer{Status: http.StatusOK, Body: customerList{all[from:min(total, from+size)], (total + size - 1) / size, total}}, nil
}

// positive reads a number from 1 to a million, the fallback where there is no
// text; 0 is none.
func positive(text string, fallback int) int {
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1e6 {
		return 0
	}
	return n
}

// getCustomer is GET /v2/customer/{customerId}.
func (f *fake) getCustomer(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	id := c.Params["customerId"]
	all, err := customers(tx, f.account(c).ID)
	if err != nil {
		return sim.Answer{}, err
	}
	if i := slices.IndexFunc(all, func(b customerBody) bool { return b.ID == id }); i >= 0 {
		return sim.Answer{Status: http.StatusOK, Body: all[i]}, nil
	}
	return fail(tx, absent("customer", id))
}
