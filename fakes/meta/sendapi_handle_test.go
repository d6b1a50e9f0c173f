package meta_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// TestSendEncodings holds that JSON and both forms say the same, wherever the
// token is, and that no token reaches a note.
func TestSendEncodings(t *testing.T) {
	t.Parallel()
	const formType = "application/x-www-form-urlencoded"
	recipient, inner := `{"id":"`+psid+`"}`, body2(strings.TrimPrefix(socialCard, `{"recipient":{"id":"`+psid+`"},"message":`), "}]}}}}", "}]}}}")
	var multi bytes.Buffer
	parts := multipart.NewWriter(&multi)
	for name, value := range map[string]string{"recipient": recipient, "message": inner, "access_token": "EAAform"} {
		_ = parts.WriteField(name, value)
	}
	_ = parts.Close()
	cases := []struct {
		name, url, contentType, body string
		header, credential           string
	}{
		{"JSON, token in the header", "/me/messages", "application/json", socialCard, "Bearer EAAsandbox", "bearer"},
		{"JSON, token in the query", "/v22.0/me/messages?access_token=EAAsandbox", "application/json", socialCard, "", "query"},
		{"JSON, token beside the message", "/me/messages", "application/json", body2(socialCard, "{", `{"access_token":"EAAsandbox",`), "", "form"},
		{"a form", "/me/messages?access_token=EAAsandbox", formType, url.Values{"recipient": {recipient}, "message": {inner}}.Encode(), "", "query"},
		{"a form with the token in it", "/" + tonysPage + "/messages", formType, url.Values{"recipient": {recipient}, "message": {inner}, "access_token": {"EAAsandbox"}}.Encode(), "", "form"},
		{"a form with single quotes, as Meta's samples print it", "/me/messages", formType, url.Values{"recipient": {"{'id':'" + psid + "'}"}, "message": {inner}}.Encode(), "Bearer EAAsandbox", "bearer"},
		{"multipart", "/me/messages", parts.FormDataContentType(), multi.String(), "", "form"},
		{"a query", "/me/messages?" + url.Values{"recipient": {recipient}, "message": {inner}, "access_token": {"EAAsandbox"}}.Encode(), "", "", "", "query"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, nil)
			w.says("messenger", psid, "Hi")
			mid := w.accepted(c.url, c.body, "Content-Type", c.contentType, "Authorization", c.header)
			sent := w.sent(onPage)[0]
			w.diff("id, credential and object", []string{mid, c.credential, tonysPage}, []string{sent.ID, sent.Credential, sent.Object})
			w.diff("payload", decoded(t, []byte(socialCard)), decoded(t, sent.Payload))
			w.diff("content", note.Content{Image: image, Text: "Free Apple Music for 6 months\nClaim before midnight", Links: []string{click}}, sent.Content)
		})
	}
}

// TestSendErrors holds the codes of calls that are well formed and refused.
func TestSendErrors(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		t.Run(s.channel, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, nil)
			w.says(s.channel, s.customer, "Hi")
			path := "/" + s.account + "/messages"
			w.refused(w.call("POST", path, text("24000000000000000", "x")), 400, 100, 2018001)
			w.refused(w.call("POST", "/me/messages", text("24000000000000000", "x")), 400, 100, 2018001)
			w.refused(w.call("POST", path, `{"recipient":{"phone":"x"},"message":{"text":"x"}}`), 400, 100, 0)
			w.refused(w.call("POST", path, `{"recipient":`), 400, 100, 0)
			w.refused(w.call("POST", path, `[]`), 400, 100, 0)
			w.refused(w.call("POST", path, text(s.customer, "x"), "Authorization", "Bearer nonsense"), 401, 190, 0)
			w.refused(w.call("POST", path, text(s.customer, "x"), "Authorization", ""), 401, 104, 0)
			w.refused(w.call("POST", "/104895545712999/messages", text(s.customer, "x")), 400, 100, 33)
			for status, code := range map[int]int{400: 100, 401: 190, 403: 200, 429: 4, 500: 1, 503: 2} {
				gotCode, _ := w.call("POST", path, text(s.customer, "x"), "X-Sandbox-Fault", fmt.Sprint(status)).code()
				w.diff(fmt.Sprint("code of an injected ", status), code, gotCode)
			}
			if r := w.call("POST", path, `{}`); strings.Contains(r.Text, "error_data") {
				t.Errorf("error_data is WhatsApp's: %s", r.Text)
			}
			var codes []string
			for _, n := range notesOf[note.SendRefused](w, s.thread) {
				codes = append(codes, fmt.Sprintf("%d %s", n.Status, n.Code))
			}
			if len(codes) < 8 || codes[0] != "401 190" || codes[1] != "401 104" {
				t.Errorf("refusals noted in the thread: %v", codes)
			}
		})
	}
}

