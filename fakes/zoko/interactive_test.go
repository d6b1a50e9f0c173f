package zoko_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim"
)

// choices are n buttons or rows.
func choices(n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = map[string]any{"id": fmt.Sprint("c", i), "title": fmt.Sprint("Choice ", i), "payload": fmt.Sprint("p", i)}
	}
	return all
}

func texted(text string) map[string]any { return map[string]any{"text": text} }

func buttons(parts map[string]any) string {
	return body(map[string]any{"type": "interactive_button", "interactiveButton": parts})
}

func list(parts map[string]any) string {
	return body(map[string]any{"type": "interactive_list", "interactiveList": parts})
}

func TestZ10Buttons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	w.send(buttons(map[string]any{"body": texted("Shall we?"), "buttons": choices(1)}))
	diff(t, "what the customer sees", "Shall we?", w.sent().Content.Text)
	w.send(buttons(map[string]any{
		"header": map[string]any{"type": "text", "text": "Hello"}, "body": texted("Shall we?"), "footer": texted("Bye"), "buttons": choices(3),
	}))
	diff(t, "with header and footer", "Hello\nShall we?\nBye", w.sent().Content.Text)
	w.send(buttons(map[string]any{"body": texted(strings.Repeat("x", 1024)), "buttons": choices(1)}))
	w.refused(buttons(map[string]any{"body": texted(strings.Repeat("x", 1025)), "buttons": choices(1)}), 400, "interactiveButton.body.text has 1025 characters")
	w.refused(buttons(map[string]any{"body": texted("Shall we?"), "buttons": choices(4)}), 400, "interactiveButton.buttons has 4 elements; send 3 at most")
	w.refused(buttons(map[string]any{"body": texted("Shall we?"), "buttons": []any{}}), 400, "interactiveButton.buttons is missing")
	w.refused(buttons(map[string]any{"body": texted("Shall we?"), "buttons": []any{"Yes"}}), 400, "interactiveButton.buttons[0] must be an object")
	w.refused(buttons(map[string]any{"buttons": choices(1)}), 400, "interactiveButton.body is missing")
	w.refused(buttons(map[string]any{"body": texted(""), "buttons": choices(1)}), 400, "interactiveButton.body.text is missing")
	w.refused(body(map[string]any{"type": "interactive_button"}), 400, "interactiveButton is missing")
}

func TestZ10List(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	section := func(n int) any { return map[string]any{"title": "Pizza", "rows": choices(n)} }
	w.send(list(map[string]any{"body": texted("Which?"), "sections": []any{section(4), section(6)}}))
	w.send(list(map[string]any{"body": texted("Which?"), "items": choices(10)}))
	w.send(list(map[string]any{"body": texted("Which?"), "sections": []any{map[string]any{"items": choices(1)}}}))
	w.refused(list(map[string]any{"body": texted("Which?"), "sections": []any{section(4), section(7)}}), 400, "interactiveList.sections has 11 rows in all; send 10 at most")
	w.refused(list(map[string]any{"body": texted("Which?"), "sections": []any{section(11)}}), 400, "interactiveList.sections[0].rows has 11 elements; send 10 at most")
	w.refused(list(map[string]any{"body": texted("Which?"), "items": choices(11)}), 400, "interactiveList.items has 11 elements; send 10 at most")
	w.refused(list(map[string]any{"body": texted("Which?"), "sections": []any{section(0)}}), 400, "interactiveList.sections[0].rows is missing")
	w.refused(list(map[string]any{"body": texted("Which?")}), 400, "interactiveList.sections is missing")
	w.refused(list(map[string]any{"sections": []any{section(1)}}), 400, "interactiveList.body is missing")
}

// What nobody has published is passed on, with a remark.
func TestZ10StrangeMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	w.send(buttons(map[string]any{"body": "Shall we?", "colour": "red", "header": 7, "footer": "Bye", "buttons": []any{map[string]any{"label": "Yes"}}}))
	diff(t, "what the customer sees", "Shall we?\nBye", w.sent().Content.Text)
	entries, err := w.ws.Journal(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	var remarks []string
	for _, e := range entries {
		remarks = append(remarks, e.Remarks...)
	}
	diff(t, "remarks", []string{
		"interactiveButton.header is neither a text nor an object",
		`interactiveButton.body is a text; {"text": …} was expected`,
		"interactiveButton.colour is not known to the sandbox and was ignored",
		"interactiveButton.buttons[0].label is not known to the sandbox and was ignored",
	}, remarks)
}

func TestZ19TapsComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.send(filling("buttonTemplate", "greet_with_options_01", creative, "Ada", "Tony's", "order", "track", "talk"))
	w.after(0)
	for _, c := range []struct {
		kind, replyTo string
		want          map[string]any
	}{
		{"button", id, map[string]any{"postback": "track", "template_id": "greet_with_options_01"}},
		{"button_reply", "", map[string]any{"postback": "track"}},
		{"list_reply", "", map[string]any{"postback": "track"}},
	} {
		w.write(sim.CustomerMessage{Text: "Track an order", Extra: sim.Extra{Kind: c.kind, Payload: "track", ReplyTo: c.replyTo}})
		hooks := w.after(0)
		got := hooks[len(hooks)-1].Body
		diff(t, c.kind, []any{"message:user:in", "Track an order", "text", c.want}, []any{got["event"], got["text"], got["type"], got["context"]})
	}
	w.send(text()) // the window is open
	_, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "zoko", From: customer, Text: "Yes", Extra: sim.Extra{Kind: "button"}})
	if err == nil || !strings.Contains(err.Error(), "payload") {
		t.Errorf("a tap without a payload: %v", err)
	}
}
