package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The rules about values that must stay the same, or differ, over several
// calls: clientId (R15) and chatId (R21).

// field reads a string of a request.
type field func(*attempt) string

func clientID(a *attempt) string { return value(a.request.Body.ClientID) }
func chatID(a *attempt) string   { return value(a.request.Body.ChatID) }

func changingClientID(r *Reading) []Breach { return changing(r, "clientId", clientID) }
func changingChatID(r *Reading) []Breach   { return changing(r, "chatId", chatID) }

// changing reports the first attempt whose value differs from the thread's first.
func changing(r *Reading, name string, read field) []Breach {
	var first *attempt
	for _, a := range r.attempts {
		switch v := read(a); {
		case v == "":
		case first == nil:
			first = a
		case v != read(first):
			return []Breach{{
				Inbound: a.inbound.id(), Exchanges: []int64{a.n, first.n},
				What: fmt.Sprintf("%s changed within the thread from %q to %q", name, read(first), v),
			}}
		}
	}
	return nil
}

// accountAsChatID hints at the shared value that the guide's table allows: the
// account itself, or what else the webhook calls it by.
func accountAsChatID(r *Reading, a *attempt) string {
	id := chatID(a)
	if r.platform() != "whatsapp" || id == "" {
		return ""
	}
	names := []string{r.account()}
	own := func(name string) bool { return bare(name) == bare(r.account()) }
	if in := r.context(a); in != nil && slices.ContainsFunc(in.ChatIDs, own) {
		names = append(names, in.ChatIDs...)
	}
	if !slices.ContainsFunc(names, func(name string) bool { return bare(name) == bare(id) }) {
		return ""
	}
	return fmt.Sprintf("chatId %q is the business number's id, which all its customers share; a key of the thread tells them apart", id)
}

// bare is a number or an account without the plus that some write before it.
func bare(id string) string { return strings.TrimPrefix(id, "+") }

// needThreadsWithCalls asks for something to compare.
func needThreadsWithCalls(n int) func([]*Reading) string {
	return func(readings []*Reading) string {
		with := 0
		for _, r := range readings {
			if len(r.attempts) > 0 {
				with++
			}
		}
		return unless(with >= n, fmt.Sprintf("%d of %d threads with a call to Encore", with, n))
	}
}

// sighting is the first attempt of a thread that carries a value.
type sighting struct {
	r     *Reading
	a     *attempt
	value string
}

func sightings(readings []*Reading, read field) []sighting {
	var found []sighting
	for _, r := range readings {
		i := slices.IndexFunc(r.attempts, func(a *attempt) bool { return read(a) != "" })
		if i >= 0 {
			found = append(found, sighting{r, r.attempts[i], read(r.attempts[i])})
		}
	}
	return found
}

// pairs compares every sighting with the first one before it that a judge objects to.
func pairs(found []sighting, objection func(earlier, later sighting) string) []Breach {
	var breaches []Breach
	for i, later := range found {
		for _, earlier := range found[:i] {
			if what := objection(earlier, later); what != "" {
				breaches = append(breaches, Breach{
					Thread: later.r.Thread, Inbound: later.a.inbound.id(), What: what,
					Exchanges: []int64{later.a.n, earlier.a.n},
				})
				break
			}
		}
	}
	return breaches
}

// clientIDsOfRun finds operators with several client ids and client ids with
// several operators. Threads of one account have one operator even when
// nobody said which.
func clientIDsOfRun(readings []*Reading) []Breach {
	return pairs(sightings(readings, clientID), func(a, b sighting) string {
		named := a.r.Operator != "" && b.r.Operator != ""
		same := named && a.r.Operator == b.r.Operator || !named && a.r.Channel == b.r.Channel && a.r.account() == b.r.account()
		switch {
		case same && a.value != b.value:
			return fmt.Sprintf("clientId is %q here and %q in %s, for the same operator", b.value, a.value, a.r.Thread)
		case named && !same && a.value == b.value:
			return fmt.Sprintf("clientId %q is used for %s and for %s", b.value, a.r.Operator, b.r.Operator)
		}
		return ""
	})
}

// sharedChatIDs finds chat ids that several customers share. The business
// number's id is allowed by the guide's table and only hinted at.
func sharedChatIDs(readings []*Reading) []Breach {
	return pairs(sightings(readings, chatID), func(a, b sighting) string {
		if a.value != b.value || a.r.customer() == b.r.customer() || accountAsChatID(b.r, b.a) != "" {
			return ""
		}
		return fmt.Sprintf("chatId %q is shared by the customers %s and %s", b.value,
			cmp.Or(a.r.customer(), a.r.Thread), cmp.Or(b.r.customer(), b.r.Thread))
	})
}
