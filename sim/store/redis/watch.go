package redis

import (
	"context"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// hub tells the watchers of one workspace what one subscription hears.
type hub struct {
	mu       sync.Mutex
	watchers map[chan struct{}]bool
	stop     context.CancelFunc
}

// Watch implements store.Store. A subscription that begins, or begins again
// after the connection broke, signals too: something may have been missed.
func (s *Store) Watch(name string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hubs[name]
	if h == nil {
		ctx, stop := context.WithCancel(s.ctx)
		h = &hub{watchers: map[chan struct{}]bool{}, stop: stop}
		s.hubs[name] = h
		s.work.Go(func() { s.listen(ctx, s.space(name).watch(), h) })
	}
	h.mu.Lock()
	h.watchers[ch] = true
	h.mu.Unlock()
	ch <- struct{}{} // what is new before the subscription stands
	return ch, func() { s.unwatch(name, h, ch) }
}

// Wake implements store.Store.
func (s *Store) Wake(ctx context.Context, name string) error {
	_, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.client.Do(ctx, s.client.B().Publish().Channel(s.space(name).watch()).Message("").Build())
	})
	return err
}

func (s *Store) unwatch(name string, h *hub, ch chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, ch)
	if len(h.watchers) == 0 && s.hubs[name] == h {
		delete(s.hubs, name)
		h.stop()
	}
}

// listen subscribes until ctx ends, again and again.
func (s *Store) listen(ctx context.Context, channel string, h *hub) {
	for ctx.Err() == nil {
		heard := rueidis.WithOnSubscriptionHook(ctx, func(rueidis.PubSubSubscription) { h.signal() })
		_ = s.client.Receive(heard, s.client.B().Subscribe().Channel(channel).Build(), func(rueidis.PubSubMessage) { h.signal() })
		_ = s.clock.Sleep(ctx, 50*time.Millisecond)
	}
}

func (h *hub) signal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		select {
		case w <- struct{}{}:
		default: // one is waiting already
		}
	}
}
