package meta_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

const (
	psid       = "2401234567890123"
	card       = `{"title":"Free Apple Music for 6 months","subtitle":"Claim before midnight","image_url":"` + image + `","default_action":{"type":"web_url","url":"` + click + `"},"buttons":[{"type":"web_url","url":"` + click + `","title":"Claim"}]}`
	socialCard = `{"recipient":{"id":"` + psid + `"},"message":{"attachment":{"type":"template","payload":{"template_type":"generic","elements":[` + card + `]}}}}`
	socialText = `{"recipient":{"id":"` + psid + `"},"messaging_type":"RESPONSE","message":{"text":"Hi"}}`
)

// message is a Send API body around a message.
func message(inner string) string {
	return `{"recipient":{"id":"` + psid + `"},"message":` + inner + `}`
}

// template is a message with a template.
func template(payload string) string {
	return message(`{"attachment":{"type":"template","payload":` + payload + `}}`)
}

// elements is a generic template of these elements.
func elements(items ...string) string {
	return template(`{"template_type":"generic","elements":[` + strings.Join(items, ",") + `]}`)
}

// buttons is a button template.
func buttons(text string, items ...string) string {
	return template(`{"template_type":"button","text":"` + text + `","buttons":[` + strings.Join(items, ",") + `]}`)
}

func repeat(item string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = item
	}
	return out
}

const (
	urlButton = `{"type":"web_url","url":"https://tonys.example/","title":"Menu"}`
	tapButton = `{"type":"postback","title":"Menu","payload":"MENU"}`
	quickYes  = `{"content_type":"text","title":"Yes","payload":"YES"}`
)

func parse(t *testing.T, doc string, rules meta.SocialRules) (*meta.SocialSend, string) {
	t.Helper()
	s, err := meta.ParseSocial(decoded(t, []byte(doc)).(map[string]any), rules)
	if err == nil {
		return s, ""
	}
	if err.Code != 100 || err.Status != 400 || err.Details != "" {
		t.Errorf("%s is refused with %+v, want code 100 without details", doc, err)
	}
	return s, err.Message
}

