package meta_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// TestErrorBodies keeps the bytes of every documented error.
func TestErrorBodies(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, e := range meta.Errors() {
		fmt.Fprintf(&all, "%d %s\n", e.Status, e.Body(trace))
	}
	goldentest.Check(t, "errors.txt", []byte(strings.TrimSuffix(all.String(), "\n")))
}

func TestErrorTable(t *testing.T) {
	t.Parallel()
	// Every code that WhatsApp's and Messenger's pages list.
	documented := []int{
		0, 190, 3, 10, 200, 131005, 33, 100, 1, 2, 4, 80007, 130429, 131048, 131056, 131064, 133016,
		368, 130497, 131031, 130403, 130472, 131000, 131016, 131008, 131009, 131021, 131026, 131030,
		131037, 131042, 131045, 131047, 131049, 131050, 131051, 131052, 131053, 131055, 131057, 131063,
		132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069,
		133000, 133004, 133005, 133006, 133008, 133009, 133010, 133015,
		134011, 134100, 134101, 134102, 135000, 551, 613, 1200,
	}
	all := meta.Errors()
	for _, code := range documented {
		if !slices.ContainsFunc(all, func(e *meta.Error) bool { return e.Code == code }) {
			t.Errorf("code %d is documented and not in the table", code)
		}
	}
	seen := map[string]bool{}
	for _, e := range all {
		key := fmt.Sprintf("%d/%d", e.Code, e.Subcode)
		if seen[key] {
			t.Errorf("%s is in the table twice", key)
		}
		seen[key] = true
		if e.Status < 400 || http.StatusText(e.Status) == "" || e.Title == "" || e.Message == "" {
			t.Errorf("%s lacks a status, a title or a message: %+v", key, e)
		}
		if diff := cmp.Diff(e, meta.NewSubError(e.Code, e.Subcode)); diff != "" {
			t.Errorf("%s is found as another error (-want +got):\n%s", key, diff)
		}
	}
}

func TestNewError(t *testing.T) {
	t.Parallel()
	type seen struct {
		Code, Subcode, Status int
		Type, Text            string
	}
	cases := []struct {
		name string
		err  *meta.Error
		want seen
	}{
		{"the table's own details", meta.NewError(131047, ""), seen{131047, 0, 400, "OAuthException", "(#131047) Re-engagement message: More than 24 hours have passed since the customer last wrote; send a template"}},
		{"details of the caller win", meta.NewError(131047, "why"), seen{131047, 0, 400, "OAuthException", "(#131047) Re-engagement message: why"}},
		{"a code of the permission range keeps its number", meta.NewError(294, ""), seen{294, 0, 403, "OAuthException", "(#294) API Permission: The permission was not granted or was removed"}},
		{"the last of that range", meta.NewError(299, "x"), seen{299, 0, 403, "OAuthException", "(#299) API Permission: x"}},
		{"just below that range", meta.NewError(199, ""), seen{199, 0, 400, "OAuthException", "(#199) Unknown error"}},
		{"just above that range", meta.NewError(300, ""), seen{300, 0, 400, "OAuthException", "(#300) Unknown error"}},
		{"a code that is documented with a subcode only", meta.NewError(551, ""), seen{551, 1545041, 400, "OAuthException", "(#551) This person isn't available right now."}},
		{"Messenger's window", meta.NewSubError(10, 2018278), seen{10, 2018278, 400, "OAuthException", "(#10) This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview"}},
		{"a subcode that is not documented", meta.NewSubError(190, 492), seen{190, 492, 401, "OAuthException", "Invalid OAuth access token - Cannot parse access token"}},
		{"an object that does not exist", meta.UnknownObject("7"), seen{100, 33, 400, "GraphMethodException", "Unsupported post request. Object with ID '7' does not exist, cannot be loaded due to missing permissions, or does not support this operation"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := seen{c.err.Code, c.err.Subcode, c.err.Status, c.err.Type, c.err.Error()}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	// A row of the table must not change with an error that was made from it.
	meta.NewError(100, "").Details = "changed"
	if got := meta.NewError(100, "").Details; got == "changed" {
		t.Error("errors share the table's memory")
	}
}

func TestWWWAuthenticate(t *testing.T) {
	t.Parallel()
	odd := meta.NewError(100, "")
	odd.Message = "say \"ü\"\n"
	cases := []struct {
		name string
		err  *meta.Error
		want string
	}{
		{"a wrong parameter", meta.NewError(100, ""), `OAuth "Facebook Platform" "invalid_request" "(#100) Invalid parameter"`},
		{"a wrong token", meta.NewError(190, ""), `OAuth "Facebook Platform" "invalid_token" "Invalid OAuth access token - Cannot parse access token"`},
		{"a limit is the caller's fault too", meta.NewError(4, ""), `OAuth "Facebook Platform" "invalid_request" "(#4) Application request limit reached"`},
		{"a failure of Meta has none", meta.NewError(131000, ""), ""},
		{"a header holds neither quotes, line breaks nor other alphabets", odd, `OAuth "Facebook Platform" "invalid_request" "say \"\u00fc\"\n"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, c.err.WWWAuthenticate()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
