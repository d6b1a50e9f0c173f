package watchers

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/fakes/provider"
)

// roomView is what the page of an entry shows.
type roomView struct {
	frame
	Entry
	wish
	Room, User string // as people call them
	Clock      string // of the entry, for people
	Talk       []line
	Shown      []widget
	Missing    []missing
	Looks      template.CSS // of the widgets
}

// line is a message in the room.
type line struct {
	From, Initial, Text string
	Face                int // colour of the sender's picture, from 1
	Mine                bool
}

// missing is an offer that the entry does not show.
type missing struct {
	Hidden
	Headline string // empty where it is gone since
}

// widget is an offer on a page.
type widget struct {
	Offer
	Headline string // what people call the offer
	Appears  string // "at once", "after 1.5 s"
	After    int64  // milliseconds from now
	Until    int64  // milliseconds from now; 0: no end
	Href     string // empty: no browser can open it
	Picture  string // empty: no browser can load it
	Message  string // JSON that a tap sends
	Tap      Tap    // what a tap does
}

// roomPage is the page of an entry at a time, and the style that it has beside
// page.css.
func (f *fake) roomPage(e Entry, all catalogue, now Moment, w wish) (page []byte, style string, err error) {
	v := roomView{
		Entry: e, wish: w, Room: labelOf(f.Rooms, e.RoomID), User: labelOf(f.Users, e.UserID),
		Clock: e.EnteredAt.UTC().Format("15:04:05"), Talk: f.talk(e.UserID),
	}
	for _, d := range e.Widgets {
		k, there := all.find(d.OfferID)
		switch {
		case !there:
			v.miss(Hidden{d.OfferID, "it was deleted since"}, all)
		case k.ended(now.Time):
			v.miss(Hidden{d.OfferID, k.endedSince()}, all)
		default:
			v.Shown = append(v.Shown, widgetOf(k.Offer, d.ShowAt, e.EnteredAt.Time, now.Time, w.Tap))
			style += k.style()
		}
	}
	for _, h := range e.Hidden {
		v.miss(h, all)
	}
	v.frame, v.Looks = framed(v.Room), template.CSS(style)
	page, err = render("room", v)
	return page, style, err
}

func (v *roomView) miss(h Hidden, all catalogue) {
	m := missing{Hidden: h}
	if k, there := all.find(h.OfferID); there {
		m.Headline = k.headline()
	}
	v.Missing = append(v.Missing, m)
}

// labelOf is what people call the room or user of an id, which the
// configuration may have lost since.
func labelOf(all []Named, id string) string {
	n, _ := find(all, id)
	n.ID = id
	return n.label()
}

// widgetOf is what a page shows of an offer. The browser counts the delays: the
// workspace's clock may stand still.
func widgetOf(o Offer, at Moment, entered, now time.Time, tap Tap) widget {
	w := widget{
		Offer: o, Headline: o.headline(), Tap: tap,
		Appears: appears(at.Sub(entered)), After: max(at.Sub(now).Milliseconds(), 0),
	}
	if !o.EndTime.IsZero() {
		w.Until = max(o.EndTime.Sub(now).Milliseconds(), 1)
	}
	if provider.IsWebAddress(o.Link) {
		w.Href = o.Link
	}
	if o.Pic != nil && provider.IsWebAddress(*o.Pic) {
		w.Picture = *o.Pic
	}
	message, _ := json.Marshal(messageOf(o)) // texts alone: cannot fail
	w.Message = string(message)
	return w
}

func appears(after time.Duration) string {
	if after <= 0 {
		return "at once"
	}
	return "after " + strconv.FormatFloat(after.Seconds(), 'f', -1, 64) + " s"
}

// headline is what people call an offer.
func (o Offer) headline() string {
	if o.Title != nil {
		return *o.Title
	}
	return "Picture"
}

// style draws templateData. Its values are of forms that cannot end a
// declaration; what is of no such form is left to page.css.
func (o Offer) style() string {
	if o.TemplateData == nil {
		return ""
	}
	l := lookOf(*o.TemplateData)
	card := declared("background", l.background()) + declared("color", l.Text) + declared("text-align", l.Alignment) + declared("align-items", sideOf[l.Alignment])
	button := declared("background", l.Button) + declared("color", l.ButtonText)
	return fmt.Sprintf(".w%d{%s}.w%d .act{%s}\n", o.ID, card, o.ID, button)
}

// sideOf is where the parts of a column stand for an alignment.
var sideOf = map[string]string{"left": "flex-start", "start": "flex-start", "center": "center", "right": "flex-end", "end": "flex-end"}

func declared(property, value string) string {
	if value == "" {
		return ""
	}
	return property + ":" + value + ";"
}

// background is the gradient where there is one that can be drawn.
func (l look) background() string {
	if l.Gradient && l.From != "" && l.To != "" {
		parts := slices.DeleteFunc([]string{l.Direction, l.From, l.To}, func(part string) bool { return part == "" })
		return "linear-gradient(" + strings.Join(parts, ",") + ")"
	}
	return l.Background
}

// talk is what the others in the room have said when a user comes in.
func (f *fake) talk(viewer string) (out []line) {
	others := slices.DeleteFunc(slices.Clone(f.Users), func(n Named) bool { return n.ID == viewer })
	if len(others) == 0 {
		others = []Named{{Name: "Guest"}}
	}
	said := func(n Named, face int, text string) {
		first, _ := utf8.DecodeRuneInString(n.label())
		out = append(out, line{From: n.label(), Initial: strings.ToUpper(string(first)), Text: text, Face: face, Mine: n.ID == viewer && viewer != ""})
	}
	for i, text := range []string{"Anyone else here for the second half?", "Just got in. What did I miss?", "Two chances, no goal. It opens up now."} {
		said(others[i%len(others)], i%len(others)+1, text)
	}
	said(Named{viewer, labelOf(f.Users, viewer)}, 0, "Then I am right on time.")
	return out
}
