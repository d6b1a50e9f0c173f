package encore

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// trial is how many offers a client was served.
type trial struct {
	Served int `json:"served"`
}

// bucket is the token bucket of a key, as it was at a moment of the
// workspace's clock.
type bucket struct {
	Tokens float64   `json:"tokens"`
	At     time.Time `json:"at"`
}

func trialKey(clientID string) store.Key { return store.Key{Kind: kindTrial, ID: clientID} }

// bucketKey names a key's bucket without giving the key away.
func bucketKey(key string) store.Key { return store.Key{Kind: kindBucket, ID: sim.Fingerprint(key)} }

// limitReads are the documents of the limits that are on.
func (f *fake) limitReads(own []store.Key, d sim.Description) []store.Key {
	if f.Limits.Trial > 0 {
		own = append(own, trialKey(d.ClientID))
	}
	if f.Limits.Rate.PerSecond > 0 {
		own = append(own, bucketKey(d.Key))
	}
	return own
}

// take takes a token out of the key's bucket. When it has none it says when
// the next will be there; a refused call takes nothing.
func (f *fake) take(tx *sim.Tx, key string) (wait time.Duration, ok bool) {
	rate := f.Limits.Rate
	if rate.PerSecond == 0 {
		return 0, true
	}
	id, now := bucketKey(key), tx.Workspace.Clock.Now()
	b, known := sim.Get[bucket](tx, id.Kind, id.ID)
	if !known {
		b = bucket{Tokens: float64(rate.Burst), At: now}
	}
	b.Tokens = min(b.Tokens+now.Sub(b.At).Seconds()*rate.PerSecond, float64(rate.Burst))
	b.At = now
	if b.Tokens < 1 {
		return time.Duration((1 - b.Tokens) / rate.PerSecond * float64(time.Second)), false
	}
	b.Tokens--
	tx.Put(id.Kind, id.ID, b)
	return 0, true
}

// exhausted tells a client that has had all the offers of its trial.
func (f *fake) exhausted(tx *sim.Tx, body *note.OfferBody) bool {
	if f.Limits.Trial == 0 {
		return false
	}
	t, _ := sim.Get[trial](tx, kindTrial, text(body.ClientID))
	return t.Served >= f.Limits.Trial
}

// served counts an offer: towards the trial and for the bandit.
func (f *fake) served(tx *sim.Tx, body *note.OfferBody, made decision) {
	if made.CampaignID == "" {
		return
	}
	tx.Count(impressionsOf+made.CampaignID, 1)
	if f.Limits.Trial > 0 {
		t, _ := sim.Get[trial](tx, kindTrial, text(body.ClientID))
		tx.Put(kindTrial, text(body.ClientID), trial{t.Served + 1})
	}
}

// failure words an error. Where the configuration wants it, those that are
// worth a retry say after how many seconds, at least one.
func (f *fake) failure(e Error, wait time.Duration) sim.Answer {
	a := answer(e)
	if f.Limits.RetryAfter && (a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable) {
		seconds := max(int(math.Ceil(wait.Seconds())), 1)
		a.Header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return a
}
