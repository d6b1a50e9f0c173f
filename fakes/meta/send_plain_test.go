package meta

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// plainBodies are texts, with what may keep plainText from reading each.
var plainBodies = []struct {
	name, body string
	plain      bool
}{
	{"all members", `{"messaging_product":"whatsapp","recipient_type":"individual","to":"15014005001","type":"text","text":{"preview_url":true,"body":"See https://a.example/x"}}`, true},
	{"as few as may be", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"Hi"}}`, true},
	{"another alphabet", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"Grüezi 🍕"}}`, true},
	{"as long as may be", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"` + strings.Repeat("ü", 4096) + `"}}`, true},
	{"too long", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"` + strings.Repeat("ü", 4097) + `"}}`, false},
	{"an escape", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"a\nb"}}`, false},
	{"a plus", `{"messaging_product":"whatsapp","to":"+15014005001","text":{"body":"Hi"}}`, false},
	{"a number", `{"messaging_product":"whatsapp","to":15014005001,"text":{"body":"Hi"}}`, false},
	{"too few digits", `{"messaging_product":"whatsapp","to":"150140","text":{"body":"Hi"}}`, false},
	{"a nought first", `{"messaging_product":"whatsapp","to":"05014005001","text":{"body":"Hi"}}`, false},
	{"another type", `{"messaging_product":"whatsapp","to":"15014005001","type":"image","text":{"body":"Hi"}}`, false},
	{"another product", `{"messaging_product":"telegram","to":"15014005001","text":{"body":"Hi"}}`, false},
	{"a group", `{"messaging_product":"whatsapp","recipient_type":"group","to":"15014005001","text":{"body":"Hi"}}`, false},
	{"data for the callback", `{"messaging_product":"whatsapp","to":"15014005001","biz_opaque_callback_data":"x","text":{"body":"Hi"}}`, false},
	{"a quoted message", `{"messaging_product":"whatsapp","to":"15014005001","context":{"message_id":"m"},"text":{"body":"Hi"}}`, false},
	{"an unknown member", `{"messaging_product":"whatsapp","to":"15014005001","id":"1","text":{"body":"Hi"}}`, false},
	{"a member twice", `{"messaging_product":"whatsapp","to":"15014005001","to":"15014005002","text":{"body":"Hi"}}`, false},
	{"text twice", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"Hi"},"text":{"body":"Ho"}}`, false},
	{"an empty text", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":""}}`, false},
	{"an empty type", `{"messaging_product":"whatsapp","to":"15014005001","type":"","text":{"body":"Hi"}}`, false},
	{"null", `{"messaging_product":"whatsapp","to":null,"text":{"body":"Hi"}}`, false},
	{"a preview in words", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"Hi","preview_url":"yes"}}`, false},
	{"no object", `[]`, false},
	{"nothing", ``, false},
}

// TestPlainTextNeverDiffers: what plainText reads, ParseSend reads so too.
func TestPlainTextNeverDiffers(t *testing.T) {
	t.Parallel()
	for _, c := range plainBodies {
		if got := samePlain(t, c.body); got != c.plain {
			t.Errorf("%s: read plainly: %t, want %t", c.name, got, c.plain)
		}
	}
	if _, plain := plainText([]byte(plainBodies[0].body), Limits{CountryCode: "49"}); plain {
		t.Error("a national number is read as an international one")
	}
}

// samePlain compares the two readers and says whether the plain one read the body.
func samePlain(t *testing.T, body string) bool {
	t.Helper()
	got, plain := plainText([]byte(body), Limits{})
	if !plain {
		return false
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(body), &tree); err != nil {
		t.Errorf("%s is no JSON and is read plainly", body)
		return true
	}
	want, problem := ParseSend(tree, Limits{})
	if problem != nil {
		t.Errorf("%s is read plainly and refused: %v", body, problem)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Send{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", body, diff)
	}
	return true
}

func FuzzPlainText(f *testing.F) {
	for _, c := range plainBodies {
		f.Add(c.body)
	}
	f.Fuzz(func(t *testing.T, body string) { samePlain(t, body) })
}
