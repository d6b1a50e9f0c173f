package report

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

const (
	textThread = "whatsapp:106540352242922:15014005001"
	ctaPayload = `{"interactive":{"action":{"parameters":{"display_text":"Claim","url":"https://api.encorekit.com/x"}}}}`
)

func offerMessage(id string) note.Outgoing {
	return note.Outgoing{ID: id, OfferLinks: 1, Payload: json.RawMessage(ctaPayload), Content: note.Content{Text: "Six months free"}}
}

func replyMessage(id string) note.Outgoing {
	return note.Outgoing{ID: id, Type: "text", Payload: json.RawMessage(`{}`), Content: note.Content{Text: "Thanks!"}}
}

func marked(m note.Outgoing) note.Outgoing {
	m.Refs = []string{"ref customer1", "ref2 dictionary"}
	return m
}

func TestSceneTellsWhoSaidWhat(t *testing.T) {
	t.Parallel()
	inbound := note.InboundMessage{Text: "Hi", Delivery: 1}
	usable := note.OfferAnswered{Status: 200, Complete: true, Usable: true}
	offer := note.OfferDecided{Link: "https://api.encorekit.com/x", Content: note.Content{Text: "Six months free"}}
	repeated := offer
	repeated.Duplicate = true
	requested := note.OfferRequested{}
	for _, tc := range []struct {
		name  string
		notes []sim.Note
		scene scene
		want  string
	}{
		{"a message", []sim.Note{inbound, note.WebhookAcked{Status: 200}}, scene{}, `customer → integrator     "Hi"`},
		{"a message that is no text", []sim.Note{note.InboundMessage{NotAnInbound: "reaction", Delivery: 2, Forged: "wrong"}}, scene{}, `customer → integrator     reaction (attempt 2) (signature wrong)`},
		{"a webhook that was refused", []sim.Note{inbound, note.WebhookAcked{Status: 500}}, scene{}, `customer → integrator     "Hi"  [answered 500]`},
		{"a webhook that nobody took", []sim.Note{inbound, note.WebhookAcked{Reason: "connection refused"}}, scene{}, `customer → integrator     "Hi"  [not delivered: connection refused]`},
		{"an offer", []sim.Note{requested, offer, usable}, scene{}, `integrator → Encore      offersMessage 200 offer "Six months free"`},
		{"the same offer again", []sim.Note{requested, repeated, usable}, scene{}, `integrator → Encore      offersMessage 200 the same offer "Six months free"`},
		{"no offer", []sim.Note{requested, note.OfferDecided{NoFill: "geo"}, usable}, scene{}, `integrator → Encore      offersMessage 200 no offer (geo)`},
		{"an answer that is no JSON", []sim.Note{requested, note.OfferAnswered{Status: 200, Complete: true, Fault: "f1"}}, scene{}, `integrator → Encore      offersMessage 200 unusable  [fault f1]`},
		{"an answer that never came", []sim.Note{requested, note.OfferAnswered{Fault: "fate-902"}}, scene{outcome: sim.Cut}, `integrator → Encore      offersMessage no answer  [fault fate-902]`},
		{"a refusal with its reason", []sim.Note{requested, note.OfferAnswered{Status: 400, Complete: true}}, scene{refusal: "chatId is missing"}, `integrator → Encore      offersMessage 400  [chatId is missing]`},
		{"a call in flight", []sim.Note{requested}, scene{}, `integrator → Encore      offersMessage …`},
		{"a caller that lost patience", []sim.Note{requested, offer, usable}, scene{outcome: sim.Aborted}, `integrator → Encore      offersMessage 200 offer "Six months free"  [the caller went away]`},
		{"an offer that is sent", []sim.Note{note.MessageSent{Outgoing: offerMessage("m1")}}, scene{}, `integrator → Meta        offer "Six months free" [Claim]`},
		{"a reply that is sent", []sim.Note{note.MessageSent{Outgoing: replyMessage("m2")}}, scene{}, `integrator → Meta        reply "Thanks!"`},
		{"K20: a reply with what it is marked with", []sim.Note{note.MessageSent{Outgoing: marked(replyMessage("m2"))}}, scene{vendor: "Kaleyra"}, `integrator → Kaleyra     reply "Thanks!" (ref customer1, ref2 dictionary)`},
		{"K20: an offer so marked that is refused", []sim.Note{note.SendRefused{Outgoing: marked(offerMessage("")), Status: 400, Code: "E110"}}, scene{vendor: "Kaleyra"}, `integrator → Kaleyra     offer "Six months free" [Claim] (ref customer1, ref2 dictionary)  [refused: 400 code E110]`},
		{"K20: a message without a text", []sim.Note{note.MessageSent{Outgoing: marked(note.Outgoing{Type: "image"})}}, scene{}, `integrator → Meta        image (ref customer1, ref2 dictionary)`},
		{"a read receipt, which has no text", []sim.Note{note.MessageSent{Outgoing: note.Outgoing{Type: "read"}}}, scene{}, `integrator → Meta        read`},
		{"a message that is refused", []sim.Note{note.SendRefused{Outgoing: replyMessage(""), Status: 400, Code: "131047", Fault: "f2"}}, scene{}, `integrator → Meta        reply "Thanks!"  [refused: 400 code 131047; fault f2]`},
		{"a status of a known message", []sim.Note{note.StatusDelivered{MessageID: "m1", Status: "failed", Code: "131026"}}, scene{sent: messages{"m1": "offer"}}, `Meta → integrator        offer failed code 131026`},
		{"a status of an unknown one", []sim.Note{note.EventDelivered{Event: "status", MessageID: "wamid.0123456789abcdef==", Status: "read"}}, scene{}, `Meta → integrator        …456789abcdef read`},
		{"an echo", []sim.Note{note.EventDelivered{Event: "echo"}}, scene{}, `Meta → integrator        echo`},
		{"a delivery callback", []sim.Note{note.DeliveryConfirmed{Status: 202}}, scene{}, `integrator → Encore      delivery confirmed 202`},
		{"a click", []sim.Note{note.OfferClicked{}}, scene{}, `customer → Encore        offer clicked`},
		{"a stray call", []sim.Note{note.StrayCall{Method: "GET", Host: "localhost", Path: "/nowhere", Reason: "no operation"}}, scene{}, `integrator → sandbox     GET localhost/nowhere  [no operation]`},
		{"with its answer", []sim.Note{note.StrayCall{Method: "GET", Host: "localhost:8080", Path: "/nowhere", Reason: "no operation"}}, scene{request: "GET /nowhere", vendor: "sandbox", status: 404}, `integrator → sandbox     GET localhost:8080/nowhere 404  [no operation]`},
		{"one that a vendor answers", []sim.Note{note.StrayCall{Method: "POST", Host: "127.0.0.1:8080", Path: "/encore/mesage", Reason: "no operation"}}, scene{request: "POST /encore/mesage", vendor: "Encore", status: 404}, `integrator → Encore      POST /encore/mesage 404  [no operation]`},
		{"a reason of several lines", []sim.Note{requested, note.OfferAnswered{Status: 400, Complete: true}}, scene{refusal: "one\ntwo"}, `integrator → Encore      offersMessage 400  [one two]`},
		{"an exchange without notes", nil, scene{request: "GET /v22.0/me", status: 200}, `integrator → Meta        GET /v22.0/me 200`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := tc.scene
			s.n, s.notes = 4, tc.notes
			if s.vendor == "" {
				s.vendor = "Meta"
			}
			head := "00:00:00.000  #4     "
			got := squeeze(strings.TrimPrefix(Text{}.scene(s, ""), head))
			if diff := cmp.Diff(squeeze(tc.want), got); diff != "" {
				t.Errorf("the line (-want +got):\n%s", diff)
			}
		})
	}
}

