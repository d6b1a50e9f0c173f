package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Mint is a credential that every workspace made over the control API has of a
// fake: a key, a token or a secret. It is Head, the workspace's name, "_" and a
// MAC, so that it proves its workspace and nothing has to be looked up.
type Mint struct {
	Name string // what it is for: "encore.key"
	// Head begins the credential. Its last character is none of a workspace's
	// name: no lower-case letter, digit or hyphen.
	Head string
}

// macDigits is how long the MAC of a credential is: 16 bytes of HMAC-SHA256 in
// lower-case hexadecimal digits.
const macDigits = 32

// Minted is a credential taken apart.
type Minted struct {
	Head string // what it is for
	Of   string // the name that it proves: a workspace's, or an owner's
	// Tail is what stands behind the MAC after a hyphen, which is free: so one
	// workspace has as many keys as it wants.
	Tail string

	mac string
}

// parseMinted takes a text apart that has the form of a minted credential.
func parseMinted(text string) (m Minted, ok bool) {
	at := strings.LastIndexByte(text, '_')
	if at < 1 || len(text)-at-1 < macDigits {
		return m, false
	}
	behind := text[at+1:]
	m.mac, behind = behind[:macDigits], behind[macDigits:]
	if m.Tail, ok = strings.CutPrefix(behind, "-"); !ok && behind != "" || !isHex(m.mac) {
		return m, false
	}
	from := at
	for from > 0 && inName(text[from-1]) {
		from--
	}
	m.Head, m.Of = text[:from], text[from:at]
	return m, m.Of != ""
}

func isHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// inName tells a character that names of workspaces and owners are made of.
func inName(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' }

// sign is the MAC under the sandbox's secret of something for a purpose.
func (s *Sandbox) sign(purpose, of string) string {
	mac := hmac.New(sha256.New, s.config.Secret)
	mac.Write([]byte(purpose + "\n" + of))
	return hex.EncodeToString(mac.Sum(nil))[:macDigits]
}

// proves compares in constant time.
func (s *Sandbox) proves(m Minted, of string) bool {
	return hmac.Equal([]byte(m.mac), []byte(s.sign("credential "+m.Head, of)))
}

// mint makes a credential: of is what the MAC is about, named by name.
func (s *Sandbox) mint(head, name, of string) string {
	return head + name + "_" + s.sign("credential "+head, of)
}

// Heads of the tokens of the control API.
const (
	headControl = "control_" // everything in one workspace
	headView    = "view_"    // reads of one workspace
	headOwner   = "owner_"   // makes workspaces, and everything in them
)

// Credentials are what the vendors know the workspace by, under the names of
// Mint. What another workspace of the same name had proves nothing here.
func (ws *Workspace) Credentials() map[string]string {
	all := map[string]string{}
	for _, f := range ws.sandbox.config.Fakes {
		for _, m := range f.Mints {
			all[m.Name] = ws.credential(m.Head)
		}
	}
	return all
}

func (ws *Workspace) credential(head string) string {
	return ws.sandbox.mint(head, ws.Name, ws.space)
}

// Secret is the workspace's own credential with a head where it has secrets of
// its own, as those made over the control API have; else it is the configured one.
func (ws *Workspace) Secret(head, configured string) string {
	if ws.made == nil {
		return configured
	}
	return ws.credential(head)
}
