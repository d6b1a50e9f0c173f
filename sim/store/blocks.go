package store

// blockSize is how much is reserved at a time.
const blockSize = 256 << 10

// blocks keeps byte strings one behind the other in large blocks. The collector
// finds no pointers there, so that what is kept costs memory and nothing else.
// Bytes are written once: who was given a piece may keep it.
type blocks struct {
	list  []block
	first uint32 // number of list[0]
}

type block struct {
	data []byte // nil once nothing in it is needed
	live int    // bytes that are needed
}

// span is where a byte string is kept. It holds no pointer, for the same reason.
type span struct{ block, at, size uint32 }

// reserve makes room for n bytes, to be filled at once.
func (b *blocks) reserve(n int) (span, []byte) {
	if last := len(b.list) - 1; last < 0 || cap(b.list[last].data)-len(b.list[last].data) < n {
		b.list = append(b.list, block{data: make([]byte, 0, max(n, blockSize))})
		b.trim() // of the one before perhaps nothing is needed any more
	}
	last := len(b.list) - 1
	k := &b.list[last]
	at := len(k.data)
	k.data = k.data[:at+n]
	k.live += n
	return span{b.first + uint32(last), uint32(at), uint32(n)}, k.data[at : at+n : at+n]
}

// add keeps a copy of data.
func (b *blocks) add(data []byte) span {
	s, room := b.reserve(len(data))
	copy(room, data)
	return s
}

func (b *blocks) bytes(s span) []byte {
	return b.list[s.block-b.first].data[s.at : s.at+s.size : s.at+s.size]
}

// free gives a span up; its block goes when it was the last one.
func (b *blocks) free(s span) {
	k := &b.list[s.block-b.first]
	if k.live -= int(s.size); k.live == 0 {
		b.trim()
	}
}

// trim lets go of blocks in which nothing is needed, but for the last, which
// is being filled.
func (b *blocks) trim() {
	gone := 0
	for i := range len(b.list) - 1 {
		if b.list[i].live == 0 {
			b.list[i].data = nil
		}
		if b.list[i].data == nil && gone == i {
			gone++
		}
	}
	b.list = b.list[gone:]
	b.first += uint32(gone)
}
