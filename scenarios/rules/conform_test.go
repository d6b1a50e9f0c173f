package rules_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/google/go-cmp/cmp"
)

// conforming are timelines of integrators that do nothing wrong. The name says
// what an eager rule might object to.
func conforming() map[string]func(*story) {
	all := map[string]func(*story){}
	for _, some := range []map[string]func(*story){
		conformingRetries(), conformingSurroundings(), conformingReplies(), conformingTriggers(), conformingDeliveries(), conformingRequests(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func conformingRetries() map[string]func(*story) {
	return map[string]func(*story){
		"offer then reply":            func(s *story) { hi(s).serves() },
		"no retry after 503":          func(s *story) { hi(s).asks(status(503)).replies(thanks) },
		"one retry after 429":         func(s *story) { hi(s).asks(status(429)).passes(0).serves() },
		"one retry without any pause": func(s *story) { hi(s).asks(status(503)).serves() },
		"three retries with backoff": func(s *story) {
			hi(s).asks(status(503)).passes(190 * time.Millisecond).asks(status(503)).passes(time.Second).asks(status(503)).
				passes(5 * time.Second).asks(status(503)).replies(thanks)
		},
		"full jitter draws two short pauses": func(s *story) {
			hi(s).asks(status(503)).passes(2 * time.Millisecond).asks(status(503)).passes(40 * time.Millisecond).serves()
		},
		"retry after a timeout": func(s *story) {
			hi(s).asks(timeout(2 * time.Second)).passes(200 * time.Millisecond).serves()
		},
		"retry after garbage": func(s *story) { hi(s).asks(garbled).passes(200 * time.Millisecond).serves() },
		"answer lost and asked again": func(s *story) {
			hi(s).asks(lost).passes(200 * time.Millisecond).serves()
		},
		"retry after the client gave up on a 500": func(s *story) {
			hi(s).asks(status(500), slow(2*time.Second), func(t *turn) { t.outcome = sim.Aborted }).passes(time.Second).serves()
		},
		"no-fill then reply": func(s *story) { hi(s).asks(noFill).replies(thanks) },
		"401 then reply":     func(s *story) { hi(s).asks(status(401)).replies(thanks) },
		"500 then reply":     func(s *story) { hi(s).asks(status(500)).replies(thanks) },
	}
}

func conformingSurroundings() map[string]func(*story) {
	return map[string]func(*story){
		"delivery confirmed":        func(s *story) { hi(s).asks().sendsOffer().confirms().replies(thanks) },
		"confirmed after the reply": func(s *story) { hi(s).serves().confirms() },
		"confirmed again to add when it was read": func(s *story) {
			read := func(c *note.DeliveryConfirmed) { c.ReadTimestamp = c.DeliveredTimestamp }
			hi(s).serves().confirms().confirms(read)
		},
		"confirmed again after a failure": func(s *story) {
			hi(s).serves().confirms(func(c *note.DeliveryConfirmed) { c.Status = 500 }).confirms()
		},
		"confirmed again after a refusal": func(s *story) {
			refused := func(c *note.DeliveryConfirmed) { c.Status, c.Known = 401, false } // it was not looked up
			hi(s).serves().confirms(refused).confirms()
		},
		"acknowledges the webhook last": func(s *story) {
			n := s.delivers("in1", "Hi")
			s.serves()
			s.ends(n, sim.Completed, note.WebhookAcked{Status: 200})
		},
		"read receipt and typing in between": func(s *story) {
			kind := func(k string) note.MessageSent { return note.MessageSent{Outgoing: note.Outgoing{Type: k}} }
			hi(s).other(kind("read")).asks().other(kind("typing_on")).sendsOffer().other(kind("mark_seen")).replies(thanks)
		},
		"statuses arrive in between": func(s *story) {
			hi(s).asks().sendsOffer().other(note.EventDelivered{Event: "status", MessageID: "wamid.out1", Status: "delivered"}).
				other(note.StatusDelivered{MessageID: "wamid.out1", Status: "delivered"}).replies(thanks)
		},
	}
}

func conformingReplies() map[string]func(*story) {
	return map[string]func(*story){
		"two messages make the normal reply": func(s *story) {
			s.Reply = []rules.ReplyText{{Text: thanks}, {Text: "We open at 11."}}
			hi(s).serves().replies("We open at 11.")
		},
		"a message comes between the two parts of a reply": func(s *story) {
			s.Reply = []rules.ReplyText{{Text: thanks}, {Text: "We open at 11."}}
			hi(s).serves().says("in2", "ok?").replies("We open at 11.").replies(thanks).replies("We open at 11.")
		},
		"one reply to two quick messages": func(s *story) { hi(s).says("in2", "Anyone?").serves() },
		"a reply to each of two quick messages": func(s *story) {
			hi(s).says("in2", "Anyone?").serves().replies(thanks)
		},
		"the second quick message is answered before the offer": func(s *story) {
			first := s.delivers("in1", "Hi")
			s.says("in2", "Anyone?").replies(thanks)
			s.in.ID = "in1"
			s.serves()
			s.ends(first, sim.Completed, note.WebhookAcked{Status: 200})
		},
		"a reply that quotes the second quick message comes before the offer": func(s *story) {
			hi(s).says("in2", "Anyone?").replies(thanks, func(o *note.Outgoing) { o.ReplyTo = "in2" })
			s.in.ID = "in1"
			s.serves()
		},
		"the late reply to a quick message": func(s *story) {
			hi(s).says("in2", "Anyone?").serves().says("in3", "Hello?").replies(thanks).replies(thanks)
		},
	}
}

func conformingTriggers() map[string]func(*story) {
	return map[string]func(*story){
		"mid-thread reply only": func(s *story) {
			hi(s).serves().waits(time.Hour).says("in2", "Open today?").replies("Until ten.")
		},
		"returns after exactly the idle gap": func(s *story) {
			hi(s).serves()
			s.time = s.start.Add(rules.DefaultIdleGap - time.Millisecond)
			s.other(note.ClockAdvanced{Thread: s.Thread, By: 23 * time.Hour}).says("in2", "Hi again").serves()
		},
		"held back by the provider until after the idle gap, taken for a return": func(s *story) { heldBack(s).serves() },
		"held back by the provider until after the idle gap, taken for mid-thread": func(s *story) {
			heldBack(s).replies(thanks)
		},
		"skips at the cap": func(s *story) {
			s.Cap = 1
			hi(s).serves().waits(48*time.Hour).says("in2", "Hi again").replies(thanks)
		},
		"never calls with a cap of zero": func(s *story) {
			s.Cap = 0
			hi(s).replies(thanks)
		},
		"offer refused, then the reply":  func(s *story) { hi(s).asks().offerRefused().replies(thanks) },
		"offer refused and sent again":   func(s *story) { hi(s).asks().offerRefused().passes(time.Second).sendsOffer().replies(thanks) },
		"a refused offer does not count": func(s *story) { refusedAtCap(s).says("in2", "Hi again").serves() },
		"a failed offer may count":       func(s *story) { failedAtCap(s).says("in2", "Hi again").replies(thanks) },
		"a failed offer may not count":   func(s *story) { failedAtCap(s).says("in2", "Hi again").serves() },
	}
}

func conformingDeliveries() map[string]func(*story) {
	return map[string]func(*story){
		"webhook redelivered and ignored":       func(s *story) { hi(s).serves().redelivers() },
		"webhook redelivered before the answer": func(s *story) { hi(s).redelivers().serves() },
		"redelivered webhook asks again, the offer goes out once": func(s *story) {
			hi(s).serves().redelivers().asks()
		},
		"retries of two deliveries": func(s *story) {
			hi(s)
			for range 2 {
				s.asks(status(503)).passes(200 * time.Millisecond)
			}
			s.redelivers()
			for range 6 {
				s.asks(status(503)).passes(200 * time.Millisecond)
			}
			s.replies(thanks)
		},
		"the provider's answer got lost and the offer is sent again": func(s *story) {
			hi(s).asks()
			s.ends(s.begin(note.MessageSent{Outgoing: s.offering(nil)}), sim.Cut)
			s.sendsOffer().replies(thanks)
		},
		"a webhook that was refused does not count": func(s *story) {
			n := s.delivers("in1", "Hi")
			s.ends(n, sim.Failed, note.WebhookAcked{Reason: "refused"})
			s.passes(time.Minute).redelivers().serves()
		},
		"echo and reaction get nothing": func(s *story) {
			hi(s).serves().other(note.InboundMessage{ID: "r1", NotAnInbound: "reaction"}).
				other(note.EventDelivered{Event: "echo", MessageID: "wamid.out1"})
		},
		"a reaction is answered": func(s *story) {
			hi(s).serves().other(note.InboundMessage{ID: "r1", NotAnInbound: "reaction"}).replies("Nice!")
		},
		"a forged webhook is ignored": func(s *story) {
			s.other(note.InboundMessage{ID: "f1", Forged: "wrong"}).says("in1", "Hi").serves()
		},
		"late answer dropped so that the reply need not wait": func(s *story) {
			hi(s).asks(slow(4 * time.Second)).replies(thanks)
		},
		"reply varies": func(s *story) {
			s.Reply = []rules.ReplyText{{Varies: true}}
			hi(s).asks().sendsOffer().replies("Good evening, it is 18:06.")
		},
		"reply unknown": func(s *story) {
			s.Reply = nil
			hi(s).asks().sendsOffer().replies("One.").replies("Two.")
		},
	}
}

func conformingRequests() map[string]func(*story) {
	return map[string]func(*story){
		"every optional field": func(s *story) {
			seconds := json.Number("1778695560")
			hi(s).asks(field(func(b *note.OfferBody) {
				b.InboundTimestamp, b.UserID, b.RequestID = &seconds, text("9f86d081884c7d65"), text("11111111-1111-4111-8111-111111111111")
				b.Attributes = &note.OfferAttributes{
					CountryCode: text("US"), Language: text("en"), Platform: text("ios"), Gender: text("other"),
					Custom: map[string]string{"plan": "gold"},
				}
			})).sendsOffer().replies(thanks)
		},
		"a fresh requestId on each retry": func(s *story) {
			id := func(v string) func(*turn) { return field(func(b *note.OfferBody) { b.RequestID = text(v) }) }
			hi(s).asks(status(503), id("11111111-1111-4111-8111-111111111111")).passes(200 * time.Millisecond).
				asks(id("22222222-2222-4222-8222-222222222222")).sendsOffer().replies(thanks)
		},
		"chatId is the phone number id": func(s *story) {
			hi(s).asks(field(func(b *note.OfferBody) { b.ChatID = text(account) })).sendsOffer().replies(thanks)
		},
		"recipient with a plus": func(s *story) {
			hi(s).asks(field(func(b *note.OfferBody) { b.Recipient = text("+" + customer) })).sendsOffer().replies(thanks)
		},
		"posted to me": func(s *story) {
			hi(s.on("messenger", "1", "900")).asks().sendsOffer(func(o *note.Outgoing) { o.Object = "me" }).replies(thanks)
		},
		"offer in a template with an uploaded picture": func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) {
				o.Carrier, o.Payload = note.CarrierTemplate, json.RawMessage(`{"template":"LTO_template"}`)
				o.Content.Image, o.Content.Text = "1602186516975000", "Hi! "+o.Content.Text
			}).replies(thanks)
		},
		"offer in a template of a provider": func(s *story) {
			hi(s.on("interakt", "tonys", customer)).asks().sendsOffer(func(o *note.Outgoing) {
				o.Type, o.Carrier, o.Payload, o.Credential = "Template", note.CarrierTemplate, json.RawMessage(`{"template":{"name":"encore_offer"}}`), "basic"
			}).replies(thanks)
		},
		"sender of a reseller without its plus": func(s *story) {
			hi(s.on("kaleyra", "+15550783881", customer)).asks().sendsOffer(func(o *note.Outgoing) { o.Object = "15550783881" }).replies(thanks)
		},
		"token in the body": func(s *story) {
			hi(s).asks().sendsOffer(func(o *note.Outgoing) {
				o.Payload = json.RawMessage(`{"access_token":"EAA…",` + string(o.Payload[1:]))
			}).replies(thanks)
		},
		"customer who opted out gets the reply": func(s *story) {
			s.other(note.OptedOut{})
			hi(s).replies(thanks)
		},
		"the reply quotes the message": func(s *story) {
			hi(s).says("in2", "Anyone?").asks().sendsOffer().
				replies(thanks, func(o *note.Outgoing) { o.ReplyTo = "in2" }).
				replies(thanks, func(o *note.Outgoing) { o.ReplyTo = "in1" })
		},
	}
}

