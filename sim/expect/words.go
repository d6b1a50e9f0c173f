package expect

import (
	"fmt"
	"strings"
)

// differences words the places at which a value is not as it should be.
func differences(where string, leaves []leaf) (all []Difference) {
	for _, l := range leaves {
		all = append(all, l.difference(where))
	}
	return all
}

func (l leaf) difference(where string) Difference {
	d := Difference{What: strings.TrimSpace(where + " " + l.path), Want: worded(l.want), far: farValue * 2}
	name := "its " + d.What
	if rest, note := strings.CutPrefix(d.What, "note "); note {
		name = "the " + strings.Replace(rest, " ", " note's ", 1)
	}
	switch {
	case !l.present:
		d.Says = fmt.Sprintf("%s is absent, not %s", name, d.Want)
	case l.want == nil:
		d.Got = worded(l.got)
		d.Says = fmt.Sprintf("%s is %s and should be absent", name, d.Got)
	default:
		d.Got = worded(l.got)
		d.Says = fmt.Sprintf("%s is %s, not %s", name, d.Got, d.Want)
		d.far = farValue + unlike(plain(l.want), plain(l.got))
		d.Diff = diff(l.want, l.got)
	}
	return d
}

// diff has the whole of what a sentence shortens.
func diff(want, got any) string {
	w, g := whole(want), whole(got)
	if w == worded(want) && g == worded(got) {
		return ""
	}
	return "-" + w + "\n+" + g
}

// mostOfValue bounds a value within a diff, in bytes.
const mostOfValue = 4000

func whole(v any) string {
	text, ok := v.(string)
	if !ok {
		text = plain(spelled(v))
	}
	if len(text) > mostOfValue {
		text = strings.ToValidUTF8(text[:mostOfValue], "") + "…"
	}
	if ok {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// unlike is 0 for equal texts and up to farValue for such as have neither
// beginning nor end in common.
func unlike(a, b string) int {
	most := max(len(a), len(b))
	if most == 0 {
		return 0
	}
	least := min(len(a), len(b))
	head, tail := 0, 0
	for head < least && a[head] == b[head] {
		head++
	}
	for tail < least-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return farValue * (most - head - tail) / most
}

// far is how far away all differences together are.
func far(all []Difference) (sum int) {
	for _, d := range all {
		sum += d.far
	}
	return sum
}
