package integrator

// recent is a map that forgets its oldest entries beyond max. Its zero value
// with max set is empty and ready. Not safe for concurrent use.
type recent[V any] struct {
	max   int
	items map[string]V
	order []string // keys as they came; may name keys that are gone
}

// add stores v under key; a key that is there keeps its value and its age, and
// the answer is false.
func (r *recent[V]) add(key string, v V) bool {
	if _, there := r.items[key]; there {
		return false
	}
	if r.items == nil {
		r.items = map[string]V{}
	}
	r.items[key] = v
	r.order = append(r.order, key)
	for len(r.order) > r.max {
		delete(r.items, r.order[0])
		r.order = r.order[1:]
	}
	return true
}

// take removes the entry and gives it.
func (r *recent[V]) take(key string) (V, bool) {
	v, ok := r.items[key]
	delete(r.items, key)
	return v, ok
}
