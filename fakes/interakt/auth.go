package interakt

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// apiKey is the key that an Authorization header carries: as it is, as
// Interakt's help page has it, or as the user of HTTP Basic credentials with an
// empty password, which is what the dashboard shows and Interakt's packages
// send. It is "" for everything else, a dashboard token that was encoded once
// more included.
func apiKey(header string) string {
	scheme, value, _ := strings.Cut(header, " ")
	value = strings.TrimSpace(value)
	if !strings.EqualFold(scheme, "Basic") || value == "" {
		return ""
	}
	plain, readable := decoded(value)
	if !readable {
		return value
	}
	if _, again := basicUser(plain); again {
		return ""
	}
	user, password, pair := strings.Cut(plain, ":")
	if _, again := basicUser(user); again || password != "" {
		return ""
	}
	if !pair {
		return value // a key that happens to look like an encoded one
	}
	return user
}

// basicUser reads base64 of "user:".
func basicUser(text string) (user string, ok bool) {
	plain, readable := decoded(text)
	user, ok = strings.CutSuffix(plain, ":")
	return user, ok && readable
}

// decoded is what base64 stands for, if that is a text one can read.
func decoded(text string) (plain string, readable bool) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return "", false
	}
	for _, c := range data {
		if c < ' ' || c > '~' {
			return "", false
		}
	}
	return string(data), true
}

// headSecret begins the secret by which a workspace's webhooks are signed.
const headSecret = "interakt-secret_"

// head begins the minted keys of an account.
func head(account string) string { return "interakt_" + account + "_" }

// mints are the secret and a key of every account.
func (f *fake) mints() []sim.Mint {
	all := []sim.Mint{{Name: "interakt.secret", Head: headSecret}}
	for _, a := range f.Accounts {
		all = append(all, sim.Mint{Name: "interakt.key." + a.Name, Head: head(a.Name)})
	}
	return all
}

// credential is the key of a call in either form.
func credential(c *sim.Call) string {
	header := c.Header.Get("Authorization")
	if len(header) < shortestMinted {
		return ""
	}
	if _, value, _ := strings.Cut(header, " "); strings.Contains(value, "_") { // of which base64 has none
		return value
	}
	return apiKey(header)
}

// shortestMinted is shorter than every header with a minted key.
const shortestMinted = len("Basic interakt_") + 32

// minter is the account whose minted key a call has.
func (f *fake) minter(c *sim.Call) (Account, bool) {
	if c.Minted == nil {
		return Account{}, false
	}
	i := slices.IndexFunc(f.Accounts, func(a Account) bool { return head(a.Name) == c.Minted.Head })
	if i < 0 {
		return Account{}, false
	}
	return f.Accounts[i], true
}

// caller is the account of a call and the key that says so.
func (f *fake) caller(c *sim.Call) (who Account, key string, known bool) {
	header := c.Header.Get("Authorization")
	if who, known = f.minter(c); known {
		return who, credential(c), strings.HasPrefix(strings.ToLower(header), "basic ")
	}
	if _, value, found := strings.Cut(header, " "); found {
		if who, known = f.keeper(value); known { // even where it looks like something encoded
			return who, value, strings.HasPrefix(strings.ToLower(header), "basic ")
		}
	}
	key = apiKey(header)
	if who, known = f.keeper(key); known {
		return who, key, true
	}
	if key == "" || strings.HasPrefix(key, "invalid") || f.StrictKeys || len(f.Accounts) == 0 {
		return Account{}, "", false
	}
	return f.Accounts[0], key, true
}

// keeper is the account that a key belongs to.
func (f *fake) keeper(key string) (Account, bool) {
	for _, a := range f.Accounts {
		if a.Key != "" && a.Key == key {
			return a, true
		}
	}
	return Account{}, false
}

// authenticate checks the key. Where a path without its slash is not there at
// all, nobody asks for one.
func (f *fake) authenticate(c *sim.Call) *sim.Refusal {
	if f.StrictSlash && !strings.HasSuffix(c.Path, "/") {
		return &sim.Refusal{Kind: sim.NoOperation, Message: "add the slash at the end of the path; the sandbox is told to be strict about it"}
	}
	if _, _, known := f.caller(c); !known {
		return &sim.Refusal{
			Kind: sim.Unauthorized, Message: "send Authorization: Basic <API key>, as it is or as base64 of the key and a colon; the sandbox takes any that does not begin with invalid",
		}
	}
	return nil
}
