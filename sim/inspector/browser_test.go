package inspector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// instruments keep what goes wrong in a page, and let a test wait for what the
// page is to show: until looks with every frame and resolves when that is so.
const instruments = `
	window.wrong = [];
	addEventListener("error", e => wrong.push("error " + e.message));
	addEventListener("unhandledrejection", e => wrong.push("rejected " + e.reason));
	document.addEventListener("securitypolicyviolation", e => wrong.push(e.violatedDirective + " " + e.blockedURI));
	window.until = shown => new Promise(done => {
		const look = () => { let value; try { value = shown() } catch {} if (value) done(String(value)); else requestAnimationFrame(look) };
		look();
	});
	window.$$ = (selector, text) => [...document.querySelectorAll(selector)].filter(e => e.checkVisibility() && (!text || e.textContent.includes(text)));
	window.tap = (selector, text) => until(() => $$(selector, text)[0]).then(() => $$(selector, text)[0].click());`

// browser is a tab of a real browser before a sandbox with the built-in
// integrator.
type browser struct {
	*testing.T
	ctx context.Context
	sb  *scenarios.Sandbox
	at  string // address of the sandbox

	server *httptest.Server
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := chromium(t)
	sb, err := scenarios.New(scenarios.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := sb.BuiltIn(sb.Default(), nil, nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sb)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	allocated, free := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("js-flags", "--expose-gc"), chromedp.Flag("enable-precise-memory-info", true))...)
	tab, leave := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		leave()
		free()
		cancel()
		server.CloseClientConnections()
		server.Close()
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &browser{t, tab, sb, server.URL, server}
	b.size(1440, 900)
	command(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: instruments})
	return b
}

// chromium finds the browser. Where every test has to run, its lack is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no Chromium is installed; .ci/run tools installs it")
	}
	t.Skip("no Chromium is installed")
	return ""
}

// command sends a command of the DevTools protocol.
func command[P, R any](b *browser, method cdp.Command[P, R], params P) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, method, params)
		return err
	}))
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) size(width, height int64) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// scheme is light or dark.
func (b *browser) scheme(name string) {
	b.Helper()
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

// open goes to a page of the inspector.
func (b *browser) open(query string) {
	b.Helper()
	b.do(chromedp.Navigate(b.at + "/_sandbox/" + query))
	b.until(`document.querySelector("#live").dataset.state === "on"`)
}

// until waits for an expression to be true and returns its value.
func (b *browser) until(expression string) string {
	b.Helper()
	return b.eval("until(() => " + expression + ")")
}

// eval runs an expression, and waits for it if it is a promise.
func (b *browser) eval(expression string) string {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("Promise.resolve("+expression+").then(String)", chromedp.EvalAwaitPromise))
	if err != nil {
		b.shoot("failed")
		state, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + wrong.join("\n") + "\n" + document.body.innerText`))
		b.Fatalf("%s: %v; the page shows\n%s", expression, err, state)
	}
	return got
}

// run runs statements.
func (b *browser) run(statements string) {
	b.Helper()
	b.eval("(() => {" + statements + "})()")
}

// tap clicks the first visible element of a selector with a text in it.
func (b *browser) tap(selector, text string) {
	b.Helper()
	b.eval(fmt.Sprintf("tap(%q, %q)", selector, text))
}

// says compares what an expression is in the page.
func (b *browser) says(what, expression, want string) {
	b.Helper()
	if diff := cmp.Diff(want, b.eval(expression)); diff != "" {
		b.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// innocent checks that nothing went wrong in the page and that it fits.
func (b *browser) innocent() {
	b.Helper()
	b.says("what went wrong in the page", `wrong.join("\n")`, "")
	b.says("the page is no wider than the window", `document.documentElement.scrollWidth <= innerWidth`, "true")
}

// shoot takes a picture into a folder that git ignores, where one is asked for
// by the environment.
func (b *browser) shoot(name string) {
	b.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), data, 0o600)
	}
	if err != nil {
		b.Error(err)
	}
}

// post calls the control API as a program would, and returns the answer.
func (b *browser) post(path string, body any) map[string]any {
	b.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.at+"/_sandbox/v1/"+path, strings.NewReader(string(data)))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	answer := map[string]any{}
	if resp.StatusCode != http.StatusNoContent {
		err = json.NewDecoder(resp.Body).Decode(&answer)
	}
	if err != nil || resp.StatusCode >= 300 {
		b.Fatalf("POST %s: %d %v %v", path, resp.StatusCode, answer, err)
	}
	return answer
}
