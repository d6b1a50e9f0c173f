package inspector_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const anna = "whatsapp:106540352242922:15014005001"

// write lets a customer write in the composer of the open thread.
func (b *browser) write(text string) {
	b.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(".compose textarea"), text+kb.Enter))
}

// TestFirstMinute: an empty sandbox greets, and one tap brings it to life: the
// offer arrives before the reply, with its picture, button and ticks.
func TestFirstMinute(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.do(chromedp.Navigate(b.at + "/")) // a browser is led from the root
	b.until(`$$("h2", "Nobody has written yet").length`)
	b.says("where it is", "location.pathname", "/_sandbox/")
	b.says("the commands name this host", `$$(".commands pre").filter(p => p.textContent.includes(location.origin)).length`, "3")
	b.shoot("first-minute")
	b.tap("button", "Play a story")
	b.until(`$$(".msg.theirs").length === 2`)
	b.says("who said what", `$$(".msg").map(m => m.classList.contains("mine") ? "customer" : m.classList.contains("offer") ? "offer" : "reply")`, "customer,offer,reply")
	b.until(`$$(".msg.offer img")[0].naturalWidth === 800`)
	b.says("the picture is the sandbox's own", `new URL($$(".msg.offer img")[0].src).origin === location.origin`, "true")
	b.until(`$$(".msg .ticks.read").length === 2`)
	b.until(`$$(".thread .cap", "1/3 offers").length === 1`)
	b.innocent()
}

// TestFirstPaint: over loopback the page is there before a person has blinked.
// The best of five counts, since the machine is shared.
func TestFirstPaint(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	best := 1e9
	for range 5 {
		b.open("")
		at, err := strconv.ParseFloat(b.eval(`new Promise(done => new PerformanceObserver(list => done(list.getEntriesByName("first-contentful-paint")[0].startTime)).observe({type: "paint", buffered: true}))`), 64)
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, at)
	}
	t.Logf("the first paint comes after %.0f ms", best)
	if best > 300 {
		t.Errorf("the first paint comes after %.0f ms, 300 are allowed", best)
	}
}

// TestWriteAndTap: a customer writes on each channel; the offer stands before
// the reply; a tap shows the advertiser's page and the recorded click, and the
// page can be completed.
func TestWriteAndTap(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	for channel, thread := range map[string]string{
		"whatsapp": anna, "messenger": "messenger:104895545712345:7812345678905555", "instagram": "instagram:17841405793187218:6912345678901234",
		"kaleyra": "kaleyra:+15550783881:15014005103", "interakt": "interakt:tonys:15014005104", "zoko": "zoko:tonys:15014005105",
	} {
		b.post("messages", map[string]any{"channel": channel, "from": thread[strings.LastIndex(thread, ":")+1:], "text": "Hi from " + channel})
		b.open("?thread=" + strings.ReplaceAll(thread, "+", "%2B"))
		b.until(`$$(".msg.theirs").length === 2 && $$(".msg.offer img")[0].naturalWidth === 800`)
		b.says(channel+": offer before reply", `$$(".msg.theirs").map(m => m.classList.contains("offer"))`, "true,false")
		b.tap(".msg.offer .tap", "")
		b.until(`$$("dialog iframe").length && $$("dialog p", "as transaction").length`)
		b.innocent()
	}
	b.run(`$$("dialog iframe")[0].focus()`)
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter)) // the page's only button
	b.until(`$$("dialog p", "; completed").length`)
	b.shoot("tapped")
	b.tap("dialog .icon", "×")
	b.until(`$$(".msg .meta", "tapped and completed").length === 1`)
}

