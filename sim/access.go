package sim

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Caller is who makes a call of the control API. Where no AdminToken is set
// everybody is the administrator, but for those who show a lesser token.
type Caller struct {
	Admin     bool
	Owner     string // whose token it is; his workspaces are open to him
	Workspace string // Tag of the workspace that the token is of
	Reads     bool   // and changes nothing
}

// tokenCookie keeps a token in a browser, for the pages and what they call.
const tokenCookie = "encore-sandbox"

// OwnerToken is the token of an owner of workspaces. It fails with ErrName.
func (s *Sandbox) OwnerToken(owner string) (string, error) {
	if !validName(owner) {
		return "", fmt.Errorf("%q: %w", owner, ErrName)
	}
	return s.mint(headOwner, owner, owner), nil
}

// Tokens are those of the control API: one with which everything can be done in
// the workspace, and one that reads only.
func (ws *Workspace) Tokens() (control, view string) {
	return ws.credential(headControl), ws.credential(headView)
}

// caller tells who calls, or refuses a token that is not right.
func (c *control) caller(r *http.Request) (Caller, error) {
	token := tokenOf(r)
	guarded := c.s.config.AdminToken != ""
	switch {
	case token == "" && !guarded:
		return Caller{Admin: true}, nil
	case token == "":
		return Caller{}, nil
	case guarded && subtle.ConstantTimeCompare([]byte(token), []byte(c.s.config.AdminToken)) == 1:
		return Caller{Admin: true}, nil
	}
	who, ok, err := c.s.holder(r.Context(), token)
	if ok || err != nil {
		return who, err
	}
	if !guarded && r.Header.Get("Authorization") == "" { // an old cookie keeps nobody out of what is open
		return Caller{Admin: true}, nil
	}
	return Caller{}, &ControlError{Status: http.StatusUnauthorized, Message: "the token is not one of this sandbox; it was altered, or its workspace was dropped or has expired"}
}

// tokenOf is what the request shows, in its header or as a page's cookie.
func tokenOf(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	if cookie, err := r.Cookie(tokenCookie); err == nil {
		return cookie.Value
	}
	return ""
}

// holder is who a minted token was given to. An error is the store's.
func (s *Sandbox) holder(ctx context.Context, token string) (who Caller, ok bool, err error) {
	m, ok := parseMinted(token)
	switch {
	case !ok:
		return who, false, nil
	case m.Head == headOwner:
		return Caller{Owner: m.Of}, s.proves(m, m.Of), nil
	case m.Head != headControl && m.Head != headView:
		return who, false, nil
	}
	ws, err := s.proved(ctx, m)
	switch {
	case errors.Is(err, errUnknown):
		return who, false, nil
	case err != nil:
		return who, false, err
	}
	return Caller{Workspace: ws.space, Reads: m.Head == headView}, true, nil
}

// May tells whether the caller may do something in a workspace, or only read.
func (who Caller) May(ws *Workspace, reads bool) bool {
	switch {
	case who.Admin:
		return true
	case who.Owner != "":
		return ws.made != nil && ws.made.Owner == who.Owner
	}
	return who.Workspace == ws.space && (reads || !who.Reads)
}

// Access of an operation, as `security` of the document says it.
const (
	forAll    = "open"
	forAdmin  = "admin"
	forOwners = "owner"
	inside    = "" // the workspace's own, and whoever may do more
)

// allow refuses what the caller may not do. What he may not even see is not there.
func (who Caller) allow(op *operation, method string, ws *Workspace) error {
	reads := method == http.MethodGet || method == http.MethodHead
	switch {
	case who.Admin:
		return nil
	case who == Caller{}:
		return &ControlError{Status: http.StatusUnauthorized, Message: "this sandbox is guarded; send Authorization: Bearer with its admin token, an owner's or a workspace's"}
	case op.access == forAdmin:
		return &ControlError{Status: http.StatusForbidden, Message: "only the admin token may do that"}
	case op.access == forOwners && who.Owner == "":
		return &ControlError{Status: http.StatusForbidden, Message: "only the admin token and owners' tokens may do that"}
	case op.access == forOwners || who.May(ws, reads):
		return nil
	case who.May(ws, true):
		return &ControlError{Status: http.StatusForbidden, Message: "a view token reads only; send the workspace's control token"}
	}
	return noWorkspace(ws.Name)
}

func noWorkspace(name string) error {
	return &ControlError{Status: http.StatusNotFound, Message: fmt.Sprintf("no workspace %q", name)}
}

// workspace is the one that a call is about: that of its path, of its header or
// its query, or of its token, else the default one.
func (c *control) workspace(r *http.Request, who Caller, named string) (*Workspace, error) {
	for _, name := range []string{r.Header.Get(HeaderWorkspace), r.URL.Query().Get("workspace")} {
		if named == "" {
			named = name
		}
	}
	if named == "" && who.Workspace != "" {
		named, _, _ = strings.Cut(who.Workspace, ".")
	}
	if named == "" {
		named = DefaultWorkspace
	}
	ws, err := c.s.find(r.Context(), named)
	if errors.Is(err, errUnknown) {
		err = noWorkspace(named)
	}
	return ws, err
}
