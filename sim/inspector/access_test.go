package inspector_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// pale lists texts whose contrast with what is behind them is lower than WCAG
// 2.2 wants of level AA: 4.5, and 3 of large ones.
const pale = `(() => {
	const parse = text => { const n = text.match(/[\d.]+/g).map(Number); const s = text.startsWith("color(") ? 255 : 1; return [n[0]*s, n[1]*s, n[2]*s, n[3] ?? 1] };
	const over = (a, b) => [0,1,2].map(i => a[i]*a[3] + b[i]*(1-a[3])).concat(1);
	const light = c => { const [r,g,b] = c.map(v => { v /= 255; return v <= .03928 ? v/12.92 : ((v+.055)/1.055)**2.4 }); return .2126*r + .7152*g + .0722*b };
	const behind = e => { const layers = []; for (; e; e = e.parentElement) { const style = getComputedStyle(e); if (style.backgroundImage.includes("gradient")) return null; const c = parse(style.backgroundColor); if (c[3] > 0) { layers.push(c); if (c[3] === 1) break } } return layers.reverse().reduce((below, c) => over(c, below), [255,255,255,1]) };
	const faint = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const text = walk.currentNode.data.trim(), e = walk.currentNode.parentElement;
		if (!text || !e.checkVisibility({opacityProperty: true, visibilityProperty: true}) || e.closest(".sr, option, svg, noscript, :disabled") || e.getClientRects().length === 0) continue;
		const style = getComputedStyle(e), back = behind(e);
		if (!back) continue;
		let opacity = 1; for (let p = e; p; p = p.parentElement) opacity *= Number(getComputedStyle(p).opacity);
		const color = parse(style.color); color[3] *= opacity;
		const [a, b] = [light(over(color, back)), light(back)].sort((x, y) => y - x);
		const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
		const ratio = (a + .05) / (b + .05);
		if (ratio < (large ? 3 : 4.5)) faint.push(text.slice(0, 30) + " " + ratio.toFixed(2) + " " + style.color + " on " + back.map(Math.round));
	}
	return [...new Set(faint)].join("\n");
})()`

