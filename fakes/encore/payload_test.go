package encore

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// seedOrder is what the Encore integration guide's sample answer was made of.
func seedOrder(platform string) Order {
	return Order{
		Platform: platform, Recipient: "15014005001", ClientName: "Tony's Pizza",
		ClickURL:   "https://api.encorekit.com/encore/click/eyJhcHBJZCI6Ii4uLiJ9.abc123def456...",
		CampaignID: "2c643fc5-91cb-4b0a-ba0a-0536c2c4f871",
		Creative: &Creative{
			ID: "f7a1be25-2a31-4adf-b0e6-19a3c91a0e10", Title: "Free Apple Music & more", Subtitle: "From {clientName}",
			Body: "Free Apple Music for 6 months — claim before midnight", CTA: "Claim",
			Image: "https://storage.googleapis.com/encore-assets-prod/creatives/2c643fc5-91cb-4b0a-ba0a-0536c2c4f871/primary-1778695603093.png",
		},
	}
}

const (
	seedImpression = "d260ce6212a72ca30959e1faf00cc17e5cd4adf425c817111f0f97d8bbe52670"
	seedRequestID  = "11111111-1111-4111-8111-111111111111"
)

// TestResponseIsTheSample rebuilds the samples of the Encore integration guide
// (Response) byte for byte, white space aside. The files are the guide's, so
// -update leaves them alone.
func TestResponseIsTheSample(t *testing.T) {
	t.Parallel()
	o := seedOrder(WhatsApp)
	for name, r := range map[string]Response{
		"sample.json":        Served(seedImpression, seedRequestID, o, Compose(o)),
		"sample-nofill.json": NoFill(seedImpression),
	} {
		want, err1 := os.ReadFile("testdata/" + name)
		got, err2 := Encode(r)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCard holds the shape that the guide gives no sample of; both platforms
// share it.
func TestCard(t *testing.T) {
	t.Parallel()
	for _, platform := range []string{Facebook, Instagram} {
		got, err := Encode(Compose(seedOrder(platform)))
		if err != nil {
			t.Fatal(err)
		}
		goldentest.Check(t, "card.json", got)
	}
}

func TestEncodedPayloadFitsIntoTheResponse(t *testing.T) {
	t.Parallel()
	o := seedOrder(Instagram)
	o.ClientName = "A & B <c>\u2028"
	payload, err := Encode(Compose(o))
	if err != nil {
		t.Fatal(err)
	}
	composed, err1 := Encode(Served("i", "r", o, Compose(o)))
	encoded, err2 := Encode(Served("i", "r", o, json.RawMessage(payload)))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if diff := cmp.Diff(string(composed), string(encoded)); diff != "" {
		t.Errorf("an encoded payload gives another answer (-composed +encoded):\n%s", diff)
	}
	if !strings.Contains(string(composed), "A & B <c>") || strings.HasSuffix(string(composed), "\n") {
		t.Errorf("the answer escapes HTML or ends in a line break: %s", composed)
	}
}

// TestEncodeIsEncodingJSON compares Encode with the standard library, for
// payloads and answers with every kind of text that JSON has to escape.
func TestEncodeIsEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "plain", `"quoted" \ / back`, "a\nb\tc\x00\x1f\x7f", "<b>&amp;</b>", "äöü 音楽 👩‍👩‍👧", "\u2028\u2029\u2027", "a\xffb", "\xe2\x80",
	} {
		o := Order{
			Platform: WhatsApp, Recipient: text, ClientName: text, ClickURL: text, CampaignID: text,
			Creative: &Creative{ID: text, Title: text, Subtitle: text, Body: "{clientName}" + text, CTA: text, Image: text},
		}
		raw := json.RawMessage(`{"a":[1,"<"]}`)
		for name, v := range map[string]any{
			"whatsapp payload": o.whatsApp(), "generic payload": o.generic(),
			"whatsapp answer": Served(text, text, o, o.whatsApp()), "generic answer": Served(text, text, o, o.generic()),
			"encoded answer": Served(text, text, o, raw), "no offer": NoFill(text),
			"another payload": Served(text, text, o, map[string]string{"a": text}), "error": ErrorBody{Error: text},
		} {
			want, err1 := standard(v)
			got, err2 := Encode(v)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s of %q (-encoding/json +Encode):\n%s", name, text, diff)
			}
		}
	}
	if _, err := Encode(make(chan int)); err == nil {
		t.Error("a channel was encoded")
	}
}

