package meta_test

import (
	"bytes"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

func messageTo(channel, account, from string) sim.CustomerMessage {
	return sim.CustomerMessage{Channel: channel, Account: account, From: from, Text: "Hi"}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	w.says("messenger", psid, "Hi")
	w.says("instagram", igsid, "Hi")
	for _, c := range []struct {
		name, url string
		want      map[string]any
	}{
		{"me", "/me", obj("id", tonysPage, "name", "Tony's Pizza")},
		{"me of Instagram Login", "http://graph.instagram.com/me?fields=user_id,username", obj("id", tonysIG, "user_id", tonysIG, "username", "tonys_pizza")},
		{"a page with its Instagram account", "/v22.0/" + tonysPage + "?fields=instagram_business_account{id}", obj("id", tonysPage, "instagram_business_account", obj("id", tonysIG))},
		{"a customer of Messenger", "/" + psid + "?fields=first_name,last_name,profile_pic", obj("id", psid, "first_name", "Ada", "last_name", "Example", "profile_pic", "https://platform-lookaside.fbsbx.com/platform/profilepic/?psid="+psid)},
		{"without fields", "/" + psid, obj("id", psid, "first_name", "Ada", "last_name", "Example", "profile_pic", "https://platform-lookaside.fbsbx.com/platform/profilepic/?psid="+psid)},
		{"a customer of Instagram", "/" + igsid + "?fields=name,username,follower_count", obj("id", igsid, "name", "Ada Example", "username", "ada_example", "follower_count", 0.0)},
		{"a field that nobody has", "/" + psid + "?fields=shoe_size", obj("id", psid)},
	} {
		w.diff(c.name, c.want, w.call("GET", c.url, "").Tree)
	}
	w.refused(w.call("GET", "/2400000000000000?fields=first_name", ""), 400, 100, 33)
	w.refused(w.call("GET", "/me", "", "Authorization", "Bearer x"), 401, 190, 0)
}

// TestConversations holds that a thread can be read back on both surfaces.
func TestConversations(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		t.Run(s.channel, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, nil)
			inbound := w.says(s.channel, s.customer, "Hi")
			w.events(s.thread, time.Minute)
			outbound := w.accepted("/me/messages", text(s.customer, "Ciao"))
			w.does(messageTo(s.channel, s.account, "2407777777777777"))
			list := w.call("GET", "/"+s.account+"/conversations?user_id="+s.customer, "").Tree
			only := dig(list, "data", 0).(map[string]any)
			w.diff("the conversation", obj("id", only["id"], "updated_time", "2026-05-13T18:07:43+0000"), only)
			if all := w.call("GET", "/"+tonysPage+"/conversations?platform="+s.channel+"&limit=1", "").Tree; dig(all, "data", 1) != nil || dig(all, "data", 0) == nil {
				t.Errorf("with limit=1 of two: %v", all)
			}
			id := only["id"].(string)
			messages := w.call("GET", "/v22.0/"+id+"/messages?fields=message,from{id}", "").Tree
			var got []any
			for i := range 2 {
				got = append(got, dig(messages, "data", i, "id"), dig(messages, "data", i, "message"), dig(messages, "data", i, "from", "id"))
			}
			w.diff("its messages, newest first", []any{outbound, "Ciao", s.account, inbound, "Hi", s.customer}, got)
			nested := w.call("GET", "/"+id+"?fields=messages.limit(1){message},message_count", "").Tree
			w.diff("fields in braces", []any{2.0, outbound, nil}, []any{nested["message_count"], dig(nested, "messages", "data", 0, "id"), dig(nested, "messages", "data", 1)})
			next := w.call("GET", "/"+id+"/messages?limit=1&after=1", "").Tree
			w.diff("the page behind a cursor", []any{inbound, "1", "2"}, []any{dig(next, "data", 0, "id"), dig(next, "paging", "cursors", "before"), dig(next, "paging", "cursors", "after")})
			one := w.call("GET", "/"+inbound+"?fields=message,created_time", "").Tree
			w.diff("one message", obj("id", inbound, "message", "Hi", "created_time", "2026-05-13T18:06:43+0000"), one)
			w.refused(w.call("GET", "/"+inbound+"/messages", ""), 400, 100, 33)
		})
	}
}

func TestConversationsOfNobody(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	w.diff("no conversations", obj("data", []any{}), w.call("GET", "/me/conversations", "").Tree)
	for _, id := range []string{"t_1", "t_" + tonysPage + psid, "m_nothing", "aWdfZG1fdGhyZWFkOjE6SUdNZXNzYWdlVGhyZWFkOjE6Mg"} {
		w.refused(w.call("GET", "/"+id, ""), 400, 100, 33)
		w.refused(w.call("GET", "/"+id+"/messages", ""), 400, 100, 33)
	}
	w.refused(w.call("GET", "/104895545712999/conversations", ""), 400, 100, 33)
}

