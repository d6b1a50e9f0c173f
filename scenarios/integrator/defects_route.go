package integrator

import (
	"encoding/json"
	"slices"
	"strings"
)

// routeDefects are bugs of what goes where, and to whom.
func routeDefects() []Defect {
	return []Defect{
		{"silent-mid-thread", "R8", "Messages for which Encore is not asked get no reply.", nil, func(p *policy) {
			was := p.silent
			p.silent = func(d decision) bool { return d.outcome == notAsked || was(d) }
		}},
		{"wrong-page", "R33", "The offer goes out from another operator's page than the customer wrote to.", []string{"messenger", "instagram"}, func(p *policy) {
			p.target = func(target string, m inbound, all []Operator) string {
				return strings.Replace(target, "/me/", "/"+m.channel.account(otherOperator(m.operator, all))+"/", 1)
			}
		}},
		{"offer-by-messenger", "R35", "Offers for customers of WhatsApp are sent by Messenger.", []string{"whatsapp"}, func(p *policy) {
			p.reroute = (*Integrator).byMessenger
		}},
		{"offer-to-last-customer", "R31", "The offer goes to whoever wrote last.", []string{"whatsapp"}, func(p *policy) {
			last := ""
			watching(func(_ *thread, what happening, m inbound, _ json.RawMessage) {
				if what == wasReceived {
					last = m.address
				}
			})(p)
			p.reroute = func(_ *Integrator, m inbound, payload json.RawMessage) (inbound, json.RawMessage) {
				return m, json.RawMessage(strings.Replace(string(payload), `"to":"`+m.address+`"`, `"to":"`+last+`"`, 1))
			}
		}},
		{"offer-in-reply", "R37", "The link of the offer is put into the reply, instead of an offer.", []string{"whatsapp"}, func(p *policy) {
			p.offerTimes = 0
			p.reply = func(text string, d decision) string {
				if offer, err := unpack(d.payload); d.outcome == served && err == nil {
					return text + " " + offer.link
				}
				return text
			}
		}},
		{"echo-answered", "R37", "An echo of the business's own message is answered like a customer's.", []string{"messenger"}, func(p *policy) {
			p.answersEchoes = true
		}},
	}
}

// otherOperator is one that somebody else is, if there is one.
func otherOperator(own Operator, all []Operator) Operator {
	i := slices.IndexFunc(all, func(o Operator) bool { return o.ClientID != own.ClientID })
	if i < 0 {
		return own
	}
	return all[i]
}

// byMessenger makes a message of Messenger out of an offer for WhatsApp.
func (in *Integrator) byMessenger(m inbound, payload json.RawMessage) (inbound, json.RawMessage) {
	i := slices.IndexFunc(in.channels, func(ch *channel) bool { return ch.name == "messenger" })
	offer, err := unpack(payload)
	if err != nil {
		return m, payload
	}
	m.channel = in.channels[i]
	body, err := json.Marshal(socialReply(m, offer.text+" "+offer.link))
	if err != nil {
		return m, payload
	}
	return m, body
}

func confirmDefects() []Defect {
	return []Defect{
		{"confirm-wrong-impression", "R27", "The delivery callback names an impression that Encore never gave.", nil, func(p *policy) {
			p.impression = fingerprint
		}},
		{"confirm-unsent", "R28", "Delivery is confirmed before the offer is sent.", nil, func(p *policy) { p.confirmsUnsent = true }},
		{"confirm-every-report", "R28", "Every report of a delivery is confirmed, also when it comes again.", []string{"whatsapp", "kaleyra", "interakt", "zoko"}, func(p *policy) {
			p.confirmsAgain = true
		}},
		{"confirm-no-fill", "R29", "Delivery is confirmed although there was no offer.", nil, func(p *policy) { p.confirmsNoFill = true }},
	}
}