// squeeze takes the alignment of columns away, but for the two blanks before
// what went wrong.
func squeeze(line string) string { return regexp.MustCompile(` {3,}`).ReplaceAllString(line, "  ") }

func TestTimelineTellsTimeThatPassed(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	e := rules.Evidence{Thread: textThread, Channel: "whatsapp", Incomplete: "its oldest exchanges were dropped", Events: []sim.Event{
		{N: 2, Tick: 30, At: noon.Add(26 * time.Hour), Note: note.MessageSent{Outgoing: replyMessage("m2")}},
		{N: 1, Tick: 10, At: noon, Note: note.InboundMessage{Text: "Hi"}},
		{N: 1, Tick: 11, At: noon, Outcome: sim.Completed},
		{Tick: 20, At: noon.Add(26 * time.Hour), Note: note.ClockAdvanced{Thread: textThread, By: 26 * time.Hour}},
		{N: 3, Tick: 40, At: noon.Add(26 * time.Hour), Note: note.EventDelivered{Event: "status", MessageID: "m2", Status: "read"}},
	}}
	want := textThread + `
  incomplete: its oldest exchanges were dropped
  12:00:00.000  #1     customer → integrator    "Hi"
  14:00:00.000  … 26h pass
  14:00:00.000  #2     integrator → Meta        reply "Thanks!"
  14:00:00.000  #3     Meta → integrator        reply read
`
	if diff := cmp.Diff(want, Text{}.Timeline(e)); diff != "" {
		t.Errorf("the timeline (-want +got):\n%s", diff)
	}
}

