package rules_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/google/go-cmp/cmp"
)

// breaking is a timeline that breaks one rule and no other.
type breaking struct {
	name string
	rule string
	what string // part of the finding's sentence
	tell func(*story)
}

// pause is a decent backoff.
const pause = 200 * time.Millisecond

func hi(s *story) *story { return s.says("in1", "Hi") }

// returns lets the idle gap pass before the next message.
func returns(s *story, id string) *story { return s.waits(48*time.Hour).says(id, "Hi again") }

func triggerBreaches() []breaking {
	return []breaking{
		{"calls for a reaction", "R1", "(reaction)", func(s *story) {
			hi(s).serves().other(note.InboundMessage{ID: "r1", NotAnInbound: "reaction"})
			s.in.ID = "r1"
			s.asks(noFill)
		}},
		{"calls for a forged webhook", "R1", "signature that is wrong", func(s *story) {
			s.other(note.InboundMessage{ID: "f1", Forged: "wrong", Recipient: customer})
			s.in.ID = "f1"
			s.asks(noFill)
		}},
		{"calls for a status", "R1", "which a webhook reported as status", func(s *story) {
			hi(s).serves().other(note.EventDelivered{Event: "status", MessageID: "wamid.out1", Status: "delivered"})
			s.in.ID = "wamid.out1"
			s.asks(noFill)
		}},
		{"calls out of the blue", "R1", "no message of the customer waited", func(s *story) {
			hi(s).serves()
			s.in.ID = "invented"
			s.asks(noFill)
		}},
		{"never calls", "R2", "first message of a new thread", func(s *story) { hi(s).replies(thanks) }},
		{"does not call a returning customer", "R3", "48h0m0s after the previous one, idle gap 24h0m0s", func(s *story) {
			returns(hi(s).serves(), "in2").replies(thanks)
		}},
		{"does not call after exactly the idle gap", "R3", "24h0m0s after the previous one", func(s *story) {
			hi(s).serves()
			s.time = s.start.Add(rules.DefaultIdleGap - time.Millisecond)
			s.other(note.ClockAdvanced{Thread: s.Thread, By: 23 * time.Hour}).says("in2", "Hi again").replies(thanks)
		}},
		{"calls in mid-thread", "R4", "1h0m0s after the previous one", func(s *story) {
			hi(s).serves().waits(time.Hour).says("in2", "Open?").serves()
		}},
		{"calls in mid-thread, gets no offer", "R4", "middle of the thread", func(s *story) {
			hi(s).serves().waits(24*time.Hour-time.Minute).says("in2", "Open?").asks(noFill).replies(thanks)
		}},
		{"retries a call out of the blue", "R1", "no message of the customer waited", func(s *story) {
			hi(s).serves()
			s.in.ID = "invented"
			s.asks(status(503)).passes(pause).asks(noFill)
		}},
		{"calls in mid-thread with an invented id", "R4", "middle of the thread", func(s *story) {
			hi(s).serves().says("in2", "Open?").asks(noFill, field(func(b *note.OfferBody) { b.InboundMessageID = text("x") })).replies(thanks)
		}},
		{"calls for both of two quick messages", "R4", "although it was called for in1", func(s *story) {
			hi(s).asks().says("in2", "Anyone?").asks(noFill)
			s.offer = offerFor("in1", customer)
			s.sendsOffer().replies(thanks)
		}},
	}
}

