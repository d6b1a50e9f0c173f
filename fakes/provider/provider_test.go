package provider_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

func TestMarked(t *testing.T) {
	for _, c := range []struct {
		name  string
		links []string
		want  note.Outgoing
	}{
		{"no link of Encore's is no offer", []string{"https://encorekit.com.example.org/x"}, note.Outgoing{}},
		{
			"every link of Encore's counts",
			[]string{"https://api.encorekit.com/encore/click/x", "https://example.org", "https://encorekit.com/y"},
			note.Outgoing{OfferLinks: 2, Carrier: note.CarrierTemplate},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Content.Links = c.links
			got := provider.Marked(note.Outgoing{Content: note.Content{Links: c.links}}, note.CarrierTemplate)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("Marked (-want +got):\n%s", d)
			}
		})
	}
}

func TestPayload(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"JSON stays as it is", `{"a": 1}`, `{"a": 1}`},
		{"what is no JSON becomes a string", `{“a”: 1}`, `"{“a”: 1}"`},
		{"nothing becomes an empty string", ``, `""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := provider.Payload([]byte(c.body))
			if d := cmp.Diff(c.want, string(got)); d != "" || !json.Valid(got) {
				t.Errorf("Payload (-want +got):\n%s", d)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	c := sim.Conclusion{Answer: sim.Answer{Status: 429}, Hit: &sim.FaultHit{ID: "f1"}}
	want := note.SendRefused{Outgoing: note.Outgoing{To: "15014005001"}, Status: 429, Code: "E1", Fault: "f1"}
	if d := cmp.Diff(want, provider.Refused(c, note.Outgoing{To: "15014005001"}, "E1")); d != "" {
		t.Errorf("Refused (-want +got):\n%s", d)
	}
}

func TestNumbered(t *testing.T) {
	first := []sim.Note{note.InboundMessage{ID: "a", Delivery: 1}, note.EventDelivered{Event: "message"}}
	want := []sim.Note{note.InboundMessage{ID: "a", Delivery: 3}, note.EventDelivered{Event: "message"}}
	if d := cmp.Diff(want, provider.Numbered(first, 3)); d != "" {
		t.Errorf("Numbered (-want +got):\n%s", d)
	}
	if first[0].(note.InboundMessage).Delivery != 1 {
		t.Error("the notes of the earlier attempt were changed")
	}
}

func TestNormalPhone(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"digits", "15014005001", "15014005001"},
		{"as people write it", "+1 (501) 400-5001", "15014005001"},
		{"fewest digits", "1234567", "1234567"},
		{"one digit short", "123456", ""},
		{"most digits", "123456789012345", "123456789012345"},
		{"one digit too many", "1234567890123456", ""},
		{"letters", "1501400500x", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := provider.NormalPhone(c.in)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("NormalPhone(%q) = %q, %v; want %q", c.in, got, err, c.want)
			}
		})
	}
}

func TestFreshPhone(t *testing.T) {
	for _, random := range []uint64{0, 1, 699, 700, 559999, 560000, 1 << 63} {
		number := provider.FreshPhone(random)
		if normal, err := provider.NormalPhone(number); err != nil || normal != number || len(number) != 11 || number[1:4] == "500" && number[7] == '0' {
			t.Errorf("FreshPhone(%d) = %q, which is no number or one with a fate (%v)", random, number, err)
		}
	}
	if got := provider.FatedPhone("5005550503"); got != "15005550503" {
		t.Errorf("FatedPhone = %q", got)
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	with := func(value string) *sim.Call { return &sim.Call{Header: http.Header{"X-Api-Key": {value}}} }
	for _, c := range []struct {
		name, value string
		call        *sim.Call
		want        string
	}{
		{"the provider's own", "sandbox-key", with(""), "api-key"},
		{"none", "", with(""), "api-key"},
		{"the Encore key in its place", "pk_test_1", with(""), "pk_test"},
		{"a live Encore key beside it", "sandbox-key", with("pk_live_1"), "pk_live"},
		{"another X-API-Key", "sandbox-key", with("mine"), "api-key"},
	} {
		if got := provider.Credential(c.call, "api-key", c.value); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