// TestSendWindow tries both windows at their ends, in thread time.
func TestSendWindow(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, s := range both() {
		sub := 2018278
		if s.instagram {
			sub = 2534022
		}
		human := body2(text(s.customer, "x"), `"message"`, `"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT","message"`)
		update := body2(text(s.customer, "x"), `"message"`, `"messaging_type":"UPDATE","message"`)
		cases := []struct {
			name  string
			after time.Duration
			body  string
			want  bool
		}{
			{"a response at the window's end", day, text(s.customer, "x"), true},
			{"a response after it", day + time.Millisecond, text(s.customer, "x"), false},
			{"an update after it", day + time.Millisecond, update, false},
			{"a person after it", day + time.Millisecond, human, true},
			{"a person at the end of seven days", 7 * day, human, true},
			{"a person after them", 7*day + time.Millisecond, human, false},
		}
		for _, c := range cases {
			t.Run(s.channel+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				w := newSocial(t, nil)
				w.says(s.channel, s.customer, "Hi")
				w.events(s.thread, c.after)
				r := w.call("POST", "/me/messages", c.body)
				if c.want {
					w.diff("status", 200, r.Status)
					return
				}
				w.refused(r, 400, 10, sub)
				w.says(s.channel, s.customer, "Still there?")
				w.accepted("/me/messages", c.body) // the window is open again
			})
		}
	}
}

// TestSendTags holds that a page may write with an update's tag whenever it likes.
func TestSendTags(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	w.says("messenger", psid, "Hi")
	w.events(onPage, 30*24*time.Hour)
	w.accepted("/me/messages", body2(text(psid, "x"), `"message"`, `"messaging_type":"MESSAGE_TAG","tag":"ACCOUNT_UPDATE","message"`))
}

// TestSendFates holds what fated customers do to a message with an Encore link,
// and that the reply is accepted all the same.
func TestSendFates(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		window := 2018278
		if s.instagram {
			window = 2534022
		}
		for _, c := range []struct{ ending, code, subcode int }{{911, 100, 0}, {912, 10, window}, {913, 613, 0}} {
			customer := fmt.Sprintf("2401335002010%03d", c.ending)
			w := newSocial(t, nil)
			w.says(s.channel, customer, "Hi")
			offer := body2(socialCard, psid, customer)
			w.refused(w.call("POST", "/me/messages", offer), 400, c.code, c.subcode)
			again := w.call("POST", "/me/messages", offer).Status
			w.diff("the same once more", c.ending == 913, again == 200)
			w.accepted("/me/messages", text(customer, "We are open."))
			refused := notesOf[note.SendRefused](w, s.channel+":"+s.account+":"+customer)
			if len(refused) == 0 || refused[0].OfferLinks != 1 || refused[0].Fault == "" || refused[0].Object != "me" {
				t.Errorf("noted: %+v", refused)
			}
		}
	}
}