func TestParseSocialAccepts(t *testing.T) {
	t.Parallel()
	ig := meta.SocialRules{Instagram: true}
	cardContent := note.Content{Image: image, Text: "Free Apple Music for 6 months\nClaim before midnight", Links: []string{click}}
	cases := []struct {
		name, doc string
		rules     meta.SocialRules
		want      meta.SocialSend
	}{
		{"a text", socialText, meta.SocialRules{}, meta.SocialSend{Type: "text", To: psid, Content: note.Content{Text: "Hi"}}},
		{"Encore's payload on Messenger", socialCard, meta.SocialRules{}, meta.SocialSend{Type: "generic", To: psid, Content: cardContent}},
		{"Encore's payload on Instagram", socialCard, ig, meta.SocialSend{Type: "generic", To: psid, Content: cardContent}},
		{"links of a text", message(`{"text":"see https://tonys.example/menu."}`), ig, meta.SocialSend{Type: "text", To: psid, Content: note.Content{Text: "see https://tonys.example/menu.", Links: []string{"https://tonys.example/menu"}}}},
		{"two cards: the first picture, both texts, every link once", elements(card, card, `{"title":"More","buttons":[`+urlButton+`]}`), meta.SocialRules{},
			meta.SocialSend{Type: "generic", To: psid, Content: note.Content{Image: image, Text: cardContent.Text + "\n" + cardContent.Text + "\nMore", Links: []string{click, "https://tonys.example/"}}}},
		{"a button template", buttons("Hungry?", urlButton, tapButton), ig, meta.SocialSend{Type: "button", To: psid, Content: note.Content{Text: "Hungry?", Links: []string{"https://tonys.example/"}}}},
		{"a phone button is Messenger's", buttons("Hungry?", `{"type":"phone_number","title":"Call","payload":"+15550783881"}`), meta.SocialRules{}, meta.SocialSend{Type: "button", To: psid, Content: note.Content{Text: "Hungry?"}}},
		{"an image by URL", message(`{"attachment":{"type":"image","payload":{"url":"` + image + `","is_reusable":true}}}`), meta.SocialRules{}, meta.SocialSend{Type: "image", To: psid, Content: note.Content{Image: image}}},
		{"a video by id", message(`{"attachment":{"type":"video","payload":{"attachment_id":"77"}}}`), meta.SocialRules{}, meta.SocialSend{Type: "video", To: psid, Uploads: []string{"77"}}},
		{"a file of the same call", message(`{"attachment":{"type":"file","payload":{}}}`), meta.SocialRules{Uploaded: true}, meta.SocialSend{Type: "file", To: psid}},
		{"a heart is Instagram's", message(`{"attachment":{"type":"like_heart"}}`), ig, meta.SocialSend{Type: "like_heart", To: psid}},
		{"several images are Instagram's", message(`{"attachments":[{"type":"image","payload":{"url":"` + image + `"}}]}`), ig, meta.SocialSend{Type: "image", To: psid, Content: note.Content{Image: image}}},
		{"thirteen quick replies", message(`{"text":"Sure?","quick_replies":[` + strings.Join(repeat(quickYes, 13), ",") + `]}`), ig, meta.SocialSend{Type: "text", To: psid, Content: note.Content{Text: "Sure?"}}},
		{"typing", `{"recipient":{"id":"` + psid + `"},"sender_action":"typing_on"}`, meta.SocialRules{}, meta.SocialSend{Type: "sender_action", Action: "typing_on", To: psid}},
		{"a reaction names its message", `{"recipient":{"id":"` + psid + `"},"sender_action":"react","payload":{"message_id":"m_1","reaction":"love"}}`, ig, meta.SocialSend{Type: "sender_action", Action: "react", To: psid, ReplyTo: "m_1"}},
		{"a tag with its type", body2(socialText, `"RESPONSE"`, `"MESSAGE_TAG","tag":"HUMAN_AGENT"`), ig, meta.SocialSend{Type: "text", To: psid, Tag: "HUMAN_AGENT", Content: note.Content{Text: "Hi"}}},
		{"a tag alone", body2(socialText, `"messaging_type":"RESPONSE"`, `"tag":"ACCOUNT_UPDATE"`), meta.SocialRules{}, meta.SocialSend{Type: "text", To: psid, Tag: "ACCOUNT_UPDATE", Content: note.Content{Text: "Hi"}}},
		{"an answer to a message", body2(socialText, `"messaging_type":"RESPONSE"`, `"reply_to":{"mid":"m_1"}`), ig, meta.SocialSend{Type: "text", To: psid, ReplyTo: "m_1", Content: note.Content{Text: "Hi"}}},
		{"members nobody knows, as clients of Meta's own send", body2(socialText, `"messaging_type":"RESPONSE"`, `"id":"104895545712345","x":1`), meta.SocialRules{}, meta.SocialSend{Type: "text", To: psid, Content: note.Content{Text: "Hi"}}},
		{"a title too long that is cut", elements(`{"title":"` + strings.Repeat("🍕", 81) + `","image_url":"` + image + `"}`), meta.SocialRules{TruncateTitles: true}, meta.SocialSend{Type: "generic", To: psid, Content: note.Content{Image: image, Text: strings.Repeat("🍕", 80)}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, problem := parse(t, c.doc, c.rules)
			if problem != "" {
				t.Fatalf("refused: %s", problem)
			}
			if diff := cmp.Diff(&c.want, got, cmpopts.IgnoreFields(meta.SocialSend{}, "Message", "Meta")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// body2 replaces a piece of a document.
func body2(doc, old, replacement string) string { return strings.Replace(doc, old, replacement, 1) }

// TestParseSocialLimits tries every length below, at and above its limit, in
// characters of four bytes where characters count.
func TestParseSocialLimits(t *testing.T) {
	t.Parallel()
	pizza := func(n int) string { return strings.Repeat("🍕", n) }
	button := func(title string) string { return `{"type":"postback","title":"` + title + `","payload":"X"}` }
	cases := []struct {
		name  string
		limit int
		rules meta.SocialRules
		doc   func(n int) string
		want  string
	}{
		{"Messenger's text, characters", 2000, meta.SocialRules{}, func(n int) string { return message(`{"text":"` + pizza(n) + `"}`) },
			"(#100) Length of param message[text] must be less than or equal to 2000; it is 2001"},
		{"Instagram's text, bytes", 1000, meta.SocialRules{Instagram: true}, func(n int) string { return message(`{"text":"` + strings.Repeat("a", n) + `"}`) },
			"(#100) Length of param message[text] must be less than or equal to 1000 bytes of UTF-8; it is 1001"},
		{"title", 80, meta.SocialRules{}, func(n int) string { return elements(`{"title":"` + pizza(n) + `","subtitle":"x"}`) },
			"(#100) Length of param message[attachment][payload][elements][0][title] must be less than or equal to 80; it is 81"},
		{"subtitle", 80, meta.SocialRules{Instagram: true}, func(n int) string { return elements(`{"title":"x","subtitle":"` + pizza(n) + `"}`) },
			"(#100) Length of param message[attachment][payload][elements][0][subtitle] must be less than or equal to 80; it is 81"},
		{"button title", 20, meta.SocialRules{}, func(n int) string { return buttons("x", button(pizza(n))) },
			"(#100) Length of param message[attachment][payload][buttons][0][title] must be less than or equal to 20; it is 21"},
		{"postback payload", 1000, meta.SocialRules{}, func(n int) string { return buttons("x", body2(tapButton, "MENU", pizza(n))) },
			"(#100) Length of param message[attachment][payload][buttons][0][payload] must be less than or equal to 1000; it is 1001"},
		{"button template's text", 640, meta.SocialRules{}, func(n int) string { return buttons(pizza(n), tapButton) },
			"(#100) Length of param message[attachment][payload][text] must be less than or equal to 640; it is 641"},
		{"elements", 10, meta.SocialRules{}, func(n int) string { return elements(repeat(card, n)...) },
			"(#100) Param message[attachment][payload][elements] must have 1 to 10 elements; it has 11"},
		{"buttons", 3, meta.SocialRules{Instagram: true}, func(n int) string { return buttons("x", repeat(urlButton, n)...) },
			"(#100) Param message[attachment][payload][buttons] must have 1 to 3 elements; it has 4"},
		{"quick replies", 13, meta.SocialRules{}, func(n int) string {
			return message(`{"text":"x","quick_replies":[` + strings.Join(repeat(quickYes, n), ",") + `]}`)
		}, "(#100) Param message[quick_replies] must have 1 to 13 elements; it has 14"},
		{"quick reply's title", 20, meta.SocialRules{}, func(n int) string {
			return message(`{"text":"x","quick_replies":[` + body2(quickYes, "Yes", pizza(n)) + `]}`)
		}, "(#100) Length of param message[quick_replies][0][title] must be less than or equal to 20; it is 21"},
		{"Instagram's images", 10, meta.SocialRules{Instagram: true}, func(n int) string {
			return message(`{"attachments":[` + strings.Join(repeat(`{"type":"image","payload":{"url":"`+image+`"}}`, n), ",") + `]}`)
		}, "(#100) Param message[attachments] must have 1 to 10 elements; it has 11"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{1, c.limit - 1, c.limit, c.limit + 1} {
				want := ""
				if n > c.limit {
					want = c.want
				}
				_, got := parse(t, c.doc(n), c.rules)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%d of %d (-want +got):\n%s", n, c.limit, diff)
				}
			}
		})
	}
}

func TestParseSocialRefuses(t *testing.T) {
	t.Parallel()
	ig := meta.SocialRules{Instagram: true}
	const element = "message[attachment][payload][elements][0]"
	cases := []struct {
		name, doc string
		rules     meta.SocialRules
		want      string
	}{
		{"nothing", `{}`, meta.SocialRules{}, "The parameter recipient is required"},
		{"a recipient that is no object", `{"recipient":"1","message":{"text":"x"}}`, meta.SocialRules{}, "Param recipient must be a JSON object; in a form, write it as JSON"},
		{"a recipient by number, which loses digits", `{"recipient":{"id":2401234567890123},"message":{"text":"x"}}`, meta.SocialRules{}, "Param recipient[id] must be a string"},
		{"no message", `{"recipient":{"id":"1"}}`, meta.SocialRules{}, "The parameter message is required"},
		{"an empty message", message(`{}`), meta.SocialRules{}, "Param message cannot be empty; give it a text or an attachment"},
		{"an empty text", message(`{"text":""}`), meta.SocialRules{}, "Param message[text] must be a non-empty string"},
		{"a text beside an attachment", message(`{"text":"x","attachment":{"type":"image"}}`), meta.SocialRules{}, "Param message has both text and attachment; send one of them"},
		{"a messaging_type of no kind", body2(socialText, "RESPONSE", "REPLY"), meta.SocialRules{}, "Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}"},
		{"MESSAGE_TAG without a tag", body2(socialText, "RESPONSE", "MESSAGE_TAG"), meta.SocialRules{}, "The parameter tag is required"},
		{"Messenger's tag on Instagram", body2(socialText, `"RESPONSE"`, `"MESSAGE_TAG","tag":"ACCOUNT_UPDATE"`), ig, "Param tag must be one of {HUMAN_AGENT}"},
		{"an action of no kind", `{"recipient":{"id":"1"},"sender_action":"wave"}`, meta.SocialRules{}, "Param sender_action must be one of {typing_on, typing_off, mark_seen, react, unreact}"},
		{"an action with a message", body2(socialText, `"messaging_type":"RESPONSE"`, `"sender_action":"typing_on"`), meta.SocialRules{}, "Param message cannot be sent together with sender_action; make two calls"},
		{"a reaction to nothing", `{"recipient":{"id":"1"},"sender_action":"react"}`, ig, "The parameter payload is required"},
		{"an attachment of no kind", message(`{"attachment":{"type":"gif","payload":{}}}`), meta.SocialRules{}, "Param message[attachment][type] must be one of {template, image, video, audio, file}"},
		{"Instagram's heart on Messenger", message(`{"attachment":{"type":"like_heart"}}`), meta.SocialRules{}, "Param message[attachment][type] must be one of {template, image, video, audio, file}"},
		{"Instagram's images on Messenger", message(`{"attachments":[{"type":"image","payload":{"url":"` + image + `"}}]}`), meta.SocialRules{}, "Param message[attachments] is for Instagram; send message[attachment]"},
		{"a file from nowhere", message(`{"attachment":{"type":"file","payload":{}}}`), meta.SocialRules{}, "Param message[attachment][payload] needs url or attachment_id, or filedata beside it in a multipart body"},
		{"a file from two places", message(`{"attachment":{"type":"file","payload":{"url":"https://x.example/","attachment_id":"1"}}}`), meta.SocialRules{}, "Param message[attachment][payload] has both url and attachment_id; send one of them"},
		{"a template of no kind", template(`{"template_type":"media"}`), meta.SocialRules{}, "Param message[attachment][payload][template_type] must be one of {generic, button}"},
		{"no elements", elements(), meta.SocialRules{}, "Param message[attachment][payload][elements] must have 1 to 10 elements; it has 0"},
		{"an element without a title", elements(`{"subtitle":"x"}`), meta.SocialRules{}, "The parameter " + element + "[title] is required"},
		{"an element with its title alone", elements(`{"title":"x"}`), ig, "Param " + element + " needs at least one of subtitle, image_url, default_action and buttons besides its title"},
		{"a default_action with a title", elements(`{"title":"x","default_action":` + urlButton + `}`), meta.SocialRules{}, "Param " + element + "[default_action][title] is for buttons; a default_action has none"},
		{"a default_action that is a postback", elements(`{"title":"x","default_action":{"type":"postback","url":"https://x.example"}}`), meta.SocialRules{}, "Param " + element + "[default_action][type] must be one of {web_url}"},
		{"a button without buttons", buttons("x"), meta.SocialRules{}, "Param message[attachment][payload][buttons] must have 1 to 3 elements; it has 0"},
		{"a phone button on Instagram", buttons("x", `{"type":"phone_number","title":"Call","payload":"+1"}`), ig, "Param message[attachment][payload][buttons][0][type] must be one of {web_url, postback}"},
		{"a link to nowhere", buttons("x", body2(urlButton, "https://tonys.example/", "tonys")), meta.SocialRules{}, "Param message[attachment][payload][buttons][0][url] must be a whole URL that begins with https:// or http://"},
		{"a postback without a payload", buttons("x", `{"type":"postback","title":"x"}`), meta.SocialRules{}, "The parameter message[attachment][payload][buttons][0][payload] is required"},
		{"a phone number as a quick reply on Instagram", message(`{"text":"x","quick_replies":[{"content_type":"user_phone_number"}]}`), ig, "Param message[quick_replies][0][content_type] must be one of {text}"},
		{"quick replies below a card on Instagram", body2(socialCard, `"message":{`, `"message":{"quick_replies":[`+quickYes+`],`), ig, "Param message[quick_replies] go with a text only"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, got := parse(t, c.doc, c.rules)
			if diff := cmp.Diff("(#100) "+c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.doc, diff)
			}
		})
	}
}

// TestParseSocialRefusedContent holds that a refused message still shows where
// it would have led.
func TestParseSocialRefusedContent(t *testing.T) {
	t.Parallel()
	s, problem := parse(t, body2(socialCard, `"title":"Claim"`, `"title":"`+strings.Repeat("x", 21)+`"`), meta.SocialRules{})
	if problem == "" {
		t.Fatal("accepted")
	}
	if diff := cmp.Diff([]string{click}, s.Content.Links); diff != "" || s.To != psid {
		t.Errorf("to %s, links (-want +got):\n%s", s.To, diff)
	}
}

// FuzzParseSocial holds that no JSON object makes the reader fail and that what
// is accepted has what an answer needs.
func FuzzParseSocial(f *testing.F) {
	for _, seed := range []string{socialText, socialCard, `{}`, `{"recipient":[],"message":{"attachments":[1]}}`, `{"recipient":{"id":"1"},"sender_action":"react","payload":7}`} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, doc string, instagram bool) {
		var tree map[string]any
		if json.Unmarshal([]byte(doc), &tree) != nil {
			return
		}
		s, err := meta.ParseSocial(tree, meta.SocialRules{Instagram: instagram})
		if s == nil || err == nil && (s.To == "" || s.Type == "") {
			t.Fatalf("accepted without a recipient or a type: %s", doc)
		}
	})
}
