// Package inspector is the web page at /_sandbox/: threads as the customer
// sees them, every exchange in simulated time, faults, the clock, findings and
// scenarios. It owns static files and nothing else: all state is the control
// API's, which the page reads and drives.
//
//	browser ─▶ New (static files, one policy) ─▶ script ─▶ /_sandbox/v1/…
//	                                                 ▲ journal/stream (server-sent events)
//
// The scripts are modules as they are written, without a build step. Texts of
// customers and integrators are hostile: they become text nodes and nothing
// else, and the policy forbids whatever would run them.
package inspector

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/swaggest/swgui/v5/static"
)

// At is where the pages are mounted.
const At = "/_sandbox/"

// viewerAt is where the files of the viewer for OpenAPI documents are.
const viewerAt = "api/viewer/"

//go:embed static
var files embed.FS

// Policy is the Content-Security-Policy of the pages: scripts and styles of
// their own files, calls, images and frames of their own origin, and no string
// that becomes markup or script.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// viewerPolicy is that of the API reference. The viewer makes markup of what it
// has cleaned itself, and its style sheet has images within.
const viewerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// New makes the handler of everything below At. It reads files when they are
// asked for, so that a sandbox which nobody looks at does not pay for it.
func New() http.Handler { return pages{} }

type pages struct{}

// find reads the file of a path below At: one of the inspector's own, or one of
// the viewer's, which are kept compressed.
func (pages) find(name string) (body []byte, zipped bool, err error) {
	viewer, ok := strings.CutPrefix(name, viewerAt)
	if !ok {
		body, err = files.ReadFile("static/" + name)
		return body, false, err
	}
	if body, err = static.FS.ReadFile(viewer + ".gz"); err == nil {
		return body, true, nil
	}
	body, err = static.FS.ReadFile(viewer)
	return body, false, err
}

func unzipped(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// kindOf does not ask the machine, whose table may lack or bend a type.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// ServeHTTP implements http.Handler.
func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, At)
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	header := w.Header()
	header.Set("Content-Security-Policy", Policy)
	if strings.HasPrefix(name, "api/") {
		header.Set("Content-Security-Policy", viewerPolicy)
	}
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	body, zipped, err := p.find(name)
	switch {
	case err != nil:
		http.Error(w, "the inspector has no such page; begin at "+At, http.StatusNotFound)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "pages are read with GET", http.StatusMethodNotAllowed)
	default:
		serve(w, r, kindOf(name), body, zipped)
	}
}

// serve answers a file, as it is kept if the client takes that.
func serve(w http.ResponseWriter, r *http.Request, kind string, body []byte, zipped bool) {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	header := w.Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("Etag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", kind)
	if zipped {
		header.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			header.Set("Content-Encoding", "gzip")
		} else if plain, err := unzipped(body); err == nil {
			body = plain
		}
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}
