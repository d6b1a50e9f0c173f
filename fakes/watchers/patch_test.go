package watchers_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// patched is what a PATCH answers.
type patched struct {
	Advertisement    map[string]any
	AvailableRooms   []string `json:"availableExternalRoomIds"`
	UnavailableRooms []string `json:"unavailableExternalRoomIds"`
}

// patch changes an offer, gives the answer's advertisement and what a GET then
// shows.
func (w *world) patch(id string, body object) (advertisement, offer map[string]any) {
	w.Helper()
	p := must[patched](w, w.json("PATCH", offersPath+"/"+id, body), http.StatusOK)
	return p.Advertisement, must[map[string]any](w, w.json("GET", offersPath+"/"+id, nil), 200)
}

func TestW13PatchChangesWhatIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer().with(object{"type": "ROOM", "externalRoomIds": []string{"derby", "attic"}, "endTime": "2034-01-01T00:00:00Z"}))
	before := must[map[string]any](w, w.json("GET", offersPath+"/1", nil), 200)

	got := w.json("PATCH", offersPath+"/1", object{"title": "Second half"})
	members := must[map[string]any](w, got, 200)
	wantAd := map[string]any{
		"title": "Second half", "text": "Text", "pic": nil, "link": linkURL, "linkText": "Click me", "template": 10.0, "templatePic": nil,
		"templateData": before["templateData"], "sendTime": "2024-05-22T12:00:01.000Z", "deleteTime": "2034-01-01T00:00:00.000Z",
		"status": "ACTIVE", "messages": []any{}, "createdAt": "2026-05-13T12:00:00.000Z",
	}
	want := map[string]any{"advertisement": wantAd, "availableExternalRoomIds": []any{"derby"}, "unavailableExternalRoomIds": []any{"attic"}}
	if diff := cmp.Diff(want, members); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	before["title"] = "Second half"
	if diff := cmp.Diff(before, must[map[string]any](w, w.json("GET", offersPath+"/1", nil), 200)); diff != "" {
		t.Errorf("the offer (-want +got):\n%s", diff)
	}
	if len(w.last().Remarks) > 0 {
		t.Errorf("absent fields of a change are remarked on: %q", w.last().Remarks)
	}
}

// TestW13PatchSamplesSucceed: the whole samples, in every encoding, and with the
// second slash that one of them has.
func TestW13PatchSamplesSucceed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	w.publish(imageOffer())
	goldentest.Check(t, "patched-text.json", []byte(w.form("PATCH", offersPath+"/1", sampleText()).body+"\n"))
	goldentest.Check(t, "patched-image.json", []byte(w.form("PATCH", offersPath+"//2", sampleImage()).body+"\n"))
	for _, r := range []reply{w.urlencoded("PATCH", offersPath+"/1", sampleText()), w.urlencoded("PATCH", offersPath+"//2", sampleImage()), w.json("PATCH", offersPath+"//1", textOffer())} {
		must[patched](w, r, 200)
	}
	w.refused(w.json("PATCH", offersPath+"//3", object{}), 404)
	w.refused(w.json("PATCH", offersPath+"//x", object{}), 400)
}

