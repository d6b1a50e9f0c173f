package integrator

// Habits is the table of what integrators do differently from this one and yet
// keep every duty. Switched on like defects, they prove that no rule bites
// where it should not.
func Habits() []Defect {
	return []Defect{
		{"zero-retries", "", "Encore is called once, whatever it answers.", nil, func(p *policy) { p.maxRetries = 0 }},
		{"one-retry", "", "A call is repeated once at most.", nil, func(p *policy) { p.maxRetries = 1 }},
		{"no-callback", "", "Delivery is not confirmed.", nil, func(p *policy) { p.confirms = false }},
		{"acknowledge-last", "", "A webhook is answered when everything is done for it.", nil, func(p *policy) { p.acknowledgesLast = true }},
		{"required-fields-only", "", "Every optional field is left out.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.InboundTimestamp = 0
		})},
		{"two-greetings", "", "The reply is two messages.", nil, func(p *policy) {
			p.replies = func(text string) []string { return []string{text, SecondGreeting} }
		}},
		{"one-reply-for-several", "", "One reply answers all messages that came meanwhile.", nil, func(p *policy) { p.gathers = true }},
		{"seen-and-typing", "", "Messages are marked as read, and typing is shown.", nil, func(p *policy) { p.manners = true }},
		{"full-jitter", "", "A pause is anything between none and twice the usual.", nil, func(p *policy) { p.fullJitter = true }},
		{"plus-in-recipient", "", "The recipient is written with a plus, as E.164 has it.", []string{"whatsapp", "kaleyra", "interakt", "zoko"}, request(func(r *offerRequest, _ inbound, _ int) {
			r.Recipient = "+" + r.Recipient
		})},
		{"number-as-chat", "", "The id of the business number is given as chatId, as the guide's table has it.", []string{"whatsapp"}, request(func(r *offerRequest, m inbound, _ int) {
			r.ChatID = m.channel.account(m.operator)
		})},
		{"by-the-content-type", "", "What is not announced as JSON is not read.", nil, func(p *policy) { p.strictType = true }},
	}
}

// SecondGreeting is the second message of the habit two-greetings.
const SecondGreeting = "Meanwhile, have a look at our website."
