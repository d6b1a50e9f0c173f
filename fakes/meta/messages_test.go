package meta_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// typed is the body of a send of a type with its content.
func typed(kind, content string) string {
	return fmt.Sprintf(`{"messaging_product":"whatsapp","to":"15014005001","type":%q,%q:%s}`, kind, kind, content)
}

func TestMessageTypes(t *testing.T) {
	t.Parallel()
	const file = `"link":"https://t.example/f"`
	long := func(n int) string { return strings.Repeat("ü", n) }
	cases := []struct {
		name, body string
		code       int
		want       note.Content
	}{
		{"an image", typed("image", `{`+file+`,"caption":"See https://t.example/m"}`), 0, note.Content{Image: "https://t.example/f", Text: "See https://t.example/m", Links: []string{"https://t.example/m"}}},
		{"an uploaded image", typed("image", `{"id":"1"}`), 0, note.Content{}},
		{"neither id nor link", typed("image", `{"caption":"x"}`), 131008, note.Content{}},
		{"both id and link", typed("video", `{"id":"1",`+file+`}`), 131009, note.Content{}},
		{"a link that is not http", typed("document", `{"link":"ftp://t.example/f"}`), 131009, note.Content{}},
		{"a caption of 1024 characters", typed("video", `{`+file+`,"caption":"`+long(1024)+`"}`), 0, note.Content{Text: long(1024)}},
		{"a caption of 1025 characters", typed("video", `{`+file+`,"caption":"`+long(1025)+`"}`), 100, note.Content{}},
		{"a document with its name", typed("document", `{`+file+`,"filename":"menu.pdf","caption":"Menu"}`), 0, note.Content{Text: "Menu"}},
		{"audio", typed("audio", `{`+file+`}`), 0, note.Content{}},
		{"audio has no caption", typed("audio", `{`+file+`,"caption":"x"}`), 100, note.Content{}},
		{"a sticker", typed("sticker", `{"id":"1"}`), 0, note.Content{}},
		{"a sticker has no caption", typed("sticker", `{"id":"1","caption":"x"}`), 100, note.Content{}},
		{"a reaction", typed("reaction", `{"message_id":"wamid.x","emoji":"👍"}`), 0, note.Content{Text: "👍"}},
		{"a reaction taken back", typed("reaction", `{"message_id":"wamid.x","emoji":""}`), 0, note.Content{}},
		{"a reaction without an emoji", typed("reaction", `{"message_id":"wamid.x"}`), 131008, note.Content{}},
		{"a reaction to nothing", typed("reaction", `{"emoji":"👍"}`), 131008, note.Content{}},
		{"a place", typed("location", `{"latitude":90,"longitude":-180,"name":"Tony's","address":"1 Main St"}`), 0, note.Content{Text: "Tony's\n1 Main St"}},
		{"a place in quotes", typed("location", `{"latitude":"37.7","longitude":"-122.4"}`), 0, note.Content{}},
		{"beyond the pole", typed("location", `{"latitude":90.1,"longitude":0}`), 131009, note.Content{}},
		{"beyond the date line", typed("location", `{"latitude":0,"longitude":-180.1}`), 131009, note.Content{}},
		{"half a place", typed("location", `{"latitude":0}`), 131008, note.Content{}},
		{"a place in words", typed("location", `{"latitude":"north","longitude":0}`), 100, note.Content{}},
		{"a contact", typed("contacts", `[{"name":{"formatted_name":"Ann","first_name":"Ann"}}]`), 0, note.Content{Text: "Ann"}},
		{"no contact", typed("contacts", `[]`), 131008, note.Content{}},
		{"a contact without a name", typed("contacts", `[{"name":{}}]`), 131008, note.Content{}},
		{"contacts that are an object", typed("contacts", `{}`), 100, note.Content{}},
		{"a contact that is a text", typed("contacts", `["Ann"]`), 100, note.Content{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, code := parsed(t, c.body)
			if code != c.code {
				t.Fatalf("code %d, want %d", code, c.code)
			}
			if code == 0 {
				diff(t, "content", c.want, got.Content)
			}
		})
	}
}

func parsed(t *testing.T, doc string) (*meta.Send, int) {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal([]byte(doc), &tree); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	s, err := meta.ParseSend(tree, meta.Limits{})
	if err != nil {
		return s, err.Code
	}
	return s, 0
}

