package meta_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

const (
	image = "https://storage.googleapis.com/encore-assets-prod/creatives/2c643fc5-91cb-4b0a-ba0a-0536c2c4f871/primary-1778695603093.png"
	click = "https://api.encorekit.com/encore/click/eyJhcHBJZCI6Ii4uLiJ9.abc123def456"
	// offerBody is the payload of the seed's sample response.
	offerBody = `{"messaging_product":"whatsapp","recipient_type":"individual","to":"15014005001","type":"interactive","interactive":{"type":"cta_url","header":{"type":"image","image":{"link":"` + image + `"}},"body":{"text":"Free Apple Music for 6 months — claim before midnight"},"action":{"name":"cta_url","parameters":{"display_text":"Claim","url":"` + click + `"}}}}`
	textBody  = `{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"body":"Hi"}}`
	readBody  = `{"messaging_product":"whatsapp","status":"read","message_id":"` + seedWAMID + `"}`
)

// body decodes a request and changes it: set("interactive.body.text", "x").
func body(t *testing.T, doc string, changes ...any) map[string]any {
	t.Helper()
	tree := decoded(t, []byte(doc)).(map[string]any)
	for i := 0; i+1 < len(changes); i += 2 {
		at := tree
		path := strings.Split(changes[i].(string), ".")
		for _, step := range path[:len(path)-1] {
			at = at[step].(map[string]any)
		}
		at[path[len(path)-1]] = changes[i+1]
	}
	return tree
}

func obj(fields ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(fields); i += 2 {
		m[fields[i].(string)] = fields[i+1]
	}
	return m
}