// Where an integrator lives in real time, its timelines show that too.
func TestTimelineShowsRealTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	e := rules.Evidence{Thread: textThread, Channel: "whatsapp", Events: []sim.Event{
		{N: 1, Tick: 1, At: at, Wall: at.Add(time.Hour), Note: note.InboundMessage{Text: "Hi", Delivery: 1}},
		{N: 2, Tick: 2, At: at.Add(26 * time.Hour), Wall: at.Add(time.Hour + 1250*time.Millisecond), Note: note.MessageSent{Outgoing: replyMessage("m")}},
	}}
	want := textThread + "\n    +0.000s  12:00:00.000  #1     customer → integrator    \"Hi\"\n    +1.250s  14:00:00.000  #2     integrator → Meta        reply \"Thanks!\"\n"
	if diff := cmp.Diff(want, Text{Wall: true}.Timeline(e)); diff != "" {
		t.Errorf("the timeline (-want +got):\n%s", diff)
	}
}

func TestResultExplainsFailures(t *testing.T) {
	t.Parallel()
	finding := rules.Finding{Rule: "R36", Severity: rules.Must, Thread: textThread, What: "the reply went first", Exchanges: []int64{3, 4}, Diff: "- a\n+ b\n"}
	again := rules.Finding{Rule: "R36", Severity: rules.Must, Thread: textThread, What: "and again", Exchanges: []int64{7}}
	r := Result{
		Story: "mine", About: "What should happen.", Channel: "whatsapp", Outcome: Failed, Elapsed: 1234567,
		Steps: []StepFailure{{File: "mine.yaml", Line: 3, Thread: textThread, Text: "Hi", Mismatches: []story.Mismatch{
			{Pos: story.Pos{Line: 5}, Expected: "offer sent", Got: "nothing"},
			{Expected: "nothing more", Got: "reply sent", Exchanges: []int64{4}},
		}}},
		Verdict:  rules.Verdict{Findings: []rules.Finding{finding, again}},
		Evidence: []rules.Evidence{{Thread: "whatsapp:1:2"}, {Thread: textThread}},
	}
	rule, _ := rules.Lookup("R36")
	want := `FAIL  mine                  whatsapp       1ms
      What should happen.
      mine.yaml:5: expected offer sent, got nothing
      mine.yaml:3: expected nothing more, got reply sent (exchange 4)
      after the customer wrote "Hi"
      R36 must  the reply went first (#3, #4)
          duty    ` + rule.Duty + `
          clause  ` + rule.Clause + `
          fix     ` + rule.Fix + `
          thread  ` + textThread + `
          - a
          + b
      R36 must  and again (#7)
          thread  ` + textThread + `
      ` + textThread + "\n"
	if diff := cmp.Diff(want, Text{}.Result(r)); diff != "" {
		t.Errorf("a failed result shows the guilty thread alone (-want +got):\n%s", diff)
	}
	if verbose := (Text{Verbose: true}).Result(r); !strings.Contains(verbose, "whatsapp:1:2\n") {
		t.Errorf("a verbose result lacks the other thread:\n%s", verbose)
	}
	skipped := Text{Column: 6}.Result(Result{Story: "mine", Channel: "whatsapp", Outcome: NotPlayed, Reason: "integrator has cap 3"})
	if diff := cmp.Diff("skip  mine    whatsapp        0s  not played: integrator has cap 3\n", skipped); diff != "" {
		t.Errorf("a story that was not played says why (-want +got):\n%s", diff)
	}
	broke := Text{Column: 6}.Result(Result{Story: "mine", Channel: "whatsapp", Outcome: Errored, Reason: "could not be played to its end: mine.yaml:4: why"})
	if diff := cmp.Diff("ERR   mine    whatsapp        0s  could not be played to its end: mine.yaml:4: why\n", broke); diff != "" {
		t.Errorf("a story that broke off says why (-want +got):\n%s", diff)
	}
}

