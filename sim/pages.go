package sim

import (
	"net/http"
	"strings"
)

const (
	pagesAt = "/_sandbox/"    // where Config.Pages is mounted
	apiAt   = "/_sandbox/v1/" // within it, the control API
)

// page tells the paths of Config.Pages.
func (c *control) page(r *http.Request) bool {
	return c.s.config.Pages != nil && strings.HasPrefix(r.URL.Path, pagesAt) && !strings.HasPrefix(r.URL.Path, apiAt)
}

// visit tells a person who opens a page, perhaps by a link on another site. A
// page changes nothing by being opened, so that is no reason to refuse it.
func (c *control) visit(r *http.Request) bool {
	if r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Dest") != "document" {
		return false
	}
	return r.URL.Path == "/" || r.URL.Path == strings.TrimSuffix(pagesAt, "/") || c.page(r)
}

// lead sends a browser from the root to the pages, and reports whether it did.
// Programs get the root's JSON.
func (c *control) lead(w http.ResponseWriter, r *http.Request) bool {
	browser := r.URL.Path == "/" && strings.Contains(r.Header.Get("Accept"), "text/html")
	if c.s.config.Pages == nil || r.Method != http.MethodGet || !browser && r.URL.Path != strings.TrimSuffix(pagesAt, "/") {
		return false
	}
	w.Header().Set("Vary", "Accept")
	http.Redirect(w, r, pagesAt, http.StatusFound)
	return true
}