func TestParseSendAccepts(t *testing.T) {
	t.Parallel()
	offer := note.Content{Image: image, Text: "Free Apple Music for 6 months — claim before midnight", Links: []string{click}}
	with := func(c note.Content, change func(*note.Content)) note.Content { change(&c); return c }
	cases := []struct {
		name string
		body map[string]any
		want meta.Send
	}{
		{"the seed's offer payload", body(t, offerBody), meta.Send{Type: "interactive", To: customer, Input: customer, Content: offer}},
		{"a text", body(t, textBody), meta.Send{Type: "text", To: customer, Input: customer, Content: note.Content{Text: "Hi"}}},
		{"type is text when absent", body(t, textBody, "type", nil), meta.Send{Type: "text", To: customer, Input: customer, Content: note.Content{Text: "Hi"}}},
		{"links of a text, with preview", body(t, textBody, "text", obj("body", "See https://tonys.example/menu.", "preview_url", true)),
			meta.Send{Type: "text", To: customer, Input: customer, Content: note.Content{Text: "See https://tonys.example/menu.", Links: []string{"https://tonys.example/menu"}}}},
		{"a quoted message and data for the callback", body(t, textBody, "context", obj("message_id", seedWAMID), "biz_opaque_callback_data", "order-7"),
			meta.Send{Type: "text", To: customer, Input: customer, ReplyTo: seedWAMID, BizOpaque: "order-7", Content: note.Content{Text: "Hi"}}},
		{"unknown members pass, as Meta's own SDK sends some", body(t, textBody, "id", "104895545712345", "text.extra", 1.0),
			meta.Send{Type: "text", To: customer, Input: customer, Content: note.Content{Text: "Hi"}}},
		{"null is absent", body(t, offerBody, "context", nil, "interactive.header", nil, "interactive.footer", nil, "recipient_type", nil),
			meta.Send{Type: "interactive", To: customer, Input: customer, Content: with(offer, func(c *note.Content) { c.Image = "" })}},
		{"an empty optional string is absent", body(t, textBody, "biz_opaque_callback_data", ""), meta.Send{Type: "text", To: customer, Input: customer, Content: note.Content{Text: "Hi"}}},
		{"header text, body and footer are the visible text", body(t, offerBody, "interactive.header", obj("type", "text", "text", "Perk"), "interactive.footer", obj("text", "Terms: https://t.example")),
			meta.Send{Type: "interactive", To: customer, Input: customer, Content: note.Content{
				Text:  "Perk\nFree Apple Music for 6 months — claim before midnight\nTerms: https://t.example",
				Links: []string{"https://t.example", click},
			}}},
		{"a link in text and button counts once", body(t, offerBody, "interactive.body.text", "Go to "+click), meta.Send{Type: "interactive", To: customer, Input: customer,
			Content: with(offer, func(c *note.Content) { c.Text = "Go to " + click })}},
		{"a number is its digits, as some clients send it", body(t, textBody, "to", 15014005001.0), meta.Send{Type: "text", To: customer, Input: customer, Content: note.Content{Text: "Hi"}}},
		{"and so is an id", body(t, offerBody, "interactive.header.image", obj("id", 1003341536980148.0)), meta.Send{Type: "interactive", To: customer, Input: customer,
			Content: with(offer, func(c *note.Content) { c.Image = "" })}},
		{"an uploaded image has no link", body(t, offerBody, "interactive.header.image", obj("id", "1602186516975000")), meta.Send{Type: "interactive", To: customer, Input: customer,
			Content: with(offer, func(c *note.Content) { c.Image = "" })}},
		{"a video header", body(t, offerBody, "interactive.header", obj("type", "video", "video", obj("link", "https://v.example/v.mp4"))), meta.Send{Type: "interactive", To: customer, Input: customer,
			Content: with(offer, func(c *note.Content) { c.Image = "" })}},
		{"a document header", body(t, offerBody, "interactive.header", obj("type", "document", "document", obj("id", "1"))), meta.Send{Type: "interactive", To: customer, Input: customer,
			Content: with(offer, func(c *note.Content) { c.Image = "" })}},
		{"a read receipt", body(t, readBody), meta.Send{Type: meta.ReadReceipt, MarksRead: seedWAMID}},
		{"a read receipt with the typing indicator", body(t, readBody, "typing_indicator", obj("type", "text")), meta.Send{Type: meta.ReadReceipt, MarksRead: seedWAMID, Typing: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := meta.ParseSend(c.body, meta.Limits{})
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if diff := cmp.Diff(&c.want, got, cmpopts.IgnoreUnexported(meta.Send{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// refusal is a body that ParseSend refuses, and how.
type refusal struct {
	name    string
	body    map[string]any
	code    int
	details string
}

func testRefusals(t *testing.T, cases []refusal) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := meta.ParseSend(c.body, meta.Limits{})
			if diff := cmp.Diff(meta.NewError(c.code, c.details), err); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseSendRefuses(t *testing.T) {
	t.Parallel()
	testRefusals(t, []refusal{
		{"an empty object", obj(), 131008, "Parameter 'messaging_product' is required; add it"},
		{"no body at all", nil, 131008, "Parameter 'messaging_product' is required; add it"},
		{"another product", body(t, textBody, "messaging_product", "messenger"), 100, "Parameter 'messaging_product' must be 'whatsapp'"},
		{"a product in capitals", body(t, textBody, "messaging_product", "WHATSAPP"), 100, "Parameter 'messaging_product' must be 'whatsapp'"},
		{"a group", body(t, textBody, "recipient_type", "group"), 100, "Parameter 'recipient_type' must be 'individual'"},
		{"no recipient", body(t, textBody, "to", nil), 131008, "Parameter 'to' is required; add it"},
		{"an empty recipient", body(t, textBody, "to", ""), 131008, "Parameter 'to' is required; add it"},
		{"a number that has a fraction", body(t, textBody, "to", 15014005001.5), 100, "Parameter 'to' must be a string"},
		{"a number below zero", body(t, textBody, "to", -15014005001.0), 100, "Parameter 'to' must be a string"},
		{"a type that is no string", body(t, textBody, "type", true), 100, "Parameter 'type' must be a string"},
		{"a type that is not sent here", body(t, textBody, "type", "poll"), 131051, "Parameter 'type' has the value 'poll', which is not supported"},
		{"a type of WhatsApp's that is not sent here, with its clause", body(t, textBody, "type", "pin"), 131051, "Parameter 'type' has the value 'pin', which is not supported: groups are not played by the sandbox"},
		{"types know their case", body(t, textBody, "type", "Text"), 131051, "Parameter 'type' has the value 'Text', which is not supported"},
		{"a type without its object", body(t, textBody, "text", nil), 131008, "Parameter 'text' is required; add it"},
		{"an object that is a string", body(t, textBody, "text", "Hi"), 100, "Parameter 'text' must be an object"},
		{"a text without a body", body(t, textBody, "text", obj()), 131008, "Parameter 'text.body' is required; add it"},
		{"an empty body", body(t, textBody, "text.body", ""), 131008, "Parameter 'text.body' is required; add it"},
		{"a body that is no string", body(t, textBody, "text.body", []any{"Hi"}), 100, "Parameter 'text.body' must be a string"},
		{"preview_url in quotes", body(t, textBody, "text.preview_url", "true"), 100, "Parameter 'text.preview_url' must be true or false"},
		{"a context without a message", body(t, textBody, "context", obj()), 131008, "Parameter 'context.message_id' is required; add it"},
		{"a context that is an id", body(t, textBody, "context", seedWAMID), 100, "Parameter 'context' must be an object"},
		{"another status", body(t, readBody, "status", "delivered"), 100, "Parameter 'status' must be 'read'"},
		{"a read receipt for nothing", body(t, readBody, "message_id", nil), 131008, "Parameter 'message_id' is required; add it"},
		{"an indicator that is no object", body(t, readBody, "typing_indicator", true), 100, "Parameter 'typing_indicator' must be an object"},
		{"another indicator", body(t, readBody, "typing_indicator", obj("type", "voice")), 100, "Parameter 'typing_indicator.type' must be 'text'"},
		{"a read receipt without the product", body(t, readBody, "messaging_product", nil), 131008, "Parameter 'messaging_product' is required; add it"},
		{"the first of two faults is told", body(t, offerBody, "to", "x", "interactive.body", nil), 131009, "Parameter 'to' is not a phone number; send country code and number, for example 15014005001"},
	})
}

func TestParseSendRefusesInteractive(t *testing.T) {
	t.Parallel()
	testRefusals(t, []refusal{
		{"an interactive message without its object", body(t, textBody, "type", "interactive"), 131008, "Parameter 'interactive' is required; add it"},
		{"an interactive message without its type", body(t, offerBody, "interactive.type", nil), 131008, "Parameter 'interactive.type' is required; add it"},
		{"a kind of interactive message that is not sent here", body(t, offerBody, "interactive.type", "flow"), 131051, "Parameter 'interactive.type' has the value 'flow', which is not supported: flows need WhatsApp Flows, which the sandbox does not play; send 'button' or 'list'"},
		{"a list with a picture", body(t, offerBody, "interactive.type", "list"), 131051, "Parameter 'interactive.header.type' has the value 'image', which is not supported"},
		{"no body", body(t, offerBody, "interactive.body", nil), 131008, "Parameter 'interactive.body' is required; add it"},
		{"an empty footer", body(t, offerBody, "interactive.footer", obj()), 131008, "Parameter 'interactive.footer.text' is required; add it"},
		{"a header without a type", body(t, offerBody, "interactive.header", obj()), 131008, "Parameter 'interactive.header.type' is required; add it"},
		{"a header of no kind", body(t, offerBody, "interactive.header.type", "audio"), 131051, "Parameter 'interactive.header.type' has the value 'audio', which is not supported"},
		{"a header without its medium", body(t, offerBody, "interactive.header.type", "video"), 131008, "Parameter 'interactive.header.video' is required; add it"},
		{"an image by neither link nor id", body(t, offerBody, "interactive.header.image", obj()), 131008, "Parameter 'interactive.header.image.link' is required; add it"},
		{"an image by link and by id", body(t, offerBody, "interactive.header.image.id", "1"), 131009, "Parameter 'interactive.header.image' has both 'id' and 'link'; send one of them"},
		{"an image whose id is true", body(t, offerBody, "interactive.header.image", obj("id", true)), 100, "Parameter 'interactive.header.image.id' must be a string"},
		{"an image from a disk", body(t, offerBody, "interactive.header.image.link", "file:///a.png"), 131009, "Parameter 'interactive.header.image.link' must be a whole URL that begins with https:// or http://"},
		{"no action", body(t, offerBody, "interactive.action", nil), 131008, "Parameter 'interactive.action' is required; add it"},
		{"another action", body(t, offerBody, "interactive.action.name", "flow"), 100, "Parameter 'interactive.action.name' must be 'cta_url'"},
		{"an action without parameters", body(t, offerBody, "interactive.action.parameters", nil), 131008, "Parameter 'interactive.action.parameters' is required; add it"},
		{"a button without a label", body(t, offerBody, "interactive.action.parameters.display_text", ""), 131008, "Parameter 'interactive.action.parameters.display_text' is required; add it"},
		{"a button without a link", body(t, offerBody, "interactive.action.parameters.url", nil), 131008, "Parameter 'interactive.action.parameters.url' is required; add it"},
	})
}

func TestParseSendLengths(t *testing.T) {
	t.Parallel()
	// Each limit is documented in characters; pizza is one character of four bytes.
	cases := []struct {
		path, base string
		limit      int
		smaller    meta.Limits
	}{
		{"text.body", textBody, 4096, meta.Limits{Text: 7}},
		{"biz_opaque_callback_data", textBody, 512, meta.Limits{CallbackData: 7}},
		{"interactive.body.text", offerBody, 1024, meta.Limits{Body: 7}},
		{"interactive.header.text", strings.Replace(offerBody, `"type":"image"`, `"type":"text"`, 1), 60, meta.Limits{Header: 7}},
		{"interactive.footer.text", strings.Replace(offerBody, `"header":`, `"footer":{},"header":`, 1), 60, meta.Limits{Footer: 7}},
		{"interactive.action.parameters.display_text", offerBody, 20, meta.Limits{ButtonText: 7}},
	}
	check := func(t *testing.T, name string, b map[string]any, limits meta.Limits, limit, length int) {
		t.Helper()
		var want *meta.Error
		if length > limit {
			want = meta.NewError(100, fmt.Sprintf("Parameter '%s' has %d characters; shorten it to %d", name, length, limit))
		}
		_, got := meta.ParseSend(b, limits)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d of %d characters (-want +got):\n%s", length, limit, diff)
		}
	}
	for _, c := range cases {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			for _, length := range []int{1, c.limit - 1, c.limit, c.limit + 1} {
				check(t, c.path, body(t, c.base, c.path, strings.Repeat("🍕", length)), meta.Limits{}, c.limit, length)
			}
			// Only the limit under test is smaller, so that it is the one that bites.
			check(t, c.path, body(t, c.base, c.path, "eight ch"), c.smaller, 7, 8)
		})
	}
}

func TestParseSendRecipients(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, to string
		limits   meta.Limits
		want     string // wa_id, or empty when refused
	}{
		{"digits", "15014005001", meta.Limits{}, "15014005001"},
		{"a plus", "+15014005001", meta.Limits{}, "15014005001"},
		{"as people write it", "+1 (501) 400-5001", meta.Limits{}, "15014005001"},
		{"without a plus too", "1 (501) 400-5001", meta.Limits{}, "15014005001"},
		{"six digits are too few", "123456", meta.Limits{}, ""},
		{"seven are enough", "1234567", meta.Limits{}, "1234567"},
		{"fifteen are the most", "123456789012345", meta.Limits{}, "123456789012345"},
		{"sixteen are too many", "1234567890123456", meta.Limits{}, ""},
		{"no country code begins with a zero", "05014005001", meta.Limits{}, ""},
		{"a plus inside", "1501+4005001", meta.Limits{}, ""},
		{"two pluses", "++15014005001", meta.Limits{}, ""},
		{"letters", "1501400500l", meta.Limits{}, ""},
		{"a tab", "1501400\t5001", meta.Limits{}, ""},
		{"other digits than ASCII", "١٥٠١٤٠٠٥٠٠١", meta.Limits{}, ""},
		{"no digit", "+", meta.Limits{}, ""},
		{"a national number with the business's country code", "501 400 5001", meta.Limits{CountryCode: "1"}, "15014005001"},
		{"a plus says that the code is there", "+44 20 7946 0000", meta.Limits{CountryCode: "1"}, "442079460000"},
		{"a whole number gets the code before it all the same", "15014005001", meta.Limits{CountryCode: "1"}, "115014005001"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := meta.ParseSend(body(t, textBody, "to", c.to), c.limits)
			if got.Input != c.to {
				t.Errorf("input is %q, want it as sent: %q", got.Input, c.to)
			}
			if c.want == "" {
				if err == nil || err.Code != 131009 || !strings.Contains(err.Details, "'to'") {
					t.Errorf("want 131009 that names 'to', got %v", err)
				}
				return
			}
			if err != nil || got.To != c.want {
				t.Errorf("wa_id is %q (%v), want %q", got.To, err, c.want)
			}
		})
	}
}

func TestParseSendURLs(t *testing.T) {
	t.Parallel()
	const parameter = "interactive.action.parameters.url"
	local := meta.Limits{AllowIPHosts: true}
	cases := []struct {
		name, url string
		limits    meta.Limits
		fault     string
	}{
		{"https", click, meta.Limits{}, ""},
		{"http", "http://tonys.example", meta.Limits{}, ""},
		{"capitals", "HTTPS://Tonys.Example/", meta.Limits{}, ""},
		{"a name without a dot", "http://localhost:8080/x", meta.Limits{}, ""},
		{"another alphabet", "https://pizzería.example/ñ", meta.Limits{}, ""},
		{"a numeric address", "http://127.0.0.1:8080/x", meta.Limits{}, "has a numeric address; use a host name"},
		{"a numeric address of the newer kind", "http://[::1]:8080/x", meta.Limits{}, "has a numeric address; use a host name"},
		{"a numeric address where links are minted locally", "http://127.0.0.1:8080/x", local, ""},
		{"a local link still needs a host", "http://:8080/x", local, "has no host; send a whole URL"},
		{"no host", "https:///x", meta.Limits{}, "has no host; send a whole URL"},
		{"a dot is no host", "https://./x", meta.Limits{}, "has no host; send a whole URL"},
		{"no scheme", "tonys.example/x", meta.Limits{}, "must be a whole URL that begins with https:// or http://"},
		{"a path", "/x", meta.Limits{}, "must be a whole URL that begins with https:// or http://"},
		{"another scheme", "javascript:alert(1)", meta.Limits{}, "must be a whole URL that begins with https:// or http://"},
		{"a phone link", "tel:+15014005001", meta.Limits{}, "must be a whole URL that begins with https:// or http://"},
		{"a space", "https://tonys.example/our menu", meta.Limits{}, "is not a URL; escape what does not belong in one"},
		{"a broken escape", "https://tonys.example/%zz", meta.Limits{}, "is not a URL; escape what does not belong in one"},
		{"a placeholder that was not filled in", "https://{{host}}/x", meta.Limits{}, "is not a URL; escape what does not belong in one"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var want *meta.Error
			if c.fault != "" {
				want = meta.NewError(131009, "Parameter '"+parameter+"' "+c.fault)
			}
			_, got := meta.ParseSend(body(t, offerBody, parameter, c.url), c.limits)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.url, diff)
			}
		})
	}
}

