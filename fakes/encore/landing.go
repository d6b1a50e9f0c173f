package encore

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Page is what the page behind a click link shows: the advertiser's page, as
// far as the sandbox plays it. Every text is escaped.
type Page struct {
	Brand    string
	Title    string
	Subtitle string
	Image    string // URL; none when empty
	Language string // BCP 47; en when empty
}

const landingStyle = `
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#f3f4f6}
main{max-width:30rem;margin:2rem auto;background:#fff;border-radius:12px;overflow:hidden;box-shadow:0 1px 8px #0002}
img{display:block;width:100%;height:auto}
div{padding:1.5rem}
h1{margin:.25rem 0 .5rem;font-size:1.4rem;line-height:1.25}
p{margin:0 0 1rem}
.brand{font-weight:600;color:#4b5563}
button{width:100%;padding:.8rem;border:0;border-radius:8px;background:#1f6feb;color:#fff;font:inherit;font-weight:600;cursor:pointer}
small{display:block;margin-top:1rem;color:#6b7280}
`

// landingPage serves every state. The form has no action, so it posts to the
// address that it came from, token included.
var landingPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("landing").Parse(`<!doctype html>
<html lang="{{.Lang}}" dir="{{.Dir}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{if not .Named}}{{.Page.Brand}}: {{end}}{{.Page.Title}}</title>
<style>` + landingStyle + `</style>
</head>
<body>
<main>
{{- with .Page.Image}}
<img src="{{.}}" alt="" width="800" height="418">
{{- end}}
<div>
{{- if not .Named}}
<p class="brand">{{.Page.Brand}}</p>
{{- end}}
<h1>{{.Page.Title}}</h1>
{{- with .Page.Subtitle}}
<p>{{.}}</p>
{{- end}}
{{- if .Completed}}
<p role="status" lang="en" dir="ltr">Completed. The offer counts as taken; you can close this page.</p>
{{- else}}
{{- if .Untapped}}
<p role="status" lang="en" dir="ltr">Not completed: the link of this offer was not tapped yet. Open the link in the message first, then complete the offer here.</p>
{{- end}}
<form method="post"><button type="submit" lang="en" dir="ltr">Complete</button></form>
{{- end}}
<small lang="en" dir="ltr">Encore Sandbox. {{.Page.Brand}} stands in for an advertiser; nothing is ordered here.</small>
</div>
</main>
</body>
</html>
`))
})

// Landing is the page that a click leads to: the offer and a "Complete" button
// that posts an empty form to the page's own address. HTML, UTF-8, no script.
func Landing(p Page) ([]byte, error) { return p.render(shown{}) }

// Completed is the page after the button was pressed.
func Completed(p Page) ([]byte, error) { return p.render(shown{Completed: true}) }

// Untapped is the page after the button was pressed by somebody who did not
// come by the offer's link: it says so and keeps the button.
func Untapped(p Page) ([]byte, error) { return p.render(shown{Untapped: true}) }

// missingPage says why a link leads nowhere.
var missingPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("missing").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>No such offer</title>
<style>` + landingStyle + `</style>
</head>
<body>
<main>
<div>
<h1>No such offer</h1>
<p>{{.}}</p>
<small>Encore Sandbox</small>
</div>
</main>
</body>
</html>
`))
})

// Missing is the page behind a link that is not, or no longer, good. It works
// under LandingPolicy too.
func Missing(reason string) []byte {
	var b bytes.Buffer
	if err := missingPage().Execute(&b, reason); err != nil {
		panic("encore: a page of one string failed to render: " + err.Error())
	}
	return b.Bytes()
}

// LandingPolicy is the Content-Security-Policy under which these pages work: no
// script, no style but their own, images over HTTPS or from the same host, and
// no frame around them but the inspector's.
func LandingPolicy() string {
	sum := sha256.Sum256([]byte(landingStyle))
	style := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	return "default-src 'none'; style-src " + style +
		"; img-src 'self' https:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
}

// shown is what the template reads: a page and the state it is in.
type shown struct {
	Page                Page
	Lang, Dir           string
	Named               bool // the title begins with the brand, which need not be said twice
	Completed, Untapped bool
}

func (p Page) render(s shown) ([]byte, error) {
	s.Page, s.Lang = p, cmp.Or(p.Language, "en")
	s.Dir, s.Named = direction(s.Lang), p.named()
	var b bytes.Buffer
	err := landingPage().Execute(&b, s)
	return b.Bytes(), err
}

// named reports whether the title begins with the brand as a word of its own:
// "Nagmati: 4 months" does for Nagmati, not for Nag.
func (p Page) named() bool {
	rest, found := strings.CutPrefix(p.Title, p.Brand)
	next, _ := utf8.DecodeRuneInString(rest)
	return found && p.Brand != "" && !unicode.IsLetter(next) && !unicode.IsDigit(next)
}

// direction is how text in the language runs.
func direction(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if slices.Contains([]string{"ar", "dv", "fa", "he", "ps", "ur", "yi"}, base) {
		return "rtl"
	}
	return "ltr"
}
