package store

import (
	"cmp"
	"slices"
	"sort"
)

// journal is a bounded deque of records with consecutive numbers. rev counts
// every change of the workspace and so orders records by their last change.
type journal struct {
	rev   int64
	last  int64 // number of the newest entry ever
	bytes int64
	rows  []row // rows[0] has number last-len(rows)+1
	// log is what changed last, in order, so that whoever follows the journal
	// pays for what is new and not for all that is kept.
	log []change
}

type change struct{ rev, n int64 }

type row struct {
	Record
	size int
}

func (j *journal) next() int64 { return j.last + 1 }

// add appends an entry and returns how many old ones made room for it.
func (j *journal) add(entry any, size int, b Bounds) (lost int64) {
	j.last++
	j.rev++
	j.rows = append(j.rows, row{Record{N: j.last, Rev: j.rev, Entry: entry}, size})
	j.bytes += int64(size)
	j.note(j.last, 2*b.Exchanges)
	for len(j.rows) > 1 && (len(j.rows) > b.Exchanges || j.bytes > b.Bytes) {
		j.bytes -= int64(j.rows[0].size)
		j.rows[0] = row{} // let go of the entry at once
		j.rows = j.rows[1:]
		lost++
	}
	return lost
}

// end joins a second record to entry n; an entry that is gone stays gone.
func (j *journal) end(n int64, end any) {
	j.rev++
	if i := j.index(n); i >= 0 && i < len(j.rows) {
		j.rows[i].End, j.rows[i].Rev = end, j.rev
		j.note(n, 0)
	}
}

// note logs that record n changed. With a bound it forgets the older half of
// a log that is twice as long.
func (j *journal) note(n int64, bound int) {
	j.log = append(j.log, change{j.rev, n})
	if bound > 0 && len(j.log) > 2*bound {
		j.log = append([]change(nil), j.log[len(j.log)-bound:]...)
	}
}

func (j *journal) index(n int64) int { return int(n - (j.last - int64(len(j.rows)) + 1)) }

func (j *journal) from(n int64, limit int) []Record {
	i := max(j.index(n), 0)
	if i >= len(j.rows) {
		return nil
	}
	rows := j.rows[i:]
	if limit > 0 && len(rows) > limit {
		rows = rows[:limit]
	}
	out := make([]Record, len(rows))
	for k, r := range rows {
		out[k] = r.Record
	}
	return out
}

func (j *journal) since(rev int64) []Record {
	if len(j.log) == 0 || rev < j.log[0].rev-1 {
		return j.scan(rev)
	}
	from := sort.Search(len(j.log), func(i int) bool { return j.log[i].rev > rev })
	var out []Record
	for _, c := range j.log[from:] {
		// A record that changed again later is told at its last change.
		if i := j.index(c.n); i >= 0 && i < len(j.rows) && j.rows[i].Rev == c.rev {
			out = append(out, j.rows[i].Record)
		}
	}
	return out
}

// scan is since for a revision that the log does not reach back to.
func (j *journal) scan(rev int64) []Record {
	var out []Record
	for _, r := range j.rows {
		if r.Rev > rev {
			out = append(out, r.Record)
		}
	}
	slices.SortFunc(out, func(a, b Record) int { return cmp.Compare(a.Rev, b.Rev) })
	return out
}

func (j *journal) clear() {
	j.rows, j.log, j.bytes = nil, nil, 0
	j.rev++
}