// TestWriteAsTheCustomer: text, picture, reaction, 26 hours of quiet, statuses of a
// code of choice, redelivery, opt-out.
func TestWriteAsTheCustomer(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.post("messages", map[string]any{"from": "15014005001", "text": "Hi"})
	b.open("?thread=" + anna)
	b.until(`$$(".msg .ticks.read").length === 2`)
	b.tap("button", "Went quiet for 26 hours")
	b.until(`$$(".pause", "26h pass").length && $$(".msg.offer").length === 2`)
	b.until(`$$("#clock time")[0].dateTime.slice(0, 10) > new Date().toISOString().slice(0, 10)`)
	b.run(`const k = $$(".compose select")[0]; k.value = "reaction"`)
	b.write("🎉")
	b.until(`$$(".msg.reaction", "🎉").length === 1`)
	b.run(`const k = $$(".compose select")[0]; k.value = "image"`)
	b.write("look at this")
	b.until(`$$(".msg.mine .kind", "image").length === 1`)
	b.run(`const m = $$(".msg.theirs .menu").at(-1); m.open = true; m.querySelector("input").value = "131047"`)
	b.tap(".menu-sheet button", "Mark failed")
	b.until(`$$(".msg.failed .trouble", "131047").length === 1`)
	b.run(`$$(".msg.mine .menu")[0].open = true`)
	b.tap(".menu-sheet button", "Deliver again")
	b.until(`$$(".msg.mine .meta", "2 deliveries").length === 1`)
	b.tap(".compose button", "Opt out")
	b.until(`$$(".event", "opted out").length === 1`)
	b.shoot("written")
	b.innocent()
}

// TestBreakIt: a preset is armed with one click for the open thread's customer,
// a live badge counts its turns, the integrator falls back, the trouble is seen
// in conversation and timeline.
func TestBreakIt(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.post("messages", map[string]any{"from": "15014005001", "text": "Hi"})
	b.open("?thread=" + anna)
	b.until(`$$(".msg.theirs").length === 2`)
	b.tap(".tabs a", "Break it")
	b.until(`$$(".preset button").slice(0, 5).map(e => e.textContent).filter(x => x !== "$") == "Encore answers 503 twice,Encore never answers,Meta refuses the offer"`)
	b.until(`$$(".hooks li").map(e => e.querySelector("strong").textContent + (e.querySelector(".good") ? " well" : "")).filter(x => /every|zoko/.test(x)) == "every other channel well,zoko:noor,zoko:tonys"`)
	b.tap(".preset button", "Meta refuses the offer")
	b.until(`$$("#faults", "1 fault").length === 1 && $$(".armed li", "for 15014005001").length === 1`)
	b.shoot("armed")
	b.tap(".armed button", "Disarm")
	b.until(`!$$("#faults").length`)
	b.post("faults", "500;times=1;operation=encore.offersMessage;ttl=90h")
	b.until(`$$(".armed .pill", "1 turn left").length && $$(".armed .pill", "3 d 17:59:").length`)
	b.tap(".tabs a", "Talk")
	b.tap("button", "Went quiet for 26 hours")
	b.until(`$$(".event", "Encore answered 500").length === 1 && $$(".msg.theirs").length === 3`)
	b.until(`$$(".line .trouble", "fault-2").length === 1`)
	b.until(`!$$("#faults").length`)
	b.innocent()
}

// TestVerdict: a scenario with a defect is run from the page; its finding has
// duty, clause and fix, its diagram is drawn, the report is there.
func TestVerdict(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.open("?view=verdict")
	b.until(`document.querySelectorAll("#verdict option").length > 60`)
	b.run(`const [story, defect] = document.querySelectorAll("#verdict select"); story.value = "first-message"; defect.value = "reply-first"`)
	b.tap("#verdict button", "Play")
	b.until(`$$(".run .badge", "failed").length && $$(".result .finding", "R36").length`)
	b.until(`$$(".result .finding dt").slice(0, 3).map(e => e.textContent) == "duty,clause,fix"`)
	b.until(`$$(".sketch .line.offer").length && $$(".sketch .line.reply").length`)
	report := b.eval(`fetch($$(".run a", "Open the report")[0].href).then(r => r.text())`)
	if !strings.Contains(report, "<svg") {
		t.Errorf("the report is %.200s", report)
	}
	b.shoot("verdict")
	b.says("the run is in the address", `new URLSearchParams(location.search).get("run")`, "1")
	b.innocent()
}

