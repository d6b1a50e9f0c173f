package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
)

// enter finds the workspace and reads the sandbox's own request headers. Where
// the store cannot tell whose a call is, it stays without a workspace.
func (s *Sandbox) enter(p *passage) error {
	c := p.call
	refused, err := s.place(c.Context(), c)
	if err != nil {
		return err
	}
	if refused != nil {
		p.refused = refused
	}
	if s.config.Strict && c.Minted == nil {
		return nil // faults are for those who are known
	}
	strike, bad := s.carried(c.Header.Values(HeaderFault))
	if p.strike = strike; bad != nil {
		p.refused = bad
	}
	return nil
}

// place finds whose a call is: what is nobody's is the default workspace's.
func (s *Sandbox) place(ctx context.Context, c *Call) (refused *Refusal, err error) {
	c.Workspace, refused, err = s.whose(ctx, c)
	if c.Workspace == nil && err == nil {
		c.Workspace = s.Default()
	}
	return refused, err
}

// whose is the workspace that a call proves to belong to or, where it proves
// none, asks for.
func (s *Sandbox) whose(ctx context.Context, c *Call) (*Workspace, *Refusal, error) {
	if tag := c.signedFor(); tag != "" {
		ws, err := s.tagged(ctx, tag)
		return known(ws, err, &Refusal{Kind: NoWorkspace, Message: "the workspace of this link was dropped"})
	}
	if m, ok := parseMinted(c.credential()); ok {
		return s.minted(ctx, c, m)
	}
	name := c.Header.Get(HeaderWorkspace)
	if s.config.Strict {
		name = "" // a header proves nothing
	}
	ws, err := s.find(ctx, cmp.Or(name, DefaultWorkspace))
	if err == nil {
		return ws, nil, nil
	}
	return known(ws, err, &Refusal{Kind: NoWorkspace, Message: fmt.Sprintf("no workspace %q; leave the header %s out for the default one", name, HeaderWorkspace)})
}

// known is a workspace that was looked for, or the refusal when there is none.
func known(ws *Workspace, err error, otherwise *Refusal) (*Workspace, *Refusal, error) {
	if errors.Is(err, errUnknown) {
		return nil, otherwise, nil
	}
	return ws, nil, err
}

// minted is the workspace that a minted credential proves.
func (s *Sandbox) minted(ctx context.Context, c *Call, m Minted) (*Workspace, *Refusal, error) {
	ws, err := s.proved(ctx, m)
	if err != nil && !errors.Is(err, errUnknown) {
		return nil, nil, err
	}
	if err == nil && c.Fake.minted(m.Head) {
		c.Minted = &m
		return ws, nil, nil
	}
	if c.Operation == "" || c.Fake.Operations[c.Operation].Open {
		return nil, nil, nil
	}
	return nil, &Refusal{
		Kind: Unauthorized, Minting: true,
		Message: fmt.Sprintf("the credential is none of a workspace %q that is here; it was altered, or the workspace was dropped or has expired; ", m.Of) + howToMint(c),
	}, nil
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
