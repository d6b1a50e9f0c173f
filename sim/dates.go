package sim

import (
	"net/http"
	"sync/atomic"
	"time"
)

// dates words moments for the header Date. It remembers the last second, since
// most answers are given within the same one. The zero value is ready.
type dates struct{ last atomic.Pointer[date] }

type date struct {
	second int64
	text   string
}

func (d *dates) of(at time.Time) string {
	second := at.Unix()
	if last := d.last.Load(); last != nil && last.second == second {
		return last.text
	}
	text := at.UTC().Format(http.TimeFormat)
	d.last.Store(&date{second, text})
	return text
}