// tour opens every view with something in it.
func (b *browser) tour(visit func(name string)) {
	b.Helper()
	b.fill()
	for _, view := range []struct{ name, query, shown string }{
		{"talk", "?thread=" + anna, `$$(".msg.failed").length || document.querySelectorAll(".msg.failed").length`},
		{"list", "", `document.querySelectorAll(".thread").length > 3`},
		{"long", "?thread=whatsapp:106540352242922:15014005002", `document.querySelectorAll(".msg").length > 2`},
		{"timeline", "?view=timeline&thread=" + anna, `document.querySelectorAll(".line").length > 5`},
		{"exchange", "?thread=" + anna + "&exchange=2", `$$("#exchange .half").length > 2`},
		{"everything", "?view=timeline&scope=all", `document.querySelectorAll(".line").length > 5`},
		{"break", "?view=break&thread=" + anna, `$$(".preset").length > 5 && $$(".armed li").length === 1 && $$(".hooks li").length`},
		{"verdict", "?view=verdict&run=1", `$$(".result").length === 2 && $$(".sketch .line").length && $$(".finding dd").length`},
	} {
		b.open(view.query)
		b.until(view.shown)
		visit(view.name)
	}
	b.open("?thread=" + anna)
	b.tap("#help", "")
	b.until(`$$("dialog kbd").length > 8`)
	visit("help")
	b.open("?thread=" + anna)
	b.run(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "n", bubbles: true}))`)
	b.until(`$$("dialog .field").length > 3`)
	visit("new-customer")
}

// fill makes a sandbox in which every view has something to show.
func (b *browser) fill() {
	b.Helper()
	b.post("messages", map[string]any{"from": "15014005001", "name": "Anna Óskarsdóttir", "text": "Hi, are you open today?"})
	b.post("messages", map[string]any{"from": "15014005002", "name": "مريم الزهراء", "text": "مرحبا، هل أنتم مفتوحون اليوم؟ أريد حجز طاولة لشخصين 🙂"})
	b.post("messages", map[string]any{"from": "15014005002", "text": strings.Repeat("a long story without an end ", 20) + strings.Repeat("x", 300)})
	b.post("messages", map[string]any{"channel": "instagram", "from": "6912345678901234", "text": "Hello"})
	b.post("messages", map[string]any{"channel": "zoko", "from": "15014005105", "text": "Hello"})
	b.post("faults", "503;times=2;ttl=10m;operation=encore.offersMessage")
	b.sends("106540352242922", map[string]any{
		"messaging_product": "whatsapp", "to": "15014005001", "type": "template", "template": map[string]any{
			"name": "limited_time_offer_caribbean_pkg_2023", "language": map[string]any{"code": "en_US"}, "components": []any{
				map[string]any{"type": "header", "parameters": []any{map[string]any{"type": "image", "image": map[string]any{"link": "https://storage.googleapis.com/encore-assets-prod/creatives/3c790420-6756-4c67-bbf6-f9d1b655e0a3/primary-1775417648111.png"}}}},
				map[string]any{"type": "body", "parameters": []any{map[string]any{"type": "text", "text": "Anna"}, map[string]any{"type": "text", "text": "CARIBE25"}}},
				map[string]any{"type": "limited_time_offer", "parameters": []any{map[string]any{"type": "limited_time_offer", "limited_time_offer": map[string]any{"expiration_time_ms": 4102444800000}}}},
				map[string]any{"type": "button", "sub_type": "copy_code", "index": 0, "parameters": []any{map[string]any{"type": "coupon_code", "coupon_code": "CARIBE25"}}},
				map[string]any{"type": "button", "sub_type": "url", "index": 1, "parameters": []any{map[string]any{"type": "text", "text": "n3mtql"}}},
			},
		},
	})
	b.sends("106540352242922", map[string]any{"messaging_product": "whatsapp", "to": "15014005001", "type": "text", "text": map[string]any{"body": ""}})
	b.post("runs", map[string]any{"scenarios": []string{"first-message", "backoff"}, "channels": []string{"whatsapp"}, "defects": []string{"reply-first"}})
}

// TestContrast in every view, in both schemes, on a laptop and on a phone,
// where nothing is wider than the window either.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t)
			b.scheme(scheme)
			b.tour(func(name string) {
				for _, width := range []int64{1440, 390} {
					b.size(width, 900)
					b.says(fmt.Sprintf("%s at %d px: pale texts", name, width), pale, "")
					b.innocent()
					b.shoot(fmt.Sprintf("%s-%d-%s", name, width, scheme))
				}
				b.size(1440, 900)
			})
		})
	}
}

// TestNamesAndRoles: whatever can be operated has a name for a screen reader,
// and the landmarks are there.
func TestNamesAndRoles(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.tour(func(name string) {
		var nameless []string
		roles := map[string]int{}
		for _, node := range b.tree() {
			role, called := text(node.Role), text(node.Name)
			if node.Ignored {
				continue
			}
			roles[role]++
			if operated[role] && strings.TrimSpace(called) == "" {
				nameless = append(nameless, role)
			}
		}
		if diff := cmp.Diff([]string(nil), nameless); diff != "" {
			t.Errorf("%s: roles without a name (-want +got):\n%s", name, diff)
		}
		if name != "help" && name != "new-customer" && (roles["banner"] != 1 || roles["main"] != 1 || roles["navigation"] != 1) {
			t.Errorf("%s: landmarks are %v", name, roles)
		}
		if name == "timeline" && (roles["listbox"] != 1 || roles["option"] < 5) {
			t.Errorf("%s: %v", name, roles)
		}
	})
}

// operated are the roles that want a name.
var operated = map[string]bool{
	"button": true, "link": true, "textbox": true, "searchbox": true, "combobox": true, "listbox": true, "option": true, "spinbutton": true, "checkbox": true,
	"dialog": true, "region": true, "image": true, "Iframe": true, "DisclosureTriangle": true, "progressbar": true, "form": true,
}

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

func (b *browser) tree() (nodes []*accessibility.Node) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		got, err := cdp.Call(ctx, tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		nodes = got.Nodes
		return err
	}))
	return nodes
}

// TestFocusOrder: the keyboard goes through the page as it is read, every stop
// can be seen, a dialog keeps the focus and gives it back.
func TestFocusOrder(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.post("messages", map[string]any{"from": "15014005001", "text": "Hi"})
	b.open("?thread=" + anna)
	b.until(`$$(".msg .ticks.read").length === 2 && /Ton/.test($$(".thread")[0].textContent)`) // the list is read by itself
	const stop = `(e => (e.getAttribute("aria-label") || e.title || e.placeholder || e.textContent).trim().slice(0, 24))(document.activeElement)`
	var stops []string
	for range 14 {
		b.do(chromedp.KeyEvent(kb.Tab))
		stops = append(stops, b.eval(stop))
		b.says("the focus is seen at "+stops[len(stops)-1], `(e => e.checkVisibility() && getComputedStyle(e).outlineStyle !== "none" && e.getBoundingClientRect().bottom > 0)(document.activeElement)`, "true")
	}
	want := []string{
		"Skip to the conversation", "Talk", "Break it", "Verdict", "API", "Simulated time; move it ", "Keyboard shortcuts and h", "New customer", "Find a thread",
		"W+1 501 400 5001" + b.eval(`$$(".thread time")[0].textContent`) + "Ton", "Messages of the open thr", "Show exchange 1", "Do more with this messag",
	}
	if diff := cmp.Diff(want, stops[:len(want)]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.run(`$$("#help")[0].focus()`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`$$("dialog").length === 1`)
	b.says("the focus is in the dialog", `!!document.activeElement.closest("dialog")`, "true")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!$$("dialog").length`)
	b.says("and comes back", stop, "Keyboard shortcuts and h")
	b.run(`$$("[role=listbox]")[0].focus()`)
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	b.until(`$$("[role=listbox]")[0].getAttribute("aria-activedescendant") === "x2" && $$("#x2[aria-selected=true]").length === 1`)
	b.until(`$$("#exchange h2", "#2").length`)
}