func countBreaches() []breaking {
	return []breaking{
		{"calls at the cap", "R6", "1 offer and the cap is 1", func(s *story) {
			s.Cap = 1
			returns(hi(s).serves(), "in2").serves()
		}},
		{"calls with a cap of zero", "R6", "0 offers and the cap is 0", func(s *story) {
			s.Cap = 0
			hi(s).serves()
		}},
		{"stops before the cap", "R6", "2 offers and the cap is 3", func(s *story) {
			returns(returns(hi(s).serves(), "in2").serves(), "in3").replies(thanks)
		}},
		{"counts a link that the customer quotes", "R7", "1 link that must not count", func(s *story) {
			s.Cap = 2
			s.says("in1", "What is https://api.encorekit.com/encore/click/x?").serves()
			returns(s, "in2").replies(thanks)
		}},
		{"counts a look-alike host", "R7", "1 link that must not count", func(s *story) {
			s.Cap, s.Reply = 2, nil
			hi(s).asks().sendsOffer().replies("See https://encorekit.com.example", func(o *note.Outgoing) {
				o.Content.Links = []string{"https://encorekit.com.example"}
			})
			returns(s, "in2").replies(thanks)
		}},
		{"no reply in mid-thread", "R8", "middle of the thread got no reply", func(s *story) {
			hi(s).serves().waits(time.Hour).says("in2", "Open?")
		}},
		{"no reply at the cap", "R8", "at the cap", func(s *story) {
			s.Cap = 1
			returns(hi(s).serves(), "in2")
		}},
		{"two offers from one answer", "R9", "2 offer messages", func(s *story) { hi(s).asks().sendsOffer().sendsOffer().replies(thanks) }},
		{"an old offer in mid-thread", "R9", "2 offer messages", func(s *story) {
			hi(s).serves().waits(time.Hour).says("in2", "Open?").sendsOffer().replies(thanks)
		}},
		{"a link of its own making in mid-thread", "R9", "Encore was not asked", func(s *story) {
			hi(s).asks(noFill).replies(thanks).says("in2", "Open?")
			s.other(note.MessageSent{Outgoing: note.Outgoing{Type: "interactive", OfferLinks: 1}}).replies(thanks)
		}},
		{"calls for a customer who opted out", "R10", "had opted out", func(s *story) {
			s.other(note.OptedOut{})
			hi(s).serves()
		}},
	}
}

// request tells of a first message whose call was changed.
func request(change func(*note.OfferRequested)) func(*story) {
	return func(s *story) { hi(s).asks(with(change)).sendsOffer().replies(thanks) }
}

func body(change func(*note.OfferBody)) func(*story) {
	return request(func(q *note.OfferRequested) { change(&q.Body) })
}

func number(n json.Number) func(*note.OfferBody) {
	return func(b *note.OfferBody) { b.InboundTimestamp = &n }
}

func attributes(a note.OfferAttributes) func(*note.OfferBody) {
	return func(b *note.OfferBody) { b.Attributes = &a }
}

