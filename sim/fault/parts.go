package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// group says where in the grammar a part belongs.
type group string

const (
	effects  group = "what happens" // the only group that steps of a sequence may use
	schedule group = "when"
	matching group = "to which calls"
	labels   group = "labels"
)

// part is one thing that can stand between semicolons: a row of the grammar.
// Parsing, printing and the documentation all read the same rows.
type part struct {
	group   group
	key     string // what stands before "="; ends with a dot where a name follows (a family)
	example string
	about   string
	set     func(f *Fault, name, value string) error // value is empty for a bare key
	write   func(f *Fault) []string                  // the part as text, once per occurrence
}

// parts is the grammar, in the order in which String writes it.
var parts = slices.Concat(effectParts, scheduleParts, matchParts, labelParts)

var effectParts = []part{
	{effects, "status", "503", "answer this status in the vendor's own envelope", setStatus, writeStatus},
	flag(effects, "html", "html", "the status comes with a gateway's HTML page", func(f *Fault) *bool { return &f.HTML }),
	text(effects, "body", `body="{}"`, "the status comes with this body", func(f *Fault) *string { return &f.Body }),
	text(effects, "content-type", "content-type=text/plain", "announce this type, of that body or of the vendor's answer", func(f *Fault) *string { return &f.ContentType }),
	value(effects, "latency", "latency=2s", "wait first; also 100ms..300ms, mean:200ms", parseLatency,
		func(f *Fault) *Latency { return &f.Latency }),
	value(effects, "drip", "drip=16/100ms", "send 16 bytes, pause 100ms, and so on", parseDrip, func(f *Fault) *Drip { return &f.Drip }),
	flag(effects, "hang", "hang", "never answer", func(f *Fault) *bool { return &f.Hang }),
	{effects, "reset", "reset", "break the connection; reset=headers: after the headers", setReset, writeReset},
	whole(effects, "truncate", "truncate=40", "close the connection after 40 bytes of the body", func(f *Fault) *int { return &f.Truncate }),
	flag(effects, "garbled", "garbled", "spoil the body so that it is no JSON", func(f *Fault) *bool { return &f.Garbled }),
	flag(effects, "duplicate", "duplicate", "send the answer twice, then close the connection", func(f *Fault) *bool { return &f.Duplicate }),
	text(effects, "no-fill", "no-fill=geo", "Encore has no offer, for one of the reasons below", func(f *Fault) *string { return &f.NoFill }),
	text(effects, "provider", "provider=window-closed", "the provider refuses in its own words, for one of the reasons below",
		func(f *Fault) *string { return &f.Provider }),
	flag(effects, "after", "503;after", "the work is done first, then status, hang or reset strikes",
		func(f *Fault) *bool { return &f.After }),
}

var scheduleParts = []part{
	whole(schedule, "times", "times=2", "strike so often, then never again; of a sequence: play it so often", func(f *Fault) *int { return &f.Times }),
	whole(schedule, "skip", "skip=2", "let the first two pass", func(f *Fault) *int { return &f.Skip }),
	whole(schedule, "every", "every=3", "strike the third, the sixth …", func(f *Fault) *int { return &f.Every }),
	value(schedule, "probability", "probability=0.3", "strike three in ten", parseChance, func(f *Fault) *chance { return (*chance)(&f.Probability) }),
	value(schedule, "seed", "seed=7", "which three in ten", parseSeed, func(f *Fault) *seed { return (*seed)(&f.Seed) }),
	value(schedule, "from", "from=2026-01-02T15:04:05Z", "not earlier, in simulated time", parseMoment, func(f *Fault) *moment { return (*moment)(&f.From) }),
	value(schedule, "until", "until=2026-01-02T16:00:00Z", "only earlier", parseMoment, func(f *Fault) *moment { return (*moment)(&f.Until) }),
	value(schedule, "ttl", "ttl=10m", "disarm it after that time", ParseDuration, func(f *Fault) *Duration { return &f.TTL }),
}

var matchParts = []part{
	text(matching, "fake", "fake=encore", "calls of this vendor", func(f *Fault) *string { return &f.Match.Fake }),
	text(matching, "operation", "operation=encore.offersMessage", "this operation, with or without its vendor",
		func(f *Fault) *string { return &f.Match.Operation }),
	text(matching, "thread", "thread=whatsapp:106540352242922:15014005001", "this thread", func(f *Fault) *string { return &f.Match.Thread }),
	text(matching, "client-id", "client-id=client-42", "this operator", func(f *Fault) *string { return &f.Match.ClientID }),
	text(matching, "recipient", "recipient=15014005001", "calls that name this recipient", func(f *Fault) *string { return &f.Match.Recipient }),
	text(matching, "customer", "customer=15014005001", "threads of this customer", func(f *Fault) *string { return &f.Match.Customer }),
	text(matching, "key", "key=pk_test_demo", "calls with this credential", func(f *Fault) *string { return &f.Match.Key }),
	family("header.", "header.User-Agent=curl/8.5.0", "calls with this header; * is any value",
		func(f *Fault) *map[string]string { return &f.Match.Header }),
	family("body.", "body.attributes.countryCode=US", "calls with this value in the body; * is any value, a.b[0].c a path",
		func(f *Fault) *map[string]string { return (*map[string]string)(&f.Match.Body) }),
	whole(matching, "nth", "nth=3", "the third of all those and no other", func(f *Fault) *int { return &f.Match.Nth }),
	flag(matching, "well-formed", "well-formed", "not those that the contract refuses anyway", func(f *Fault) *bool { return &f.Match.WellFormed }),
	flag(matching, "offer-message", "offer-message", "messages to a customer with an Encore link", func(f *Fault) *bool { return &f.Match.OfferMessage }),
}

