package meta

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// deed is something that a customer of Messenger or Instagram does: one row a
// kind of sim.Extra.
type deed struct {
	kind string
	make func(*fake, *sim.Tx, talk, sim.Written) (sim.Webhook, error)
}

// deeds are what customers do. What has an id of its own and is a message has
// the note of one; what may not trigger an offer says why.
var deeds = []deed{
	{"text", said},
	{"quick_reply", said},
	{"image", said},
	{"video", said},
	{"audio", said},
	{"file", said},
	{"share", said},
	{"unsupported", said},
	{"postback", tapped},
	{"reaction", reacted},
	{"unreaction", reacted},
	{"deleted", deleted},
	{kindStandby, overheard},
}

// kindStandby is a message that an app hears while another is in control.
const kindStandby = "standby"

// standbyReason is why it may not trigger an offer.
const standbyReason = "standby: another app is in control of the thread"

// writeSocial makes the webhook of what a customer writes or does.
func (f *fake) writeSocial(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	t, err := f.talk(tx)
	if err != nil {
		return sim.Webhook{}, err
	}
	kind := cmp.Or(w.Kind, "text")
	i := slices.IndexFunc(deeds, func(d deed) bool { return d.kind == kind })
	if i < 0 {
		var known []string
		for _, d := range deeds {
			known = append(known, d.kind)
		}
		return sim.Webhook{}, fmt.Errorf("no message of type %q on %s; use %s", kind, t.Channel, strings.Join(known, ", "))
	}
	return deeds[i].make(f, tx, t, w)
}

// said is the webhook of a new message of the customer.
func said(f *fake, tx *sim.Tx, t talk, w sim.Written) (sim.Webhook, error) {
	m := SocialMessage{MID: t.newMID(tx), Text: w.Text}
	if w.ReplyTo != "" {
		m.ReplyTo = &SocialReply{w.ReplyTo}
	}
	why := ""
	switch w.Kind {
	case "", "text":
	case "quick_reply":
		m.QuickReply = &SocialQuickReply{w.Payload}
	case "unsupported":
		why, m.Text, m.IsUnsupported = "unsupported", "", t.Instagram
	default:
		m.Attachments = []SocialAttachment{{w.Kind, map[string]string{"url": cmp.Or(w.Media, "https://cdn.fbsbx.com/v/"+m.MID)}}}
	}
	tx.Mint(m.MID)
	address(tx, t.actor, t.Customer)
	e := f.from(t)
	e.Message = &m
	return t.webhook("message", m.MID, e, f.inbound(t, tx.Thread.ID, e, m.MID, m.Text, why)), nil
}

// overheard is a text that comes as standby: another app is to answer it
// (Messenger Platform, webhook events, standby).
func overheard(f *fake, tx *sim.Tx, t talk, w sim.Written) (sim.Webhook, error) {
	mid := t.newMID(tx)
	tx.Mint(mid)
	address(tx, t.actor, t.Customer)
	tx.Thread.Inbound = tx.Now
	e := f.from(t)
	e.Message = &SocialMessage{MID: mid, Text: w.Text}
	body := socialEntry{ID: t.ID, Time: t.At.UnixMilli(), Standby: []SocialEvent{e}}.body(t.Object)
	return sim.Webhook{Event: kindStandby, ID: mid, Body: body, Notes: []sim.Note{f.inbound(t, tx.Thread.ID, e, mid, w.Text, standbyReason)}}, nil
}

// tapped is a tap on a postback button. It opens the window like a message but
// is none: Encore is asked for messages.
func tapped(f *fake, tx *sim.Tx, t talk, w sim.Written) (sim.Webhook, error) {
	mid := t.newMID(tx)
	tx.Mint(mid)
	address(tx, t.actor, t.Customer)
	tx.Thread.Inbound = tx.Now
	e := f.from(t)
	e.Postback = &SocialPostback{mid, w.Text, w.Payload}
	return t.webhook("postback", mid, e, f.inbound(t, tx.Thread.ID, e, mid, w.Text, "postback")), nil
}

// reacted is a reaction to a message, or its withdrawal. It has no id of its own.
func reacted(f *fake, _ *sim.Tx, t talk, w sim.Written) (sim.Webhook, error) {
	if w.ReplyTo == "" {
		return sim.Webhook{}, errors.New("replyTo is empty; give the id of the message that the customer reacts to")
	}
	e := f.from(t)
	e.Reaction = &SocialReaction{MID: w.ReplyTo, Action: "unreact"}
	if w.Kind == "reaction" {
		e.Reaction = &SocialReaction{w.ReplyTo, "react", "love", cmp.Or(w.Emoji, "❤")}
	}
	return t.webhook("reaction", w.ReplyTo, e, note.EventDelivered{Event: "reaction", MessageID: w.ReplyTo}), nil
}

// deleted is a message that the customer took back; Messenger does not tell.
func deleted(f *fake, _ *sim.Tx, t talk, w sim.Written) (sim.Webhook, error) {
	if !t.Instagram {
		return sim.Webhook{}, errors.New("messenger does not report deleted messages; use channel instagram")
	}
	if w.ReplyTo == "" {
		return sim.Webhook{}, errors.New("replyTo is empty; give the id of the message that the customer takes back")
	}
	e := f.from(t)
	e.Message = &SocialMessage{MID: w.ReplyTo, IsDeleted: true}
	return t.webhook("deleted", w.ReplyTo, e, note.EventDelivered{Event: "deleted", MessageID: w.ReplyTo}), nil
}
