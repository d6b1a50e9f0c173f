package meta

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/encore-sandbox/sandbox/sim"
)

// Graph may send several updates in one call, up to a thousand, in any of the
// lists that a body has (Graph API, Getting started with webhooks). Receivers
// are known that read the first element of each list only.

// errNoBatch is about bodies that were changed out of their shape.
var errNoBatch = errors.New("these webhooks cannot be gathered: their bodies are not of Meta's shape")

// rawBody is a body in its outer lists.
type rawBody struct {
	Object string     `json:"object"`
	Entry  []rawEntry `json:"entry"`
}

type rawEntry struct {
	ID        string            `json:"id"`
	Time      int64             `json:"time,omitempty"`
	Changes   []rawChange       `json:"changes,omitempty"`
	Messaging []json.RawMessage `json:"messaging,omitempty"`
}

type rawChange struct {
	Value json.RawMessage `json:"value"`
	Field string          `json:"field"`
}

// joined reads bodies of one account and lays the entries of all into one.
func joined(bodies [][]byte) (rawBody, rawEntry, error) {
	var all rawBody
	var entry rawEntry
	for _, body := range bodies {
		var b rawBody
		if err := json.Unmarshal(body, &b); err != nil || len(b.Entry) != 1 {
			return all, entry, errNoBatch
		}
		all.Object = b.Object
		entry.ID, entry.Time = b.Entry[0].ID, max(entry.Time, b.Entry[0].Time)
		entry.Changes = append(entry.Changes, b.Entry[0].Changes...)
		entry.Messaging = append(entry.Messaging, b.Entry[0].Messaging...)
	}
	return all, entry, nil
}

// joinWhatsApp gathers webhooks of a number in one entry: as changes beside each
// other, or as messages of one change, whose contacts come once.
func joinWhatsApp(gather string, bodies [][]byte) ([]byte, error) {
	all, entry, err := joined(bodies)
	if err != nil {
		return nil, err
	}
	if gather == sim.GatherMessages {
		if entry.Changes, err = merged(entry.Changes); err != nil {
			return nil, err
		}
	}
	all.Entry = []rawEntry{entry}
	return ASCII(encode(all)), nil
}

// rawValue is the value of a change in its lists.
type rawValue struct {
	Product  json.RawMessage   `json:"messaging_product"`
	Metadata json.RawMessage   `json:"metadata"`
	Contacts []json.RawMessage `json:"contacts,omitempty"`
	Messages []json.RawMessage `json:"messages,omitempty"`
	Statuses []json.RawMessage `json:"statuses,omitempty"`
}

// merged makes one change of several about messages.
func merged(changes []rawChange) ([]rawChange, error) {
	var one rawValue
	for _, c := range changes {
		var v rawValue
		if err := json.Unmarshal(c.Value, &v); err != nil || c.Field != fieldMessages {
			return nil, fmt.Errorf("webhooks of field %s cannot be gathered as messages; use changes or entries", c.Field)
		}
		one.Product, one.Metadata = v.Product, v.Metadata
		if len(one.Contacts) == 0 { // the thread's customer, the same in all
			one.Contacts = v.Contacts
		}
		one.Messages, one.Statuses = append(one.Messages, v.Messages...), append(one.Statuses, v.Statuses...)
	}
	return []rawChange{{Value: encode(one), Field: fieldMessages}}, nil
}

// joinSocial gathers webhooks of a page or an Instagram account in one entry,
// whose events are in one list.
func joinSocial(gather string, bodies [][]byte) ([]byte, error) {
	if gather != sim.GatherMessages {
		return nil, fmt.Errorf("webhooks of pages have no %s; gather messages or entries", gather)
	}
	all, entry, err := joined(bodies)
	if err != nil {
		return nil, err
	}
	all.Entry = []rawEntry{entry}
	return ASCII(encode(all)), nil
}
