package fault_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

var start = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func arm(t testing.TB, id, text string) fault.Armed {
	t.Helper()
	f, err := fault.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	a, err := fault.Arm(f, id, start)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// offer is a typical call.
func offer() fault.Call {
	var body any
	_ = json.Unmarshal([]byte(`{"clientId":"client-42","n":5,"big":1700000000,"yes":true,"none":null,
		"attributes":{"countryCode":"US","custom":{"tier":"gold"}},"list":[{"id":"first"},["x",2.5]]}`), &body)
	return fault.Call{
		ID: "call-1", Fake: "encore", Operation: "offersMessage", Thread: "whatsapp:106540352242922:15014005001",
		Customer: "15014005001", Recipient: "+15014005001", ClientID: "client-42", Key: "pk_test_demo",
		Header: map[string][]string{"User-Agent": {"curl/8.5.0"}, "X-Trace": {"a", "b"}}, Body: body,
		At: start, WellFormed: true, OfferMessage: true,
	}
}

var matchCases = []struct {
	why, text string
	want      bool
}{
	{"nothing given is every call", "503", true},
	{"its vendor", "503;fake=encore", true},
	{"another vendor", "503;fake=meta", false},
	{"its operation", "503;operation=offersMessage", true},
	{"its operation with the vendor", "503;operation=encore.offersMessage", true},
	{"the operation of another vendor", "503;operation=meta.offersMessage", false},
	{"another operation", "503;operation=click", false},
	{"its thread", "503;thread=whatsapp:106540352242922:15014005001", true},
	{"another thread", "503;thread=whatsapp:106540352242922:15014005002", false},
	{"its operator", "503;client-id=client-42", true},
	{"another operator", "503;client-id=client-43", false},
	{"its recipient, plus or not", "503;recipient=15014005001", true},
	{"its customer, plus or not", "503;customer=+15014005001", true},
	{"another customer", "503;customer=15014005002", false},
	{"its key", "503;key=pk_test_demo", true},
	{"another key", "503;key=pk_test", false},
	{"a header, whatever its case", "503;header.user-agent=curl/8.5.0", true},
	{"the second value of a header", "503;header.X-Trace=b", true},
	{"any value of a header", "503;header.X-Trace=*", true},
	{"another value", "503;header.X-Trace=c", false},
	{"a header that is not there", "503;header.X-None=*", false},
	{"a member of the body", "503;body.clientId=client-42", true},
	{"a member of a member", "503;body.attributes.custom.tier=gold", true},
	{"a member of a list", "503;body.list[0].id=first", true},
	{"a list in a list", "503;body.list[1][1]=2.5", true},
	{"a whole number", "503;body.n=5", true},
	{"a large number is no exponent", "503;body.big=1700000000", true},
	{"a number is not its prefix", "503;body.n=55", false},
	{"true", "503;body.yes=true", true},
	{"null", "503;body.none=null", true},
	{"null is a value", "503;body.none=*", true},
	{"an object is there", "503;body.attributes=*", true},
	{"an object is no text", "503;body.attributes=US", false},
	{"beyond the list", "503;body.list[2]=*", false},
	{"far beyond the list", "503;body.list[999999999]=*", false},
	{"an index of an object", "503;body.attributes[0]=*", false},
	{"a member of text", "503;body.clientId.x=*", false},
	{"a member that is not there", "503;body.attributes.city=*", false},
	{"all conditions hold", "503;client-id=client-42;body.n=5;header.X-Trace=a", true},
	{"one of the conditions does not", "503;client-id=client-42;body.n=6;header.X-Trace=a", false},
	{"well-formed calls", "503;well-formed", true},
	{"messages with an offer", "503;offer-message", true},
	{"before the window", "503;from=2026-01-02T12:00:01Z", false},
	{"the first moment of the window", "503;from=2026-01-02T12:00:00Z", true},
	{"the moment after the window", "503;until=2026-01-02T12:00:00Z", false},
	{"the last moment of the window", "503;until=2026-01-02T12:00:01Z", true},
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range matchCases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			call := offer()
			effect, hit, changed := fault.Decide([]fault.Armed{arm(t, "r", c.text)}, &call)
			if got := hit != nil && effect.Status == 503 && len(changed) == 1; got != c.want {
				t.Errorf("%s: struck %v, want %v", c.text, got, c.want)
			}
			if !c.want && (!effect.IsZero() || hit != nil || changed != nil) {
				t.Errorf("no strike, yet effect %v, hit %v, changed %v", effect, hit, changed)
			}
		})
	}
	t.Run("calls that are not what a rule insists on", func(t *testing.T) {
		t.Parallel()
		call := offer()
		call.WellFormed, call.OfferMessage = false, false
		rules := []fault.Armed{arm(t, "a", "503;well-formed"), arm(t, "b", "503;offer-message")}
		if _, hit, changed := fault.Decide(rules, &call); hit != nil || changed != nil {
			t.Errorf("hit %v, changed %v", hit, changed)
		}
	})
}