func TestPersonal(t *testing.T) {
	t.Parallel()
	const family = "👩‍👩‍👧" // five code points, one character to the eye
	for name, c := range map[string]struct {
		text, clientName string
		limit            int
		want             string
	}{
		"the name goes in":                       {"From {clientName}!", "Tony's", 80, "From Tony's!"},
		"every mark is replaced":                 {"{clientName} {clientName}", "T", 80, "T T"},
		"a name with a mark in it stays":         {"a {clientName}", "{clientName}", 80, "a {clientName}"},
		"a text without mark stays":              {"Free", "Tony's", 80, "Free"},
		"the name gives way before the offer":    {"{clientName}: free", "Tony's Pizza", 11, "Tony…: free"},
		"no space is left before the ellipsis":   {"{clientName}: free", "Ton Pizza", 11, "Ton…: free"},
		"a text that is too long by itself":      {"abcdefghij {clientName}", "Tony", 8, "abcdefg…"},
		"exactly at the limit":                   {"{clientName}", "abcd", 4, "abcd"},
		"code points count, not bytes":           {"{clientName}", "äöüß", 4, "äöüß"},
		"an emoji is never split":                {"{clientName}", "ab" + family + "c", 6, "ab…"},
		"an emoji that fits is kept":             {"{clientName}", "a" + family + "cd", 7, "a" + family + "…"},
		"an accent stays with its letter":        {"{clientName}", "abe\u0301fgh", 4, "ab…"},
		"a flag is never split":                  {"{clientName}", "🇩🇪🇫🇷", 3, "🇩🇪…"},
		"what is no UTF-8 becomes a mark for it": {"{clientName}", "a\xffb", 80, "a\uFFFDb"},
	} {
		if diff := cmp.Diff(c.want, personal(c.text, c.clientName, c.limit)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTextsKeepMetasLimits(t *testing.T) {
	t.Parallel()
	names := []string{
		"", "Tony's Pizza", strings.Repeat("long name ", 500), strings.Repeat("👩‍👩‍👧", 300),
		"z" + strings.Repeat("\u0301", 3000), strings.Repeat("نور ", 400), strings.Repeat("{clientName}", 100),
	}
	for _, campaign := range Default(1).Campaigns {
		for i := range campaign.Creatives {
			for _, name := range names {
				o := Order{ClientName: name, Creative: &campaign.Creatives[i]}
				w := o.whatsApp().Interactive
				card := o.generic().Message.Attachment.Payload.Elements[0]
				within(t, w.Body.Text, 1024)
				within(t, w.Action.Parameters.DisplayText, 20)
				within(t, card.Title, 80)
				within(t, card.Subtitle, 80)
				within(t, card.Buttons[0].Title, 20)
			}
		}
	}
}

func within(t *testing.T, text string, limit int) {
	t.Helper()
	if n := utf8.RuneCountInString(text); n > limit || n == 0 || !utf8.ValidString(text) {
		t.Errorf("%q has %d characters, want 1 to %d", text, n, limit)
	}
}

func FuzzShorten(f *testing.F) {
	f.Add("Tony's 👩‍👩‍👧 Pizza", 8)
	f.Add("e\u0301e\u0301e\u0301", 3)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 1 || limit > 2000 {
			return
		}
		got := shorten(text, limit)
		if n := utf8.RuneCountInString(got); n > limit {
			t.Fatalf("shorten(%q, %d) has %d characters", text, limit, n)
		}
		text = strings.ToValidUTF8(text, "\uFFFD")
		kept, cut := strings.CutSuffix(got, "…")
		if got == text || !cut {
			if got != text {
				t.Fatalf("shorten(%q, %d) = %q: cut without an ellipsis", text, limit, got)
			}
			return
		}
		for rest, state := text, -1; len(kept) > 0; {
			var cluster string
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
			if kept == strings.TrimRight(cluster, " ") {
				return
			}
			if !strings.HasPrefix(kept, cluster) {
				t.Fatalf("shorten(%q, %d) = %q splits %q", text, limit, got, cluster)
			}
			kept = kept[len(cluster):]
		}
	})
}

func BenchmarkCompose(b *testing.B) {
	for _, platform := range []string{WhatsApp, Facebook} {
		b.Run(platform, func(b *testing.B) {
			o := seedOrder(platform)
			b.ReportAllocs()
			for b.Loop() {
				payload, err := Encode(Compose(o))
				if err != nil {
					b.Fatal(err)
				}
				if _, err = Encode(Served("i", "r", o, json.RawMessage(payload))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
