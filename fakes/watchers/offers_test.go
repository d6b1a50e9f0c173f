package watchers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

func TestW01CredentialsAreNeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	for _, c := range []struct{ name, key, authorization, want string }{
		{"no key", "", "Bearer token", "the x-api-key header is missing; send the project's key, in the sandbox any text"},
		{"a key that is told invalid", "invalid-1", "Bearer token", "the x-api-key is not valid; in the sandbox any key will do that does not begin with invalid"},
		{"no token", "key", "", "the token is missing; send Authorization: Bearer with the token, in the sandbox any text"},
		{"another scheme", "key", "Basic dXNlcg==", "the token is missing; send Authorization: Bearer with the token, in the sandbox any text"},
		{"an empty token", "key", "Bearer  ", "the token is missing; send Authorization: Bearer with the token, in the sandbox any text"},
		{"a token that is told invalid", "key", "Bearer invalid", "the Bearer token is not valid; in the sandbox any token will do that does not begin with invalid"},
	} {
		for _, call := range []string{"GET /external/offer?limit=1&offset=0", "POST /external/offer", "GET /external/offer/1", "PATCH /external/offer/1", "DELETE /external/offer/1", "POST /user/external/advertisment"} {
			method, path, _ := strings.Cut(call, " ")
			got := w.refused(w.do(method, path, "application/json", "{}", func(r *http.Request) {
				r.Header.Set("X-Api-Key", c.key)
				r.Header.Set("Authorization", c.authorization)
			}), http.StatusUnauthorized)
			if diff := cmp.Diff([]string{c.want}, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.name, call, diff)
			}
		}
	}
}

func TestW02SampleOfATextSucceeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	got := w.form("POST", offersPath, sampleText())
	goldentest.Check(t, "created-text.json", []byte(got.body+"\n"))
	p := must[published](w, got, http.StatusCreated)
	want := map[string]any{
		"id": 1.0, "pic": nil, "template": 10.0, "title": "Title", "text": "Text", "link": linkURL, "linkText": "Click me", "templateData": lookText,
		"showMultipleTimes": false, "showFrerquency": "DAILY", "showDelayMS": 0.0, "startTime": "2024-05-22T12:00:01.000Z", "endTime": nil, "type": "GLOBAL",
	}
	if diff := cmp.Diff(want, p.Offer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantRemarks := []string{
		"showMultipleTimes is missing, which the document requires; taken as false",
		"endTime is missing, which the document requires; the offer does not end",
	}
	if diff := cmp.Diff(wantRemarks, w.last().Remarks); diff != "" {
		t.Errorf("remarks (-want +got):\n%s", diff)
	}
}

func TestW03SampleOfAPictureSucceeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	p := must[published](w, w.form("POST", offersPath, sampleImage()), http.StatusCreated)
	want := map[string]any{
		"id": 1.0, "pic": pictureURL, "template": 11.0, "title": nil, "text": nil, "link": linkURL, "linkText": nil, "templateData": nil,
		"showMultipleTimes": false, "showFrerquency": "DAILY", "showDelayMS": 0.0, "startTime": "2024-05-22T12:00:01.000Z", "endTime": nil, "type": "GLOBAL",
	}
	if diff := cmp.Diff(want, p.Offer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestW04EncodingsAreEqual: JSON with and without types, multipart, urlencoded.
func TestW04EncodingsAreEqual(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	full := fields{"endTime": one("2034-01-02T03:04:05+02:00"), "showMultipleTimes": one("true"), "type": one("ROOM"), "externalRoomIds": {"lobby", "attic"}}
	typed := object{"endTime": "2034-01-02T03:04:05+02:00", "showMultipleTimes": true, "type": "ROOM", "externalRoomIds": []string{"lobby", "attic"}}
	texts := object{
		"template": "10", "templateData": lookText, "showDelayMS": "0", "showMultipleTimes": "true", "externalRoomIds": `["lobby","attic"]`,
	}
	var seen []published
	for _, r := range []reply{
		w.json("POST", offersPath, textOffer().with(typed).with(object{"templateData": lookText})),
		w.json("POST", offersPath, textOffer().with(typed).with(texts)),
		w.form("POST", offersPath, sampleText().with(full)),
		w.urlencoded("POST", offersPath, sampleText().with(full)),
		w.form("POST", offersPath, sampleText().with(full).with(fields{"externalRoomIds": nil, "externalRoomIds[]": {"lobby", "attic"}})),
		w.urlencoded("POST", offersPath, sampleText().with(full).with(fields{"externalRoomIds": nil, "externalRoomIds[0]": one("lobby"), "externalRoomIds[1]": one("attic")})),
		w.form("POST", offersPath, sampleText().with(full).with(fields{"externalRoomIds": one(`["lobby", "attic"]`)})),
	} {
		p := must[published](w, r, http.StatusCreated)
		delete(p.Offer, "id")
		seen = append(seen, p)
	}
	for i, p := range seen[1:] {
		if diff := cmp.Diff(seen[0], p); diff != "" {
			t.Errorf("encoding %d (-JSON +other):\n%s", i+1, diff)
		}
	}
	if got := seen[0].Offer["endTime"]; got != "2034-01-02T01:04:05.000Z" {
		t.Errorf("endTime is %v", got)
	}
	// As an object the look is the same JSON without blanks.
	p := must[published](w, w.json("POST", offersPath, textOffer().with(typed)), http.StatusCreated)
	if got, want := p.Offer["templateData"], strings.NewReplacer(`": `, `":`, `" }`, `"}`).Replace(lookText); got != want {
		t.Errorf("templateData\n%v\nwant\n%v", got, want)
	}
}

// refusals sends offers with one change each, as JSON, and wants one line.
func refusals(t *testing.T, c watchers.Config, offer object, cases []refusal) {
	t.Helper()
	w := newWorld(t, c)
	for _, each := range cases {
		got := w.refused(w.json("POST", offersPath, offer.with(each.change)), http.StatusBadRequest)
		if diff := cmp.Diff([]string{each.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", each.name, diff)
		}
	}
	if all := must[[]any](w, w.json("GET", offersPath+"?limit=10&offset=0", nil), 200); len(all) > 0 {
		t.Errorf("refused offers were kept: %v", all)
	}
}

type refusal struct {
	name   string
	change object
	want   string
}

func TestW05TemplateIs10Or11(t *testing.T) {
	t.Parallel()
	const want = "template must be one of the following values: 10 (text), 11 (image)"
	refusals(t, watchers.Config{}, textOffer(), []refusal{
		{"one past", object{"template": 12}, want}, {"one before", object{"template": 9}, want}, {"none", object{"template": missing}, want},
		{"a word", object{"template": "abc"}, want}, {"null", object{"template": nil}, want}, {"a list", object{"template": []int{10}}, want},
		{"the samples' placeholder", object{"template": 0}, want}, {"a fraction", object{"template": 10.5}, want},
	})
}

func TestW06TemplatesNeedTheirFields(t *testing.T) {
	t.Parallel()
	var text, image []refusal
	for _, name := range []string{"title", "text", "link", "linkText", "templateData"} {
		text = append(text, refusal{"a text without " + name, object{name: missing}, name + " should not be empty"})
		text = append(text, refusal{"a text with null", object{name: nil}, name + " should not be empty"})
	}
	for _, name := range []string{"title", "text", "link", "linkText"} {
		text = append(text, refusal{"an empty " + name, object{name: ""}, name + " should not be empty"}, refusal{"a number", object{name: 1}, name + " must be a string"})
	}
	for _, name := range []string{"pic", "link"} {
		image = append(image, refusal{"a picture without " + name, object{name: missing}, name + " should not be empty"}, refusal{"an empty " + name, object{name: ""}, name + " should not be empty"})
	}
	refusals(t, watchers.Config{}, textOffer(), text)
	refusals(t, watchers.Config{}, imageOffer(), image)
}

func TestW07FrequencyIsOnEntryOrDaily(t *testing.T) {
	t.Parallel()
	const want = "showFrerquency must be one of the following values: ON_ENTRY, DAILY"
	refusals(t, watchers.Config{}, textOffer(), []refusal{
		{"the merged row's value", object{"showFrerquency": "GLOBAL"}, want}, {"lower case", object{"showFrerquency": "daily"}, want},
		{"none", object{"showFrerquency": missing}, want},
		{"the corrected name", object{"showFrerquency": missing, "showFrequency": "DAILY"}, want + "; showFrequency was ignored, the API spells it showFrerquency"},
	})
	w := newWorld(t, watchers.Config{})
	for _, good := range []string{"ON_ENTRY", "DAILY"} {
		p := must[published](w, w.json("POST", offersPath, textOffer().with(object{"showFrerquency": good})), http.StatusCreated)
		if p.Offer["showFrerquency"] != good {
			t.Errorf("%s came back as %v", good, p.Offer["showFrerquency"])
		}
	}
}

func TestW08TargetsAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	none := []string{}
	for _, c := range []struct {
		name   string
		change object
		want   published
	}{
		{"rooms", object{"type": "ROOM", "externalRoomIds": []string{"attic", "derby", "lobby", "derby"}}, published{nil, []string{"derby", "lobby"}, []string{"attic"}, none, none}},
		{"users", object{"type": "USER", "externalUserIds": []string{"ann", "nobody"}}, published{nil, none, none, []string{"ann"}, []string{"nobody"}}},
		{"one room as a text", object{"type": "ROOM", "externalRoomIds": "derby"}, published{nil, []string{"derby"}, none, none, none}},
		{"users of an offer for rooms", object{"type": "ROOM", "externalRoomIds": []string{"derby"}, "externalUserIds": []string{"ann"}}, published{nil, []string{"derby"}, none, none, none}},
		{"no rooms at all", object{"type": "ROOM"}, published{nil, none, none, none, none}},
	} {
		got := must[published](w, w.json("POST", offersPath, textOffer().with(c.change)), http.StatusCreated)
		got.Offer = nil
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	refusals(t, watchers.Config{}, textOffer(), []refusal{
		{"a number", object{"type": "ROOM", "externalRoomIds": []any{"lobby", 7}}, "each value in externalRoomIds must be a string that is not empty"},
		{"an empty id", object{"type": "USER", "externalUserIds": []any{""}}, "each value in externalUserIds must be a string that is not empty"},
		{"an object", object{"type": "USER", "externalUserIds": object{"id": "ann"}}, "each value in externalUserIds must be a string that is not empty"},
		{"another type", object{"type": "ROOMS"}, "type must be one of the following values: GLOBAL, ROOM, USER"},
		{"no type", object{"type": missing}, "type must be one of the following values: GLOBAL, ROOM, USER"},
	})
}

func TestW09GlobalIgnoresTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	p := must[published](w, w.json("POST", offersPath, textOffer().with(object{"externalRoomIds": []string{"derby"}, "externalUserIds": []string{"ann"}})), http.StatusCreated)
	p.Offer = nil
	none := []string{}
	if diff := cmp.Diff(published{nil, none, none, none, none}, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.Contains(w.last().Remarks, "externalRoomIds was ignored: it is for type ROOM only") {
		t.Errorf("nobody is told: %q", w.last().Remarks)
	}
	if diff := cmp.Diff([]int64{1}, w.sees("poker", "bela")); diff != "" {
		t.Errorf("another user in another room (-want +got):\n%s", diff)
	}
}

func TestW10TimesAreISOAndInOrder(t *testing.T) {
	t.Parallel()
	const iso = " must be a valid ISO 8601 date string of 1970 or later, such as 2024-05-22T12:00:01.000Z"
	refusals(t, watchers.Config{}, textOffer(), []refusal{
		{"an end at the start", object{"endTime": "2024-05-22T12:00:01.000Z"}, "endTime must be later than startTime"},
		{"an end less than a millisecond later", object{"endTime": "2024-05-22T12:00:01.0009Z"}, "endTime must be later than startTime"},
		{"an end before, by its zone", object{"endTime": "2024-05-22T13:00:00+02:00"}, "endTime must be later than startTime"},
		{"a date of the room API", object{"startTime": "2024-12-31 05:33:32"}, "startTime" + iso},
		{"milliseconds as a number", object{"startTime": 1716379201000}, "startTime" + iso}, {"a word", object{"endTime": "tomorrow"}, "endTime" + iso},
		{"no start", object{"startTime": missing}, "startTime" + iso}, {"no such day", object{"startTime": "2024-02-30T00:00:00Z"}, "startTime" + iso},
		{"year one", object{"startTime": "0001-01-01T00:00:00Z"}, "startTime" + iso}, {"five digits of a year", object{"endTime": "9999-12-31T23:59:59-01:00"}, "endTime" + iso},
	})
	w := newWorld(t, watchers.Config{})
	for sent, want := range map[string]string{
		"2024-05-22T12:00:01.000Z": "2024-05-22T12:00:01.000Z", "2024-05-22T12:00:01Z": "2024-05-22T12:00:01.000Z", "2024-05-22T14:00:01.5+02:00": "2024-05-22T12:00:01.500Z",
		"2024-05-22T12:00:01.123456Z": "2024-05-22T12:00:01.123Z", "2024-05-22T12:00:01": "2024-05-22T12:00:01.000Z", "2024-05-22T12:00Z": "2024-05-22T12:00:00.000Z",
		"2024-05-22": "2024-05-22T00:00:00.000Z", "1970-01-01T00:00:00Z": "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z": "9999-12-31T23:59:59.999Z",
	} {
		p := must[published](w, w.json("POST", offersPath, textOffer().with(object{"startTime": sent})), http.StatusCreated)
		if p.Offer["startTime"] != want {
			t.Errorf("%s is kept as %v, want %s", sent, p.Offer["startTime"], want)
		}
	}
	p := must[published](w, w.json("POST", offersPath, textOffer().with(object{"endTime": "2024-05-22T12:00:01.001Z"})), http.StatusCreated)
	if p.Offer["endTime"] != "2024-05-22T12:00:01.001Z" {
		t.Errorf("an end a millisecond later is %v", p.Offer["endTime"])
	}
}

func TestW11ListIsPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	for range 103 {
		w.publish(imageOffer())
	}
	w.json("DELETE", offersPath+"/2", nil)
	for _, c := range []struct {
		query       string
		first, last float64
		n           int
	}{
		{"limit=2&offset=0", 1, 3, 2}, {"limit=2&offset=1", 3, 4, 2}, {"limit=100&offset=0", 1, 101, 100}, {"limit=101&offset=0", 1, 101, 100}, {"limit=5&offset=100", 102, 103, 2},
		{"limit=10&offset=102", 0, 0, 0}, {"limit=10&offset=999999999", 0, 0, 0}, {"limit=0&offset=0", 0, 0, 0}, {"limit=10&offset=1000000000000000000", 0, 0, 0},
	} {
		got := must[[]map[string]any](w, w.json("GET", offersPath+"?"+c.query, nil), 200)
		if got == nil || len(got) != c.n || c.n > 0 && (got[0]["id"] != c.first || got[c.n-1]["id"] != c.last) {
			t.Errorf("%s: %d offers, %v", c.query, len(got), got)
		}
	}
}

// TestW11SeedWantsLimitAndOffset: the newer copy of the page does not, and has a
// second address.
func TestW11SeedWantsLimitAndOffset(t *testing.T) {
	t.Parallel()
	seed, current := newWorld(t, watchers.Config{}), newWorld(t, watchers.Config{Profile: watchers.Current})
	for range 12 {
		seed.publish(imageOffer())
		current.publish(imageOffer())
	}
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", []string{"limit is missing; add it", "offset is missing; add it"}}, {"?limit=1", []string{"offset is missing; add it"}},
		{"?limit=x&offset=0", []string{"limit must be an integer"}}, {"?limit=-1&offset=0", []string{"limit number must be at least 0"}},
	} {
		if diff := cmp.Diff(c.want, seed.refused(seed.json("GET", offersPath+c.query, nil), 400)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.query, diff)
		}
	}
	seed.refused(seed.json("GET", "/external/advertisement?limit=1&offset=0", nil), 404)
	for _, path := range []string{offersPath, "/external/advertisement"} {
		if got := must[[]any](current, current.json("GET", path, nil), 200); len(got) != 10 {
			t.Errorf("%s without limit gives %d offers, want 10", path, len(got))
		}
		if got := must[[]any](current, current.json("GET", path+"?offset=11", nil), 200); len(got) != 1 {
			t.Errorf("%s with an offset alone gives %d offers, want 1", path, len(got))
		}
	}
	current.refused(current.json("GET", offersPath+"?limit=x", nil), 400)
}