// replyButtons are n reply buttons, titles of which are filled up to a length.
func replyButtons(n, id, title int) string {
	var out []string
	for i := range n {
		pad := func(size int) string { return fmt.Sprint(i) + strings.Repeat("ü", max(size-1, 0)) }
		out = append(out, fmt.Sprintf(`{"type":"reply","reply":{"id":%q,"title":%q}}`, pad(id), pad(title)))
	}
	return typed("interactive", `{"type":"button","body":{"text":"Pick"},"footer":{"text":"Please"},"action":{"buttons":[`+strings.Join(out, ",")+`]}}`)
}

// listRows is a list of sections of rows; row ids, titles and descriptions have
// the lengths given.
func listRows(sections, each, id, title, description int) string {
	var out []string
	for s := range sections {
		var in []string
		for i := range each {
			pad := func(size int) string { return fmt.Sprintf("%d%d", s, i) + strings.Repeat("x", max(size-2, 0)) }
			in = append(in, fmt.Sprintf(`{"id":%q,"title":%q,"description":%q}`, pad(id), pad(title), strings.Repeat("d", description)))
		}
		out = append(out, fmt.Sprintf(`{"title":"Section %d","rows":[%s]}`, s, strings.Join(in, ",")))
	}
	return typed("interactive", `{"type":"list","header":{"type":"text","text":"Menu"},"body":{"text":"Pick"},"action":{"button":"Choose","sections":[`+strings.Join(out, ",")+`]}}`)
}

func TestReplies(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, body string
		code       int
	}{
		{"one button", replyButtons(1, 1, 1), 0},
		{"three buttons", replyButtons(3, 1, 1), 0},
		{"four buttons", replyButtons(4, 1, 1), 100},
		{"no button", replyButtons(0, 1, 1), 131008},
		{"an id of 256 characters", replyButtons(1, 256, 1), 0},
		{"an id of 257 characters", replyButtons(1, 257, 1), 100},
		{"a title of 20 characters", replyButtons(1, 1, 20), 0},
		{"a title of 21 characters", replyButtons(1, 1, 21), 100},
		{"the same id twice", strings.Replace(replyButtons(2, 1, 5), `"id":"1"`, `"id":"0"`, 1), 131009},
		{"the same title twice", strings.Replace(replyButtons(2, 5, 1), `"title":"1"`, `"title":"0"`, 1), 131009},
		{"another type of button", strings.Replace(replyButtons(1, 1, 1), `"type":"reply"`, `"type":"url"`, 1), 100},
		{"a list", listRows(1, 1, 2, 2, 0), 0},
		{"ten rows", listRows(2, 5, 2, 2, 0), 0},
		{"eleven rows in one section", listRows(1, 11, 3, 3, 0), 100},
		{"twelve rows in all", listRows(2, 6, 2, 2, 0), 100},
		{"ten sections", listRows(10, 1, 2, 2, 0), 0},
		{"eleven sections", listRows(11, 1, 3, 3, 0), 100},
		{"a section without rows", listRows(1, 0, 2, 2, 0), 131008},
		{"a row's id of 200 characters", listRows(1, 1, 200, 2, 0), 0},
		{"a row's id of 201 characters", listRows(1, 1, 201, 2, 0), 100},
		{"a row's title of 24 characters", listRows(1, 1, 2, 24, 0), 0},
		{"a row's title of 25 characters", listRows(1, 1, 2, 25, 0), 100},
		{"a description of 72 characters", listRows(1, 1, 2, 2, 72), 0},
		{"a description of 73 characters", listRows(1, 1, 2, 2, 73), 100},
		{"a section's title of 24 characters", strings.Replace(listRows(1, 1, 2, 2, 0), "Section 0", strings.Repeat("s", 24), 1), 0},
		{"a section's title of 25 characters", strings.Replace(listRows(1, 1, 2, 2, 0), "Section 0", strings.Repeat("s", 25), 1), 100},
		{"one section needs no title", strings.Replace(listRows(1, 1, 2, 2, 0), `"title":"Section 0",`, "", 1), 0},
		{"two sections need titles", strings.Replace(listRows(2, 1, 2, 2, 0), `"title":"Section 0",`, "", 1), 131008},
		{"a list's button of 20 characters", strings.Replace(listRows(1, 1, 2, 2, 0), "Choose", strings.Repeat("c", 20), 1), 0},
		{"a list's button of 21 characters", strings.Replace(listRows(1, 1, 2, 2, 0), "Choose", strings.Repeat("c", 21), 1), 100},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, code := parsed(t, c.body)
			if code != c.code {
				t.Fatalf("code %d, want %d", code, c.code)
			}
			if code == 0 && !strings.Contains(s.Content.Text, "Pick") {
				t.Errorf("the customer sees %q", s.Content.Text)
			}
		})
	}
}