func requestBreaches() []breaking {
	return []breaking{
		{"no key", "R11", "without X-API-Key", request(func(q *note.OfferRequested) { q.Credential = "none" })},
		{"a secret key", "R11", "no publishable key", request(func(q *note.OfferRequested) { q.Credential = "other" })},
		{"a second credential", "R11", "Authorization", request(func(q *note.OfferRequested) { q.OtherAuth = []string{"Authorization: Basic"} })},
		{"a live key", "R12", "pk_live_", request(func(q *note.OfferRequested) { q.Credential = "pk_live" })},
		{"GET", "R13", "GET instead of POST", request(func(q *note.OfferRequested) { q.Method = "GET" })},
		{"a path that does not exist", "R13", "was called at /offers", request(func(q *note.OfferRequested) { q.Path = "/offers" })},
		{"form encoded", "R13", "x-www-form-urlencoded", request(func(q *note.OfferRequested) { q.ContentType = "application/x-www-form-urlencoded" })},
		{"no JSON", "R13", "no JSON object", func(s *story) {
			hi(s).asks(status(400), with(func(q *note.OfferRequested) { q.NotJSON, q.Body = true, note.OfferBody{} })).replies(thanks)
		}},
		{"another address", "R13", "/v1/offers/messages reached no operation", func(s *story) {
			hi(s).other(note.StrayCall{Host: "api.encorekit.com", Path: "/v1/offers/messages", Method: "POST", Reason: "no operation"}).replies(thanks)
		}},
		{"an empty chatId", "R14", "lacks chatId", body(func(b *note.OfferBody) { b.ChatID = text(" ") })},
		{"no message id", "R14", "lacks inboundMessageId", body(func(b *note.OfferBody) { b.InboundMessageID = nil })},
		{"a number as clientId", "R14", "clientId (not a string)", request(func(q *note.OfferRequested) {
			q.Body.ClientID, q.WrongType = nil, []string{"clientId"}
		})},
		{"clientId changes", "R15", `from "client-42" to "c-1"`, func(s *story) {
			returns(hi(s).serves(), "in2").asks(field(func(b *note.OfferBody) { b.ClientID = text("c-1") })).sendsOffer().replies(thanks)
		}},
		{"the id as name", "R16", "clientName is the clientId", body(func(b *note.OfferBody) { b.ClientName = text("client-42") })},
		{"a UUID as name", "R16", "UUID", body(func(b *note.OfferBody) { b.ClientName = text("11111111-1111-4111-8111-111111111111") })},
		{"messenger", "R17", "none of whatsapp, instagram, facebook", body(func(b *note.OfferBody) { b.MessagingPlatform = text("messenger") })},
		{"another platform", "R17", "came from whatsapp", body(func(b *note.OfferBody) { b.MessagingPlatform = text("instagram") })},
		{"the business as recipient", "R18", "the message came from", body(func(b *note.OfferBody) { b.Recipient = text("15550783881") })},
		{"an invented id", "R19", "no id of a delivered message", body(func(b *note.OfferBody) { b.InboundMessageID = text("uuid-1") })},
		{"the id of its own message", "R19", "that you sent", func(s *story) {
			hi(s).serves()
			returns(s, "in2").asks(field(func(b *note.OfferBody) { b.InboundMessageID = text("wamid.out2") })).sendsOffer().replies(thanks)
		}},
		{"another id in the retry", "R20", "in attempt 2", func(s *story) {
			other := field(func(b *note.OfferBody) { b.InboundMessageID = text("uuid-1") })
			hi(s).asks(status(503)).passes(pause).asks(other).sendsOffer().replies(thanks)
		}},
		{"the id of an earlier message", "R20", "of an earlier message", func(s *story) {
			hi(s).serves()
			returns(s, "in2").asks(noFill, field(func(b *note.OfferBody) { b.InboundMessageID = text("in1") })).replies(thanks)
		}},
		{"the id of an earlier message whose call had failed", "R20", "of an earlier message", func(s *story) {
			hi(s).asks(status(503)).replies(thanks)
			returns(s, "in2").asks(noFill, field(func(b *note.OfferBody) { b.InboundMessageID = text("in1") })).replies(thanks)
		}},
		{"chatId changes", "R21", "chatId changed", func(s *story) {
			returns(hi(s).serves(), "in2").asks(field(func(b *note.OfferBody) { b.ChatID = text("other") })).sendsOffer().replies(thanks)
		}},
	}
}

func optionalBreaches() []breaking {
	return []breaking{
		{"milliseconds", "R22", "in milliseconds", body(number("1778695560000"))},
		{"a fraction", "R22", "no integer", body(number("1778695560.5"))},
		{"another time", "R22", "1h0m0s away", body(number("1778699160"))},
		{"timestamp as text", "R22", "no number", request(func(q *note.OfferRequested) { q.WrongType = []string{"inboundTimestamp"} })},
		{"requestId as number", "R23", "no string", request(func(q *note.OfferRequested) { q.WrongType = []string{"requestId"} })},
		{"requestId", "R23", "no UUID", body(func(b *note.OfferBody) { b.RequestID = text("42") })},
		{"country in small letters", "R24", "countryCode", body(attributes(note.OfferAttributes{CountryCode: text("us")}))},
		{"a device", "R24", "platform", body(attributes(note.OfferAttributes{Platform: text("iPhone")}))},
		{"a gender", "R24", "gender", body(attributes(note.OfferAttributes{Gender: text("f")}))},
		{"a number in custom", "R24", "attributes.custom.seats", request(func(q *note.OfferRequested) { q.WrongType = []string{"attributes.custom.seats"} })},
		{"the phone number as userId", "R25", "not a hash", body(func(b *note.OfferBody) { b.UserID = text("+" + customer) })},
	}
}