func TestW12GetIsUnwrapped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	p := must[published](w, w.json("POST", offersPath, textOffer()), http.StatusCreated)
	if diff := cmp.Diff(p.Offer, must[map[string]any](w, w.json("GET", offersPath+"/1", nil), 200)); diff != "" {
		t.Errorf("(-posted +got):\n%s", diff)
	}
	for id, want := range map[string]int{"2": 404, "0": 404, "-1": 404, "9223372036854775807": 404, "x": 400, "1.5": 400, "1e0": 400} {
		w.refused(w.json("GET", offersPath+"/"+id, nil), want)
	}
	w.json("DELETE", offersPath+"/1", nil)
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		got := w.refused(w.json(method, offersPath+"/1", object{}), 404)
		if diff := cmp.Diff([]string{"no offer 1; list them with GET /external/offer?limit=10&offset=0"}, got); diff != "" {
			t.Errorf("%s after DELETE (-want +got):\n%s", method, diff)
		}
	}
	if id := w.publish(textOffer()); id != 2 {
		t.Errorf("the id of a deleted offer is given again: %d", id)
	}
}

func TestW14DeleteAnswersTrue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	got := w.json("DELETE", offersPath+"/1", nil)
	if got.status != 200 || got.body != "true" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %q %s", got.status, got.body, got.header.Get("Content-Type"))
	}
}

