package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
)

func bannerOf(t *testing.T, config scenarios.Config) (string, *scenarios.Sandbox) {
	t.Helper()
	sb, err := scenarios.New(scenarios.Options{Seed: 1, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	out := newScreen()
	program{out: out}.welcome(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}, sb, &serveFlags{seed: 1})
	return out.String(), sb
}

// TestBannerAddressesAnswer calls every vendor at its address with the credential
// that stands below it: whoever copies both gets past the door.
func TestBannerAddressesAnswer(t *testing.T) {
	t.Parallel()
	text, sb := bannerOf(t, scenarios.Config{})
	rows := regexp.MustCompile(`(?m)^  ([A-Z]\w+) +http://127\.0\.0\.1:8080(\S+)\n {15}(.+?) \(any`).FindAllStringSubmatch(text, -1)
	got := map[string]int{}
	for _, row := range rows {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:8080"+row[2], strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		for _, header := range strings.Split(row[3], ", ") {
			name, value, _ := strings.Cut(header, ": ")
			r.Header.Set(name, value)
		}
		rec := httptest.NewRecorder()
		sb.ServeHTTP(rec, r)
		got[row[1]] = rec.Code
	}
	want := map[string]int{"Encore": 400, "Graph": 400, "Kaleyra": 400, "Interakt": 400, "Zoko": 400, "Watchers": 400}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("an empty object under each address (-want +got):\n%s\n%s", diff, text)
	}
	rooms := regexp.MustCompile(`chat rooms: http://127\.0\.0\.1:8080(\S+)`).FindStringSubmatch(text)
	rec := httptest.NewRecorder()
	if sb.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, rooms[1], http.NoBody)); rec.Code != http.StatusOK {
		t.Errorf("the rooms answer %d", rec.Code)
	}
}

// TestBannerOfOneProvider: an operator may be with one provider alone, and what
// is to be typed is for that one.
func TestBannerOfOneProvider(t *testing.T) {
	t.Parallel()
	only := fakes.Operator{ClientID: "c-1", Name: "Shop", Kaleyra: "+15550100001"}
	text, _ := bannerOf(t, scenarios.Config{Operators: []scenarios.OperatorEntry{{Operator: only}}})
	for _, wanted := range []string{
		"/v2/HXAP1691385017IN/whatsapp/+15550100001/messages", "encore-sandbox message --channel kaleyra --from", `{"channel":"kaleyra","from":"15014005001"`,
	} {
		if !strings.Contains(text, wanted) {
			t.Errorf("no %s in:\n%s", wanted, text)
		}
	}
	for _, other := range []string{"Graph ", "Interakt ", "Zoko "} {
		if strings.Contains(text, other+" ") {
			t.Errorf("%s is there:\n%s", other, text)
		}
	}
}
