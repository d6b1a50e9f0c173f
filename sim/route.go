package sim

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/mux"
)

// routes finds the operation of a call: by the vendor's own host, else by
// native path over all fakes in order.
type routes struct {
	fakes  []*routedFake
	byHost map[string][]*routedFake // several fakes may share a host
}

// routedFake is a fake with its document turned into routes. Paths without
// parameters are looked up; the others go through gorilla/mux. The document is
// read when the first call asks for it, unless the sandbox is to read them all
// at its start.
type routedFake struct {
	fake   *Fake
	once   sync.Once
	err    error
	spec   *spec
	exact  map[string][]*operation // by method and path
	groups map[string][]*operation // by method and path template
	router *mux.Router
	prefix *regexp.Regexp
}

// match is the outcome of routing within one fake.
type match struct {
	ops    []*operation // one, or variants of one path that the fake picks from
	params map[string]string
	prefix string
	allow  []string // the path exists with these methods only
}

func newRoutes(fakes []*Fake) *routes {
	rs := &routes{byHost: map[string][]*routedFake{}}
	for _, f := range fakes {
		rf := newRoutedFake(f)
		rs.fakes = append(rs.fakes, rf)
		for _, host := range f.Hosts {
			rs.byHost[host] = append(rs.byHost[host], rf)
		}
	}
	return rs
}

// check reads every document and says what is wrong with the first bad one.
func (rs *routes) check() error {
	var group sync.WaitGroup
	for _, rf := range rs.fakes {
		group.Go(func() { _ = rf.load() })
	}
	group.Wait()
	for _, rf := range rs.fakes {
		if rf.err != nil {
			return fmt.Errorf("fake %s: %w", rf.fake.Name, rf.err)
		}
	}
	return nil
}

func newRoutedFake(f *Fake) *routedFake {
	rf := &routedFake{fake: f}
	if f.Prefix != "" {
		rf.prefix = regexp.MustCompile("^(?:" + f.Prefix + ")")
	}
	return rf
}

// load reads the document, once.
func (rf *routedFake) load() error {
	rf.once.Do(func() { rf.err = rf.read() })
	return rf.err
}

func (rf *routedFake) read() error {
	sp, err := loadSpec(rf.fake.Document)
	if err != nil {
		return err
	}
	rf.spec, rf.router = sp, mux.NewRouter().UseEncodedPath()
	rf.exact, rf.groups = map[string][]*operation{}, map[string][]*operation{}
	for _, op := range sp.operations {
		if _, ok := rf.fake.Operations[op.id]; !ok {
			return fmt.Errorf("operation %s has no handler", op.id)
		}
		for _, template := range op.templates {
			rf.add(op, template)
		}
	}
	for id := range rf.fake.Operations {
		if !slices.ContainsFunc(sp.operations, func(o *operation) bool { return o.id == id }) {
			return fmt.Errorf("handler %s has no operation in the document", id)
		}
	}
	return nil
}

// add routes an operation. Operations whose paths differ only behind a "#"
// ("/{object}/messages#page") are variants of one path, which OpenAPI could not
// describe otherwise; the fake picks among them.
func (rf *routedFake) add(op *operation, template string) {
	template, _, _ = strings.Cut(template, "#")
	key := op.method + " " + template
	rf.groups[key] = append(rf.groups[key], op)
	if !strings.Contains(template, "{") {
		rf.exact[key] = rf.groups[key]
	}
	if len(rf.groups[key]) == 1 {
		rf.router.Path(muxTemplate(op, template)).Methods(op.method).Name(key)
	}
}

// pick chooses among the variants of a path.
func (rf *routedFake) pick(c *Call, ops []*operation) *operation {
	if len(ops) == 1 || rf.fake.Pick == nil {
		return ops[0]
	}
	id := rf.fake.Pick(c)
	for _, op := range ops {
		if op.id == id {
			return op
		}
	}
	return ops[0]
}

