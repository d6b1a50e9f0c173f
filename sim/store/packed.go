package store

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"time"
)

// packed holds the documents of a bounded kind whose values are bytes or texts,
// in the order in which they were made. A hundred thousand of them are a few
// large objects to the collector, without a pointer in them.
type packed struct {
	seed   maphash.Seed
	at     map[uint64]span // record by hash of the id
	order  []made          // as in kindTable
	blocks blocks
	live   int // bytes of records that are needed
}

// made says when the document with the hash was made.
type made struct{ hash, born uint64 }

func newPacked() *packed { return &packed{seed: maphash.MakeSeed(), at: map[uint64]span{}} }

// A record is a header, the id and the value.
const (
	atVersion = 0
	atBorn    = 8
	atSeconds = 16 // of the expiry
	atNanos   = 24
	atLength  = 28 // of the id
	atType    = 32 // of the value
	atID      = 33
)

// Types of value.
const (
	isBytes = iota
	isText
)

// record is where a document is kept, if it is.
func (p *packed) record(id string) (hash uint64, s span, data []byte, ok bool) {
	hash = maphash.String(p.seed, id)
	if s, ok = p.at[hash]; !ok {
		return hash, s, nil, false
	}
	data = p.blocks.bytes(s)
	return hash, s, data, string(idOf(data)) == id
}

func idOf(record []byte) []byte {
	return record[atID : atID+binary.LittleEndian.Uint32(record[atLength:])]
}

func versionOf(record []byte) uint64 { return binary.LittleEndian.Uint64(record[atVersion:]) }

func bornOf(record []byte) uint64 { return binary.LittleEndian.Uint64(record[atBorn:]) }

// version is that of a document, 0 when there is none.
func (p *packed) version(id string) uint64 {
	if _, _, data, ok := p.record(id); ok {
		return versionOf(data)
	}
	return 0
}

func (p *packed) get(id string) (document, bool) {
	_, _, data, ok := p.record(id)
	if !ok {
		return document{}, false
	}
	return documentOf(data), true
}

func documentOf(record []byte) document {
	d := document{version: versionOf(record), born: bornOf(record)}
	seconds, nanos := binary.LittleEndian.Uint64(record[atSeconds:]), binary.LittleEndian.Uint32(record[atNanos:])
	if never := uint64(zeroSeconds); seconds != never || nanos != 0 {
		d.Expires = time.Unix(int64(seconds), int64(nanos)).UTC()
	}
	value := record[atID+len(idOf(record)):]
	if record[atType] == isText {
		d.Value = string(value)
	} else {
		d.Value = value[:len(value):len(value)]
	}
	return d
}

var zeroSeconds = time.Time{}.Unix()

// put keeps a document, unless its value is of another type or, which is next
// to impossible, another id has its hash. most is the bound of the kind.
func (p *packed) put(id string, d document, most int) bool {
	bytes, isOfBytes := d.Value.([]byte)
	text, isOfText := d.Value.(string)
	hash, old, _, mine := p.record(id)
	if _, taken := p.at[hash]; !isOfBytes && !isOfText || taken && !mine {
		return false
	}
	if mine {
		p.free(old)
	} else {
		p.order = append(p.order, made{hash, d.born})
		if len(p.order) > 2*most+64 {
			p.order = slices.Clone(slices.DeleteFunc(p.order, func(m made) bool { return m.hash != hash && !p.stands(m) }))
		}
	}
	s, record := p.blocks.reserve(atID + len(id) + len(bytes) + len(text))
	binary.LittleEndian.PutUint64(record[atVersion:], d.version)
	binary.LittleEndian.PutUint64(record[atBorn:], d.born)
	binary.LittleEndian.PutUint64(record[atSeconds:], uint64(d.Expires.Unix()))
	binary.LittleEndian.PutUint32(record[atNanos:], uint32(d.Expires.Nanosecond()))
	binary.LittleEndian.PutUint32(record[atLength:], uint32(len(id)))
	record[atType] = isBytes
	if isOfText {
		record[atType] = isText
	}
	copy(record[atID+copy(record[atID:], id):], bytes)
	copy(record[atID+len(id):], text)
	p.at[hash] = s
	p.live += int(s.size)
	p.tidy()
	return true
}

func (p *packed) free(s span) {
	p.live -= int(s.size)
	p.blocks.free(s)
}

// delete says whether there was a document.
func (p *packed) delete(id string) bool {
	hash, s, _, ok := p.record(id)
	if ok {
		delete(p.at, hash)
		p.free(s)
	}
	return ok
}

// oldest is when the oldest document was made; what was deleted since counts
// until evict comes by it.
func (p *packed) oldest() (born uint64, ok bool) {
	if len(p.order) == 0 {
		return 0, false
	}
	return p.order[0].born, true
}

// evict removes the document that oldest told and returns its id, if it is
// still there.
func (p *packed) evict() (id string, ok bool) {
	first := p.order[0]
	p.order = p.order[1:]
	if !p.stands(first) {
		return "", false
	}
	s := p.at[first.hash]
	id = string(idOf(p.blocks.bytes(s)))
	delete(p.at, first.hash)
	p.free(s)
	return id, true
}

// stands tells whether the document of a place in the order is still there.
func (p *packed) stands(m made) bool {
	s, ok := p.at[m.hash]
	return ok && bornOf(p.blocks.bytes(s)) == m.born
}

// each visits all documents, in no order.
func (p *packed) each(visit func(id string, d document)) {
	for _, s := range p.at {
		data := p.blocks.bytes(s)
		visit(string(idOf(data)), documentOf(data))
	}
}

// tidy writes everything anew when most of the blocks is waste: documents that
// are written again and again between some that stay leave holes.
func (p *packed) tidy() {
	if len(p.blocks.list) < 8 || len(p.blocks.list)*blockSize < 3*p.live {
		return
	}
	old := p.blocks
	p.blocks = blocks{}
	for hash, s := range p.at {
		p.at[hash] = p.blocks.add(old.bytes(s))
	}
}