func answerBreaches() []breaking {
	return []breaking{
		{"confirms something else", "R27", "no impression of this thread", func(s *story) {
			hi(s).serves().confirms(func(c *note.DeliveryConfirmed) { c.ImpressionID, c.Known = "f00", false })
		}},
		{"confirms on receipt", "R28", "before the provider had accepted", func(s *story) {
			hi(s).asks().confirms().sendsOffer().replies(thanks)
		}},
		{"confirms the second offer on receipt", "R28", "before the provider had accepted", func(s *story) {
			returns(hi(s).serves(), "in2").asks().confirms().sendsOffer().replies(thanks)
		}},
		{"confirms what was refused", "R28", "no provider had accepted", func(s *story) {
			hi(s).asks().offerRefused().confirms().replies(thanks)
		}},
		{"confirms twice", "R28", "confirmed again", func(s *story) { hi(s).serves().confirms().confirms() }},
		{"sends an old offer on no-fill", "R29", "although Encore had no offer (geo)", func(s *story) {
			returns(hi(s).serves(), "in2")
			old := s.offer
			s.asks(noFill)
			s.offer = old
			s.sendsOffer().replies(thanks)
		}},
		{"confirms a no-fill", "R29", "delivery was confirmed although", func(s *story) {
			hi(s).asks(noFill).replies(thanks).confirms()
		}},
		{"retries a no-fill", "R30", "again once after it had answered that there is no offer", func(s *story) {
			hi(s).asks(noFill).passes(pause).asks(noFill).replies(thanks)
		}},
	}
}

func sendBreaches() []breaking {
	return []breaking{
		{"adds a footer", "R31", "not sent as Encore composed it", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) {
				o.Payload = json.RawMessage(strings.Replace(string(o.Payload), `"body"`, `"footer":{"text":"Tony's"},"body"`, 1))
			}).replies(thanks)
		}},
		{"shortens the link", "R31", "not sent as Encore composed it", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) {
				o.Payload = json.RawMessage(strings.ReplaceAll(string(o.Payload), s.offer.Link, "https://short.example/1"))
				o.Content.Links, o.Impression, o.OfferLinks = []string{"https://short.example/1"}, "", 0
			}).replies(thanks)
		}},
		{"another picture and another link", "R31", "not sent as Encore composed it", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) {
				o.Payload, o.Impression, o.OfferLinks = json.RawMessage(`{"type":"text"}`), "", 0
				o.Content.Image, o.Content.Links = "", nil
			}).replies(thanks)
		}},
		{"a template without the text", "R31", "the template does not carry the offer's text", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) { o.Carrier, o.Content.Text = note.CarrierTemplate, "A surprise!" }).replies(thanks)
		}},
		{"a template without link and picture", "R31", "the offer's image and link", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) {
				o.Carrier, o.Content.Image, o.Content.Links = note.CarrierTemplate, "", nil
			}).replies(thanks)
		}},
		{"a payload that is no JSON", "R31", "not sent as Encore composed it", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) { o.Payload = json.RawMessage("to=15014005001") }).replies(thanks)
		}},
		{"another number sends", "R32", "sent from 106540352242923", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) { o.Object = "106540352242923" }).replies(thanks)
		}},
		{"another page sends", "R33", "sent from 2", func(s *story) {
			hi(s.on("messenger", "1", "900")).asks().sendsOffer(func(o *note.Outgoing) { o.Object = "2" }).replies(thanks)
		}},
		{"the Graph token goes to Encore", "R34", "the provider's credential: Authorization EAA…", func(s *story) {
			hi(s).asks(with(func(q *note.OfferRequested) { q.OtherAuth = []string{"Authorization EAA…"} })).sendsOffer().replies(thanks)
		}},
		{"a reseller's key goes to Encore", "R34", "the provider's credential: Api-Key …12ab", func(s *story) {
			as := func(o *note.Outgoing) { o.Credential, o.Object = "api-key", "+15550783881" }
			hi(s.on("kaleyra", "+15550783881", "15014005001")).asks(with(func(q *note.OfferRequested) { q.OtherAuth = []string{"Api-Key …12ab"} })).
				sendsOffer(as).replies(thanks, as)
		}},
		{"the Encore key under another name", "R11", "further credentials: Api-Key pk_test_…12ab", func(s *story) {
			hi(s.on("kaleyra", "+15550783881", "15014005001")).asks(with(func(q *note.OfferRequested) { q.OtherAuth = []string{"Api-Key pk_test_…12ab"} })).
				sendsOffer(func(o *note.Outgoing) { o.Credential, o.Object = "api-key", "+15550783881" }).replies(thanks)
		}},
		{"another sender of a reseller", "R32", "sent from +15550783882", func(s *story) {
			hi(s.on("kaleyra", "+15550783881", "15014005001")).asks().sendsOffer(func(o *note.Outgoing) { o.Object = "+15550783882" }).replies(thanks)
		}},
		{"the Encore key goes to the provider", "R34", "the Encore key was sent", func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) { o.Credential = "pk_test" }).replies(thanks)
		}},
	}
}

