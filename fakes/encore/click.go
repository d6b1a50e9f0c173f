package encore

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// transaction is a tap on an offer that was followed up: one for each link.
type transaction struct {
	Converted bool `json:"converted"`
}

// landingPath is where a click leads, on whatever host the click came in: so
// it works in a browser and behind the vendor's own name alike.
const landingPath = "/encore/landing/"

// tokenWorkspace is the workspace of a call that carries a click token.
func (f *fake) tokenWorkspace(c *sim.Call) string {
	if c.Params["token"] == "" {
		return ""
	}
	click, err := f.tokens.Verify(c.Params["token"])
	if err == nil && click.Workspace == "" {
		return sim.DefaultWorkspace
	}
	return click.Workspace
}

// describeToken reads the thread off the token, or says what is wrong with it.
func (f *fake) describeToken(c *sim.Call) sim.Description {
	click, err := f.tokens.Verify(c.Params["token"])
	if err != nil {
		return sim.Description{Remarks: []string{err.Error()}}
	}
	return sim.Description{ThreadID: click.Thread}
}

func (f *fake) tokenReads(c *sim.Call, _ sim.Description) store.Reads {
	r := store.Reads{See: []store.Key{catalogKey}}
	if click, err := f.tokens.Verify(c.Params["token"]); err == nil {
		r.Own = []store.Key{{Kind: kindTransaction, ID: transactionID(c.Workspace, click)}}
	}
	return r
}

// transactionID names what a tap on a link begins. The same link names the
// same one, so that a second tap begins nothing.
func transactionID(ws *sim.Workspace, click Click) string {
	return UUID(ws.Seed, "transaction", ws.Origin(), click.ImpressionID, click.CampaignID, click.CreativeID)
}

// visit is a call with a token that this sandbox minted, for an offer that is
// still in its catalog.
type visit struct {
	Click
	transaction string
	begun       bool
	done        transaction
	index       *Index
	campaign    *Campaign
}

var errNotOffered = errors.New("the link's campaign is no longer in the catalog; put it back, or use the link of a newer offer")

func (f *fake) visit(tx *sim.Tx, c *sim.Call) (visit, error) {
	click, err := f.tokens.Verify(c.Params["token"])
	if err != nil {
		return visit{}, err
	}
	v := visit{Click: click, transaction: transactionID(c.Workspace, click), index: f.offered(tx)}
	v.done, v.begun = sim.Get[transaction](tx, kindTransaction, v.transaction)
	if v.campaign = v.index.Campaign(click.CampaignID); v.campaign == nil {
		tx.Remark(errNotOffered.Error())
		return v, errNotOffered
	}
	return v, nil
}

// click follows the button: it records the tap and sends the customer on to
// the advertiser, which is a page of the sandbox's own. Only the first tap on
// a link counts for the bandit.
func (f *fake) click(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	v, err := f.visit(tx, c)
	if err != nil {
		return lost(c, err), nil
	}
	if !v.begun {
		tx.Put(kindTransaction, v.transaction, transaction{})
		tx.Count(clicksOf+v.CampaignID, 1)
	}
	tx.Note(note.OfferClicked{ImpressionID: v.ImpressionID, UserID: v.UserID, TransactionID: v.transaction})
	to := landingPath + c.Params["token"] + "?transaction=" + v.transaction
	return sim.Answer{Status: http.StatusFound, Header: http.Header{"Location": {to}}}, nil
}

// lost answers a link that leads nowhere: a page for browsers, Encore's error
// for everybody else.
func lost(c *sim.Call, err error) sim.Answer {
	if strings.Contains(c.Header.Get("Accept"), "text/html") {
		return html(http.StatusNotFound, Missing(err.Error()))
	}
	return answer(Error{Kind: NotFound, Text: fmt.Sprintf("no such offer: %v", err)})
}

// landing is the advertiser's page.
func (f *fake) landing(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	v, err := f.visit(tx, c)
	if err != nil {
		return html(http.StatusNotFound, Missing(err.Error())), nil
	}
	if v.done.Converted {
		return v.show(Completed)
	}
	return v.show(Landing)
}

// complete is the button on the advertiser's page. The conversion is recorded
// once, however often it is pressed, and only where the offer was tapped:
// without a tap there is no transaction that it could belong to.
func (f *fake) complete(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	v, err := f.visit(tx, c)
	if err != nil {
		return html(http.StatusNotFound, Missing(err.Error())), nil
	}
	if !v.begun {
		tx.Remark("nobody tapped this offer's link yet, so there is no transaction to complete; open the link first")
		return v.show(Untapped)
	}
	if v.done.Converted {
		tx.Remark("this offer was completed before; it counts once")
		return v.show(Completed)
	}
	tx.Put(kindTransaction, v.transaction, transaction{Converted: true})
	tx.Note(note.OfferConverted{ImpressionID: v.ImpressionID, TransactionID: v.transaction})
	return v.show(Completed)
}

// show answers one of the pages about the visit's offer.
func (v visit) show(render func(Page) ([]byte, error)) (sim.Answer, error) {
	creative := v.campaign.Creative(v.CreativeID)
	if creative == nil {
		creative = &v.campaign.Creatives[0] // it was taken out of the catalog since
	}
	brand := v.index.Organization(v.campaign.OrganizationID).Name
	p := Page{
		Brand: brand,
		// The token does not say which operator sent the offer; the brand speaks for itself.
		Title: personal(creative.Title, brand, titleLimit), Subtitle: personal(creative.Subtitle, brand, titleLimit),
		// On this host: the bucket is the sandbox's, not Google's.
		Image: strings.TrimPrefix(ImageURL(v.campaign.ID, creative), "https://"+assetsHost),
	}
	if len(creative.Languages) > 0 {
		p.Language = creative.Languages[0]
	}
	body, err := render(p)
	return html(http.StatusOK, body), err
}

func html(status int, body []byte) sim.Answer {
	return sim.Answer{
		Status: status, Body: body, ContentType: "text/html; charset=utf-8",
		Header: http.Header{
			"Content-Security-Policy": {LandingPolicy()}, "Referrer-Policy": {"no-referrer"}, "Cache-Control": {"no-store"},
		},
	}
}