// heldBack has a second message that was written before the idle gap had passed
// and delivered after it.
func heldBack(s *story) *story {
	s.says("in1", "Hi").serves().waits(12 * time.Hour)
	s.delivers("in2", "Hi again")
	s.ends(s.n, sim.Failed, note.WebhookAcked{Reason: "refused"})
	return s.waits(12 * time.Hour).redelivers()
}

// refusedAtCap has a cap of 1 and an offer that the provider did not take.
func refusedAtCap(s *story) *story {
	s.Cap = 1
	return s.says("in1", "Hi").asks().offerRefused().replies(thanks).waits(48 * time.Hour)
}

// failedAtCap has a cap of 1 and an offer that was accepted and failed later.
func failedAtCap(s *story) *story {
	s.Cap = 1
	return s.says("in1", "Hi").serves().other(note.StatusDelivered{MessageID: "wamid.out1", Status: "failed"}).waits(48 * time.Hour)
}

func TestConformingTimelinesHaveNoFindings(t *testing.T) {
	t.Parallel()
	for name, tell := range conforming() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory()
			tell(s)
			e := s.closed()
			if diff := cmp.Diff([]rules.Finding{}, rules.Judge(e).Findings); diff != "" {
				t.Errorf("findings on a conforming timeline (-want +got):\n%s", diff)
			}
		})
	}
}

// A conforming integrator is judged at every moment in `serve`, so no prefix
// of a timeline may give a finding either.
func TestConformingTimelinesHaveNoFindingsAtAnyMoment(t *testing.T) {
	t.Parallel()
	for name, tell := range conforming() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory()
			tell(s)
			whole := s.closed()
			for i := range whole.Events {
				e := whole
				e.Closed, e.Events, e.Now = false, whole.Events[:i+1], whole.Events[i].At
				if diff := cmp.Diff([]rules.Finding{}, rules.Judge(e).Findings); diff != "" {
					t.Fatalf("findings after event %d of %d (-want +got):\n%s", i+1, len(whole.Events), diff)
				}
			}
		})
	}
}
