package scenarios

import (
	"bytes"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/encore-sandbox/sandbox/fakes/encore"
)

// largeFrom is the size in bytes from which a file is read campaign by campaign:
// the YAML library holds some hundred bytes for each byte of the text, and the
// collector has to walk them all.
const largeFrom = 256 << 10

// largeFile is a config file whose catalog.campaigns is a plain list in lines:
//
//	head ─ "- campaign" ─ "- campaign" ─ … ─ tail
//
// Each item is a small document of its own. For everything that is said by line
// and field there is an outline of the file, in which an item that does not
// matter is "- {}" and the lines that it took are empty.
type largeFile struct {
	head, tail []byte
	items      [][]byte // with their lines' ends
	indent     int      // of the dashes
}

var (
	catalogLine   = regexp.MustCompile(`(?m)^catalog:[ \t]*(?:#.*)?\r?\n`)
	campaignsLine = regexp.MustCompile(`(?m)^( +)campaigns:[ \t]*(?:#.*)?\r?\n`)
	// An anchor or an alias would reach from one item into another.
	reference = regexp.MustCompile(`(?m)(?:^|[\s\[{,])[&*][A-Za-z0-9_]`)
)

// newLargeFile takes a file apart, or says that it is to be read as a whole.
func newLargeFile(data []byte) (*largeFile, bool) {
	if len(data) < largeFrom || reference.Match(data) || bytes.Contains(data, []byte("\n---")) || bytes.Contains(data, []byte("\t")) {
		return nil, false
	}
	catalog := catalogLine.FindIndex(data)
	if catalog == nil {
		return nil, false
	}
	campaigns := campaignsLine.FindSubmatchIndex(data[catalog[1]:])
	if campaigns == nil {
		return nil, false
	}
	begin := catalog[1] + campaigns[1]
	f := &largeFile{head: data[:begin], indent: -1}
	// A key of the top between the two would make it somebody else's campaigns.
	if regexp.MustCompile(`(?m)^\S`).Match(data[catalog[1]:begin]) {
		return nil, false
	}
	return f, f.take(data[begin:], campaigns[3]-campaigns[2])
}

// take reads the items; key is the indent of the key before them.
func (f *largeFile) take(data []byte, key int) bool {
	for len(data) > 0 {
		line := data[:bytes.IndexByte(data, '\n')+1]
		if len(line) == 0 {
			line = data
		}
		text := bytes.TrimLeft(line, " ")
		indent := len(line) - len(text)
		blank := len(bytes.TrimSpace(text)) == 0 || text[0] == '#'
		dash := bytes.HasPrefix(text, []byte("- "))
		switch {
		case dash && f.indent < 0 && indent >= key:
			f.indent = indent
			fallthrough
		case dash && indent == f.indent:
			f.items = append(f.items, nil)
		case blank && len(f.items) > 0, indent > f.indent && f.indent >= 0:
		default:
			f.tail = data
			return len(f.items) > 1
		}
		last := len(f.items) - 1
		if last < 0 {
			return false
		}
		f.items[last] = append(f.items[last], line...)
		data = data[len(line):]
	}
	return len(f.items) > 1
}

// outline is the file with some of its items.
func (f *largeFile) outline(matters map[int]bool) []byte {
	var b bytes.Buffer
	b.Write(f.head)
	for i, item := range f.items {
		if matters[i] {
			b.Write(item)
			continue
		}
		b.WriteString(strings.Repeat(" ", f.indent) + "- {}")
		b.Write(bytes.Repeat([]byte("\n"), bytes.Count(item, []byte("\n"))))
	}
	b.Write(f.tail)
	return b.Bytes()
}

// decode reads the file. What cannot be read is the error of an outline in
// which it stands where it stands in the file.
func (f *largeFile) decode(c *Config) (outline []byte, err error) {
	outline = f.outline(nil)
	if err := yaml.UnmarshalWithOptions(outline, c, yaml.Strict()); err != nil {
		return outline, err
	}
	bad := f.decodeItems(c.Catalog.Campaigns)
	if bad < 0 {
		return outline, nil
	}
	outline = f.outline(map[int]bool{bad: true})
	return outline, yaml.UnmarshalWithOptions(outline, &Config{}, yaml.Strict())
}

// decodeItems reads the items, several at a time, and returns the first that
// cannot be read, or -1.
func (f *largeFile) decodeItems(into []encore.Campaign) (bad int) {
	bad = -1
	var mu sync.Mutex
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				var one []encore.Campaign
				if err := yaml.UnmarshalWithOptions(f.items[i], &one, yaml.Strict()); err == nil && len(one) == 1 {
					into[i] = one[0]
					continue
				}
				mu.Lock()
				if bad < 0 || i < bad {
					bad = i
				}
				mu.Unlock()
			}
		})
	}
	for i := range f.items {
		next <- i
	}
	close(next)
	group.Wait()
	return bad
}

var campaignIndex = regexp.MustCompile(`^catalog\.campaigns\[(\d+)\]`)

// about is the outline with the items that problems name.
func (f *largeFile) about(problems []encore.Problem) []byte {
	matters := map[int]bool{}
	for _, p := range problems {
		if m := campaignIndex.FindStringSubmatch(p.Path); m != nil {
			i, _ := strconv.Atoi(m[1])
			matters[i] = true
		}
	}
	return f.outline(matters)
}
