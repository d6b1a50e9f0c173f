package inspector_test

import "testing"

// TestFirstMinute: an empty sandbox greets, and one tap brings it to life: the
// offer arrives before the reply, with its picture, button and ticks.
func TestFirstMinute(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.open("")
	b.until(`$$("h2", "Nobody has written yet").length`)
	b.says("the commands name this host", `$$(".commands pre").filter(p => p.textContent.includes(location.origin)).length`, "3")
	b.tap("button", "Play a story")
	b.until(`$$(".msg.theirs").length === 2`)
	b.says("who said what", `$$(".msg").map(m => m.classList.contains("mine") ? "customer" : m.classList.contains("offer") ? "offer" : "reply")`, "customer,offer,reply")
	b.until(`$$(".msg.offer img")[0].naturalWidth === 800`)
	b.says("the picture is the sandbox's own", `new URL($$(".msg.offer img")[0].src).origin === location.origin`, "true")
	b.until(`$$(".msg .ticks.read").length === 2`)
	b.until(`$$(".thread .cap", "1/3 offers").length === 1`)
	b.innocent()
}