// TestMe holds whom "me" is: the registered token's account, else the one that
// the recipient wrote to.
func TestMe(t *testing.T) {
	t.Parallel()
	w := newSocial(t, func(c *meta.Config) {
		c.Pages[0].Token, c.Pages[1].Token, c.Pages[1].InstagramToken = "EAAtonys", "EAAnoor", "IGAnoor"
	})
	w.says("messenger", psid, "Hi")
	w.says("instagram", igsid, "Hi")
	w.does(messageTo("messenger", noorPage, "2409999999999999"))
	for _, c := range []struct{ name, url, token, to, thread string }{
		{"the page's token", "/me/messages", "EAAtonys", psid, onPage},
		{"a token of nobody, a PSID", "/me/messages", "EAAother", psid, onPage},
		{"a token of nobody, an IGSID", "/me/messages", "EAAother", igsid, onIG},
		{"the page's token for its Instagram account", "/me/messages", "EAAtonys", igsid, onIG},
		{"a page's id for its Instagram account", "/" + tonysPage + "/messages", "EAAother", igsid, onIG},
		{"the host of Instagram Login", "http://graph.instagram.com/v22.0/me/messages", "EAAother", igsid, onIG},
		{"a token of Instagram Login", "/me/messages", "IGAother", igsid, onIG},
		{"another page's customer", "/me/messages", "EAAother", "2409999999999999", "messenger:" + noorPage + ":2409999999999999"},
	} {
		before := len(w.sent(c.thread))
		w.accepted(c.url, text(c.to, "x"), "Authorization", "Bearer "+c.token)
		w.diff("messages in the thread: "+c.name, before+1, len(w.sent(c.thread)))
	}
	for _, c := range []struct{ name, url, token, to string }{
		{"another page's token", "/me/messages", "EAAnoor", psid},
		{"another page's Instagram token", "/me/messages", "IGAnoor", igsid},
		{"a PSID by the Instagram account", "/" + tonysIG + "/messages", "EAAother", psid},
		{"a PSID by Instagram Login", "http://graph.instagram.com/me/messages", "IGAother", psid},
	} {
		r := w.call("POST", c.url, text(c.to, "x"), "Authorization", "Bearer "+c.token)
		if code, sub := r.code(); code != 100 || sub != 2018001 {
			t.Errorf("%s: %s", c.name, r.Text)
		}
	}
	misdirected := notesOf[note.SendRefused](w, "messenger:"+noorPage+":"+psid)
	if len(misdirected) != 1 || misdirected[0].Object != noorPage {
		t.Errorf("a send with another page's token is noted as %+v", misdirected)
	}
}

// TestActions holds that a sender action is no message.
func TestActions(t *testing.T) {
	t.Parallel()
	for _, s := range both() {
		w := newSocial(t, nil)
		mid := w.says(s.channel, s.customer, "Hi")
		for _, action := range []string{`"typing_on"`, `"typing_off"`, `"mark_seen"`, `"react","payload":{"message_id":"` + mid + `","reaction":"love"}`, `"unreact","payload":{"message_id":"` + mid + `"}`} {
			r := w.call("POST", "/me/messages", `{"recipient":{"id":"`+s.customer+`"},"sender_action":`+action+`}`)
			w.diff(action, map[string]any{"recipient_id": s.customer}, r.Tree)
		}
		w.refused(w.call("POST", "/me/messages", `{"recipient":{"id":"`+s.customer+`"},"sender_action":"wave"}`), 400, 100, 0)
		w.diff("messages", 0, len(w.sent(s.thread))+len(notesOf[note.SendRefused](w, s.thread)))
	}
}

// TestStrangers holds that the sandbox can be told to take any recipient.
func TestStrangers(t *testing.T) {
	t.Parallel()
	w := newSocial(t, func(c *meta.Config) { c.Messenger.Strangers = true })
	w.accepted("/me/messages", text(psid, "x"))
	w.diff("messages of the page", 1, len(w.sent(onPage)))
}
