package store

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is packed is forgotten in the same order as what is not, whatever is
// written again, deleted and made again, and no more is kept than is needed.
func TestPackedIsLikeUnpacked(t *testing.T) {
	t.Parallel()
	const most = 500
	state := uint64(1)
	below := func(n int) int { // a linear congruential generator
		state = state*6364136223846793005 + 1442695040888963407
		return int(state>>33) % n
	}
	table, plain := newKindTable(most), newKindTable(most)
	for version := range uint64(60_000) {
		id := fmt.Sprint(below(3 * most))
		if below(10) == 0 {
			table.delete(id)
			plain.delete(id)
			continue
		}
		value := bytes.Repeat([]byte{byte(version)}, below(2000))
		at := time.Unix(int64(version), 0).UTC()
		table.put(id, Doc{value, at}, version+1)
		plain.put(id, Doc{unpackable(value), at}, version+1)
		if diff := cmp.Diff(plain.evict(), table.evict()); diff != "" {
			t.Fatalf("lost at %d (-unpacked +packed):\n%s", version, diff)
		}
	}
	want := map[string]Doc{}
	plain.each(func(id string, d document) { want[id] = Doc{[]byte(d.Value.(unpackable)), d.Expires} })
	got := map[string]Doc{}
	table.each(func(id string, d document) { got[id] = d.Doc })
	if diff := cmp.Diff(want, got); diff != "" || len(got) != most {
		t.Errorf("%d documents (-unpacked +packed):\n%s", len(got), diff)
	}
	if kept := len(table.packed.blocks.list) * blockSize; kept > 4*table.packed.live+8*blockSize {
		t.Errorf("%d bytes are kept for %d that are needed", kept, table.packed.live)
	}
	if orders := len(table.packed.order); orders > 3*most {
		t.Errorf("the order holds %d places for %d documents", orders, most)
	}
}

// unpackable are bytes that nothing packs.
type unpackable []byte

// Two ids with one hash are both kept.
func TestPackedHashesCollide(t *testing.T) {
	t.Parallel()
	table := newKindTable(3)
	put := func(id string, version uint64) { table.put(id, Doc{Value: []byte(id)}, version) }
	put("a", 1)
	hash, at, _, _ := table.packed.record("a")
	other, _, _, _ := table.packed.record("b")
	table.packed.at[other] = at // as if b had the hash of a
	put("b", 2)
	delete(table.packed.at, other)
	if _, kept := table.packed.at[hash]; !kept {
		t.Fatal("a is gone")
	}
	put("b", 3)
	put("c", 4)
	var got []string
	for _, id := range []string{"a", "b", "c"} {
		value, _ := table.get(id).Value.([]byte)
		got = append(got, string(value))
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	put("d", 5)
	put("e", 6)
	if diff := cmp.Diff([]string{"a", "b"}, slices.Concat(table.evict())); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
}