func TestW18WireNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	if body := w.json("POST", offersPath, textOffer()).body; !strings.Contains(body, `"showFrerquency":"DAILY"`) || strings.Contains(body, "showFrequency") {
		t.Errorf("the offer is %s", body)
	}
	for path, want := range map[string]int{
		"/user/external/advertisment": 201, "/user/external/advertisement": 404, "/external/user/advertisment": 404, "/user/external": 404,
	} {
		if got := w.json("POST", path, object{"decryptedUserId": "ann", "value": true}); got.status != want {
			t.Errorf("POST %s: %d %s, want %d", path, got.status, got.body, want)
		}
	}
	got := w.refused(w.json("POST", "/user/external/advertisment", object{"encryptedUserId": "ann", "value": true}), 400)
	if diff := cmp.Diff([]string{"decryptedUserId should not be empty"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStrict refuses what the samples leave out.
func TestStrict(t *testing.T) {
	t.Parallel()
	full := textOffer().with(object{"endTime": "2034-01-01T00:00:00Z", "showMultipleTimes": false})
	const iso = " must be a valid ISO 8601 date string of 1970 or later, such as 2024-05-22T12:00:01.000Z"
	refusals(t, watchers.Config{Strict: true}, full, []refusal{
		{"no end", object{"endTime": missing}, "endTime" + iso}, {"a null end", object{"endTime": nil}, "endTime" + iso},
		{"not said how often", object{"showMultipleTimes": missing}, "showMultipleTimes must be a boolean value, true or false"},
		{"no rooms", object{"type": "ROOM"}, "externalRoomIds should not be empty with type ROOM"},
		{"an empty list of users", object{"type": "USER", "externalUserIds": []string{}}, "externalUserIds should not be empty with type USER"},
	})
	w := newWorld(t, watchers.Config{Strict: true})
	w.publish(full)
	if len(w.last().Remarks) > 0 {
		t.Errorf("a complete offer is remarked on: %q", w.last().Remarks)
	}
	w.refused(w.json("PATCH", offersPath+"/1", object{"type": "USER"}), 400)
}

// TestLimits at the edge and one past it.
func TestLimits(t *testing.T) {
	t.Parallel()
	const delay = "showDelayMS must be from 0 to 2147483647"
	refusals(t, watchers.Config{}, textOffer(), []refusal{
		{"before the entry", object{"showDelayMS": -1}, delay}, {"one more than a timer counts", object{"showDelayMS": 2147483648}, delay},
		{"a fraction", object{"showDelayMS": 0.5}, "showDelayMS must be an integer number"}, {"a word", object{"showDelayMS": "soon"}, "showDelayMS must be an integer number"},
		{"nothing", object{"showDelayMS": missing}, "showDelayMS must be an integer number"}, {"more digits than a number has", object{"showDelayMS": strings.Repeat("9", 40)}, "showDelayMS must be an integer number"},
		{"a number for a boolean", object{"showMultipleTimes": 1}, "showMultipleTimes must be a boolean value, true or false"},
		{"a boolean in capitals", object{"showMultipleTimes": "True"}, "showMultipleTimes must be a boolean value, true or false"},
	})
	w := newWorld(t, watchers.Config{})
	for _, good := range []any{0, 2147483647, "2147483647", "12.0"} {
		w.publish(textOffer().with(object{"showDelayMS": good}))
	}
	large := w.json("POST", offersPath, textOffer().with(object{"text": strings.Repeat("x", 1<<20)}))
	if diff := cmp.Diff([]string{"the body is larger than 1024 KiB; send a smaller one"}, w.refused(large, 413)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWorkspaceIsBounded: the oldest offer goes first.
func TestWorkspaceIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of calls, one after the other")
	}
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	for range 1000 {
		w.publish(imageOffer())
	}
	if len(w.last().Remarks) != 2 { // of endTime and showMultipleTimes
		t.Errorf("the thousandth offer is remarked on: %q", w.last().Remarks)
	}
	w.publish(imageOffer())
	if !slices.Contains(w.last().Remarks, "offer 1 had to go: a workspace keeps 1000") {
		t.Errorf("nobody is told: %q", w.last().Remarks)
	}
	w.refused(w.json("GET", offersPath+"/1", nil), 404)
	must[map[string]any](w, w.json("GET", offersPath+"/1001", nil), 200)
}

// TestFieldsOfTheOtherTemplate are ignored, and so is what no table has.
func TestFieldsOfTheOtherTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	text := must[published](w, w.json("POST", offersPath, textOffer().with(object{"pic": pictureURL, "winnings": 5, "viewType": "in chat"})), 201)
	image := must[published](w, w.json("POST", offersPath, imageOffer().with(object{"title": "T", "linkText": 7, "templateData": "{"})), 201)
	if text.Offer["pic"] != nil || image.Offer["title"] != nil || image.Offer["templateData"] != nil {
		t.Errorf("fields of the other template were kept: %v %v", text.Offer, image.Offer)
	}
	if want := "title was ignored: template 11 does not show it"; !slices.Contains(w.last().Remarks, want) {
		t.Errorf("remarks %q, want %q", w.last().Remarks, want)
	}
}

// TestLooks: what templateData must be, and what is remarked on.
func TestLooks(t *testing.T) {
	t.Parallel()
	look := func(change object) object {
		base := object{"alignment": "left", "bgColor": "#736969", "btnColor": "#1890bf", "btnTextColor": "#fff", "textColor": "black", "gradient": false}
		return object{"templateData": base.with(change)}
	}
	const noObject = "templateData must be an object, or its JSON in a string"
	cases := []refusal{
		{"a word", object{"templateData": "blue"}, noObject}, {"a list", object{"templateData": []int{1}}, noObject}, {"a number", object{"templateData": 1}, noObject},
		{"the text of null", object{"templateData": "null"}, noObject}, {"an empty text", object{"templateData": ""}, noObject},
		{"curly quotes", object{"templateData": "{“alignment”: “left”}"}, noObject}, {"a comma too many", object{"templateData": `{"alignment":"left",}`}, noObject},
		{"no gradient", look(object{"gradient": missing}), "templateData.gradient must be a boolean value, true or false"},
		{"a gradient without its end", look(object{"gradient": true, "gradientFrom": "#000", "gradientDirection": "90deg"}), "templateData.gradientTo must be a string"},
	}
	for _, name := range []string{"alignment", "bgColor", "btnColor", "btnTextColor", "textColor"} {
		cases = append(cases, refusal{"none", look(object{name: missing}), "templateData." + name + " must be a string"}, refusal{"a number", look(object{name: 7}), "templateData." + name + " must be a string"})
	}
	refusals(t, watchers.Config{}, textOffer(), cases)
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer().with(look(object{"bgColor": "url(https://evil.example)", "alignment": "middle", "gradient": "true", "gradientFrom": "#000", "gradientTo": "#fff", "gradientDirection": "up"})))
	want := []string{
		`templateData.alignment "middle" is nothing that the sandbox's rooms draw; write it as center`,
		`templateData.bgColor "url(https://evil.example)" is nothing that the sandbox's rooms draw; write it as #1890bf`,
		`templateData.gradientDirection "up" is nothing that the sandbox's rooms draw; write it as 135deg`,
	}
	if diff := cmp.Diff(want, w.last().Remarks[:3]); diff != "" {
		t.Errorf("remarks (-want +got):\n%s", diff)
	}
	w.publish(textOffer().with(look(nil)))
	if got := fmt.Sprint(w.last().Remarks); strings.Count(got, "without a gradient it is not used") != 3 {
		t.Errorf("missing members of a gradient that is off: %s", got)
	}
}
