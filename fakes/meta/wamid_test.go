package meta_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

func TestDecodeWAMID(t *testing.T) {
	t.Parallel()
	raw := func(s string) string { return "wamid." + base64.StdEncoding.EncodeToString([]byte(s)) }
	cases := []struct {
		name, wamid string
		want        meta.WAMID
		ok          bool
	}{
		{"the seed's sample request", seedWAMID, meta.WAMID{Direction: meta.FromBusiness, Phone: customer, ID: "9D70CA9FC7DB0A72"}, true},
		{"the seed's end-to-end example", endToEndWAMID, meta.WAMID{Direction: meta.FromBusiness, Phone: "14155551234", ID: "9D70CA9FC7DB0A72"}, true},
		{"a sample of Meta's own pages", "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA", meta.WAMID{Direction: meta.FromBusiness, Phone: "16503879439", ID: "B96747441CEB7504CE"}, true},
		{"an older id of Meta has another form", "wamid.gBGGSFcCNEOPAgkO_KJ55r4w_ww", meta.WAMID{}, false},
		{"another prefix", strings.Replace(seedWAMID, "wamid.", "mid.", 1), meta.WAMID{}, false},
		{"nothing after the prefix", "wamid.", meta.WAMID{}, false},
		{"nothing", "", meta.WAMID{}, false},
		{"no base64", "wamid.!!!", meta.WAMID{}, false},
		{"padding cut off", strings.TrimRight(seedWAMID, "="), meta.WAMID{}, false},
		{"a line break that base64 readers skip", seedWAMID[:20] + "\n" + seedWAMID[20:], meta.WAMID{}, false},
		{"a length that says too little", raw("\x1c\x18\x0215\x15\x02\x00\x11\x18\x01AB\x00"), meta.WAMID{}, false},
		{"no length", raw("\x1c\x18\x0215\x15\x02\x00\x11\x18\x00"), meta.WAMID{}, false},
		{"another tag before the id", raw("\x1c\x18\x0215\x15\x02\x00\x11\x28\x01A\x00"), meta.WAMID{}, false},
		{"the end cut off", raw("\x1c\x18\x0b15014005001\x15\x02\x00\x11\x18\x12"), meta.WAMID{}, false},
		{"cut off before the direction", raw("\x1c\x18\x0b15014005001\x15\x02\x00"), meta.WAMID{}, false},
		{"something after the end", raw("\x1c\x18\x0b15014005001\x15\x02\x00\x11\x18\x01A\x00\x00"), meta.WAMID{}, false},
		{"a phone longer than the id", raw("\x1c\x18\x7f15014005001\x15\x02\x00\x11\x18\x01A\x00"), meta.WAMID{}, false},
		{"a phone with a letter", raw("\x1c\x18\x02a1\x15\x02\x00\x11\x18\x01A\x00"), meta.WAMID{}, false},
		{"no phone", raw("\x1c\x18\x00\x15\x02\x00\x11\x18\x01A\x00"), meta.WAMID{}, false},
		{"an unknown direction", raw("\x1c\x18\x0215\x15\x02\x00\x13\x18\x01A\x00"), meta.WAMID{}, false},
		{"the shortest id there is", raw("\x1c\x18\x011\x15\x02\x00\x12\x18\x00\x00"), meta.WAMID{Direction: meta.FromUser, Phone: "1"}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := meta.DecodeWAMID(c.wamid)
			if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok {
				t.Errorf("DecodeWAMID(%q) says %t, want %t (-want +got):\n%s", c.wamid, ok, c.ok, diff)
			}
		})
	}
}

func TestEncodeWAMID(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		direction byte
		phone, id string
		want      string
	}{
		{"a sample of Meta's own pages", meta.FromBusiness, "16503879439", "B96747441CEB7504CE", "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA"},
		{"a phone is its digits", meta.FromBusiness, "+1 (650) 387-9439", "B96747441CEB7504CE", "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJCOTY3NDc0NDFDRUI3NTA0Q0UA"},
		{"from a customer", meta.FromUser, customer, "3A0123456789ABCDEF01", "wamid.HBgLMTUwMTQwMDUwMDEVAgASGBQzQTAxMjM0NTY3ODlBQkNERUYwMQA="},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, meta.EncodeWAMID(c.direction, c.phone, c.id)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzWAMID holds that what is encoded is read back, and that reading anything
// is safe.
func FuzzWAMID(f *testing.F) {
	f.Add(true, customer, "3A0123456789ABCDEF01")
	f.Add(false, "1", "product_inquiry")
	f.Add(false, strings.Repeat("7", 200), strings.Repeat("A", 300))
	f.Add(true, seedWAMID, "")
	f.Fuzz(func(t *testing.T, fromUser bool, phone, id string) {
		meta.DecodeWAMID(phone)
		meta.DecodeWAMID("wamid." + base64.StdEncoding.EncodeToString([]byte(id)))
		want := meta.WAMID{Direction: meta.FromBusiness, ID: id}
		if fromUser {
			want.Direction = meta.FromUser
		}
		for _, r := range phone {
			if r >= '0' && r <= '9' {
				want.Phone += string(r)
			}
		}
		got, ok := meta.DecodeWAMID(meta.EncodeWAMID(want.Direction, phone, id))
		if ok != (want.Phone != "") {
			t.Fatalf("read back: %t", ok)
		}
		if diff := cmp.Diff(want, got); ok && diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