func replyBreaches() []breaking {
	linked := func(o *note.Outgoing) {
		o.OfferLinks, o.Content.Links = 1, []string{"https://api.encorekit.com/encore/click/in1"}
	}
	return []breaking{
		{"the reply first", "R36", "before the offer", func(s *story) { hi(s).asks().replies(thanks).sendsOffer() }},
		{"both at once", "R36", "without waiting", func(s *story) {
			hi(s).asks()
			offer := s.begin(note.MessageSent{Outgoing: s.offering(nil)})
			reply := s.begin(note.MessageSent{Outgoing: s.message("text", thanks, nil)})
			s.ends(offer, sim.Completed)
			s.ends(reply, sim.Completed)
		}},
		{"the refused offer again after the reply", "R36", "before the offer", func(s *story) {
			hi(s).asks().offerRefused().replies(thanks).sendsOffer()
		}},
		{"both quick messages answered before the offer", "R36", "before the offer", func(s *story) {
			hi(s).says("in2", "Anyone?").replies(thanks).replies(thanks)
			s.in.ID = "in1"
			s.asks().sendsOffer()
		}},
		{"quotes the trigger before the offer", "R36", "before the offer", func(s *story) {
			hi(s).says("in2", "Anyone?").replies(thanks, func(o *note.Outgoing) { o.ReplyTo = "in1" })
			s.in.ID = "in1"
			s.asks().sendsOffer().replies(thanks)
		}},
		{"drops the offer", "R36", "never sent", func(s *story) { hi(s).asks().replies(thanks) }},
		{"replies twice", "R37", "2 messages were sent where the normal reply has 1", func(s *story) { hi(s).serves().replies(thanks) }},
		{"replies to both deliveries", "R37", "2 messages were sent", func(s *story) { hi(s).serves().redelivers().replies(thanks) }},
		{"replies twice, baseline unknown", "R37", "the same reply was sent 2 times", func(s *story) {
			s.Reply = nil
			hi(s).serves().replies(thanks)
		}},
		{"changes the reply", "R37", `instead of "Thanks`, func(s *story) { hi(s).asks().sendsOffer().replies("Enjoy the offer!") }},
		{"appends the link to the reply", "R37", "an Encore link is in the normal reply", func(s *story) {
			hi(s).asks().replies(thanks+" https://api.encorekit.com/encore/click/in1", linked)
		}},
		{"an empty reply", "R37", "empty", func(s *story) {
			s.Reply = nil
			hi(s).asks().sendsOffer().replies(" ")
		}},
		{"half of the reply", "R37", "only 1 of the 2", func(s *story) {
			s.Reply = []rules.ReplyText{{Text: thanks}, {Text: "We open at 11."}}
			hi(s).asks().sendsOffer().replies(thanks)
		}},
		{"no reply after the offer", "R37", "after the offer the customer got no reply within 15s", func(s *story) { hi(s).asks().sendsOffer() }},
		{"no reply after a 500", "R38", "had answered 500", func(s *story) { hi(s).asks(status(500)) }},
		{"no reply after a no-fill", "R38", "there is no offer", func(s *story) { hi(s).asks(noFill) }},
		{"no reply after garbage", "R38", "not the documented JSON", func(s *story) { hi(s).asks(garbled) }},
		{"no reply after a timeout", "R38", "nothing that arrived", func(s *story) { hi(s).asks(timeout(2 * time.Second)) }},
		{"no reply after a refused offer", "R38", "with an offer, and the provider had refused that (#3) with status 400, code 100", func(s *story) { hi(s).asks().offerRefused() }},
		{"an old offer after a failure", "R39", "had answered 503", func(s *story) {
			returns(hi(s).serves(), "in2")
			old := s.offer
			s.asks(status(503))
			s.offer = old
			s.sendsOffer().replies(thanks)
		}},
	}
}

