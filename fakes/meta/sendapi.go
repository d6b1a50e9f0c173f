package meta

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// What the Send API takes (Messenger Platform, Send API, generic template,
// button template, quick replies; Instagram messaging, send a message).
const (
	messengerText   = 2000 // characters
	instagramText   = 1000 // bytes of UTF-8
	buttonText      = 640  // characters of a button template
	templateTitle   = 80
	buttonTitle     = 20
	buttonPayload   = 1000
	quickReplyTitle = 20
	maxElements     = 10
	maxButtons      = 3
	maxQuickReplies = 13
	maxImages       = 10 // of Instagram's attachments
)

// SocialRules say by whose rules a call of the Send API is read. The zero value
// is Messenger's.
type SocialRules struct {
	Instagram      bool
	TruncateTitles bool // cut what is too long in a template instead of refusing it
	Uploaded       bool // the call brings a file of its own
}

// SocialSend is one call of POST /{page or Instagram account}/messages.
type SocialSend struct {
	Type    string // text, generic, button, image, …; the action's name for an action
	Action  string // sender_action, which is no message
	To      string // PSID or IGSID
	Way     string // the member of recipient by which the customer was named; empty when it was the id
	ReplyTo string // reply_to.mid, or the message that an action is about
	Tag     string // of a message that may go out after the window
	Meta    string // message.metadata, which echoes repeat
	// Uploads are the attachment ids that the message uses.
	Uploads []string
	Content note.Content // what the customer sees
	Message map[string]any
}

// socialTags are the message tags, all but HUMAN_AGENT for Messenger alone.
var socialTags = []string{"HUMAN_AGENT", "ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"}

// socialActions are the values of sender_action.
var socialActions = []string{"typing_on", "typing_off", "mark_seen", "react", "unreact"}

// ParseSocial reads a call of the Send API: JSON, or a form whose fields hold
// JSON. The SocialSend is filled as far as the body can be read even when it is
// refused; the error is the first thing wrong. Unknown members are let pass,
// since clients of Meta's own send some.
func ParseSocial(body map[string]any, rules SocialRules) (*SocialSend, *Error) {
	r := &socialReader{rules: rules}
	s := &SocialSend{}
	root := param{r: r, value: body, known: true}
	s.readRecipient(root.at("recipient").object())
	s.readPurpose(root)
	if root.has("sender_action") {
		s.readAction(root)
	} else {
		s.readMessage(root)
	}
	if r.problem != nil {
		s.Content.Links = link.FromJSON(body["message"])
	}
	return s, r.problem
}

// recipientWay is a member of recipient that names a customer whose id the
// business does not know (Messenger Platform, Send API; private replies).
type recipientWay struct {
	name      string
	messenger bool // not on Instagram
	nameless  bool // the answer does not tell the id
}

var recipientWays = []recipientWay{
	{"user_ref", true, true}, {"phone_number", true, true}, {"comment_id", false, false}, {"post_id", true, false},
}

// readRecipient reads whom a call is for. A customer who is named in another way
// than by id has one that depends on that name alone.
func (s *SocialSend) readRecipient(to param) {
	for _, way := range recipientWays {
		if !to.has("id") && to.has(way.name) && (!way.messenger || !to.r.rules.Instagram) {
			s.Way = way.name
		}
	}
	name := to.at(cmp.Or(s.Way, "id")).text(0)
	if s.To = name; s.Way != "" && name != "" {
		random := sim.NewRand(0, "recipient", s.Way, name)
		s.To = fmt.Sprintf("25%010d1%03d", random.Uint64()%1e10, random.Uint64()%1e3) // no fate: those have 0 for the 1
	}
}

// answer is the 200 of a call, message the id of what was sent.
func (s *SocialSend) answer(message string) map[string]string {
	out := map[string]string{}
	if message != "" {
		out["message_id"] = message
	}
	if i := slices.IndexFunc(recipientWays, func(w recipientWay) bool { return w.name == s.Way }); i < 0 || !recipientWays[i].nameless {
		out["recipient_id"] = s.To
	}
	return out
}

// isPrivateReply tells a message that answers a comment or a post.
func (s *SocialSend) isPrivateReply() bool { return s.Way == "comment_id" || s.Way == "post_id" }

// readPurpose reads messaging_type and tag. A call without messaging_type is a
// response; one with a tag alone is what older clients send for a tagged one.
func (s *SocialSend) readPurpose(root param) {
	kind := ""
	if root.has("messaging_type") {
		kind = root.at("messaging_type").word("RESPONSE", "UPDATE", "MESSAGE_TAG")
	}
	if kind == "MESSAGE_TAG" || kind == "" && root.has("tag") {
		tags := socialTags
		if root.r.rules.Instagram {
			tags = tags[:1]
		}
		s.Tag = root.at("tag").word(tags...)
	}
	if root.has("reply_to") {
		s.ReplyTo = root.at("reply_to").object().at("mid").text(0)
	}
}

func (s *SocialSend) readAction(root param) {
	s.Action = root.at("sender_action").word(socialActions...)
	s.Type = "sender_action"
	if root.has("message") {
		root.at("message").fail("cannot be sent together with sender_action; make two calls")
	}
	if s.Action != "react" && s.Action != "unreact" {
		return
	}
	about := root.at("payload").object()
	s.ReplyTo = about.at("message_id").text(0)
	if s.Action == "react" {
		about.at("reaction").text(0)
	}
}

func (s *SocialSend) readMessage(root param) {
	m := root.at("message").object()
	s.Message, _ = m.value.(map[string]any)
	if m.has("reply_to") && s.ReplyTo == "" {
		s.ReplyTo = m.at("reply_to").object().at("mid").text(0)
	}
	s.Meta = m.optional("metadata", 1000)
	bodies := slices.DeleteFunc([]string{"text", "attachment", "attachments"}, func(name string) bool { return !m.has(name) })
	switch {
	case len(bodies) == 0:
		m.fail("cannot be empty; give it a text or an attachment")
	case len(bodies) > 1:
		m.fail("has both " + bodies[0] + " and " + bodies[1] + "; send one of them")
	case bodies[0] == "text":
		s.Type = "text"
		s.Content.Text = m.at("text").message()
		s.Content.Links = link.Extract(s.Content.Text)
	case bodies[0] == "attachment":
		s.readAttachment(m.at("attachment").object())
	default:
		s.readImages(m.at("attachments"))
	}
	s.readQuickReplies(m)
}

// quickReplyTypes are what a quick reply may ask for; Instagram has text only.
var quickReplyTypes = []string{"text", "user_phone_number", "user_email"}

func (s *SocialSend) readQuickReplies(m param) {
	if !m.has("quick_replies") {
		return
	}
	types := quickReplyTypes
	if m.r.rules.Instagram {
		types = types[:1]
		if s.Type != "" && s.Type != "text" {
			m.at("quick_replies").fail("go with a text only")
		}
	}
	for _, q := range m.at("quick_replies").list(maxQuickReplies) {
		q = q.object()
		if q.at("content_type").word(types...) == "text" {
			q.at("title").text(quickReplyTitle)
			q.optional("payload", buttonPayload)
		}
	}
}