// muxTemplate gives mux the pattern that the document has for a parameter, so
// that paths which differ only in a parameter's form do not collide.
func muxTemplate(op *operation, template string) string {
	params := slices.Concat(op.route.PathItem.Parameters, op.route.Operation.Parameters)
	for _, p := range params {
		if p.Value.In != "path" || p.Value.Schema == nil {
			continue
		}
		// Only a parameter that says so narrows the route; for others a wrong
		// form is a 400 of the vendor and not an unknown path.
		if p.Value.Extensions["x-sandbox-route"] == nil {
			continue
		}
		pattern := strings.TrimSuffix(strings.TrimPrefix(p.Value.Schema.Value.Pattern, "^"), "$")
		template = strings.ReplaceAll(template, "{"+p.Value.Name+"}", "{"+p.Value.Name+":"+strings.ReplaceAll(pattern, "(", "(?:")+"}")
	}
	return template
}

// find routes a call. The fake is nil when nobody owns the path.
func (rs *routes) find(r *http.Request, host string) (*routedFake, match) {
	if hosted := rs.byHost[strings.ToLower(host)]; len(hosted) > 0 {
		if rf, m := among(hosted, r); rf != nil {
			return rf, m
		}
		return hosted[0], match{} // the host is the vendor's, whatever the path
	}
	return among(rs.fakes, r)
}

// among finds the first fake with an operation for the call, else the first
// that knows the path.
func among(fakes []*routedFake, r *http.Request) (*routedFake, match) {
	var owner *routedFake
	var partial match
	for _, rf := range fakes {
		m := rf.match(r)
		if len(m.ops) > 0 {
			return rf, m
		}
		if owner == nil && (m.allow != nil || rf.owns(r.URL.Path)) {
			owner, partial = rf, m
		}
	}
	return owner, partial
}

func (rf *routedFake) owns(path string) bool {
	if rf.prefix != nil && rf.prefix.MatchString(path) {
		return true
	}
	return slices.ContainsFunc(rf.fake.Owns, func(p string) bool { return strings.HasPrefix(path, p) })
}

func (rf *routedFake) match(r *http.Request) match {
	if err := rf.load(); err != nil {
		panic(err) // documents are part of the program, and tests read them all
	}
	if ops := rf.exact[r.Method+" "+r.URL.Path]; ops != nil {
		return match{ops: ops}
	}
	var m match
	if r, m.prefix = rf.stripped(r); m.prefix != "" {
		if m.ops = rf.exact[r.Method+" "+r.URL.Path]; m.ops != nil {
			return m
		}
	}
	var found mux.RouteMatch
	if rf.router.Match(r, &found) && found.Route != nil {
		m.ops, m.params = rf.groups[found.Route.GetName()], found.Vars
		return m
	}
	if found.MatchErr == mux.ErrMethodMismatch {
		m.allow = rf.allowed(r)
	}
	return m
}

// stripped returns the request without the fake's optional path prefix.
func (rf *routedFake) stripped(r *http.Request) (*http.Request, string) {
	if rf.prefix == nil {
		return r, ""
	}
	prefix := rf.prefix.FindString(r.URL.Path)
	if prefix == "" {
		return r, ""
	}
	u := *r.URL
	u.Path = u.Path[len(prefix):]
	if raw, ok := strings.CutPrefix(u.RawPath, prefix); ok {
		u.RawPath = raw
	} else {
		u.RawPath = "" // escapes within the prefix: the decoded path has to do
	}
	clone := *r
	clone.URL = &u
	return &clone, prefix
}

func (rf *routedFake) allowed(r *http.Request) (methods []string) {
	for _, method := range []string{"DELETE", "GET", "PATCH", "POST", "PUT"} {
		clone := *r
		clone.Method = method
		var found mux.RouteMatch
		if rf.router.Match(&clone, &found) && found.MatchErr == nil {
			methods = append(methods, method)
		}
	}
	return methods
}
