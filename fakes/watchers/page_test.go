package watchers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// withoutParts is a page without style and script, which have files of their own.
func withoutParts(page string) string {
	parts := regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>\n?`)
	return parts.ReplaceAllString(page, "")
}

// sheet is the last style of a page: how its widgets look.
func sheet(t *testing.T, page string) string {
	t.Helper()
	all := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(page, -1)
	if len(all) != 2 {
		t.Fatalf("the page has %d styles, want 2", len(all))
	}
	return all[1][1]
}

// TestPages: what a room, its pop-ups and the lobby say.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	goldentest.Check(t, "lobby-empty.html", []byte(withoutParts(w.page("/watchers/rooms").body)))
	w.publish(textOffer().with(object{"showDelayMS": 1500}))
	w.publish(imageOffer().with(object{"type": "ROOM", "externalRoomIds": "derby", "endTime": noon.Add(time.Minute)}))
	w.publish(imageOffer().with(object{"type": "USER", "externalUserIds": []string{"bela"}}))
	w.json("POST", exclusionPath, object{"decryptedUserId": "chidi", "value": true})
	goldentest.Check(t, "lobby.html", []byte(withoutParts(w.page("/watchers/rooms").body)))
	in := w.enter("derby", "ann")
	goldentest.Check(t, "room-feed.html", []byte(withoutParts(w.page(in.Page).body)))
	goldentest.Check(t, "room-popup.html", []byte(withoutParts(w.page(in.Page+"?view=popup&tap=postMessage").body)))
	goldentest.Check(t, "missing.html", []byte(withoutParts(w.page("/watchers/entries/none").body)))
}

// TestW19PageShowsTheLook: alignment, colours and gradient of templateData.
func TestW19PageShowsTheLook(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change object
		want   string
	}{
		{"the sample", nil, ".w1{background:linear-gradient(135deg,#60e753,#e4efe7);color:#000;text-align:center;align-items:center;}.w1 .act{background:#1890bf;color:#fff;}\n"},
		{"no gradient", object{"gradient": false}, ".w1{background:#736969;color:#000;text-align:center;align-items:center;}.w1 .act{background:#1890bf;color:#fff;}\n"},
		{"to the right", object{"alignment": "right", "gradientDirection": "to top left"}, ".w1{background:linear-gradient(to top left,#60e753,#e4efe7);color:#000;text-align:right;align-items:flex-end;}.w1 .act{background:#1890bf;color:#fff;}\n"},
		{"other ways to write a colour", object{"gradient": false, "bgColor": "rgb(1, 2, 3)", "textColor": "tomato", "btnColor": "#11223344"}, ".w1{background:rgb(1, 2, 3);color:tomato;text-align:center;align-items:center;}.w1 .act{background:#11223344;color:#fff;}\n"},
		{"half a gradient", object{"gradientTo": "none at all"}, ".w1{background:#736969;color:#000;text-align:center;align-items:center;}.w1 .act{background:#1890bf;color:#fff;}\n"},
		{"what ends a declaration", object{"gradient": false, "bgColor": "red;}body{display:none", "textColor": "url(x)", "alignment": "left}", "btnColor": "</style>", "btnTextColor": "\\72 ed"}, ".w1{}.w1 .act{}\n"},
	} {
		w := newWorld(t, watchers.Config{})
		look := object{
			"alignment": "center", "bgColor": "#736969", "btnColor": "#1890bf", "btnTextColor": "#fff", "textColor": "#000",
			"gradient": true, "gradientFrom": "#60e753", "gradientTo": "#e4efe7", "gradientDirection": "135deg",
		}
		w.publish(textOffer().with(object{"templateData": look.with(c.change)}))
		if diff := cmp.Diff(c.want, sheet(t, w.page(w.enter("lobby", "ann").Page).body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestW19WhatReacts: the button of a text, the whole of a picture.
func TestW19WhatReacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	w.publish(imageOffer())
	page := w.enter("lobby", "ann").Page
	cards := func(query string) [][]string {
		return regexp.MustCompile(`(?s)<article [^>]*>(.*?)</article>`).FindAllStringSubmatch(w.page(page+query).body, -1)
	}
	message := `{&#34;type&#34;:&#34;link&#34;,&#34;body&#34;:{&#34;action&#34;:&#34;open&#34;,&#34;data&#34;:{&#34;link&#34;:&#34;` + linkURL + `&#34;}}}`
	picture := `<img src="` + pictureURL + `" alt="Picture of offer 2">`
	for query, want := range map[string][]string{
		"": {
			"\n<h3>Title</h3>\n<p>Text</p>\n" + `<a class="act" href="` + linkURL + `" target="_blank" rel="noopener noreferrer" data-offer="1">Click me</a>` + "\n",
			"\n" + `<a class="act" href="` + linkURL + `" target="_blank" rel="noopener noreferrer" data-offer="2">` + picture + "</a>\n",
		},
		"?tap=postMessage": {
			"\n<h3>Title</h3>\n<p>Text</p>\n" + `<button type="button" class="act" data-offer="1" data-message="` + message + `">Click me</button>` + "\n",
			"\n" + `<button type="button" class="act" data-offer="2" data-message="` + message + `">` + picture + "</button>\n",
		},
	} {
		var got []string
		for _, card := range cards(query) {
			got = append(got, card[1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

// TestW19DelaysOfAPage count from the entry, and the end from now.
func TestW19DelaysOfAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(imageOffer().with(object{"showDelayMS": 1500, "endTime": noon.Add(10 * time.Second)}))
	w.publish(imageOffer())
	page := w.enter("lobby", "ann").Page
	for _, want := range []string{
		`[data-offer="2" data-after="0" data-until="0" data-offer="1" data-after="1500" data-until="10000"]`,
		`[data-offer="2" data-after="0" data-until="0" data-offer="1" data-after="500" data-until="9000"]`,
		`[data-offer="2" data-after="0" data-until="0" data-offer="1" data-after="0" data-until="8000"]`,
	} {
		slots := regexp.MustCompile(`data-offer="\d" data-after="\d*" data-until="\d*"`).FindAllString(w.page(page).body, -1)
		if got := fmt.Sprint(slots); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		w.advance(time.Second)
	}
	w.advance(7 * time.Second)
	if body := w.page(page).body; strings.Contains(body, `data-offer="1"`) || !strings.Contains(body, `data-offer="2"`) || !strings.Contains(body, "it ended on 13 May 2026 12:00") {
		t.Errorf("an offer that is over is still there:\n%s", withoutParts(body))
	}
	w.json("DELETE", offersPath+"/2", nil)
	if body := withoutParts(w.page(page).body); strings.Contains(body, "data-offer") || !strings.Contains(body, "it was deleted since") {
		t.Errorf("a deleted offer is still there:\n%s", body)
	}
}

// TestPagesEscapeEverything: whoever publishes an offer writes on the page.
func TestPagesEscapeEverything(t *testing.T) {
	t.Parallel()
	for _, attack := range []string{
		`"><script>alert(1)</script><img src=x onerror=y>`, `</style><script>alert(1)</script>`, `javascript:alert(1)`, `JaVaScRiPt:alert(1)//http://x`,
		`data:text/html,<script>alert(1)</script>`, `' onmouseover='alert(1)`, "{{.Style}}", "\u2028\u0000<svg/onload=alert(1)>", "https://a.example/\"onerror=\"x", "http://[::1",
	} {
		w := newWorld(t, watchers.Config{Rooms: []watchers.Named{{ID: attack, Name: attack}}, Users: []watchers.Named{{ID: attack, Name: attack}}})
		w.publish(textOffer().with(object{
			"title": attack, "text": attack, "linkText": attack, "link": attack,
			"templateData": object{"alignment": attack, "bgColor": attack, "btnColor": attack, "btnTextColor": attack, "textColor": attack, "gradient": true, "gradientFrom": attack, "gradientTo": attack, "gradientDirection": attack},
		}))
		w.publish(imageOffer().with(object{"pic": attack, "link": attack}))
		w.publish(imageOffer().with(object{"type": "ROOM", "externalRoomIds": []string{attack}, "startTime": "2034-01-01"}))
		in := w.enter(attack, attack)
		for _, path := range []string{in.Page, in.Page + "?view=popup&tap=postMessage", in.Page + "?view=" + "%22%3E%3Cscript%3E&tap=%22%3E", "/watchers/rooms"} {
			page := w.page(path)
			rest := withoutParts(page.body)
			for _, forbidden := range []string{"<script", "<img src=x", "<svg", `href="javascript:`, `href="JaVa`, `href="data:text`, `src="javascript:`, `src="JaVa`, `src="data:`, "onerror=y>", "onmouseover='alert", "\" onerror", "ZgotmplZ"} {
				if strings.Contains(rest, forbidden) {
					t.Errorf("%s: the page %s has %s:\n%s", attack, path, forbidden, rest)
				}
			}
			if n := strings.Count(page.body, "<script>"); n > 1 {
				t.Errorf("%s: the page %s has %d scripts", attack, path, n)
			}
		}
		if style := sheet(t, w.page(in.Page).body); style != ".w1{}.w1 .act{}\n" {
			t.Errorf("%s: the style is %s", attack, style)
		}
	}
}

// TestPolicyAllowsThePageItself recomputes the hashes as a browser would.
func TestPolicyAllowsThePageItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	for _, path := range []string{w.enter("lobby", "ann").Page, "/watchers/rooms", "/watchers/entries/none"} {
		page := w.page(path)
		policy := page.header.Get("Content-Security-Policy")
		for _, part := range regexp.MustCompile(`(?s)<(style|script)>(.*?)</`).FindAllStringSubmatch(page.body, -1) {
			sum := sha256.Sum256([]byte(part[2]))
			source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			if _, after, _ := strings.Cut(policy, part[1]+"-src"); !strings.Contains(strings.Split(after, ";")[0], source) && part[2] != "" {
				t.Errorf("%s: a %s of %d bytes is not allowed by %s", path, part[1], len(part[2]), policy)
			}
		}
		if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'; ") || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %v", path, page.header)
		}
		if strings.Contains(page.body, " style=") || strings.Contains(page.body, " onclick=") {
			t.Errorf("%s: the page has what its policy forbids", path)
		}
	}
}

// TestPagesNeedNothingElse: an offline page loads nothing but offers' pictures.
func TestPagesNeedNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer().with(object{"link": "/"}))
	for _, path := range []string{w.enter("lobby", "ann").Page, "/watchers/rooms"} {
		body := w.page(path).body
		for _, address := range regexp.MustCompile(`(?:src|href|action|url)\s*[=(]\s*"?([^">)]*)`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(address[1], "/watchers/") && !strings.HasPrefix(address[1], "?") && address[1] != "data:," {
				t.Errorf("%s refers to %q", path, address[1])
			}
		}
	}
}

// TestProblemsInABrowserAreAPage and in Watchers' envelope for everybody else.
func TestProblemsInABrowserAreAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	for _, path := range []string{"/watchers", "/watchers/rooms/attic"} {
		if got := w.page(path); got.status != 404 || !strings.Contains(got.body, "<h1>Not Found</h1>") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	w.refused(w.json("GET", "/watchers/rooms/attic", nil), 404)
	w.refused(w.page(offersPath+"/1"), 401)
}
