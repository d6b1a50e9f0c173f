package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/google/go-cmp/cmp"
)

// sendRules are the rules about handing the offer to a provider.
func sendRules() []Rule {
	const sending = "Encore integration guide, Sending the message: "
	return []Rule{
		{
			ID: "R31", Severity: Must, Scope: ScopeThread, Needs: needFill, Judge: alteredOffers,
			NeedsRun: needOffersOfRun, JudgeRun: strayed("R31"),
			Duty:   "The payload is sent as Encore composed it: nothing added, removed or re-addressed, the link untouched",
			Clause: sending + "message.payload is the whole Graph body, recipient included; add the token and post it verbatim",
			Fix:    "post message.payload without decoding it into a type of your own; in a provider's template carry image, text and link unchanged",
		},
		{
			ID: "R32", Severity: Must, Scope: ScopeThread, Needs: needOfferOnWhatsApp, Judge: wrongObject,
			NeedsRun: needOffersOfRun, JudgeRun: strayed("R32"),
			Duty:   "On WhatsApp the offer is sent from the number or account that the customer wrote to, through a provider too",
			Clause: sending + "POST to the business phone number's id, with a Bearer token",
			Fix:    "take phone_number_id from the webhook's metadata; at a provider send with the sender or key of the account whose webhook it was",
		},
		{
			ID: "R33", Severity: Must, Scope: ScopeThread, Needs: needOfferOn("messenger", "instagram"), Judge: wrongObject,
			NeedsRun: needOffersOfRun, JudgeRun: strayed("R33"),
			Duty:   "On Messenger and Instagram the offer is posted with the token of the page or account that the customer wrote to",
			Clause: sending + "POST to me/messages with the page's access token",
			Fix:    "choose the token by the webhook's recipient id",
		},
		{
			ID: "R34", Severity: Must, Scope: ScopeThread, Needs: needCredentials, Judge: both(eachCall(providerTokenAtEncore), encoreKeyAtProvider),
			Duty:   "The provider's token goes to the provider only, the Encore key to Encore only",
			Clause: "Encore integration guide, Authentication and Sending the message: Encore takes the publishable key alone, the provider your access token",
			Fix:    "use one HTTP client for each service, each with its own credential",
		},
		{
			ID: "R35", Severity: Must, Scope: ScopeRun, NeedsRun: needOffersOfRun, JudgeRun: strayed("R35"),
			Duty:   "The payload is sent on the platform for which it was composed",
			Clause: sending + "WhatsApp payloads go to the Cloud API, Messenger and Instagram payloads to the Send API",
			Fix:    "choose the sender by message.platform",
		},
	}
}

// needOfferOnWhatsApp asks for an offer on WhatsApp, whoever carries it.
func needOfferOnWhatsApp(r *Reading) string {
	if r.platform() != "whatsapp" {
		return "concerns whatsapp and its providers only"
	}
	return needOffer(r)
}

func needOfferOn(channels ...string) need {
	return func(r *Reading) string {
		if !slices.Contains(channels, r.Channel) {
			return "concerns " + strings.Join(channels, " and ") + " only"
		}
		return needOffer(r)
	}
}

func needCredentials(r *Reading) string {
	return unless(len(r.attempts)+len(r.offers)+len(r.replies) > 0, "nothing was sent")
}

func needOffersOfRun(readings []*Reading) string {
	sent := func(r *Reading) bool { return len(r.offers) > 0 }
	return unless(slices.ContainsFunc(readings, sent), "no offer was sent")
}

// alteredOffers compares every offer with the answer it came from. Only the
// first deviation of a message is reported.
func alteredOffers(r *Reading) []Breach {
	var breaches []Breach
	seen := map[*inbound]bool{}
	for _, s := range r.offers {
		if s.inbound == nil || s.foreign || s.stale || seen[s.inbound] {
			continue
		}
		a := s.inbound.answerFor(s.Impression)
		if a == nil {
			continue
		}
		if what, diff := alteration(a.decided, s); what != "" {
			seen[s.inbound] = true
			breaches = append(breaches, Breach{Inbound: s.inbound.ID, What: what, Diff: diff, Exchanges: []int64{s.n, a.n}})
		}
	}
	return breaches
}

// answerFor is the answer with an impression that reached the integrator, or,
// when the message names none, the first offer.
func (in *inbound) answerFor(impression string) *attempt {
	if impression == "" {
		return in.answer()
	}
	return in.attemptThat(func(a *attempt) bool { return a.offered() && a.decided.ImpressionID == impression })
}

// alteration says what was changed on the way from an answer to a message.
func alteration(d *note.OfferDecided, s *send) (what, diff string) {
	if s.Carrier == note.CarrierTemplate {
		if lost := lostContent(d, s.Content); len(lost) > 0 {
			sent := note.Content{Image: s.Content.Image, Text: s.Content.Text, Links: s.Content.Links}
			return "the template does not carry the offer's " + strings.Join(lost, " and "), excerpt(cmp.Diff(d.Content, sent))
		}
		return "", ""
	}
	want, got := decode(d.Payload), withoutCredential(decode(s.Payload))
	if cmp.Equal(want, got) {
		return "", ""
	}
	return "the offer was not sent as Encore composed it", excerpt(cmp.Diff(want, got))
}

