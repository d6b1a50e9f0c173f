package story

import "strconv"

// The comparison is an alignment of two sequences, as a diff is. Expectations
// become slots, one for each time that they ask for; slots beyond the minimum
// may stay empty. The cheapest way through the table is the explanation with
// the fewest surprises.

// slot is one place for an observation.
type slot struct {
	e        int  // index of its expectation
	optional bool // may stay empty
}

// Prices of the differences. Another word in the place of the expected one is
// cheaper than one missing and one too many, since it is one thing to read; a
// wrong text is the smallest difference.
const (
	priceText    = 1
	priceMissing = 2
	priceExtra   = 2
	priceWord    = 3
	never        = 1 << 30
)

// slots gives no expectation more optional slots than there are observations.
func slots(expect []Expectation, most int) []slot {
	var out []slot
	for i, e := range expect {
		for range e.Times.Min {
			out = append(out, slot{e: i})
		}
		optional := most
		if e.Times.Max != Unbounded {
			optional = min(most, e.Times.Max-e.Times.Min)
		}
		for range optional {
			out = append(out, slot{e: i, optional: true})
		}
	}
	return out
}

// table holds the price of explaining slots[i:] with got[j:].
type table struct {
	expect []Expectation
	got    []Observation
	slots  []slot
	price  [][]int
}

func (t *table) fill() {
	t.price = make([][]int, len(t.slots)+1)
	for i := range t.price {
		t.price[i] = make([]int, len(t.got)+1)
	}
	for i := len(t.slots); i >= 0; i-- {
		for j := len(t.got); j >= 0; j-- {
			if i < len(t.slots) || j < len(t.got) {
				t.price[i][j] = min(t.pair(i, j), t.skip(i, j), t.extra(i, j))
			}
		}
	}
}

// pair is the price of putting got[j] into slots[i] and going on.
func (t *table) pair(i, j int) int {
	if i == len(t.slots) || j == len(t.got) {
		return never
	}
	s, o := t.slots[i], t.got[j]
	rest := t.price[i+1][j+1]
	switch e := t.expect[s.e]; {
	case e.Covers(o) && e.Reads(o.Text):
		return rest
	case e.Covers(o):
		return rest + priceText
	case s.optional:
		return never
	}
	return rest + priceWord
}

// skip is the price of leaving slots[i] empty and going on.
func (t *table) skip(i, j int) int {
	switch {
	case i == len(t.slots):
		return never
	case t.slots[i].optional:
		return t.price[i+1][j]
	}
	return t.price[i+1][j] + priceMissing
}

// extra is the price of got[j] having no slot and going on.
func (t *table) extra(i, j int) int {
	if j == len(t.got) {
		return never
	}
	return t.price[i][j+1] + priceExtra
}

// report walks the cheapest way and writes down where it costs something.
type report struct {
	*table
	out    []Mismatch
	missed map[int]int // mismatch in out for the missing times of an expectation, by its index
	more   map[int]int // the same for the times too many
	count  map[int]int // observations that an expectation got
}

func newReport(t *table) *report {
	return &report{table: t, missed: map[int]int{}, more: map[int]int{}, count: map[int]int{}}
}

func (r *report) build() []Mismatch {
	last := -1 // expectation that was paired last
	for i, j := 0, 0; i < len(r.slots) || j < len(r.got); {
		switch r.price[i][j] {
		case r.pair(i, j):
			last = r.slots[i].e
			r.paired(last, r.got[j])
			i, j = i+1, j+1
		case r.skip(i, j):
			if s := r.slots[i]; !s.optional {
				r.missing(s.e, j)
			}
			i++
		default:
			r.unexpected(i, j, last)
			j++
		}
	}
	for e, m := range r.missed {
		r.sayTimes(&r.out[m], e)
	}
	return r.out
}

func (r *report) paired(e int, o Observation) {
	want := r.expect[e]
	if want.Covers(o) {
		r.count[e]++
	}
	if want.Covers(o) && want.Reads(o.Text) {
		return
	}
	m := Mismatch{Pos: want.Pos, Expected: string(want.Word) + want.wanted(), Got: describe(o), Exchanges: []int64{o.Exchange}}
	if want.Word == AnyReply {
		m.Expected = want.String()
	}
	r.out = append(r.out, m)
}

// missing notes that expectation e did not come; got[j] came next instead.
func (r *report) missing(e, j int) {
	if _, known := r.missed[e]; known {
		return
	}
	m := Mismatch{Pos: r.expect[e].Pos, Expected: r.expect[e].String(), Got: "nothing"}
	if j < len(r.got) {
		m.Got, m.Exchanges = describe(r.got[j]), []int64{r.got[j].Exchange}
	}
	r.missed[e] = len(r.out)
	r.out = append(r.out, m)
}

// sayTimes puts the count into the mismatch of an expectation that came, but
// not often enough.
func (r *report) sayTimes(m *Mismatch, e int) {
	if n := r.count[e]; n > 0 {
		m.Got, m.Exchanges = times(Range{n, n}), nil
	}
}

// unexpected notes got[j], for which slots[i:] have no place. It is one time
// too many when the expectation met last names it, else a stranger.
func (r *report) unexpected(i, j, last int) {
	o := r.got[j]
	if last >= 0 && r.expect[last].Covers(o) && r.expect[last].Reads(o.Text) {
		r.tooMany(last, o)
		return
	}
	m := Mismatch{Expected: "nothing", Got: describe(o), Exchanges: []int64{o.Exchange}}
	if last >= 0 {
		m.Expected = "nothing more"
	}
	for _, s := range r.slots[i:] {
		if !s.optional {
			m.Pos, m.Expected = r.expect[s.e].Pos, r.expect[s.e].String()
			break
		}
	}
	r.out = append(r.out, m)
}

func (r *report) tooMany(e int, o Observation) {
	at, known := r.more[e]
	if !known {
		at = len(r.out)
		r.more[e] = at
		want := r.expect[e]
		expected := string(want.Word) + " " + times(want.Times) + want.wanted()
		r.out = append(r.out, Mismatch{Pos: want.Pos, Expected: expected})
	}
	m := &r.out[at]
	m.Exchanges = append(m.Exchanges, o.Exchange)
	m.Got = strconv.Itoa(len(m.Exchanges)) + " more"
}
