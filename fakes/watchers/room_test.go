package watchers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

const exclusionPath = "/user/external/advertisment"

func TestW15ExcludedUsersSeeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	often := object{"showFrerquency": "ON_ENTRY", "showMultipleTimes": true}
	w.publish(textOffer().with(often))
	w.publish(imageOffer().with(often).with(object{"type": "ROOM", "externalRoomIds": "lobby"}))
	w.publish(imageOffer().with(often).with(object{"type": "USER", "externalUserIds": []string{"ann", "bela"}}))
	for _, c := range []struct {
		value any
		want  []int64
	}{{true, nil}, {false, []int64{1, 2, 3}}, {"true", nil}, {"false", []int64{1, 2, 3}}} {
		got := w.json("POST", exclusionPath, object{"decryptedUserId": "ann", "value": c.value})
		if got.status != http.StatusCreated || got.body != "" || got.header.Get("Content-Length") != "0" || got.header.Get("Content-Type") != "" {
			t.Errorf("%v: %d %q %v; want a 201 without a body", c.value, got.status, got.body, got.header)
		}
		if diff := cmp.Diff(c.want, w.sees("lobby", "ann")); diff != "" {
			t.Errorf("value %#v (-want +got):\n%s", c.value, diff)
		}
		if diff := cmp.Diff([]int64{1, 2, 3}, w.sees("lobby", "bela")); diff != "" {
			t.Errorf("somebody else (-want +got):\n%s", diff)
		}
	}
	for name, send := range map[string]func(string, string, fields) reply{"multipart": w.form, "urlencoded": w.urlencoded} {
		for _, c := range []struct {
			value string
			want  []int64
		}{{"true", nil}, {"false", []int64{1, 2, 3}}} {
			got := send("POST", exclusionPath, fields{"decryptedUserId": {"ann"}, "value": {c.value}})
			if diff := cmp.Diff(c.want, w.sees("lobby", "ann")); got.status != http.StatusCreated || got.body != "" || diff != "" {
				t.Errorf("%s: %s answers %d %q (-want +got):\n%s", name, c.value, got.status, got.body, diff)
			}
		}
	}
	for _, c := range []struct {
		name string
		body any
		want string
	}{
		{"a word", object{"decryptedUserId": "ann", "value": "yes"}, "value must be a boolean value, true or false"},
		{"a number", object{"decryptedUserId": "ann", "value": 1}, "value must be a boolean value, true or false"},
		{"no value", object{"decryptedUserId": "ann"}, "value must be a boolean value, true or false"},
		{"null", object{"decryptedUserId": "ann", "value": nil}, "value must be a boolean value, true or false"},
		{"nobody", object{"value": true}, "decryptedUserId should not be empty"}, {"an empty id", object{"decryptedUserId": "", "value": true}, "decryptedUserId should not be empty"},
		{"a list", "[]", "the body must be a JSON object"},
	} {
		if diff := cmp.Diff([]string{c.want}, w.refused(w.json("POST", exclusionPath, c.body), 400)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if diff := cmp.Diff([]int64{1, 2, 3}, w.sees("lobby", "ann")); diff != "" {
		t.Errorf("refused calls changed something (-want +got):\n%s", diff)
	}
}

// TestW16Schedule: shown from startTime on, and no more at endTime.
func TestW16Schedule(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(imageOffer().with(object{
		"startTime": noon.Add(time.Second), "endTime": noon.Add(3 * time.Second), "showFrerquency": "ON_ENTRY", "showMultipleTimes": true,
	}))
	for _, c := range []struct {
		after time.Duration
		want  []watchers.Hidden
	}{
		{0, []watchers.Hidden{{OfferID: 1, Reason: "it begins on 13 May 2026 12:00"}}}, {999 * time.Millisecond, []watchers.Hidden{{OfferID: 1, Reason: "it begins on 13 May 2026 12:00"}}},
		{time.Second, []watchers.Hidden{}}, {2999 * time.Millisecond, []watchers.Hidden{}}, {3 * time.Second, []watchers.Hidden{{OfferID: 1, Reason: "it ended on 13 May 2026 12:00"}}},
	} {
		w.advance(noon.Add(c.after).Sub(w.ws.Clock.Now()))
		if diff := cmp.Diff(c.want, w.enter("lobby", "ann").Hidden); diff != "" {
			t.Errorf("%v later (-want +got):\n%s", c.after, diff)
		}
	}
}

// TestW16Frequency: what the two fields say together, day by day.
func TestW16Frequency(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		name, frequency string
		often           bool
		want            string // at noon, an hour later, before and at midnight, a day later twice
	}{
		{"each entry", "ON_ENTRY", true, "yyyyyy"}, {"once in a UTC day", "DAILY", true, "ynnyyn"},
		{"the first entry", "ON_ENTRY", false, "ynnnnn"}, {"the first day", "DAILY", false, "ynnnnn"},
	} {
		w := newWorld(t, watchers.Config{})
		w.publish(imageOffer().with(object{"showFrerquency": c.frequency, "showMultipleTimes": c.often}))
		got := ""
		for _, step := range []time.Duration{0, time.Hour, 11*time.Hour - time.Millisecond, time.Millisecond, day, 0} {
			w.advance(step)
			got += map[bool]string{true: "y", false: "n"}[len(w.sees("lobby", "ann")) == 1]
		}
		if got != c.want {
			t.Errorf("%s: shown %s, want %s", c.name, got, c.want)
		}
		if len(w.sees("lobby", "bela")) != 1 {
			t.Errorf("%s: another user's showings count", c.name)
		}
	}
}