func TestResultBoundsTimelines(t *testing.T) {
	t.Parallel()
	r := Result{Outcome: Failed}
	for _, customer := range strings.Split("abcdefgh", "") {
		r.Evidence = append(r.Evidence, rules.Evidence{Thread: "whatsapp:1:" + customer})
		r.Steps = append(r.Steps, StepFailure{Thread: "whatsapp:1:" + customer})
	}
	if got := strings.Count(Text{}.Result(r), "whatsapp:1:"); got != mostTimelines {
		t.Errorf("a burst of 8 failed threads prints %d timelines, want %d", got, mostTimelines)
	}
}

func TestSummaryCountsStoriesAndDuties(t *testing.T) {
	t.Parallel()
	finding := rules.Finding{Rule: "R6", Severity: rules.Must, Thread: textThread, What: "too many", Exchanges: []int64{7}}
	report := Report{Seed: 7, Run: "ab12", Elapsed: 1500 * time.Millisecond, Results: []Result{
		{Outcome: Passed, Verdict: rules.Verdict{Judged: []string{"R1", "R6"}, NotJudged: []rules.Unjudged{{Rule: "R10", Reason: "nobody opted out"}}}},
		{Outcome: Failed, Verdict: rules.Verdict{Judged: []string{"R6"}, Findings: []rules.Finding{finding, finding}}},
		{Outcome: NotPlayed},
	}}
	want := `3 stories: 1 held, 1 failed, 1 not played, in 1.5s
duties: 2 exercised, 1 broken (R6), 1 not judged (-v says why)
seed 7, run ab12
`
	if diff := cmp.Diff(want, Text{}.Summary(report)); diff != "" {
		t.Errorf("the summary (-want +got):\n%s", diff)
	}
	report.Results = append(report.Results, Result{Outcome: Errored})
	if errored := (Text{}).Summary(report); !strings.HasPrefix(errored, "4 stories: 1 held, 1 failed, 1 not played to the end, 1 not played, in 1.5s\n") {
		t.Errorf("a summary lacks the story that broke off:\n%s", errored)
	}
	if verbose := (Text{Verbose: true}).Summary(report); !strings.Contains(verbose, "R10  not judged: nobody opted out\n") {
		t.Errorf("a verbose summary lacks the reason:\n%s", verbose)
	}
}

func TestColorOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	r := Result{Story: "mine", Channel: "whatsapp", Outcome: Passed}
	if got := (Text{}).Result(r); strings.Contains(got, "\x1b") {
		t.Errorf("plain text has escapes: %q", got)
	}
	if got := (Text{Color: true}).Result(r); !strings.HasPrefix(got, "\x1b[32mok  \x1b[0m") {
		t.Errorf("coloured text begins with %q", got)
	}
}

// TestLogTellsAnExchangeOnce holds the order of a log: a customer's message
// comes before what the integrator does about it, even if the integrator
// answers the webhook last of all.
func TestLogTellsAnExchangeOnce(t *testing.T) {
	t.Parallel()
	hook := sim.Entry{Exchange: &sim.Exchange{N: 1, Direction: sim.Out, Fake: "meta", Thread: textThread, Notes: []sim.Note{note.InboundMessage{Text: "Hi"}}}}
	sent := sim.Entry{Exchange: &sim.Exchange{N: 2, Direction: sim.In, Fake: "meta", Thread: textThread, Notes: []sim.Note{note.MessageSent{Outgoing: replyMessage("m1")}}}}
	end := func(e sim.Entry, notes ...sim.Note) sim.Entry {
		e.Ended = &sim.Ended{N: e.N, Outcome: sim.Completed, Notes: notes}
		return e
	}
	log := Log{}
	var got []string
	for _, changed := range [][]sim.Entry{
		{hook, sent}, {hook}, {end(sent)}, {end(hook, note.WebhookAcked{Status: 200})},
	} {
		got = append(got, log.Lines(changed)...)
	}
	want := []string{
		"00:00:00.000  #1     15014005001    customer → integrator    \"Hi\"\n",
		"00:00:00.000  #2     15014005001    integrator → Meta        reply \"Thanks!\"\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lines (-want +got):\n%s", diff)
	}
	log.Lines([]sim.Entry{hook})
	again := log.Lines([]sim.Entry{end(hook, note.WebhookAcked{Status: 503})})
	if len(again) != 1 || !strings.Contains(again[0], "[answered 503]") {
		t.Errorf("a webhook that was not taken is told again with the reason, got %q", again)
	}
}