// TestPageSubscriptions holds that echoes and receipts follow the subscription and
// customers' messages do not.
func TestPageSubscriptions(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		t.Run(s.channel, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, nil)
			apps := "/" + s.account + "/subscribed_apps"
			count := func() int {
				w.says(s.channel, s.customer, "Hi")
				w.accepted("/me/messages", text(s.customer, "Ciao"))
				return len(w.events(s.thread, time.Second)) - 1
			}
			all := len(expected(s, "", "")) / 2
			w.diff("webhooks at first", all, count())
			w.diff("unsubscribed", obj("success", true), w.call("DELETE", apps, "").Tree)
			w.diff("apps", obj("data", []any{}), w.call("GET", apps, "").Tree)
			w.diff("webhooks without a subscription", 0, count())
			echo := map[bool]string{true: "messages", false: "message_echoes"}[s.instagram]
			w.diff("subscribed", obj("success", true), w.call("POST", apps+"?subscribed_fields=messaging_postbacks,"+echo, "").Tree)
			w.diff("fields", []any{"messaging_postbacks", echo}, dig(w.call("GET", apps, "").Tree, "data", 0, "subscribed_fields"))
			w.diff("webhooks of echoes alone", 1, count())
			w.call("POST", apps, `{"subscribed_fields":["messages"]}`)
			w.diff("fields of a body", []any{"messages"}, dig(w.call("GET", apps, "").Tree, "data", 0, "subscribed_fields"))
			w.refused(w.call("POST", apps, ""), 400, 100, 0)
			w.refused(w.call("POST", apps+"?subscribed_fields=mood", ""), 400, 100, 0)
		})
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	w.says("messenger", psid, "Hi")
	upload := `{"message":{"attachment":{"type":"image","payload":{"url":"` + image + `","is_reusable":true}}}}`
	id, _ := w.call("POST", "/me/message_attachments", upload).Tree["attachment_id"].(string)
	if len(id) != 16 {
		t.Fatalf("attachment_id is %q", id)
	}
	w.accepted("/me/messages", message(`{"attachment":{"type":"image","payload":{"attachment_id":"`+id+`"}}}`))
	w.refused(w.call("POST", "/me/messages", message(`{"attachment":{"type":"image","payload":{"attachment_id":"1"}}}`)), 400, 100, 0)
	w.refused(w.call("POST", "/me/message_attachments", body2(upload, `"image"`, `"template"`)), 400, 100, 0)
	w.refused(w.call("POST", "/me/message_attachments", body2(upload, "https://", "")), 400, 100, 0)

	const limit = 8 << 20
	for size, want := range map[int]int{limit - 1: 200, limit: 200, limit + 1: 400} {
		contentType, body := upload2(t, make([]byte, size))
		r := w.call("POST", "/me/message_attachments", body, "Content-Type", contentType)
		w.diff("status of an image of a size", want, r.Status)
	}
	contentType, body := upload2(t, make([]byte, 27<<20))
	w.refused(w.call("POST", "/me/message_attachments", body, "Content-Type", contentType), 400, 100, 2018109)
}

// upload2 is a multipart body with an image as filedata.
func upload2(t *testing.T, data []byte) (contentType, body string) {
	t.Helper()
	var buf bytes.Buffer
	m := multipart.NewWriter(&buf)
	_ = m.WriteField("message", `{"attachment":{"type":"image","payload":{"is_reusable":true}}}`)
	part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="filedata"; filename="a.png"`}, "Content-Type": {"image/png"}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	_ = m.Close()
	return m.FormDataContentType(), buf.String()
}

func TestMessengerProfile(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	const path = "/me/messenger_profile"
	start, menu := obj("payload", "start"), []any{obj("locale", "default")}
	done := obj("result", "success")
	w.refused(w.call("POST", path, `{"persistent_menu":[{"locale":"default"}]}`), 400, 100, 0)
	w.diff("set", done, w.call("POST", path, `{"get_started":{"payload":"start"}}`).Tree)
	w.diff("set more", done, w.call("POST", path, `{"persistent_menu":[{"locale":"default"}]}`).Tree)
	w.diff("read", obj("data", []any{obj("get_started", start, "persistent_menu", menu)}), w.call("GET", path+"?fields=get_started,persistent_menu,greeting", "").Tree)
	w.diff("of another page", obj("data", []any{}), w.call("GET", "/"+noorPage+"/messenger_profile?fields=get_started", "").Tree)
	w.refused(w.call("DELETE", path, `{"fields":["get_started"]}`), 400, 100, 0)
	w.diff("deleted", done, w.call("DELETE", path, `{"fields":["persistent_menu","get_started"]}`).Tree)
	w.diff("read again", obj("data", []any{}), w.call("GET", path+"?fields=get_started,persistent_menu", "").Tree)
	w.refused(w.call("DELETE", path, `{"fields":["mood"]}`), 400, 100, 0)
	w.refused(w.call("DELETE", path, ""), 400, 100, 0)
	w.refused(w.call("POST", path, `{"mood":"good"}`), 400, 100, 0)
	greeting := func(n int) string {
		return `{"greeting":[{"locale":"default","text":"` + strings.Repeat("🍕", n) + `"}]}`
	}
	for n, want := range map[int]int{159: 200, 160: 200, 161: 400} {
		w.diff("status of a greeting of a length", want, w.call("POST", path, greeting(n)).Status)
	}
	asked := func(n int) string {
		return `{"ice_breakers":[` + strings.Join(repeat(`{"question":"?","payload":"Q"}`, n), ",") + `]}`
	}
	for n, want := range map[int]int{3: 200, 4: 200, 5: 400} {
		w.diff("status of a number of ice breakers", want, w.call("POST", path, asked(n)).Status)
	}
}

// TestWithoutPages holds that a sandbox of business numbers alone has neither
// channel, and that its page of nobody does not exist.
func TestWithoutPages(t *testing.T) {
	t.Parallel()
	w := newSocial(t, func(c *meta.Config) { c.Pages = nil })
	for _, ch := range w.sb.Channels() {
		if ch.Name == "messenger" || ch.Name == "instagram" {
			t.Errorf("channel %s", ch.Name)
		}
	}
	w.refused(w.call("GET", "/me", ""), 400, 100, 33)
	w.refused(w.call("GET", "/me/conversations", ""), 400, 100, 33)
}