// play sends n calls, a second apart, and writes down what became of each.
func play(rules []fault.Armed, n int) (story []string, after []fault.Armed) {
	call := offer()
	for i := range n {
		call.ID, call.At = "call-"+strconv.Itoa(i), start.Add(time.Duration(i)*time.Second)
		effect, hit, changed := fault.Decide(rules, &call)
		rules = fault.Merge(rules, changed)
		if hit == nil {
			story = append(story, effect.String())
		} else {
			story = append(story, hit.ID+" "+hit.Effect)
		}
	}
	return story, rules
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	cases := []struct {
		why   string
		rules []string
		want  []string
	}{
		{"for ever", []string{"503"}, []string{"a 503", "a 503", "a 503"}},
		{"a countdown", []string{"503;times=2"}, []string{"a 503", "a 503", "ok", "ok"}},
		{"skip", []string{"503;skip=2"}, []string{"ok", "ok", "a 503", "a 503"}},
		{"every second", []string{"503;every=2"}, []string{"ok", "a 503", "ok", "a 503"}},
		{"skip, every and times together", []string{"503;skip=1;every=2;times=2"}, []string{"ok", "ok", "a 503", "ok", "a 503", "ok", "ok"}},
		{"the nth and no other", []string{"503;nth=3"}, []string{"ok", "ok", "a 503", "ok"}},
		{"a sequence is played once", []string{"429,503+html,ok"}, []string{"a 429", "a 503;html", "ok", "ok"}},
		{"a sequence is played twice", []string{"429,ok;times=2"}, []string{"a 429", "ok", "a 429", "ok", "ok"}},
		{"a time to live", []string{"503;ttl=2s"}, []string{"a 503", "a 503", "ok"}},
		{"the first rule that is due strikes, and the shadowed one keeps its count", []string{"503;times=2", "429;times=1"},
			[]string{"a 503", "a 503", "b 429", "ok"}},
		{"a rule that is not due counts and lets the next one try", []string{"503;every=2", "429"}, []string{"b 429", "a 503", "b 429", "a 503"}},
		{"an ok step shields from later rules", []string{"ok,503", "429"}, []string{"ok", "a 503", "b 429"}},
		{"a rule about other calls changes nothing", []string{"503;customer=1", "429"}, []string{"b 429"}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			var rules []fault.Armed
			for i, text := range c.rules {
				rules = append(rules, arm(t, string(rune('a'+i)), text))
			}
			got, _ := play(rules, len(c.want))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", c.rules, diff)
			}
		})
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	rules := []fault.Armed{arm(t, "a", "503;skip=1;times=2"), arm(t, "b", "429;times=2"), arm(t, "c", "hang;customer=1"), arm(t, "d", "500;nth=1")}
	story, after := play(rules, 7)
	want := []string{"b 429", "a 503", "a 503", "b 429", "d 500", "ok", "ok"}
	if diff := cmp.Diff(want, story); diff != "" {
		t.Errorf("story (-want +got):\n%s", diff)
	}
	type counts struct{ Matched, Struck, Left int }
	var got []counts
	for _, a := range after {
		got = append(got, counts{a.Matched, a.Struck, a.Left()})
	}
	// A rule that is used up is asked no more, so that it costs no write.
	if diff := cmp.Diff([]counts{{3, 2, 0}, {2, 2, 0}, {0, 0, -1}, {1, 1, 0}}, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	if rules[0].Matched != 0 {
		t.Error("Decide changed the rules it was given")
	}
}

func TestProbability(t *testing.T) {
	t.Parallel()
	const n = 4000
	first, _ := play([]fault.Armed{arm(t, "a", "503;probability=0.3")}, n)
	again, _ := play([]fault.Armed{arm(t, "a", "503;probability=0.3")}, n)
	other, _ := play([]fault.Armed{arm(t, "a", "503;probability=0.3;seed=1")}, n)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("a repeated run differs (-want +got):\n%s", diff)
	}
	struck, same := 0, 0
	for i := range n {
		if first[i] != "ok" {
			struck++
		}
		if first[i] == other[i] {
			same++
		}
	}
	if share := float64(struck) / n; math.Abs(share-0.3) > 0.03 {
		t.Errorf("struck %.3f of the calls, want about 0.3", share)
	}
	if share := float64(same) / n; math.Abs(share-0.58) > 0.04 {
		t.Errorf("another seed agrees on %.3f of the calls, want about 0.58, as independent choices do", share)
	}
}

