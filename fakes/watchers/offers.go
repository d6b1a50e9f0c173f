package watchers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// pageAtMost is the most offers of one list. The document names no limit.
const pageAtMost = 100

// targets say which of the given rooms Watchers knows.
type targets struct {
	AvailableRooms   []string `json:"availableExternalRoomIds"`
	UnavailableRooms []string `json:"unavailableExternalRoomIds"`
}

// created is what a POST answers (Marketing Offers API, POST /external/offer).
type created struct {
	Offer Offer `json:"offer"`
	targets
	AvailableUsers   []string `json:"availableExternalUserIds"`
	UnavailableUsers []string `json:"unavailableExternalUserIds"`
}

// changed is what a PATCH answers: another shape than the offer's, and no users
// (Marketing Offers API, PATCH /external/offer/{offerId}).
type changed struct {
	Advertisement advertisement `json:"advertisement"`
	targets
}

// advertisement is an offer in the words of a PATCH.
type advertisement struct {
	Title        *string  `json:"title"`
	Text         *string  `json:"text"`
	Pic          *string  `json:"pic"`
	Link         string   `json:"link"`
	LinkText     *string  `json:"linkText"`
	Template     int      `json:"template"`
	TemplatePic  *string  `json:"templatePic"`
	TemplateData *string  `json:"templateData"`
	SendTime     Moment   `json:"sendTime"`
	DeleteTime   Moment   `json:"deleteTime"`
	Status       string   `json:"status"`
	Messages     []string `json:"messages"`
	CreatedAt    Moment   `json:"createdAt"`
}

func (f *fake) targets(k kept) (t targets) {
	t.AvailableRooms, t.UnavailableRooms = known(f.Rooms, k.Rooms)
	return t
}

// read reads the body over what an offer was before.
func (f *fake) read(tx *sim.Tx, c *sim.Call, before kept, change bool) (kept, error) {
	in, err := inputOf(c)
	if err != nil {
		return kept{}, badRequest(err.Error())
	}
	r := &reader{in: in, change: change, strict: f.Strict}
	k := r.apply(before)
	if len(r.problems) > 0 {
		return kept{}, badRequest(r.problems...)
	}
	if kind := c.Header.Get("Content-Type"); c.Form() == nil && !strings.HasPrefix(kind, "application/json") {
		r.remark("the body is JSON, but Content-Type is %q; say application/json", kind)
	}
	for _, text := range r.remarks {
		tx.Remark(text)
	}
	return k, nil
}

func (f *fake) create(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	k, err := f.read(tx, c, kept{Created: momentOf(tx.Now)}, false)
	if err != nil {
		return sim.Answer{}, err
	}
	next, id, dropped := offers(tx).added(k)
	if dropped != 0 {
		tx.Remark(fmt.Sprintf("offer %d had to go: a workspace keeps %d", dropped, offersAtMost))
	}
	tx.Put(offersKey.Kind, offersKey.ID, next)
	k.ID = id
	out := created{Offer: k.Offer, targets: f.targets(k)}
	out.AvailableUsers, out.UnavailableUsers = known(f.Users, k.Users)
	return sim.Answer{Status: http.StatusCreated, Body: out}, nil
}

func momentOf(t time.Time) Moment { return Moment{t.UTC().Truncate(time.Millisecond)} }

// one is the offer that the path names.
func one(tx *sim.Tx, c *sim.Call) (kept, error) {
	id, err := strconv.ParseInt(c.Params["offerId"], 10, 64)
	if errors.Is(err, strconv.ErrSyntax) {
		return kept{}, badRequest("offerId must be an integer")
	}
	k, ok := offers(tx).find(id)
	if !ok {
		return kept{}, notFound(fmt.Sprintf("no offer %s; list them with GET /external/offer?limit=10&offset=0", c.Params["offerId"]))
	}
	return k, nil
}

func (f *fake) get(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	k, err := one(tx, c)
	return sim.Answer{Status: http.StatusOK, Body: k.Offer}, err
}

func (f *fake) patch(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	k, err := one(tx, c)
	if err != nil {
		return sim.Answer{}, err
	}
	if k, err = f.read(tx, c, k, true); err != nil {
		return sim.Answer{}, err
	}
	tx.Put(offersKey.Kind, offersKey.ID, offers(tx).replaced(k))
	return sim.Answer{Status: http.StatusOK, Body: changed{k.advertisement(tx.Now), f.targets(k)}}, nil
}

// advertisement is the offer as a PATCH answers it.
func (k kept) advertisement(now time.Time) advertisement {
	return advertisement{
		Title: k.Title, Text: k.Text, Pic: k.Pic, Link: k.Link, LinkText: k.LinkText, Template: k.Template, TemplatePic: k.Pic,
		TemplateData: k.TemplateData, SendTime: k.StartTime, DeleteTime: k.EndTime, Status: k.status(now), Messages: []string{}, CreatedAt: k.Created,
	}
}

// status is where in its schedule an offer is. The words are the sandbox's own:
// the document says that it is a string.
func (o Offer) status(now time.Time) string {
	switch {
	case now.Before(o.StartTime.Time):
		return "PLANNED"
	case o.ended(now):
		return "FINISHED"
	}
	return "ACTIVE"
}

func (f *fake) remove(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	k, err := one(tx, c)
	if err != nil {
		return sim.Answer{}, err
	}
	tx.Put(offersKey.Kind, offersKey.ID, offers(tx).without(k.ID))
	return sim.Answer{Status: http.StatusOK, Body: true}, nil
}

// list answers offers by id.
func (f *fake) list(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	query := c.URL.Query()
	all := offers(tx).Offers
	from := min(paged(query.Get("offset"), 0), len(all))
	to := min(from+min(paged(query.Get("limit"), 10), pageAtMost), len(all))
	page := make([]Offer, 0, to-from)
	for _, k := range all[from:to] {
		page = append(page, k.Offer)
	}
	return sim.Answer{Status: http.StatusOK, Body: page}, nil
}

// paged reads a number that the document has validated; what no int holds is
// beyond every end.
func paged(text string, absent int) int {
	if text == "" {
		return absent
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n > offersAtMost {
		return offersAtMost
	}
	return int(n)
}

// listTwin is the second address of the list, which the newer copy of the
// document has.
func (f *fake) listTwin(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	if f.Profile != Current {
		return sim.Answer{}, notFound("Cannot GET /external/advertisement; it is of the profile current, see watchers.profile in sandbox.yaml")
	}
	return f.list(tx, c)
}
