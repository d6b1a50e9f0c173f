package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Coded is a store in memory whose values all went through their forms, as they
// do in a store that is another process. Tests of fakes run on it: a kind
// without form, or a value that loses something, fails them.
func Coded(t testing.TB, forms store.Forms, b store.Bounds) store.Store {
	return coded{store.NewMemory(b), t, forms}
}

type coded struct {
	*store.Memory
	t     testing.TB
	forms store.Forms
}

// Update implements store.Store.
func (c coded) Update(ctx context.Context, space string, reads store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	return c.Memory.Update(ctx, space, reads, func(v store.View) (store.Change, error) {
		change, err := f(v)
		for i, p := range change.Puts {
			change.Puts[i].Value = c.through(p.Kind, p.Value)
		}
		for i, a := range change.Appends {
			change.Appends[i].Value = c.through(a.Kind, a.Value)
		}
		return change, err
	})
}

// compareAtMost is how large a value may be, in bytes, to be compared in detail:
// that takes seconds for a medium.
const compareAtMost = 64 << 10

// through lays a value down, reads it and compares.
func (c coded) through(kind string, value any) any {
	data, err := c.forms.Append(nil, kind, value)
	if err != nil {
		c.t.Errorf("store: %v", err)
		return value
	}
	got, err := c.forms.Read(kind, bytes.Clone(data))
	if err != nil {
		c.t.Errorf("store: %v\nin %q", err, data)
		return value
	}
	if reflect.DeepEqual(value, got) || len(data) > compareAtMost {
		return got
	}
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	if diff := cmp.Diff(value, got, everything, cmpopts.EquateEmpty(), cmp.Comparer(sameJSON)); diff != "" {
		c.t.Errorf("a %s after its round trip (-want +got):\n%s", kind, diff)
	}
	return got
}

// sameJSON ignores the blanks between the tokens of what is kept as JSON.
func sameJSON(a, b json.RawMessage) bool {
	var one, other bytes.Buffer
	if json.Compact(&one, a) != nil || json.Compact(&other, b) != nil {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(one.Bytes(), other.Bytes())
}