// TestLogShowsCallsThatAreHeldUp: a call that hangs is seen while it hangs.
func TestLogShowsCallsThatAreHeldUp(t *testing.T) {
	t.Parallel()
	recipient := "15014005001"
	struck := func(effect string) sim.Entry {
		return sim.Entry{Exchange: &sim.Exchange{
			N: 7, Direction: sim.In, Fake: "encore", Fault: &sim.FaultHit{ID: "f1", Effect: effect},
			Notes: []sim.Note{note.OfferRequested{Body: note.OfferBody{Recipient: &recipient}}, note.OfferAnswered{Status: 503, Complete: true}},
		}}
	}
	ended := func(e sim.Entry) sim.Entry {
		e.Ended = &sim.Ended{N: e.N, Outcome: sim.Aborted}
		return e
	}
	for _, tc := range []struct {
		effect string
		want   []string
	}{
		{"hang", []string{"offersMessage …  [fault f1: hang]", "offersMessage 503  [the caller went away; fault f1: hang]"}},
		{"latency=2s", []string{"offersMessage …  [fault f1: latency=2s]", "offersMessage 503  [the caller went away; fault f1: latency=2s]"}},
		{"503", []string{"offersMessage 503  [the caller went away; fault f1: 503]"}},
	} {
		log := Log{}
		e := struck(tc.effect)
		var got []string
		for _, line := range log.Lines([]sim.Entry{e, e, ended(e)}) {
			_, said, _ := strings.Cut(line, "Encore      ")
			got = append(got, strings.TrimSuffix(said, "\n"))
			if !strings.Contains(line, "  "+recipient+"  ") {
				t.Errorf("%s: outside a thread the line names the recipient: %q", tc.effect, line)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.effect, diff)
		}
	}
}

func TestLogGivesReasons(t *testing.T) {
	t.Parallel()
	refused := func(body string, problems ...string) sim.Entry {
		return sim.Entry{
			Exchange: &sim.Exchange{
				N: 9, Fake: "encore", Request: sim.Message{Method: "POST", URL: "/x?secret=1"}, Problems: problems,
				Response: &sim.Message{Status: 400, Body: []byte(body)},
			},
			Ended: &sim.Ended{N: 9},
		}
	}
	for _, tc := range []struct {
		name string
		e    sim.Entry
		want string
	}{
		{"the contract's problems come first", refused(`{"error":"no"}`, "chatId is missing"), "[chatId is missing]"},
		{"Encore's envelope", refused(`{"error":"bad key","details":["use pk_test_"]}`), "[bad key; use pk_test_]"},
		{"Meta's envelope", refused(`{"error":{"message":"(#100) Invalid parameter","error_data":{"details":"no to"}}}`), "[(#100) Invalid parameter: no to]"},
		{"no JSON, no reason", refused(`<html>`), "POST /x 400\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			log := Log{}
			if got := strings.Join(log.Lines([]sim.Entry{tc.e}), ""); !strings.HasSuffix(strings.TrimSuffix(got, "\n"), strings.TrimSuffix(tc.want, "\n")) {
				t.Errorf("the line ends otherwise than %q: %q", tc.want, got)
			}
		})
	}
}

func TestLogForgetsMessages(t *testing.T) {
	t.Parallel()
	ids := messages{}
	for i := range mostMessages + 1 {
		ids.learn([]sim.Note{note.MessageSent{Outgoing: replyMessage(string(rune(i)))}})
	}
	if len(ids) > mostMessages {
		t.Errorf("%d messages are remembered, want at most %d", len(ids), mostMessages)
	}
}

func TestButtonOfEveryKindOfCard(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		ctaPayload: "Claim",
		`{"message":{"attachment":{"payload":{"elements":[{"buttons":[{"type":"web_url","title":"Get it"}]}]}}}}`: "Get it",
		`{"text":{"body":"plain"}}`: "",
		`{"buttons":["odd"]}`:       "",
		`not JSON`:                  "",
	} {
		if got := button([]byte(payload)); got != want {
			t.Errorf("the button of %s is %q, want %q", payload, got, want)
		}
	}
}

func TestReadEntrySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`[]`: "an exchange of the journal cannot be read",
		`{"n":3,"tick":"1","notes":[{"kind":"MessageSent","data":7}]}`:                    "a note of exchange 3 cannot be read",
		`{"n":3,"tick":"1","notes":[],"ended":{"notes":7,"tick":"1"}}`:                    "an exchange of the journal cannot be read",
		`{"n":3,"tick":"1","notes":[{"kind":"FromTheFuture","data":{}}]}`:                 "",
		`{"n":3,"tick":"1","ended":{"tick":"2","notes":[{"kind":"OptedOut","data":{}}]}}`: "",
	} {
		_, err := ReadEntry([]byte(data))
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("reading %s: %v, want %q", data, err, want)
		}
	}
}
