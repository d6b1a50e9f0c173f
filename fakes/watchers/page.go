package watchers

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"sync"

	"github.com/encore-sandbox/sandbox/sim"
)

// The parts of every page. Script and style stand in the pages themselves, so
// that looking at a room is one exchange of the journal.
var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

// pages are the templates, parsed when the first page is asked for.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("pages").Parse(pageText)) })

// frame is what every page has.
type frame struct {
	Title  string
	Style  template.CSS // page.css
	Script template.JS  // page.js
}

func framed(title string) frame {
	return frame{title, template.CSS(pageStyle), template.JS(pageScript)}
}

func render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := pages().ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

// html answers a page; style is what it has beside page.css.
func html(status int, body []byte, style string) sim.Answer {
	return sim.Answer{
		Status: status, Body: body, ContentType: "text/html; charset=utf-8",
		Header: http.Header{
			"Content-Security-Policy": {policy(style)}, "Referrer-Policy": {"no-referrer"}, "Cache-Control": {"no-store"},
			"X-Content-Type-Options": {"nosniff"},
		},
	}
}

// policy is the Content-Security-Policy under which the pages work: their own
// script and styles and no others, pictures of offers from anywhere, calls and
// forms to the sandbox alone. A page on this machine may hold a room in a frame,
// as an app holds the vendor's chat, to receive its messages.
func policy(style string) string {
	styles := hash(pageStyle)
	if style != "" {
		styles += " " + hash(style)
	}
	return "default-src 'none'; style-src " + styles + "; script-src " + hash(pageScript) + "; img-src 'self' data: https: http:" +
		"; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// problemPage says in a browser what is wrong.
func problemPage(e *Error) []byte {
	body, err := render("problem", struct {
		frame
		Problems []string
	}{framed(http.StatusText(e.Status)), e.Message})
	if err != nil {
		panic("watchers: a page of texts failed to render: " + err.Error())
	}
	return body
}
