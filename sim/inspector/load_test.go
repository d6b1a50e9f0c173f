package inspector_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// call makes n exchanges within the process, at most so many a second.
func (b *browser) call(n, rate int) {
	b.Helper()
	wall := clock.NewWall(0)
	began := wall.Now()
	for i := range n {
		if ahead := time.Duration(i)*time.Second/time.Duration(max(rate, 1)) - wall.Now().Sub(began); rate > 0 && ahead > 0 {
			if wall.Sleep(b.Context(), ahead) != nil {
				return
			}
		}
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://localhost/nothing/"+strconv.Itoa(i), http.NoBody)
		b.sb.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// TestTenThousandExchanges scroll like ten: only those in sight are drawn, all
// can be reached, and what the journal forgets the page forgets.
func TestTenThousandExchanges(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.call(10_000, 0)
	b.open("?scope=all")
	b.until(`$$("#lines .foot", "10000 lines").length`)
	b.until(`$$(".line", "#10000").length`)
	const drawn = `document.querySelectorAll("#lines .line").length < 60`
	b.says("few rows are drawn", drawn, "true")
	b.run(`$$("[role=listbox]")[0].focus()`)
	b.do(chromedp.KeyEvent(kb.Home))
	b.until(`$$("#x1[aria-selected=true]").length && $$("#x1")[0].getAttribute("aria-setsize") === "10000"`)
	b.says("few rows are drawn at the top", drawn, "true")
	frames := b.eval(`new Promise(done => {
		const list = $$("[role=listbox]")[0]; let n = 0, last = performance.now(), slow = 0;
		const step = now => { slow += now - last > 100; last = now; list.scrollTop += 4000; ++n < 100 ? requestAnimationFrame(step) : done(slow + " " + document.querySelectorAll("#lines .line").length) };
		requestAnimationFrame(step);
	})`)
	slow, rows, _ := strings.Cut(frames, " ")
	t.Logf("of 100 frames of scrolling %s took longer than 100 ms", slow)
	if n, _ := strconv.Atoi(rows); n > 60 {
		t.Errorf("%d rows are drawn while scrolling", n)
	}
	b.tap("[aria-label='Filter the exchanges']", "")
	b.do(chromedp.SendKeys(chromedp.CSS("#lines input"), "/nothing/7777"))
	b.until(`$$("#lines .line").length === 1 && $$(".line", "#7778").length === 1`)
	b.innocent()
}

// TestFiveHundredASecond: a page that is looked at asks four times a second at
// the most, whatever is going on, and holds no more than its bounds; at the end
// it shows everything.
func TestFiveHundredASecond(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.post("messages", map[string]any{"from": "15014005001", "text": "Hi"})
	b.open("?thread=" + anna + "&scope=all")
	b.until(`$$(".msg .ticks.read").length === 2`)
	b.run(`performance.clearResourceTimings(); performance.setResourceTimingBufferSize(10000); window.painted = 0; window.worst = 0;
		(function frame(last) { requestAnimationFrame(now => { painted++; worst = Math.max(worst, now - last); frame(now) }) })(performance.now())`)
	const seconds, rate = 6, 500
	b.call(seconds*rate, rate)
	last := b.post("messages", map[string]any{"from": "15014005001", "text": "after all that"})
	b.until(`$$(".msg.mine", "after all that").length`)
	b.until(`$$(".line", "after all that").length`)
	var seen struct {
		Lines, Overview, Painted, Rows int
		Worst                          float64
	}
	got := b.eval(`(() => { const asked = what => performance.getEntriesByType("resource").filter(r => r.name.includes("/v1/" + what)).length; return JSON.stringify({lines: asked("lines"), overview: asked("overview"), painted, worst, rows: document.querySelectorAll("#lines .line").length}) })()`)
	if err := json.Unmarshal([]byte(got), &seen); err != nil {
		t.Fatal(err)
	}
	t.Logf("after %v: %+v", last["id"], seen)
	if most := 4*seconds + 30; seen.Lines > most || seen.Lines < 3 || seen.Overview > most {
		t.Errorf("it was asked %d times for lines, %d times for the overview; %d are many", seen.Lines, seen.Overview, most)
	}
	if seen.Rows > 60 {
		t.Errorf("%d rows are drawn", seen.Rows)
	}
	b.innocent()
}

// TestMemoryIsFlat: the traffic of an hour, told as fast as it goes, leaves the
// page with what its bounds hold, and no more of it after the second half than
// after the first.
func TestMemoryIsFlat(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.open("?scope=all")
	heap := func() int {
		t.Helper()
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { b.call(8_000, 0) })
		}
		group.Wait()
		b.until(`$$("#lines .foot", "10000 lines").length`)
		n, err := strconv.Atoi(b.eval(`(async () => { const {model} = await import("/_sandbox/js/model.js"); gc(); return [...model.lines.keys()].length > 10000 ? -1 : performance.memory.usedJSHeapSize })()`))
		if err != nil || n < 0 {
			t.Fatalf("%d bytes: %v", n, err)
		}
		return n
	}
	heap()
	first := heap()
	second := heap()
	t.Logf("the page holds %d KiB after the first half and %d KiB after the second", first>>10, second>>10)
	if second > first*3/2 {
		t.Errorf("the page grew from %d to %d bytes", first, second)
	}
}