func retryBreaches() []breaking {
	again := func(code, attempts int, wait time.Duration) func(*story) {
		return func(s *story) {
			hi(s)
			for range attempts {
				s.asks(status(code)).passes(wait)
			}
			s.replies(thanks)
		}
	}
	return []breaking{
		{"retries 400", "R40", "again once after it had answered 400", again(400, 2, pause)},
		{"retries 400 for long", "R40", "again 9 times", again(400, 10, pause)},
		{"hammers on 503", "R41", "without a pause", again(503, 4, time.Millisecond)},
		{"hammers on 429 until it works", "R41", "2 times without a pause (the longest was 1ms) after it had answered 429", func(s *story) {
			hi(s).asks(status(429)).asks(status(429)).serves()
		}},
		{"retries 500", "R42", "answered 500", again(500, 2, pause)},
		{"retries 502", "R42", "answered 502", again(502, 3, pause)},
		{"retries 401", "R43", "answered 401", again(401, 2, pause)},
		{"retries 409", "R43", "answered 409", again(409, 2, pause)},
		{"five attempts", "R45", "5 times for one message, 4 attempts are allowed", again(503, 5, pause)},
		{"five attempts after timeouts", "R45", "5 times", func(s *story) {
			hi(s)
			for range 5 {
				s.asks(timeout(time.Second)).passes(pause)
			}
			s.replies(thanks)
		}},
		{"waits for Encore", "R46", "the customer waited 40.0", func(s *story) { hi(s).asks(timeout(40 * time.Second)).replies(thanks) }},
		{"retries after a minute", "R47", "1m5s after the first attempt", func(s *story) {
			s.ReplyBudget = 2 * time.Minute
			hi(s).asks(status(503)).passes(65 * time.Second).serves()
		}},
		{"sends the offer of each answer", "R48", "2 offer messages were sent for impression impression-in1", func(s *story) {
			hi(s).asks().sendsOffer().replies(thanks).redelivers().asks().sendsOffer()
		}},
	}
}

// breaches are all timelines that break a rule of thread scope.
func breaches() []breaking {
	return slices.Concat(
		triggerBreaches(), countBreaches(), requestBreaches(), optionalBreaches(), answerBreaches(), sendBreaches(),
		replyBreaches(), retryBreaches(),
	)
}

func TestEveryBreachIsReportedByOneRule(t *testing.T) {
	t.Parallel()
	for _, b := range breaches() {
		t.Run(b.rule+" "+b.name, func(t *testing.T) {
			t.Parallel()
			s := newStory()
			b.tell(s)
			v := rules.Judge(s.closed())
			if diff := cmp.Diff([]string{b.rule}, broken(v)); diff != "" {
				t.Fatalf("rules with findings (-want +got):\n%s\n%+v", diff, v.Findings)
			}
			if f := v.Findings[0]; len(v.Findings) != 1 || !strings.Contains(f.What, b.what) || len(f.Exchanges) == 0 {
				t.Errorf("got %d findings, first %+v; want one that says %q with its exchanges", len(v.Findings), f, b.what)
			}
		})
	}
}
