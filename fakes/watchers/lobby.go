package watchers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// lobbyView is what the page before the rooms shows.
type lobbyView struct {
	frame
	Rooms   []choice
	Users   []choice
	Offers  []offered
	Now     Moment
	Tap     Tap
	Example string // a call that publishes an offer
}

// choice is a room or a user to choose.
type choice struct {
	ID, Label string
	Excluded  bool
}

// offered is a line about an offer.
type offered struct {
	Offer
	Headline string
	For      string // whom it is for
	Status   string
}

func (f *fake) lobbyReads(*sim.Call, sim.Description) store.Reads {
	r := store.Reads{See: []store.Key{offersKey}}
	for _, n := range f.Users {
		r.See = append(r.See, userKey(n.ID))
	}
	return r
}

// lobby is the page on which a room and a user are chosen.
func (f *fake) lobby(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	v := lobbyView{frame: framed("Chat rooms"), Now: momentOf(tx.Now), Tap: f.Tap, Example: example(c.Origin)}
	for _, n := range f.Rooms {
		v.Rooms = append(v.Rooms, choice{ID: n.ID, Label: n.label()})
	}
	for _, n := range f.Users {
		u, _ := sim.Get[user](tx, kindUser, n.ID)
		v.Users = append(v.Users, choice{n.ID, n.label(), u.Excluded})
	}
	for _, k := range offers(tx).Offers {
		v.Offers = append(v.Offers, offered{k.Offer, k.headline(), k.audience(), strings.ToLower(k.status(tx.Now))})
	}
	page, err := render("lobby", v)
	return html(http.StatusOK, page, ""), err
}

// audience says whom an offer is for.
func (k kept) audience() string {
	switch k.Type {
	case Room:
		return listed("room", k.Rooms)
	case User:
		return listed("user", k.Users)
	}
	return "everybody"
}

func listed(kind string, ids []string) string {
	switch {
	case len(ids) == 0:
		return "nobody"
	case len(ids) > 3:
		return strconv.Itoa(len(ids)) + " " + kind + "s"
	}
	return kind + " " + strings.Join(ids, ", ")
}

// example is a call that publishes an offer which everybody sees.
func example(origin string) string {
	return "curl " + origin + `/external/offer \
  -H 'x-api-key: sandbox' -H 'Authorization: Bearer sandbox' \
  --form template=10 --form title='Half-time offer' \
  --form text='Free delivery until the final whistle' \
  --form link=https://www.watchers.io/ --form linkText='Claim it' \
  --form 'templateData={"alignment":"center","bgColor":"#15306b","btnColor":"#ffd24a","btnTextColor":"#15306b","textColor":"#fff","gradient":true,"gradientFrom":"#15306b","gradientTo":"#6b2fb3","gradientDirection":"135deg"}' \
  --form showFrerquency=ON_ENTRY --form showMultipleTimes=true --form showDelayMS=1500 \
  --form startTime=2024-05-22T12:00:01.000Z --form type=GLOBAL`
}
