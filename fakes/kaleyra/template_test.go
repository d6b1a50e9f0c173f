package kaleyra_test

import (
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

// without is the offer without one component.
func without(t *testing.T, begins string) string {
	t.Helper()
	from := strings.Index(offer, `{"type":"`+begins)
	to := strings.Index(offer[from:], `]}`) + from + 2
	if begins == "limited_time_offer" {
		to = strings.Index(offer[from:], `]},`) + from + 2
	}
	out := offer[:from] + offer[to:]
	out = strings.Replace(out, `[,{`, `[{`, 1)
	out = strings.Replace(out, `,,`, `,`, 1)
	return strings.Replace(out, `},]`, `}]`, 1)
}

func TestK18MissingComponents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for begins, part := range map[string]string{
		"header": "header", "body": "body", `limited_time_offer`: "limited_time_offer", `button","sub_type":"copy_code`: "button 0", `button","sub_type":"url`: "button 1",
	} {
		diff(t, begins, refusal, w.post(without(t, begins)))
		if remarks := strings.Join(w.remarks(), "\n"); !strings.Contains(remarks, "the template has a "+part+" that needs parameters") {
			t.Errorf("%s: the journal remarks %q", begins, remarks)
		}
	}
	whole := swap(t, offer, offer[strings.Index(offer, `,"components"`):strings.Index(offer, `}},"extra_info"`)], ``)
	diff(t, "no components at all", refusal, w.post(whole))
	swapped := swap(t, offer, `"index":0`, `"index":9`, `"index":1`, `"index":0`, `"index":9`, `"index":1`)
	diff(t, "buttons in each other's place", refusal, w.post(swapped))
}

func TestK18FailsAtWhatsApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for _, c := range []struct {
		name   string
		oldNew []string
		want   string
	}{
		{"an unknown template", []string{`LTO_template`, `LTO_templates`}, "failed 132001"},
		{"an unknown language", []string{`en_US`, `de`}, "failed 132001"},
		{"one value too few", []string{`,{"type":"text","text":"CARIBE25"}`, ``}, "failed 132000"},
		{"one value too many", []string{`{"type":"text","text":"Pablo"}`, `{"type":"text","text":"Pablo"},{"type":"text","text":"x"}`}, "failed 132000"},
		{"no value at all", []string{`[{"type":"text","text":"Pablo"},{"type":"text","text":"CARIBE25"}]`, `[]`}, "failed 132000"},
		{"an image in the place of a text", []string{`{"type":"text","text":"Pablo"}`, `{"type":"image","image":{"id":"1"}}`}, "failed 132012"},
		{"a button that the template does not have", []string{`{"type":"header"`, `{"type":"button","sub_type":"url","index":2,"parameters":[{"type":"text","text":"x"}]},{"type":"header"`}, "failed 132018"},
	} {
		w.must(w.post(swap(t, offer, c.oldNew...)), 202, "WA202")
		all := w.after(thread, time.Second)
		diff(t, c.name, []string{c.want}, told(all))
		diff(t, c.name+": refs come with it", any("customer1"), dig(all[0], "extra_info", "ref"))
	}
}

// A template that is sent without parameters needs no components.
func TestTemplateWithoutParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{Templates: []meta.Template{{Name: "hello", Language: "en", Category: "UTILITY", Body: "Hello"}}})
	w.must(w.sends(`{"messaging_product":"whatsapp","to":"15014005001","type":"template","template":{"name":"hello","language":{"code":"en"}}}`), 202, "WA202")
	all := w.after(thread, time.Second)
	diff(t, "it arrives", []string{"sent", "delivered", "read"}, told(all))
	diff(t, "its price", any("utility"), dig(all[0], "meta_object", "value", "statuses", 0, "pricing", "category"))
	sent, _ := w.outgoing()
	diff(t, "what the customer sees", "Hello", sent[0].Content.Text)
}

func TestLearntTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{Learn: true})
	mine := swap(t, offer, `LTO_template`, `my_offer`, `"n3mtql"`, `"https://api.encorekit.com/encore/click/abc"`)
	w.must(w.post(mine), 202, "WA202")
	if remarks := strings.Join(w.remarks(), "\n"); !strings.Contains(remarks, "template my_offer (en_US) was unknown and is taken as this message fills it") {
		t.Errorf("the journal remarks %q", remarks)
	}
	diff(t, "it arrives", []string{"sent", "delivered", "read"}, told(w.after(thread, time.Second)))
	w.must(w.post(mine), 202, "WA202")
	diff(t, "it is known by now", []string(nil), w.remarks())
	w.after(thread, time.Second)
	w.must(w.post(swap(t, mine, `,{"type":"text","text":"CARIBE25"}`, ``)), 202, "WA202")
	diff(t, "and held to its shape", []string{"failed 132000"}, told(w.after(thread, time.Second)))
	sent, _ := w.outgoing()
	diff(t, "what the customer sees", []any{"Limited-time offer\nPablo\nCARIBE25", "https://api.encorekit.com/encore/click/abc", 1},
		[]any{sent[0].Content.Text, sent[0].Content.Links[0], sent[0].OfferLinks})
	other := w.request("POST", "/v2/"+sid+"/whatsapp/+15550783882/messages", mine, nil)
	w.must(other, 202, "WA202")
	if remarks := strings.Join(w.remarks(), "\n"); !strings.Contains(remarks, "was unknown") {
		t.Errorf("another sender has it too: %q", remarks)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	w.must(w.post(text), 202, "WA202")
	diff(t, "the customer never wrote", []string{"failed 131047"}, told(w.after(thread, time.Second)))
	w.write("Hi", sim.Extra{})
	w.after(thread, time.Second)
	w.must(w.post(text), 202, "WA202")
	diff(t, "the customer just wrote", []string{"sent", "delivered", "read"}, told(w.after(thread, 24*time.Hour-2*time.Second-time.Millisecond)))
	w.after(thread, 999*time.Millisecond)
	w.must(w.post(text), 202, "WA202")
	diff(t, "a millisecond before its end", []string{"sent", "delivered", "read"}, told(w.after(thread, time.Millisecond+time.Second))[:3])
	w.must(w.post(text), 202, "WA202")
	diff(t, "after its end", []string{"failed 131047"}, told(w.after(thread, time.Second)))
	w.must(w.post(offer), 202, "WA202")
	diff(t, "templates need none", []string{"sent", "delivered", "read"}, told(w.after(thread, time.Second)))
	w.arm("provider=window-closed;times=1")
	w.must(w.post(offer), 202, "WA202")
	diff(t, "a fault closes it", []string{"failed 131047"}, told(w.after(thread, time.Second)))
}
