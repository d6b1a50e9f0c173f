package expect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Question is whether exchanges that fit a list of patterns have happened.
type Question struct {
	criteria []criterion
	anyOrder bool
}

// MostPatterns is how many patterns one question may have.
const MostPatterns = 100

// New reads the patterns of a question. Unless they may come in any order, each
// is met by an exchange that arrived after the one before it, whatever came in
// between. No exchange meets two patterns.
func New(patterns []Pattern, anyOrder bool, terms []Term) (*Question, error) {
	if len(patterns) == 0 {
		hint := "an operation such as encore.offersMessage"
		if len(terms) > 0 {
			hint = fmt.Sprintf("such as %q", terms[0].Words)
		}
		return nil, errors.New("no pattern is given; name what is expected, " + hint)
	}
	if len(patterns) > MostPatterns {
		return nil, fmt.Errorf("%d patterns are too many; ask for up to %d at once", len(patterns), MostPatterns)
	}
	q := &Question{anyOrder: anyOrder}
	for _, p := range patterns {
		c, err := compile(p, terms)
		if err != nil {
			return nil, err
		}
		q.criteria = append(q.criteria, c)
	}
	return q, nil
}

// Match is a pattern that an exchange meets.
type Match struct {
	Pattern int    `json:"pattern"` // its number, from 1
	Wanted  string `json:"wanted"`  // the pattern in words
	N       int64  `json:"n"`       // number of the exchange
}

// Missing is a pattern that no exchange meets.
type Missing struct {
	Pattern int    `json:"pattern"`
	Wanted  string `json:"wanted"`
	Closest []Miss `json:"closest"`        // the nearest first, up to three
	Hint    string `json:"hint,omitempty"` // at a mistyped name
}

// Miss is an exchange of a pattern's kind that does not meet it.
type Miss struct {
	N         int64  `json:"n"`
	Direction string `json:"direction"`
	Fake      string `json:"fake,omitempty"`
	Operation string `json:"operation,omitempty"`
	Thread    string `json:"thread,omitempty"`
	Status    int    `json:"status"` // of its answer; 0: none so far

	Distance int          `json:"distance"` // larger is further away; it has no unit
	Differs  []Difference `json:"differs"`
}

// Answer says which patterns are met and which are not, both in their order.
type Answer struct {
	Matched []Match
	Missing []Missing
}

// Held tells whether every pattern is met.
func (a Answer) Held() bool { return len(a.Missing) == 0 }

// Ask looks for exchanges that meet the patterns. It sorts them by their arrival.
func (q *Question) Ask(exchanges []*Exchange) Answer {
	slices.SortStableFunc(exchanges, func(a, b *Exchange) int { return cmp.Compare(a.Tick, b.Tick) })
	met := q.inOrder(exchanges)
	if q.anyOrder {
		met = q.inAnyOrder(exchanges)
	}
	var a Answer
	for i, c := range q.criteria {
		if met[i] != nil {
			a.Matched = append(a.Matched, Match{i + 1, c.source, met[i].N})
			continue
		}
		a.Missing = append(a.Missing, q.missing(i, met, exchanges))
	}
	return a
}

// fits tells whether an exchange is as a pattern wants it.
func (c criterion) fits(e *Exchange) bool {
	for _, check := range c.checks {
		if len(check.differs(e)) > 0 {
			return false
		}
	}
	return true
}

// inOrder gives each pattern the first exchange that fits behind the ones that
// were given before. There is no better way: who takes a later one has less left.
func (q *Question) inOrder(exchanges []*Exchange) []*Exchange {
	met := make([]*Exchange, len(q.criteria))
	next := 0
	for _, e := range exchanges {
		if next < len(met) && q.criteria[next].fits(e) {
			met[next] = e
			next++
		}
	}
	return met
}

// inAnyOrder meets as many patterns as can be met at once: a pattern may hand
// its exchange over to another one if there is one more for itself (Kuhn's
// bipartite matching).
func (q *Question) inAnyOrder(exchanges []*Exchange) []*Exchange {
	fitting := make([][]*Exchange, len(q.criteria))
	for i, c := range q.criteria {
		for _, e := range exchanges {
			if c.fits(e) {
				fitting[i] = append(fitting[i], e)
			}
		}
	}
	owner := map[*Exchange]int{}
	var claim func(i int, asked map[*Exchange]bool) bool
	claim = func(i int, asked map[*Exchange]bool) bool {
		for _, e := range fitting[i] {
			if _, taken := owner[e]; !taken {
				owner[e] = i
				return true
			}
		}
		for _, e := range fitting[i] {
			if asked[e] {
				continue
			}
			asked[e] = true
			if claim(owner[e], asked) {
				owner[e] = i
				return true
			}
		}
		return false
	}
	for i := range q.criteria {
		claim(i, map[*Exchange]bool{})
	}
	met := make([]*Exchange, len(q.criteria))
	for e, i := range owner {
		met[i] = e
	}
	return met
}

// mostMisses is how many near misses are told of a pattern.
const mostMisses = 3

// missing finds what came closest to a pattern that is not met.
func (q *Question) missing(i int, met, exchanges []*Exchange) Missing {
	c := q.criteria[i]
	m := Missing{Pattern: i + 1, Wanted: c.source, Closest: []Miss{}}
	var known []string
	for _, e := range exchanges {
		known = append(known, e.Fake+"."+e.Operation)
		differs, alike := c.against(e)
		if !alike {
			continue
		}
		if len(differs) == 0 {
			differs = []Difference{q.outOfTurn(i, e, met)}
		}
		m.Closest = append(m.Closest, Miss{
			N: e.N, Direction: e.Direction, Fake: e.Fake, Operation: e.Operation, Thread: e.Thread, Status: e.Status,
			Distance: far(differs), Differs: differs,
		})
	}
	slices.SortStableFunc(m.Closest, func(a, b Miss) int { return cmp.Compare(a.Distance, b.Distance) })
	m.Closest = m.Closest[:min(len(m.Closest), mostMisses)]
	if len(m.Closest) == 0 {
		m.Hint = c.hint(known)
	}
	return m
}

// against lists all that differs; alike is false for an exchange of another
// kind altogether, which is no near miss.
func (c criterion) against(e *Exchange) (all []Difference, alike bool) {
	kinds, fitting := 0, 0
	for _, check := range c.checks {
		found := check.differs(e)
		all = append(all, found...)
		if check.kind {
			kinds++
			if len(found) == 0 {
				fitting++
			}
		}
	}
	return all, kinds == 0 || fitting > 0
}

// outOfTurn says why an exchange that fits does not count.
func (q *Question) outOfTurn(i int, e *Exchange, met []*Exchange) Difference {
	if j := slices.Index(met, e); j >= 0 {
		return Difference{What: "taken", Says: fmt.Sprintf("it is pattern %d already", j+1), far: farOrder}
	}
	if i > 0 && met[i-1] != nil {
		return Difference{What: "order", Says: fmt.Sprintf("it came before #%d", met[i-1].N), far: farOrder}
	}
	first := slices.Index(met, nil)
	return Difference{What: "order", Says: fmt.Sprintf("pattern %d did not come before it", first+1), far: farOrder}
}

// hint names an operation that was called and is spelt like the wanted one.
func (c criterion) hint(known []string) string {
	for _, check := range c.checks {
		for _, d := range check.differs(&Exchange{}) {
			if hint := fault.DidYouMean(d.Want, known); d.What == "operation" && hint != "" {
				return "no exchange is " + d.Want + hint
			}
		}
	}
	return ""
}