var labelParts = []part{
	text(labels, "preset", "preset=encore-503-twice", "everything from a preset; the preset's name alone will do",
		func(f *Fault) *string { return &f.Preset }),
	text(labels, "id", "id=outage-1", "what answers and the journal call it", func(f *Fault) *string { return &f.ID }),
	text(labels, "name", "name=outage", "a name for people", func(f *Fault) *string { return &f.Name }),
}

func flag(g group, key, example, about string, field func(*Fault) *bool) part {
	set := func(f *Fault, _, value string) error {
		if value != "" {
			return fmt.Errorf("%s takes no value: write %s alone", key, key)
		}
		*field(f) = true
		return nil
	}
	write := func(f *Fault) []string {
		if !*field(f) {
			return nil
		}
		return []string{key}
	}
	return part{g, key, example, about, set, write}
}

func text(g group, key, example, about string, field func(*Fault) *string) part {
	set := func(f *Fault, _, value string) error {
		if value == "" {
			return wants(key, example)
		}
		*field(f) = value
		return nil
	}
	write := func(f *Fault) []string { return assign(key, *field(f)) }
	return part{g, key, example, about, set, write}
}

func whole(g group, key, example, about string, field func(*Fault) *int) part {
	set := func(f *Fault, _, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return fmt.Errorf("%s wants a whole number from 1, as in %s", key, example)
		}
		*field(f) = n
		return nil
	}
	write := func(f *Fault) []string {
		if *field(f) == 0 {
			return nil
		}
		return []string{key + "=" + strconv.Itoa(*field(f))}
	}
	return part{g, key, example, about, set, write}
}

// written is a value with a text form that parse reads back.
type written interface {
	comparable
	fmt.Stringer
}

func value[T written](g group, key, example, about string, parse func(string) (T, error), field func(*Fault) *T) part {
	var none T
	set := func(f *Fault, _, value string) error {
		v, err := parse(value)
		if err == nil && v == none {
			err = wants(key, example)
		}
		if err == nil {
			*field(f) = v
		}
		return err
	}
	write := func(f *Fault) []string {
		if *field(f) == none {
			return nil
		}
		return assign(key, (*field(f)).String())
	}
	return part{g, key, example, about, set, write}
}

// family is a part with a name inside its key, such as header.X-Trace=1.
func family(prefix, example, about string, field func(*Fault) *map[string]string) part {
	set := func(f *Fault, name, value string) error {
		if *field(f) == nil {
			*field(f) = map[string]string{}
		}
		(*field(f))[name] = value
		return nil
	}
	write := func(f *Fault) []string {
		var out []string
		for _, name := range slices.Sorted(maps.Keys(*field(f))) {
			out = append(out, prefix+name+"="+quote((*field(f))[name]))
		}
		return out
	}
	return part{matching, prefix, example, about, set, write}
}

func wants(key, example string) error { return fmt.Errorf("%s wants a value, as in %s", key, example) }

func setStatus(f *Fault, _, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || len(value) != 3 {
		return errors.New("a status is three digits, as in 503")
	}
	f.Status = n
	return nil
}

func writeStatus(f *Fault) []string {
	if f.Status == 0 {
		return nil
	}
	return []string{strconv.Itoa(f.Status)}
}

func setReset(f *Fault, _, value string) error {
	switch value {
	case "", ResetNow:
		f.Reset = ResetNow
	case ResetHeaders:
		f.Reset = ResetHeaders
	default:
		return errors.New("reset stands alone or as reset=headers")
	}
	return nil
}

func writeReset(f *Fault) []string {
	if f.Reset == ResetNow {
		return []string{"reset"}
	}
	return assign("reset", f.Reset)
}

// The named types give plain numbers and times the text form they have in the
// grammar.
type (
	chance float64
	seed   uint64
	moment time.Time
)

func (c chance) String() string { return strconv.FormatFloat(float64(c), 'g', -1, 64) }
func (s seed) String() string   { return strconv.FormatUint(uint64(s), 10) }
func (m moment) String() string { return time.Time(m).UTC().Format(time.RFC3339Nano) }

func parseChance(text string) (chance, error) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p > 0 && p <= 1) {
		return 0, errors.New("probability wants a number above 0 and up to 1, as in 0.3")
	}
	return chance(p), nil
}

func parseSeed(text string) (seed, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, errors.New("seed wants a whole number, as in 7")
	}
	return seed(n), nil
}

var errMoment = errors.New("a time is written like 2026-01-02T15:04:05Z")

func parseMoment(text string) (moment, error) {
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	if err != nil {
		return moment{}, errMoment
	}
	return moment(t.UTC()), nil
}
