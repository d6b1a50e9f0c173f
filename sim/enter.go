package sim

import (
	"cmp"
	"fmt"
	"strings"
)

// enter finds the workspace and reads the sandbox's own request headers.
func (s *Sandbox) enter(p *passage) {
	c := p.call
	ws, refused := s.whose(c)
	if c.Workspace = ws; ws == nil {
		c.Workspace = s.Default()
	}
	if refused != nil {
		p.refused = refused
	}
	if s.config.Strict && c.Minted == nil {
		return // faults are for those who are known
	}
	strike, bad := s.carried(c.Header.Values(HeaderFault))
	if p.strike = strike; bad != nil {
		p.refused = bad
	}
}

// whose is the workspace that a call proves to belong to or, where it proves
// none, asks for.
func (s *Sandbox) whose(c *Call) (*Workspace, *Refusal) {
	if tag := c.signedFor(); tag != "" {
		ws := s.tagged(c.Context(), tag)
		if ws == nil {
			return nil, &Refusal{Kind: NoWorkspace, Message: "the workspace of this link was dropped"}
		}
		return ws, nil
	}
	if m, ok := parseMinted(c.credential()); ok {
		return s.minted(c, m)
	}
	name := c.Header.Get(HeaderWorkspace)
	if s.config.Strict {
		name = "" // a header proves nothing
	}
	ws, ok := s.find(c.Context(), cmp.Or(name, DefaultWorkspace))
	if !ok {
		return nil, &Refusal{Kind: NoWorkspace, Message: fmt.Sprintf("no workspace %q; leave the header %s out for the default one", name, HeaderWorkspace)}
	}
	return ws, nil
}

// minted is the workspace that a minted credential proves.
func (s *Sandbox) minted(c *Call, m Minted) (*Workspace, *Refusal) {
	ws, known := s.find(c.Context(), m.Of)
	if known && c.Fake.minted(m.Head) && s.proves(m, ws.space) {
		c.Minted = &m
		return ws, nil
	}
	if c.Operation == "" || c.Fake.Operations[c.Operation].Open {
		return nil, nil
	}
	return nil, &Refusal{
		Kind: Unauthorized, Minting: true,
		Message: fmt.Sprintf("the credential is none of a workspace %q that is here; it was altered, or the workspace was dropped or has expired; ", m.Of) + howToMint(c),
	}
}

// minted tells whether credentials with a head are the fake's.
func (f *Fake) minted(head string) bool {
	for _, m := range f.Mints {
		if m.Head == head {
			return true
		}
	}
	return false
}

// howToMint says how to get credentials.
func howToMint(c *Call) string {
	at := "http://127.0.0.1:8080"
	if !strings.Contains(c.Host, ".") || strings.Trim(c.Host, "0123456789.") == "" { // else it is the vendor's own name, or a proxy's
		at = c.Origin
	}
	return "make a workspace and take its credentials: encore-sandbox workspace add --sandbox " + at + ", or POST /_sandbox/v1/workspaces"
}

// signedFor is the tag of the workspace that the call itself proves to belong
// to, or empty.
func (c *Call) signedFor() string {
	if c.Fake == nil || c.Fake.Workspace == nil {
		return ""
	}
	return c.Fake.Workspace(c)
}

func (c *Call) credential() string {
	if c.Fake == nil || c.Fake.Credential == nil {
		return ""
	}
	return c.Fake.Credential(c)
}

// authenticate lets the vendor check the credential and, where only minted ones
// are taken, says how to mint.
func (s *Sandbox) authenticate(p *passage) {
	c := p.call
	if p.refused != nil || c.Fake.Authenticate == nil || c.Fake.Operations[c.Operation].Open {
		return
	}
	p.refused = c.Fake.Authenticate(c)
	if !s.config.Strict || c.Minted != nil {
		return
	}
	const only = "this sandbox takes minted credentials only; "
	switch {
	case p.refused == nil:
		p.refused = &Refusal{Kind: Unauthorized, Message: only + howToMint(c), Minting: true}
	case p.refused.Kind == Unauthorized:
		p.refused.Message, p.refused.Minting = only+howToMint(c), true // what else would do does not do here
	}
}
