package meta

import (
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// blockedUser is one customer in an answer about blocks (Meta's OpenAPI
// document, BlockedUserOperation).
type blockedUser struct {
	Input string `json:"input"`
	WAID  string `json:"wa_id"`
}

// readBlocks reads the customers of a call that blocks or unblocks some.
func (f *fake) readBlocks(c *sim.Call) (users []blockedUser, problem *Error) {
	r, o := &reader{limits: f.Limits.withDefaults()}, object{fields: c.Object()}
	r.word(o, "messaging_product", "whatsapp")
	for _, user := range r.array(o, "block_users", 1, maxBlocks) {
		input := r.identifier(user, "user")
		if !recipientForm.MatchString(input) || !international.MatchString(digits(input)) {
			r.fail(InvalidValue(user.name("user"), "is not a phone number; send country code and number, for example 15014005001"))
		}
		users = append(users, blockedUser{input, digits(input)})
	}
	return users, r.problem
}

// maxBlocks is how many customers one call may name.
const maxBlocks = 1000

// blockUsers is POST /{phone_number_id}/block_users: what those customers write
// does not come any more, and they cannot be written to.
func blockUsers(f *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	users, problem := f.readBlocks(c)
	if problem != nil {
		return fail(c, problem)
	}
	for _, u := range users {
		if !slices.Contains(s.Blocked, u.WAID) {
			s.Blocked = append(s.Blocked, u.WAID)
		}
	}
	return answered(c, map[string]any{"messaging_product": "whatsapp", "block_users": map[string]any{"added_users": users}})
}

// unblockUsers is DELETE /{phone_number_id}/block_users.
func unblockUsers(f *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	users, problem := f.readBlocks(c)
	if problem != nil {
		return fail(c, problem)
	}
	s.Blocked = slices.DeleteFunc(slices.Clone(s.Blocked), func(waID string) bool {
		return slices.ContainsFunc(users, func(u blockedUser) bool { return u.WAID == waID })
	})
	return answered(c, map[string]any{"messaging_product": "whatsapp", "block_users": map[string]any{"removed_users": users}})
}

// getBlockedUsers is GET /{phone_number_id}/block_users, the newest last.
func getBlockedUsers(f *fake, c *sim.Call, _ Account, s *numberState) (sim.Answer, error) {
	data := []map[string]any{}
	for _, waID := range s.Blocked {
		data = append(data, map[string]any{"messaging_product": "whatsapp", "wa_id": waID})
	}
	return f.page(c, data)
}

// seesNumber is what a customer's message depends on.
func seesNumber(thread, _ string) []store.Key {
	_, rest, _ := strings.Cut(thread, ":") // channel:account:customer
	account, _, _ := strings.Cut(rest, ":")
	return []store.Key{{Kind: kindNumber, ID: account}}
}

// blocked says that the business does not hear a customer, nil when it does.
func blocked(tx *sim.Tx, number, customer string) error {
	if s, _ := sim.Get[numberState](tx, kindNumber, number); slices.Contains(s.Blocked, customer) {
		return fmt.Errorf("%s has blocked %s, whose messages it does not get; unblock the customer with DELETE /%s/block_users", number, customer, number)
	}
	return nil
}
