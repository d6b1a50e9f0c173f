package watchers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
)

// watched keeps what a page asks of time and what its policy forbids, so that
// the test says when a timer fires.
const watched = `
	window.timers = []; window.violations = [];
	window.setTimeout = (run, ms) => timers.push({run, ms});
	document.addEventListener("securitypolicyviolation", e => violations.push(e.violatedDirective + " " + e.blockedURI));`

// browser is a tab of a real browser with the world behind a port.
type browser struct {
	*world
	ctx    context.Context
	server string
}

func newBrowser(t *testing.T, w *world) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed")
	}
	server := httptest.NewServer(w.sb)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{w, ctx, server.URL}
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watched})
		return err
	}))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// says compares what an expression is in the page.
func (b *browser) says(what, expression, want string) {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		b.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
	}
}

// fire lets the timers run that the page has asked for with a delay.
func (b *browser) fire(ms int) {
	b.Helper()
	b.says("a timer", fmt.Sprintf("timers.filter(t => t.ms === %d).map(t => t.run()).length > 0", ms), "true")
}

const (
	visible = `[...document.querySelectorAll(".slot")].filter(s => !s.hidden && s.getClientRects().length).map(s => s.dataset.offer)`
	fits    = `document.documentElement.scrollWidth <= innerWidth`
)

// publishThree publishes a text, a picture and a text that ends.
func publishThree(w *world) {
	w.publish(textOffer().with(object{"showDelayMS": 1500}))
	w.publish(imageOffer().with(object{"pic": "http://127.0.0.1:1/none.png"}))
	w.publish(textOffer().with(object{"showDelayMS": 3000, "endTime": noon.Add(time.Minute), "title": "A title that is longer than any chat is wide, and-has-a-word-that-cannot-be-broken-anywhere-in-it"}))
}

// TestW19InABrowser: each widget appears at its delay with its look, and goes
// at its end; narrow and wide windows hold the page.
func TestW19InABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	publishThree(w)
	b := newBrowser(t, w)
	room := b.server + w.enter("lobby", "ann").Page
	for _, width := range []int64{390, 1440} {
		b.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(room))
		b.says("timers", `timers.map(t => t.ms)`, "0,1500,3000,60000")
		b.says("before any", visible, "")
		b.fire(0)
		b.says("at once", visible, "2")
		b.fire(1500)
		b.says("after a second and a half", visible, "2,1")
		b.fire(3000)
		b.says("after three", visible, "2,1,3")
		b.says("it fits", fits, "true")
		b.says("the look", `(s => [s.backgroundImage, s.color, s.textAlign])(getComputedStyle(document.querySelector(".w1")))`,
			"linear-gradient(135deg, rgb(96, 231, 83), rgb(228, 239, 231)),rgb(0, 0, 0),center")
		b.says("its button", `(s => [s.backgroundColor, s.color])(getComputedStyle(document.querySelector(".w1 .act")))`, "rgb(24, 144, 191),rgb(255, 255, 255)")
		b.fire(60000)
		b.says("when the third ends", visible, "2,1")
		b.says("forbidden by the policy", "violations", "")
	}
	b.do(chromedp.EmulateViewport(390, 844), chromedp.Navigate(b.server+"/watchers/rooms"))
	b.says("the lobby fits", fits, "true")
	b.says("and is allowed", "violations", "")
}

// TestW19PopUpsInABrowser come one after another.
func TestW19PopUpsInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	publishThree(w)
	b := newBrowser(t, w)
	b.do(chromedp.Navigate(b.server + w.enter("lobby", "ann").Page + "?view=popup"))
	for _, ms := range []int{0, 1500, 3000} {
		b.fire(ms)
		b.says("while the first is open", visible, "2")
	}
	b.says("the way out has the focus", "document.activeElement.className", "close")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.says("behind it", visible, "1")
	b.do(chromedp.Click(chromedp.CSS(".slot:not([hidden]) .close")))
	b.says("and the last", visible, "3")
	b.fire(60000)
	b.says("which ends", visible, "")
}

// hostPage holds a room in a frame and lists what it is told.
const hostPage = `<iframe src="%s%s" width="800" height="800"></iframe><ol id="heard"></ol>
<script>addEventListener("message", e => heard.append(Object.assign(document.createElement("li"), {textContent: JSON.stringify(e.data)})))</script>`

// TestW17InABrowser: a page that holds a room in a frame is told of a tap on
// the button of a text, of none beside it, and of a tap anywhere on a picture.
func TestW17InABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{Tap: watchers.PostMessage})
	w.publish(textOffer().with(object{"link": "app://text"}))
	w.publish(imageOffer().with(object{"link": "app://picture", "pic": "http://127.0.0.1:1/none.png"}))
	b := newBrowser(t, w)
	in := w.enter("lobby", "ann").Page
	host := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(out, hostPage, b.server, in)
	}))
	t.Cleanup(host.Close)
	b.do(chromedp.EmulateViewport(1000, 1000), chromedp.Navigate(host.URL))
	frames, err := chromedp.Run(b.ctx, chromedp.Nodes(chromedp.CSS("iframe")))
	if err != nil {
		t.Fatal(err)
	}
	within := chromedp.FromNode(frames[0])
	for _, slot := range []string{`.slot[data-offer="1"]`, `.slot[data-offer="2"]`} { // as their timers would
		b.do(chromedp.RemoveAttribute(chromedp.CSS(slot), "hidden", within))
	}
	for _, tap := range []string{".w1 h3", ".w1 .act", ".w2 img"} {
		b.do(chromedp.Click(chromedp.CSS(tap), within))
	}
	b.do(chromedp.WaitVisible(chromedp.CSS("#taps li:nth-child(2)"), within), chromedp.WaitVisible(chromedp.CSS("#heard li:nth-child(2)")))
	message := func(link string) string {
		return `{"type":"link","body":{"action":"open","data":{"link":"` + link + `"}}}`
	}
	b.says("what the page around is told", `[...heard.children].map(li => li.textContent)`, message("app://text")+","+message("app://picture"))
}
