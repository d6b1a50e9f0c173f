package sim

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// routes finds the operation of a call: by the vendor's own host, else by
// native path over all fakes in order.
type routes struct {
	fakes  []*routedFake
	byHost map[string][]*routedFake // several fakes may share a host
}

// routedFake is a fake with its document turned into routes. The document is
// read when the first call asks for it, unless the sandbox is to read them all
// at its start.
type routedFake struct {
	fake   *Fake
	once   sync.Once
	loaded atomic.Bool
	err    error
	spec   *spec
	paths  pathTree
	prefix *regexp.Regexp
	own    *regexp.Regexp // paths that are the fake's without an operation
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
	if f.OwnPaths != "" {
		rf.own = regexp.MustCompile(f.OwnPaths)
	}
	return rf
}

// load reads the document, once.
func (rf *routedFake) load() error {
	rf.once.Do(func() {
		rf.err = rf.read()
		rf.loaded.Store(rf.err == nil)
	})
	return rf.err
}

// known are the operations of a document that was read.
func (rf *routedFake) known() []*operation {
	if !rf.loaded.Load() {
		return nil
	}
	return rf.spec.operations
}

func (rf *routedFake) read() error {
	sp, err := loadSpec(rf.fake.Document)
	if err != nil {
		return err
	}
	rf.spec, rf.paths = sp, pathTree{}
	for _, op := range sp.operations {
		if _, ok := rf.fake.Operations[op.id]; !ok {
			return fmt.Errorf("operation %s has no handler", op.id)
		}
		for _, template := range op.templates {
			// Operations whose paths differ only behind a "#" ("/{object}/messages#page")
			// are variants of one path, which OpenAPI could not describe otherwise;
			// the fake picks among them.
			template, _, _ = strings.Cut(template, "#")
			if err := rf.paths.add(op, template); err != nil {
				return err
			}
		}
	}
	rf.paths.sort()
	for id := range rf.fake.Operations {
		if !slices.ContainsFunc(sp.operations, func(o *operation) bool { return o.id == id }) {
			return fmt.Errorf("handler %s has no operation in the document", id)
		}
	}
	return nil
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
	if rf.prefix != nil && rf.prefix.MatchString(path) || rf.own != nil && rf.own.MatchString(path) {
		return true
	}
	return slices.ContainsFunc(rf.fake.Owns, func(p string) bool { return strings.HasPrefix(path, p) })
}

func (rf *routedFake) match(r *http.Request) match {
	if err := rf.load(); err != nil {
		panic(err) // documents are part of the program, and tests read them all
	}
	m := rf.find(r.Method, *r.URL)
	if m.ops == nil && rf.fake.LastSlash && strings.HasSuffix(r.URL.Path, "/") {
		u := *r.URL
		u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
		return rf.find(r.Method, u)
	}
	return m
}

// find looks a path up as it is, then without the fake's prefix.
func (rf *routedFake) find(method string, u url.URL) (m match) {
	if m.ops, m.params, m.allow = rf.paths.find(method, u.EscapedPath()); m.ops != nil {
		return m
	}
	if m.prefix = rf.strip(&u); m.prefix != "" {
		m.ops, m.params, m.allow = rf.paths.find(method, u.EscapedPath())
	}
	return m
}

// strip takes the fake's optional prefix off a path and returns it.
func (rf *routedFake) strip(u *url.URL) string {
	if rf.prefix == nil {
		return ""
	}
	prefix := rf.prefix.FindString(u.Path)
	rest := u.Path[len(prefix):]
	if prefix == "" || rest != "" && rest[0] != '/' {
		return ""
	}
	u.Path = rest
	if raw, ok := strings.CutPrefix(u.RawPath, prefix); ok {
		u.RawPath = raw
	} else {
		u.RawPath = "" // escapes within the prefix: the decoded path has to do
	}
	return prefix
}

// nearest is the path of an operation whose end the called one is, or whose path
// is the end of the called one: a base URL that says too little or too much.
// Empty: there is none.
func (rs *routes) nearest(method, path string) string {
	called := strings.Split(strings.Trim(path, "/"), "/")
	for _, rf := range rs.fakes {
		if rf.load() != nil {
			continue
		}
		for _, op := range rf.spec.operations {
			for _, template := range op.templates {
				template, _, _ = strings.Cut(template, "#")
				if op.method == method && alikeAtTheEnd(called, strings.Split(strings.Trim(template, "/"), "/")) {
					return template
				}
			}
		}
	}
	return ""
}

// alikeAtTheEnd tells whether the last segments of both paths agree, two at
// least and as many as the shorter path has; {x} stands for any segment but the
// last.
func alikeAtTheEnd(called, template []string) bool {
	n := min(len(called), len(template))
	if n < 2 || called[len(called)-1] != template[len(template)-1] {
		return false
	}
	for i := 2; i <= n; i++ {
		segment := template[len(template)-i]
		if segment != called[len(called)-i] && !strings.HasPrefix(segment, "{") {
			return false
		}
	}
	return true
}

// Plays tells whether a request is one of a fake's: to a vendor's own host, or
// to a path that an operation has.
func (s *Sandbox) Plays(r *http.Request) bool {
	host := strings.ToLower(hostOnly(r))
	_, m := s.routes.find(r, host)
	return s.routes.byHost[host] != nil || len(m.ops) > 0
}
