package meta

import (
	"errors"
	"fmt"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// Page is a Facebook page with the Instagram account that is linked to it, and
// the operator to whom both belong. Either id may be empty.
type Page struct {
	ID        string // page id
	Instagram string // id of the Instagram professional account
	ClientID  string // Encore's clientId of the operator
	Name      string
	// Token and InstagramToken, when set, are the access tokens for which "me"
	// is the page or the Instagram account, whoever the recipient is.
	Token          string
	InstagramToken string
}

// Messenger says how Messenger and Instagram differ from their documented
// behaviour; the zero value is that behaviour.
type Messenger struct {
	AppID string // app_id of echoes; default 220133451234567
	// ThreadIDs adds thread.id to webhooks, as some apps receive it.
	ThreadIDs bool
	// Strangers lets messages go to ids that never wrote. Otherwise there is no
	// matching user: a page-scoped id begins with the customer's first message.
	Strangers bool
	// TruncateTitles cuts titles of templates and buttons that are too long
	// instead of refusing them; Messenger has been seen to do both.
	TruncateTitles bool
}

// surface is one of the two products behind the Send API.
type surface struct {
	Channel   string // the sandbox's name
	Platform  string // Encore's messagingPlatform
	Object    string // of webhooks
	Instagram bool
	Window    int    // subcode of a message outside of the window
	Prefix    string // of invented customers, so that PSIDs and IGSIDs differ
}

func onMessenger() surface {
	return surface{Channel: "messenger", Platform: "facebook", Object: "page", Window: 2018278, Prefix: "24"}
}

func onInstagram() surface {
	return surface{Channel: "instagram", Platform: "instagram", Object: "instagram", Instagram: true, Window: 2534022, Prefix: "178"}
}

func surfaceOf(channel string) surface {
	if channel == "instagram" {
		return onInstagram()
	}
	return onMessenger()
}

// actor is one account that acts by the Send API: a page or an Instagram account.
type actor struct {
	surface
	ID    string
	Token string
	Page  Page
}

// actors lists the pages, each followed by its Instagram account.
func (f *fake) actors() (all []actor) {
	for _, p := range f.Pages {
		if p.ID != "" {
			all = append(all, actor{onMessenger(), p.ID, p.Token, p})
		}
		if p.Instagram != "" {
			all = append(all, actor{onInstagram(), p.Instagram, p.InstagramToken, p})
		}
	}
	return all
}

// actor finds an account by its id.
func (f *fake) actor(id string) (actor, bool) {
	for _, p := range f.actors() {
		if p.ID == id {
			return p, true
		}
	}
	return actor{}, false
}

// sender is the account that a call speaks for, as far as its path and its
// token tell. For "me" with a token that nobody registered it is the first
// account of the kind the call asks for, and sure is false.
func (f *fake) sender(c *sim.Call) (p actor, sure bool) {
	value, _ := token(c)
	return f.speaker(c, value)
}

// speaker is sender for a token that is known already: a call is routed before
// its body, where a token may be, is read.
func (f *fake) speaker(c *sim.Call, value string) (p actor, sure bool) {
	if object := c.Params["object"]; object != "me" {
		return f.actor(object)
	}
	var guess actor
	for _, p := range f.actors() {
		if p.Token != "" && p.Token == value {
			return p, true
		}
		if guess.ID == "" && p.Instagram == wantsInstagram(c, value) {
			guess = p
		}
	}
	if all := f.actors(); guess.ID == "" && len(all) > 0 {
		guess = all[0] // the other kind: a page's token also sends for its Instagram account
	}
	return guess, false
}

// wantsInstagram tells calls of the API with Instagram Login, which has a host
// and tokens of its own, and those that name the platform.
func wantsInstagram(c *sim.Call, token string) bool {
	return c.Host == "graph.instagram.com" || strings.HasPrefix(token, "IGA") || c.URL.Query().Get("platform") == "instagram"
}

// channel is the way by which customers write to accounts of a surface.
func (f *fake) channel(s surface) sim.Channel {
	ch := sim.Channel{
		Name: s.Channel, Platform: s.Platform, Write: f.writeSocial, Status: f.setSocialStatus, Normal: s.normal, Customer: s.customer, Fated: s.fated,
	}
	for _, p := range f.actors() {
		if p.Channel == s.Channel {
			ch.Accounts = append(ch.Accounts, sim.Account{ID: p.ID, ClientID: p.Page.ClientID, Name: p.Page.Name})
		}
	}
	return ch
}

// socialChannels are Messenger and Instagram, as far as there are accounts.
func (f *fake) socialChannels() (channels []sim.Channel) {
	for _, s := range []surface{onMessenger(), onInstagram()} {
		if ch := f.channel(s); len(ch.Accounts) > 0 {
			channels = append(channels, ch)
		}
	}
	return channels
}

// normal checks a page-scoped id; Meta's have 15 to 17 digits.
func (s surface) normal(text string) (string, error) {
	if len(text) < 10 || len(text) > 20 || digits(text) != text {
		return "", errors.New("from must be the customer's page-scoped id, 10 to 20 digits, such as " + s.customer(0))
	}
	return text, nil
}

// customer invents a page-scoped id that names no fate: its tenth digit from
// the end is never 5. Messenger's have 16 digits, Instagram's 17.
func (s surface) customer(random uint64) string {
	return fmt.Sprintf("%s%04d%d%09d", s.Prefix, random%10_000, 1+random/10_000%4, random/40_000%1_000_000_000)
}

// fated completes the ten digits of a fate.
func (s surface) fated(ending string) string { return s.Prefix + "0133" + ending }

// addressKey is under which a thread is found again by its customer, within a
// scope: "me", a channel or an account. A message to "me" or to a page names
// its recipient alone, and the recipient may be a PSID or an IGSID.
func addressKey(scope, customer string) string { return "to:" + scope + ":" + customer }

// address makes the customer's thread the one that scopes find.
func address(tx *sim.Tx, p actor, customer string) {
	scopes := []string{"me", p.Channel, p.ID}
	if p.Instagram && p.Page.ID != "" {
		scopes = append(scopes, p.Page.ID)
	}
	for _, scope := range scopes {
		tx.Mint(addressKey(scope, customer))
	}
}
