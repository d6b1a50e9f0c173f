package store

import (
	"cmp"
	"slices"
	"sort"
)

// journal is a bounded deque of records with consecutive numbers. rev counts
// every change of the workspace and so orders records by their last change.
type journal struct {
	rev    int64
	last   int64 // number of the newest entry ever
	bytes  int64 // of entries and ends
	rows   []row // rows[0] has number last-len(rows)+1
	blocks blocks
	// log is what changed last, in order, so that whoever follows the journal
	// pays for what is new and not for all that is kept.
	log []change
}

type change struct{ rev, n int64 }

// row is a record without a pointer.
type row struct {
	rev        int64
	entry, end span
	ended      bool
}

func (j *journal) next() int64 { return j.last + 1 }

// begin is the number of the first entry of all.
func (j *journal) begin(n int64) {
	if j.last == 0 && n > 0 {
		j.last = n - 1
	}
}

// add appends an entry and returns how many old ones made room for it.
func (j *journal) add(entry []byte, b Bounds) (lost int64) {
	j.last++
	j.rev++
	j.rows = append(j.rows, row{rev: j.rev, entry: j.blocks.add(entry)})
	j.bytes += int64(len(entry))
	j.note(j.last, 2*b.Exchanges)
	return j.shrink(b)
}

// shrink lets go of the oldest entries beyond the bounds.
func (j *journal) shrink(b Bounds) (lost int64) {
	for len(j.rows) > 1 && (len(j.rows) > b.Exchanges || j.bytes > b.Bytes) {
		r := j.rows[0]
		j.rows = j.rows[1:]
		j.free(r.entry)
		if r.ended {
			j.free(r.end)
		}
		lost++
	}
	return lost
}

func (j *journal) free(s span) {
	j.bytes -= int64(s.size)
	j.blocks.free(s)
}

// end joins a second record to entry n; an entry that is gone stays gone.
func (j *journal) end(n int64, end []byte, b Bounds) (lost int64) {
	j.rev++
	i := j.index(n)
	if i < 0 || i >= len(j.rows) {
		return 0
	}
	r := &j.rows[i]
	if r.ended {
		j.free(r.end)
	}
	r.end, r.ended, r.rev = j.blocks.add(end), true, j.rev
	j.bytes += int64(len(end))
	j.note(n, 0)
	return j.shrink(b)
}

// record is row i for readers.
func (j *journal) record(i int) Record {
	r := j.rows[i]
	out := Record{N: j.last - int64(len(j.rows)) + 1 + int64(i), Rev: r.rev, Entry: j.blocks.bytes(r.entry)}
	if r.ended {
		out.End = j.blocks.bytes(r.end)
	}
	return out
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
	count := len(j.rows) - i
	if limit > 0 {
		count = min(count, limit)
	}
	out := make([]Record, count)
	for k := range out {
		out[k] = j.record(i + k)
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
		if i := j.index(c.n); i >= 0 && i < len(j.rows) && j.rows[i].rev == c.rev {
			out = append(out, j.record(i))
		}
	}
	return out
}

// scan is since for a revision that the log does not reach back to.
func (j *journal) scan(rev int64) []Record {
	var out []Record
	for i, r := range j.rows {
		if r.rev > rev {
			out = append(out, j.record(i))
		}
	}
	slices.SortFunc(out, func(a, b Record) int { return cmp.Compare(a.Rev, b.Rev) })
	return out
}

func (j *journal) clear() {
	j.rows, j.log, j.bytes, j.blocks = nil, nil, 0, blocks{}
	j.rev++
}
