package store

import "slices"

// kindTable holds the documents of one kind: those of a bounded kind whose
// values are bytes or texts packed, all others as they are. A bounded kind has
// an order of arrival. An id stands in it once for each time it was created;
// its document's born tells the valid occurrence from stale ones.
type kindTable struct {
	rows   map[string]document
	order  []arrival // of rows
	packed *packed   // nil for an unbounded kind
	max    int       // 0: unbounded
}

type arrival struct {
	id   string
	born uint64
}

func newKindTable(max int) *kindTable {
	t := &kindTable{rows: map[string]document{}, max: max}
	if max > 0 {
		t.packed = newPacked()
	}
	return t
}

func (t *kindTable) get(id string) document {
	if t.packed != nil {
		if d, ok := t.packed.get(id); ok {
			return d
		}
	}
	return t.rows[id]
}

func (t *kindTable) version(id string) uint64 {
	if t.packed != nil {
		if version := t.packed.version(id); version != 0 {
			return version
		}
	}
	return t.rows[id].version
}

// put writes a document with a version that was never given before.
func (t *kindTable) put(id string, doc Doc, version uint64) {
	d := document{doc, version, t.get(id).born}
	if t.max == 0 {
		t.rows[id] = d
		return
	}
	if d.born == 0 {
		d.born = version
	}
	if _, loose := t.rows[id]; !loose && t.packed.put(id, d, t.max) {
		return
	}
	// Its value may have been one to pack before; then it begins anew in the order.
	if t.packed.delete(id) || t.rows[id].version == 0 {
		d.born = version
		t.order = append(t.order, arrival{id, version})
		if len(t.order) > 2*t.max+64 {
			t.order = slices.Clone(slices.DeleteFunc(t.order, func(a arrival) bool { return a.id != id && t.rows[a.id].born != a.born }))
		}
	}
	t.rows[id] = d
}

func (t *kindTable) delete(id string) {
	delete(t.rows, id)
	if t.packed != nil {
		t.packed.delete(id)
	}
}

// evict removes the oldest documents beyond the bound and says which.
func (t *kindTable) evict() (gone []string) {
	for t.max > 0 && len(t.rows)+len(t.packed.at) > t.max {
		if id, ok := t.evictOldest(); ok {
			gone = append(gone, id)
		}
	}
	return gone
}

// evictOldest passes the head of the order, which may have been deleted before.
func (t *kindTable) evictOldest() (id string, ok bool) {
	born, any := t.packed.oldest()
	if any && (len(t.order) == 0 || born < t.order[0].born) {
		return t.packed.evict()
	}
	oldest := t.order[0]
	t.order = t.order[1:]
	if t.rows[oldest.id].born != oldest.born {
		return "", false
	}
	delete(t.rows, oldest.id)
	return oldest.id, true
}

// each visits all documents, in no order.
func (t *kindTable) each(visit func(id string, d document)) {
	for id, d := range t.rows {
		visit(id, d)
	}
	if t.packed != nil {
		t.packed.each(visit)
	}
}