// lostContent names what of an offer a template does not show. A picture that
// was uploaded before is known to the provider by an id, which cannot be compared.
func lostContent(d *note.OfferDecided, sent note.Content) []string {
	var lost []string
	uploaded := sent.Image != "" && !strings.Contains(sent.Image, "://")
	if sent.Image != d.Content.Image && !uploaded {
		lost = append(lost, "image")
	}
	if !strings.Contains(sent.Text, d.Content.Text) {
		lost = append(lost, "text")
	}
	if !slices.Contains(sent.Links, d.Link) {
		lost = append(lost, "link")
	}
	return lost
}

// decode reads JSON with numbers as they are written. What is no JSON stays text.
func decode(data json.RawMessage) any {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return string(data)
	}
	return tree
}

// withoutCredential leaves out a token in the body, which Meta accepts beside
// the payload and which is no part of it.
func withoutCredential(tree any) any {
	if object, ok := tree.(map[string]any); ok {
		delete(object, "access_token")
		delete(object, "appsecret_proof")
	}
	return tree
}

// excerptLines bounds the diff in a finding.
const excerptLines = 24

// excerpt shortens a diff and makes it the same on every run: go-cmp prints
// one of two kinds of space at random, to keep people from relying on it.
func excerpt(diff string) string {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(diff, "\u00a0", " "), "\n"), "\n")
	if left := len(lines) - excerptLines; left > 0 {
		lines = append(lines[:excerptLines], fmt.Sprintf("… %d more lines", left))
	}
	return strings.Join(lines, "\n")
}

// wrongObject finds offers posted to another account than the thread's.
func wrongObject(r *Reading) []Breach {
	var breaches []Breach
	for _, s := range r.offers {
		known := !slices.Contains([]string{"", "me"}, s.Object) // me is whatever the token belongs to
		if s.foreign || !known || r.account() == "" || bare(s.Object) == bare(r.account()) {
			continue
		}
		breaches = append(breaches, Breach{
			Inbound: s.inbound.id(), Exchanges: []int64{s.n},
			What: fmt.Sprintf("the offer was sent from %s, the customer wrote to %s", s.Object, r.account()),
		})
	}
	return breaches
}

func providerTokenAtEncore(r *Reading, a *attempt) string {
	if r.ofProvider(a.request.OtherAuth) {
		return "the call to Encore carries the provider's credential: " + listed(a.request.OtherAuth)
	}
	return ""
}

func encoreKeyAtProvider(r *Reading) []Breach {
	var breaches []Breach
	for _, s := range slices.Concat(r.offers, r.replies) {
		if strings.HasPrefix(s.Credential, "pk_") {
			breaches = append(breaches, Breach{
				Inbound: s.inbound.id(), Exchanges: []int64{s.n}, What: "the Encore key was sent to the provider",
			})
		}
	}
	return breaches
}

// strayed finds offers that were composed for one thread and sent in another,
// as far as a rule explains them: R35 on another platform, R31 to another
// customer, R32 and R33 from another account.
func strayed(id string) func([]*Reading) []Breach {
	return func(readings []*Reading) []Breach {
		var breaches []Breach
		for _, r := range readings {
			for _, s := range r.offers {
				if origin, a := originOf(readings, s); a != nil && origin != r {
					if rule, what := misdirection(origin, r); rule == id {
						breaches = append(breaches, Breach{Thread: r.Thread, What: what, Exchanges: []int64{s.n, a.n}})
					}
				}
			}
		}
		return breaches
	}
}

// originOf finds the thread for which a foreign offer was composed.
func originOf(readings []*Reading, s *send) (*Reading, *attempt) {
	if !s.foreign {
		return nil, nil
	}
	for _, r := range readings {
		if a := r.decision(s.Impression); a != nil {
			return r, a
		}
	}
	return nil, nil
}

// misdirection names the rule that says why an offer of one thread must not be
// sent in another.
func misdirection(from, to *Reading) (rule, what string) {
	switch {
	case from.platform() != to.platform():
		return "R35", fmt.Sprintf("an offer composed for %s was sent on %s", from.platform(), to.platform())
	case from.customer() != to.customer():
		return "R31", fmt.Sprintf("an offer composed for %s was sent to %s", from.customer(), to.customer())
	case to.Channel == "messenger", to.Channel == "instagram":
		return "R33", fmt.Sprintf("an offer composed for a message to %s was sent from %s", from.account(), to.account())
	}
	return "R32", fmt.Sprintf("an offer composed for a message to %s was sent from %s", from.account(), to.account())
}