func TestW13PatchOfOneField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer().with(object{"endTime": "2034-01-01T00:00:00Z", "showMultipleTimes": true}))
	for _, c := range []struct {
		name, shown string
		change      object
		want        any
	}{
		{"nulls leave what is there", "title", object{"title": nil, "template": nil}, "Title"},
		{"a frequency", "showFrerquency", object{"showFrerquency": "ON_ENTRY"}, "ON_ENTRY"},
		{"a delay as text", "showDelayMS", object{"showDelayMS": "250"}, 250.0},
		{"a boolean", "showMultipleTimes", object{"showMultipleTimes": "false"}, false},
		{"an empty end, as a form sends it", "endTime", object{"endTime": ""}, "2034-01-01T00:00:00.000Z"},
		{"a null takes the end away", "endTime", object{"endTime": nil}, nil},
		{"a picture for a text is ignored", "pic", object{"pic": pictureURL}, nil},
		{"nothing", "title", object{}, "Title"},
	} {
		if _, offer := w.patch("1", c.change); !cmp.Equal(c.want, offer[c.shown]) {
			t.Errorf("%s: %s is %v, want %v", c.name, c.shown, offer[c.shown], c.want)
		}
	}
	for _, c := range []refusal{
		{"an empty title", object{"title": ""}, "title should not be empty"}, {"an end before the start", object{"endTime": "2024-05-22"}, "endTime must be later than startTime"},
		{"another template without its fields", object{"template": 11}, "pic should not be empty"}, {"a template that is none", object{"template": 12}, "template must be one of the following values: 10 (text), 11 (image)"},
		{"a frequency that is none", object{"showFrerquency": "ROOM"}, "showFrerquency must be one of the following values: ON_ENTRY, DAILY"},
	} {
		if diff := cmp.Diff([]string{c.want}, w.refused(w.json("PATCH", offersPath+"/1", c.change), 400)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestW13PatchOfTheTemplate needs the other template's fields and drops the old ones.
func TestW13PatchOfTheTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	ad, offer := w.patch("1", object{"template": 11, "pic": pictureURL})
	if ad["templatePic"] != pictureURL || offer["title"] != nil || offer["templateData"] != nil || offer["template"] != 11.0 {
		t.Errorf("as a picture: %v %v", ad, offer)
	}
	got := w.refused(w.json("PATCH", offersPath+"/1", object{"template": 10}), 400)
	want := []string{"title should not be empty", "text should not be empty", "linkText should not be empty", "templateData should not be empty"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("back to a text (-want +got):\n%s", diff)
	}
}

// TestW13PatchOfTargets: type and ids go together.
func TestW13PatchOfTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	for _, c := range []struct {
		name               string
		change             object
		available, unknown []string
	}{
		{"ids of an offer for all", object{"externalRoomIds": []string{"derby"}}, []string{}, []string{}},
		{"rooms", object{"type": "ROOM", "externalRoomIds": []string{"derby", "attic"}}, []string{"derby"}, []string{"attic"}},
		{"they stay", object{"title": "T"}, []string{"derby"}, []string{"attic"}},
		{"others", object{"externalRoomIds": []string{"poker"}}, []string{"poker"}, []string{}},
		{"users have no list in the answer", object{"type": "USER", "externalUserIds": []string{"ann"}}, []string{}, []string{}},
		{"rooms were forgotten", object{"type": "ROOM"}, []string{}, []string{}},
	} {
		p := must[patched](w, w.json("PATCH", offersPath+"/1", c.change), 200)
		p.Advertisement = nil
		if diff := cmp.Diff(patched{nil, c.available, c.unknown}, p); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if want := "an offer of type ROOM without externalRoomIds is shown to nobody"; !slices.Contains(w.last().Remarks, want) {
		t.Errorf("remarks %q, want %q", w.last().Remarks, want)
	}
}

// TestStatusFollowsTheClock: of an advertisement, in the sandbox's own words.
func TestStatusFollowsTheClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer().with(object{"startTime": "2026-05-13T12:00:01Z", "endTime": "2026-05-13T12:00:02Z"}))
	for _, want := range []string{"PLANNED", "ACTIVE", "FINISHED"} {
		if ad, _ := w.patch("1", object{}); ad["status"] != want {
			t.Errorf("status %v, want %s", ad["status"], want)
		}
		w.advance(1e9)
	}
}

// TestBrokenBodies are refused in the API's words, whatever is broken.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	const hint = "; send a JSON object with Content-Type: application/json, or a form"
	_, form := sampleText().multipart(t)
	for _, c := range []struct{ name, contentType, body, want string }{
		{"nothing", "application/json", "", "the body is empty" + hint},
		{"curly quotes", "application/json", "{“template”: 10}", "the body cannot be read: invalid character '“' looking for beginning of object key string" + hint},
		{"a comment", "application/json", "{\"template\": 10 // text\n}", "the body cannot be read: invalid character '/' after object key:value pair" + hint},
		{"a comma too many", "application/json", `{"template": 10,}`, "the body cannot be read: invalid character '}' looking for beginning of object key string" + hint},
		{"the same without a header of its own", "application/x-www-form-urlencoded", `{"template": 10,}`, "the body cannot be read: invalid character '}' looking for beginning of object key string" + hint},
		{"a list", "application/json", `[{"template": 10}]`, "the body must be a JSON object"}, {"null", "application/json", `null`, "the body must be a JSON object"},
		{"a word", "text/plain", `hello`, "the body cannot be read: invalid character 'h' looking for beginning of value" + hint},
		{"an escape that is none", "application/x-www-form-urlencoded", `title=%zz`, "the body cannot be read: the form cannot be read: invalid URL escape \"%zz\"" + hint},
		{"a form under another boundary", "multipart/form-data; boundary=x", form, "the body cannot be read: the multipart body cannot be read: multipart: NextPart: EOF" + hint},
		{"a form without a boundary", "multipart/form-data", form, "the body cannot be read: the multipart body cannot be read: multipart: boundary is empty" + hint},
	} {
		for method, path := range map[string]string{"POST": offersPath, "PATCH": offersPath + "/1"} {
			got := w.refused(w.do(method, path, c.contentType, c.body, nil), 400)
			if diff := cmp.Diff([]string{c.want}, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.name, method, diff)
			}
		}
	}
}

// TestQ6PicturesAreNotUploaded: multipart invites it, the table wants a URL.
func TestQ6PicturesAreNotUploaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(imageOffer())
	const part = "--x\r\nContent-Disposition: form-data; name=\"pic\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--x--\r\n"
	got := w.refused(w.do("PATCH", offersPath+"/1", "multipart/form-data; boundary=x", part, nil), 400)
	if diff := cmp.Diff([]string{"pic must be a text, not an uploaded file"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFieldGivenTwice: only lists repeat.
func TestFieldGivenTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	got := w.refused(w.form("POST", offersPath, sampleText().with(fields{"title": {"A", "B"}, "type": {"GLOBAL", "ROOM"}})), 400)
	want := []string{"title must be a string", "type must be one of the following values: GLOBAL, ROOM, USER"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
