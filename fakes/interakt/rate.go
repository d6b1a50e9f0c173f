package interakt

import (
	"net/http"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// minute counts the calls of one key in one minute of the workspace's clock.
type minute struct {
	Began time.Time `json:"began"`
	Calls int       `json:"calls"`
}

// kindRate is a minute by the fingerprint of a key.
const kindRate = "interakt.rate"

func rateKey(key string) store.Key { return store.Key{Kind: kindRate, ID: sim.Fingerprint(key)} }

// admit counts a call of a key, whatever becomes of it, and says whether the
// minute has room for it ("for all requests after the 40th request in that
// minute", Interakt's help page).
func (f *fake) admit(tx *sim.Tx, key string) *Error {
	if f.PerMinute < 0 {
		return nil
	}
	id := rateKey(key)
	m, _ := sim.Get[minute](tx, id.Kind, id.ID)
	if now := tx.Workspace.Clock.Now().Truncate(time.Minute); !m.Began.Equal(now) {
		m = minute{Began: now}
	}
	m.Calls++
	tx.Put(id.Kind, id.ID, m)
	tx.Keep()
	if m.Calls > f.PerMinute {
		return &Error{http.StatusTooManyRequests, textRate}
	}
	return nil
}
