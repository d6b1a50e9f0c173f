package encore

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Config says how a fake Encore differs from the default one; the zero value
// is the default.
type Config struct {
	Seed    uint64
	Catalog *Catalog // of workspaces without one of their own; default Default(Seed)
	// Country and Platform stand in where neither a request nor its key's app
	// names them: "US" and "web".
	Country  string
	Platform string
	Apps     []App
	Limits   Limits
	// Secret signs click tokens.
	Secret []byte
}

// App is what Encore knows of the app behind a publishable key: the values
// that a request falls back to (Encore integration guide, Request:
// attributes.platform and attributes.countryCode). An empty field is the
// sandbox's default.
type App struct {
	Key      string `json:"key" yaml:"key"`
	Platform string `json:"platform,omitempty" yaml:"platform"` // android, ios or web
	Country  string `json:"country,omitempty" yaml:"country"`   // ISO 3166-1 alpha-2
}

// Limits are the ones behind the statuses 409, 429 and 503 of the Encore
// integration guide (Status codes). The guide gives no figures; the zero value
// has no limit, and a limit that is off costs nothing.
type Limits struct {
	// Trial is how many offers one clientId is served before 409; repeats of a
	// remembered decision and answers without an offer do not count.
	Trial int   `json:"trial,omitempty" yaml:"trial"`
	Rate  Rate  `json:"rate,omitzero" yaml:"rate"`
	Queue Queue `json:"queue,omitzero" yaml:"queue"`
	// RetryAfter adds the header of that name to 429 and 503. No Encore document
	// mentions one.
	RetryAfter bool `json:"retryAfter,omitempty" yaml:"retryAfter"`
}

// Rate is a token bucket per key, on the workspace's clock, before 429.
type Rate struct {
	PerSecond float64 `json:"perSecond" yaml:"perSecond"`   // 0: off
	Burst     int     `json:"burst,omitempty" yaml:"burst"` // what a rested bucket holds; default one second's worth
}

// Queue bounds the calls under way in one workspace of one process, before 503.
type Queue struct {
	Concurrency int `json:"concurrency" yaml:"concurrency"` // 0: off
	Waiting     int `json:"waiting" yaml:"waiting"`         // how many may wait; the next is turned away at once
	// ServiceTime is how long a call keeps its place, on the workspace's clock:
	// "250ms", "1.5s". Without it a place is taken for as long as the work lasts.
	ServiceTime string `json:"serviceTime,omitempty" yaml:"serviceTime"`
}

// Validate says what is wrong with the configuration, one line per field, with
// paths as in sandbox.yaml: "catalog.…", "apps[0].platform", "limits.encore.rate.burst".
func (c Config) Validate() error {
	var p problems
	if c.Catalog != nil {
		p.under("catalog.", c.Catalog.Validate())
	}
	p.apps(c.Apps)
	p.limits("limits.encore.", c.Limits)
	return errors.Join(p...)
}

// under takes over the problems of a part.
func (p *problems) under(prefix string, err error) {
	for _, part := range ProblemsOf(err) {
		p.add(prefix+part.Path, "%s", part.Text)
	}
}

// ProblemsOf takes the error of a Validate apart; none for nil.
func ProblemsOf(err error) (all []Problem) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, e := range joined.Unwrap() {
		if problem, ok := e.(Problem); ok {
			all = append(all, problem)
		}
	}
	return all
}

func (p *problems) apps(apps []App) {
	seen := map[string]int{}
	for i, a := range apps {
		path := fmt.Sprintf("apps[%d]", i)
		if name, ok := strings.CutPrefix(a.Key, keyPrefix); !ok || name == "" {
			p.add(path+".key", "%q is no key of the sandbox; it has to begin with %s", a.Key, keyPrefix)
		}
		if first, again := seen[a.Key]; again {
			p.add(path+".key", "the same key as apps[%d].key; give each app its own", first)
		}
		seen[a.Key] = i
		p.oneOf(path+".platform", a.Platform, slices.Concat([]string{""}, devicePlatforms))
		if a.Country != "" && !countryForm.MatchString(a.Country) {
			p.add(path+".country", "%q is not an ISO 3166-1 alpha-2 code in capitals, such as US", a.Country)
		}
	}
}

func (p *problems) limits(path string, l Limits) {
	p.notNegative(path+"trial", l.Trial)
	p.notNegative(path+"rate.burst", l.Rate.Burst)
	p.notNegative(path+"queue.concurrency", l.Queue.Concurrency)
	p.notNegative(path+"queue.waiting", l.Queue.Waiting)
	if !(l.Rate.PerSecond >= 0 && l.Rate.PerSecond <= 1e6) {
		p.add(path+"rate.perSecond", "%v is not between 0 and 1000000", l.Rate.PerSecond)
	}
	if l.Rate.PerSecond == 0 && l.Rate.Burst > 0 {
		p.add(path+"rate.perSecond", "is 0, which turns the rate limit off; set it, or leave burst out")
	}
	if _, err := fault.ParseDuration(cmp.Or(l.Queue.ServiceTime, "0s")); err != nil {
		p.add(path+"queue.serviceTime", "%v", err)
	}
	if l.Queue.Concurrency == 0 && (l.Queue.Waiting > 0 || l.Queue.ServiceTime != "") {
		p.add(path+"queue.concurrency", "is 0, which turns the queue off; set it to 1 or more, or leave the queue out")
	}
}

func (p *problems) notNegative(path string, n int) {
	if n < 0 {
		p.add(path, "%d is negative; write 0 to turn the limit off", n)
	}
}

// filled is the configuration with its defaults.
func (c Config) filled() Config {
	if c.Catalog == nil {
		c.Catalog = Default(c.Seed)
	}
	c.Country, c.Platform = cmp.Or(c.Country, "US"), cmp.Or(c.Platform, "web")
	if len(c.Secret) == 0 {
		c.Secret = []byte("sandbox-click-secret")
	}
	if c.Limits.Rate.Burst == 0 {
		c.Limits.Rate.Burst = int(math.Ceil(c.Limits.Rate.PerSecond))
	}
	return c
}

// app is the app behind a key, with its defaults.
func (f *fake) app(key string) App {
	a := f.apps[key]
	return App{key, cmp.Or(a.Platform, f.Platform), cmp.Or(a.Country, f.Country)}
}