// TestFindings: a finding of the live integrator is told as it happens, leads
// to the exchanges that prove it, and marks them.
func TestFindings(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	if err := b.sb.BuiltIn(b.sb.Default(), []string{"reply-first"}, nil); err != nil {
		t.Fatal(err)
	}
	b.open("")
	b.post("messages", map[string]any{"from": "15014005001", "text": "Hi"})
	b.until(`$$("#found", "1").length && $$(".thread .badge", "1 finding").length`)
	b.tap(".tabs a", "Verdict")
	b.tap(".finding .proof a", "#")
	b.until(`$$("#exchange .finding", "R36").length && $$(".line.guilty .mark", "R36").length === 2`)
	b.innocent()
}

// TestAddressSurvives: thread and exchange are in the address; a reload shows
// both again; the journal is exported; the curl that is copied works.
func TestAddressSurvives(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.post("messages", map[string]any{"from": "15014005001", "text": "Hi"})
	b.open("?thread=" + anna)
	b.until(`$$(".line").length > 4`)
	b.tap(".line.ask", "offersMessage")
	b.until(`$$("#exchange h2", "#2 offersMessage").length`)
	b.do(chromedp.Reload())
	b.until(`$$("#exchange h2", "#2 offersMessage").length && $$(".line.open").length === 1 && $$(".msg").length === 3`)
	b.says("validation, dedup and notes", `["dedup", "What the sandbox understood", "OfferDecided", "Request", "Response"].every(x => $$("#exchange", x).length)`, "true")
	b.do(chromedp.KeyEvent("j"))
	b.until(`$$("#exchange h2", "#3").length && $$(".line.open", "#3").length`)
	b.shoot("exchange")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!$$("#exchange").length && !location.search.includes("exchange")`)
	har := b.eval(`fetch("/_sandbox/v1/journal.har").then(r => r.json()).then(j => j.log.version + " " + (j.log.entries.length > 4))`)
	if har != "1.2 true" {
		t.Errorf("the archive: %s", har)
	}
	b.innocent()
}

// TestReconnect: the page follows again after a break of the connection.
func TestReconnect(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.open("")
	b.server.CloseClientConnections()
	b.until(`document.querySelector("#live").dataset.state === "off"`)
	b.until(`document.querySelector("#live").dataset.state === "on"`)
	b.post("messages", map[string]any{"from": "15014005001", "text": "Hi"})
	b.until(`$$(".thread").length === 1`)
}

// TestAPIReference: each document is browsable, and what is tried out goes to
// this sandbox.
func TestAPIReference(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	for _, document := range []string{"encore", "meta", "kaleyra", "interakt", "zoko", "watchers", "advertiser", "sandbox"} {
		b.do(chromedp.Navigate(b.at + "/_sandbox/api/?document=" + document))
		b.until(fmt.Sprintf(`$$(".opblock").length > 1 && $$("nav [aria-current]", %q).length`, document))
		b.says(document, `wrong.join("\n")`, "")
	}
	b.do(chromedp.Navigate(b.at + "/_sandbox/api/"))
	b.until(`$$(".auth-wrapper .authorize.locked").length`) // with a key that is taken
	b.tap(".opblock-post button", "/offers/message")
	b.until(`$$(".opblock textarea")[0].value.includes("inboundMessageId")`)
	b.tap(".opblock .execute", "")
	b.until(`$$(".live-responses-table .response-col_status", "200").length`)
	entries, err := b.sb.Default().Journal(t.Context(), 1, 0)
	if err != nil || len(entries) != 1 || entries[0].Operation != "offersMessage" {
		t.Errorf("the journal has %v: %v", entries, err)
	}
}