// TestW16DailyCountsTheUser, whatever the room.
func TestW16DailyCountsTheUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(imageOffer().with(object{"showMultipleTimes": true}))
	w.sees("lobby", "ann")
	want := []watchers.Hidden{{OfferID: 1, Reason: "it is shown once a day, and was on 13 May 2026 12:00"}}
	if diff := cmp.Diff(want, w.enter("derby", "ann").Hidden); diff != "" {
		t.Errorf("in another room (-want +got):\n%s", diff)
	}
}

func TestW16Targets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	often := imageOffer().with(object{"showFrerquency": "ON_ENTRY", "showMultipleTimes": true})
	w.publish(often)
	w.publish(often.with(object{"type": "ROOM", "externalRoomIds": []string{"derby", "poker"}}))
	w.publish(often.with(object{"type": "USER", "externalUserIds": []string{"bela"}}))
	w.publish(often.with(object{"type": "ROOM"}))
	for _, c := range []struct {
		room, user string
		want       []int64
	}{{"lobby", "ann", []int64{1}}, {"derby", "ann", []int64{1, 2}}, {"poker", "bela", []int64{1, 2, 3}}, {"lobby", "bela", []int64{1, 3}}} {
		if diff := cmp.Diff(c.want, w.sees(c.room, c.user)); diff != "" {
			t.Errorf("%s in %s (-want +got):\n%s", c.user, c.room, diff)
		}
	}
	hidden := []watchers.Hidden{{OfferID: 2, Reason: "it is for other rooms"}, {OfferID: 3, Reason: "it is for other users"}, {OfferID: 4, Reason: "it is for other rooms"}}
	if diff := cmp.Diff(hidden, w.enter("lobby", "ann").Hidden); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestW17TapEmitsTheDocumentedMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	const link = `app://open?a="1"&b=<2>`
	w.publish(imageOffer().with(object{"link": link}))
	w.publish(imageOffer().with(object{"startTime": "2034-01-01"}))
	in := w.enter("lobby", "ann")
	got := w.json("POST", in.Page+"/taps", object{"offerId": 1})
	want := `{"type":"link","body":{"action":"open","data":{"link":"app://open?a=\"1\"&b=<2>"}}}`
	if got.status != 200 || got.body != want {
		t.Errorf("got %d %s\nwant %s", got.status, got.body, want)
	}
	for _, c := range []struct {
		path, want string
		body       object
		status     int
	}{
		{in.Page, "this entry shows no offer 2", object{"offerId": 2}, 404}, {in.Page, "offerId is missing; add it", object{}, 400}, {in.Page, "offerId must be an integer", object{"offerId": "1"}, 400},
		{"/watchers/entries/0f", "nobody entered a room under this address, or it was forgotten; enter again from /watchers/rooms", object{"offerId": 1}, 404},
	} {
		if diff := cmp.Diff([]string{c.want}, w.refused(w.json("POST", c.path+"/taps", c.body), c.status)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	w.json("DELETE", offersPath+"/1", nil)
	w.refused(w.json("POST", in.Page+"/taps", object{"offerId": 1}), 404)
}

// TestW19WidgetsAppearAfterTheirDelay, in the order in which they do.
func TestW19WidgetsAppearAfterTheirDelay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	for _, ms := range []int{3000, 0, 1500} {
		w.publish(imageOffer().with(object{"showDelayMS": ms}))
	}
	w.publish(imageOffer().with(object{"showDelayMS": 1000, "startTime": noon.Add(time.Second)}))
	w.publish(imageOffer().with(object{"showDelayMS": 1000, "startTime": noon.Add(1001 * time.Millisecond)}))
	w.publish(imageOffer().with(object{"showDelayMS": 1000, "endTime": noon.Add(time.Second)}))
	w.publish(imageOffer().with(object{"showDelayMS": 1000, "endTime": noon.Add(1001 * time.Millisecond)}))
	in := w.enter("lobby", "ann")
	var got []string
	for _, d := range in.Widgets {
		got = append(got, d.ShowAt.Sub(noon).String())
		if d.Offer == nil || d.Offer.ID != d.OfferID {
			t.Errorf("widget %d has not its offer: %v", d.OfferID, d.Offer)
		}
	}
	if diff := cmp.Diff([]string{"0s", "1s", "1s", "1.5s", "3s"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []watchers.Hidden{{OfferID: 5, Reason: "it begins on 13 May 2026 12:00"}, {OfferID: 6, Reason: "it ends before its delay has passed"}}
	if diff := cmp.Diff(want, in.Hidden); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
}

// TestEnteringNeedsWhoIsKnown, and the settings say who that is.
func TestEnteringNeedsWhoIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{Rooms: []watchers.Named{{ID: "r 1/2"}}, Users: []watchers.Named{{ID: "u<1>"}}})
	for _, c := range []struct {
		body   object
		status int
		want   string
	}{
		{object{"roomId": "lobby", "userId": "u<1>"}, 404, `Watchers knows no room "lobby"; use one of r 1/2, or add it to watchers.rooms in sandbox.yaml`},
		{object{"roomId": "r 1/2", "userId": "ann"}, 404, `Watchers knows no user "ann"; use one of u<1>, or add it to watchers.users in sandbox.yaml`},
		{object{"roomId": "r 1/2"}, 400, "userId is missing; add it"}, {object{"roomId": 1, "userId": "u<1>"}, 400, "roomId must be a string"},
	} {
		if diff := cmp.Diff([]string{c.want}, w.refused(w.json("POST", "/watchers/entries", c.body), c.status)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if in := w.enter("r 1/2", "u<1>"); len(in.Widgets)+len(in.Hidden) != 0 || in.Page != "/watchers/entries/"+in.ID {
		t.Errorf("entered %+v", in)
	}
	got := w.urlencoded("POST", "/watchers/entries", fields{"roomId": one("r 1/2"), "userId": one("u<1>"), "view": one("popup"), "tap": one("postMessage")})
	to, err := url.Parse(got.header.Get("Location"))
	if err != nil || got.status != http.StatusSeeOther || to.RawQuery != "view=popup&tap=postMessage" || got.body != "" {
		t.Fatalf("the form is answered %d %v %q", got.status, got.header, got.body)
	}
	if page := w.page(to.String()); page.status != 200 || !strings.Contains(page.body, `data-view="popup"`) {
		t.Errorf("behind it is %d %s", page.status, page.body)
	}
}

// TestEntriesStayInTheirWorkspace: a browser sends no header of the sandbox's.
func TestEntriesStayInTheirWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	other, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "team-a", Clock: clock.NewManual(noon)})
	if err != nil {
		t.Fatal(err)
	}
	in := func(r *http.Request) {
		r.Header.Set(sim.HeaderWorkspace, "team-a")
		r.Header.Set("X-Api-Key", "key")
	}
	w.ws = other
	if got := w.do("POST", offersPath, "application/json", encoded(t, imageOffer()), in); got.status != 201 {
		t.Fatal(got.body)
	}
	e := must[visit](w, w.do("POST", "/watchers/entries", "application/json", `{"roomId":"lobby","userId":"ann"}`, in), 201)
	if len(e.Widgets) != 1 || !strings.HasSuffix(e.ID, ".team-a") {
		t.Errorf("entered %+v", e)
	}
	if page := w.page(e.Page); page.status != 200 || !strings.Contains(page.body, `data-offer="1"`) {
		t.Errorf("without the header the page is %d %s", page.status, page.body)
	}
	w.ws = w.sb.Default()
	if got := w.sees("lobby", "ann"); got != nil {
		t.Errorf("the default workspace shows %v of another", got)
	}
}
