package sim

import (
	"net/http"
	"net/url"
	"strings"
)

// insideAt begins the address of a workspace: behind it, and its name, are the
// pages and the control API as under pagesAt, for this workspace alone.
const insideAt = "/_sandbox/w/"

// Inspector is the path of the workspace's pages.
func (ws *Workspace) Inspector() string { return insideAt + ws.Name + "/" }

// outer is a request to the address of a workspace as one that names it in its
// header, and where the address begins; any other stays as it is.
func outer(r *http.Request) (*http.Request, string) {
	rest, ok := strings.CutPrefix(r.URL.Path, insideAt)
	name, path, found := strings.Cut(rest, "/")
	if !ok || !found || !validName(name) {
		return r, pagesAt
	}
	base := insideAt + name + "/"
	plain := r.WithContext(r.Context())
	plain.URL = &url.URL{}
	*plain.URL = *r.URL
	plain.URL.Path, plain.URL.RawPath = pagesAt+path, ""
	if raw, ok := strings.CutPrefix(r.URL.RawPath, base); ok {
		plain.URL.RawPath = pagesAt + raw
	}
	plain.Header = r.Header.Clone()
	plain.Header.Set(HeaderWorkspace, name)
	return plain, base
}

// unlock takes a token out of the address of a page into a cookie of what is
// below it, where scripts cannot read it, and reports whether it did.
func (c *control) unlock(w http.ResponseWriter, r *http.Request, base string) bool {
	query := r.URL.Query()
	token := query.Get("token")
	if token == "" || r.Method != http.MethodGet || !c.page(r) {
		return false
	}
	asked := r.WithContext(r.Context())
	asked.Header = http.Header{"Authorization": {"Bearer " + token}}
	if _, err := c.caller(asked); err != nil {
		writeControl(w, nil, err)
		return true
	}
	http.SetCookie(w, &http.Cookie{
		Name: tokenCookie, Value: token, Path: base, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(origin(r), "https:"),
	})
	query.Del("token")
	to := url.URL{Path: base + strings.TrimPrefix(r.URL.Path, pagesAt), RawQuery: query.Encode()}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
	return true
}