// TestParseSendRefusedContent holds that an attempt is known although it failed.
func TestParseSendRefusedContent(t *testing.T) {
	t.Parallel()
	template := body(t, `{"messaging_product":"whatsapp","to":"+15014005001","type":"template","template":{"name":"x","components":[{"type":"button","parameters":[{"type":"text","text":"`+click+`"}]}]}}`)
	cases := []struct {
		name string
		body map[string]any
		want meta.Send
	}{
		{"a type that is not sent here still shows its links", template, meta.Send{Type: "template", To: customer, Input: "+15014005001", Content: note.Content{Links: []string{click}}}},
		{"a wrong product", body(t, offerBody, "messaging_product", nil), meta.Send{Type: "interactive", To: customer, Input: customer,
			Content: note.Content{Image: image, Text: "Free Apple Music for 6 months — claim before midnight", Links: []string{click}}}},
		{"a read receipt of something else", body(t, readBody, "status", "seen"), meta.Send{Type: meta.ReadReceipt, MarksRead: seedWAMID}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := meta.ParseSend(c.body, meta.Limits{})
			if err == nil {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(&c.want, got, cmpopts.IgnoreFields(meta.Send{}, "Template"), cmpopts.IgnoreUnexported(meta.Send{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	offer, _ := meta.ParseSend(body(t, offerBody, "to", "+1 (501) 400-5001"), meta.Limits{})
	goldentest.Check(t, "accepted.json", offer.Accepted(seedWAMID))
	read, _ := meta.ParseSend(body(t, readBody), meta.Limits{})
	goldentest.Check(t, "read.json", read.Accepted(""))
}

// FuzzParseSend holds that no JSON object makes the reader fail, that a Send
// always comes back, and that what is accepted has what an answer needs.
func FuzzParseSend(f *testing.F) {
	for _, seed := range []string{offerBody, textBody, readBody, `{}`, `{"messaging_product":"whatsapp","to":[],"interactive":{"header":{"type":"text"}}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		var tree map[string]any
		if json.Unmarshal([]byte(doc), &tree) != nil {
			return
		}
		send, err := meta.ParseSend(tree, meta.Limits{})
		if send == nil || send.Type == "" && err == nil {
			t.Fatalf("nothing was read of %s", doc)
		}
		// A reaction that is taken back has an empty emoji, and that is its text.
		wordless := send.Type == "reaction" || send.Content.Text != ""
		if err == nil && send.Type != meta.ReadReceipt && (send.To == "" || !wordless) {
			t.Errorf("accepted without a recipient or a text: %s", doc)
		}
	})
}