func TestLatencyIsDrawn(t *testing.T) {
	t.Parallel()
	const n = 4000
	cases := []struct {
		why, text            string
		least, most, average time.Duration
	}{
		{"fixed", "latency=2s", 2 * time.Second, 2 * time.Second, 2 * time.Second},
		{"uniform", "latency=100ms..300ms", 100 * time.Millisecond, 300 * time.Millisecond, 200 * time.Millisecond},
		{"finer than the draw, yet in its bounds", "latency=1500ns..1700ns", 1500, 1700, 1504},
		{"exponential, ten means at most", "latency=mean:200ms", time.Microsecond, 2 * time.Second, 200 * time.Millisecond},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			rules, call := []fault.Armed{arm(t, "a", c.text)}, offer()
			var sum time.Duration
			for i := range n {
				call.ID = strconv.Itoa(i)
				effect, hit, _ := fault.Decide(rules, &call)
				d := effect.Latency.Delay()
				if d < c.least || d > c.most || hit.Effect != "latency="+effect.Latency.String() {
					t.Fatalf("drew %v, told %q, want from %v to %v", d, hit.Effect, c.least, c.most)
				}
				sum += d
			}
			if off := math.Abs(float64(sum/n-c.average)) / float64(c.average); off > 0.05 {
				t.Errorf("average %v, want about %v", sum/n, c.average)
			}
		})
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	header, fate := arm(t, "header", "500;times=1"), arm(t, "fate-503", "503;times=1")
	rules := []fault.Armed{arm(t, "rule-1", "429;times=1"), arm(t, "rule-2", "409;times=1")}
	queue := fault.Precedence(&header, &fate, rules)
	got, _ := play(queue, 5)
	want := []string{"header 500", "fate-503 503", "rule-1 429", "rule-2 409", "ok"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	call := offer()
	_, _, changed := fault.Decide(queue, &call)
	if diff := cmp.Diff(rules, fault.Merge(rules, changed)); diff != "" {
		t.Errorf("a header's fault moved the counters of rules (-want +got):\n%s", diff)
	}
}

func TestArm(t *testing.T) {
	t.Parallel()
	got, err := fault.Arm(fault.Fault{Preset: "encore-503-twice", Times: 3, Match: fault.Match{Customer: "1", Header: map[string]string{"x-a": "1"}}}, "rule-1", start)
	if err != nil {
		t.Fatal(err)
	}
	want := fault.Armed{At: start, Fault: fault.Fault{ID: "rule-1", Name: "encore-503-twice", Effect: fault.Effect{Status: 503}, Times: 3,
		Match: fault.Match{Operation: "encore.offersMessage", Customer: "1", Header: map[string]string{"X-A": "1"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	data, err := json.Marshal(got)
	var read fault.Armed
	if err == nil {
		err = json.Unmarshal(data, &read)
	}
	if diff := cmp.Diff(got, read); err != nil || diff != "" {
		t.Errorf("an armed preset does not survive JSON: %v (-want +got):\n%s", err, diff)
	}
	if _, err := fault.Arm(fault.Fault{}, "rule-1", start); err == nil {
		t.Error("a fault without an effect was armed")
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	call := offer()
	others := []fault.Armed{
		arm(t, "a", "503;operation=encore.click"), arm(t, "b", "503;body.list[0].id=second;header.X-Trace=*"),
		arm(t, "c", "503;body.big=1700000001"), arm(t, "d", "503;until=2026-01-01T00:00:00Z"),
	}
	for why, rules := range map[string][]fault.Armed{"no fault is armed": nil, "none matches": others} {
		got := testing.AllocsPerRun(100, func() {
			if _, hit, _ := fault.Decide(fault.Precedence(nil, nil, rules), &call); hit != nil {
				t.Error("struck")
			}
			if _, ok := fault.Fate(call.Customer); ok {
				t.Error("a fate")
			}
		})
		if got != 0 {
			t.Errorf("%s, yet a decision allocates %v times", why, got)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	call := offer()
	for _, n := range []int{0, 10} {
		var rules []fault.Armed
		for i := range n {
			rules = append(rules, arm(b, fmt.Sprint("r", i), "503;customer=1500555"+strconv.Itoa(1000+i)))
		}
		b.Run(fmt.Sprintf("%d rules of others", n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				fault.Decide(rules, &call)
			}
		})
	}
}
