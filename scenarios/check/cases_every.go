package check

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// promise is what holds for every answer of a kind.
type promise struct {
	name, clause, reason string
	about                func(answer) bool
	breach               func(document, answer) string // "got …, want …", or nothing
}

// everyCases judge all answers that came before them.
func everyCases() []Case {
	rows := promises()
	cases := make([]Case, len(rows))
	for i, row := range rows {
		cases[i] = Case{"every." + row.name, row.clause, row.reason, row.judge}
	}
	return cases
}

func promises() []promise {
	return []promise{
		{"status", guide + "Status codes: the table", "integrators decide about retries by the status alone", anyAnswer, undocumented},
		{"schema", "openapi.yaml: the body documented for the operation and status", "typed clients fail on what does not fit", anyAnswer, misshapen},
		{"content-type", "openapi.yaml: answers are application/json", "many clients decode by the content type", anyAnswer, notJSONType},
		{"error-body", spec + "errors: a sentence in error, problems in details", "the sentence is all that a developer has to go by", isError, badError},
		{"success", guide + "Response: success is always true on a 200", "integrators may test it in place of the status", isDecision, unsuccessful},
		{"impression", guide + "Response: impressionId is the SHA-256 of clientId:inboundMessageId, and always present", "the delivery callback names the impression by it", hasKey, misnamed},
		{"null-together", guide + "Response: message is null when offer is null", "an offer without a message cannot be sent, a message without an offer cannot be counted", isDecision, halfNull},
		{"same-id", guide + "Response: offer.id and offer.campaignId are the same", "integrators may keep either", isOffer, twoIDs},
		{"click-host", guide + "When to call us: every offer link points at the encorekit.com domain", "the cap per thread is counted by that domain", isOffer, foreignHost},
	}
}

// judge names the first answers that break the promise.
func (p promise) judge(_ context.Context, s *Suite) error {
	const most = 3
	var errs []error
	judged := 0
	for _, a := range s.seen {
		if !p.about(a) {
			continue
		}
		judged++
		if text := p.breach(s.doc, a); text != "" {
			errs = append(errs, fmt.Errorf("%s %d to %s: %s", a.id, a.status, brief(a.body), text))
		}
	}
	if judged == 0 {
		return skip("no such answer was received; play the other cases first")
	}
	if n := len(errs); n > most {
		errs = append(errs[:most], fmt.Errorf("and %d more of %d answers", n-most, judged))
	}
	return errors.Join(errs...)
}

func anyAnswer(answer) bool    { return true }
func isError(a answer) bool    { return a.status >= http.StatusBadRequest }
func isDecision(a answer) bool { return a.id == offersMessage.id && a.status == http.StatusOK }
func isOffer(a answer) bool    { return isDecision(a) && a.at("offer") != nil }

// hasKey tells whether the decision is about a request with both halves of the
// key; others should have been refused, which the cases refuse.… say.
func hasKey(a answer) bool {
	r := a.request()
	client, _ := r["clientId"].(string)
	inbound, _ := r["inboundMessageId"].(string)
	return isDecision(a) && client != "" && inbound != ""
}

func undocumented(doc document, a answer) string {
	if _, documented := doc[a.id][a.status]; documented {
		return ""
	}
	var statuses []string
	for status := range doc[a.id] {
		statuses = append(statuses, fmt.Sprint(status))
	}
	slices.Sort(statuses)
	return fmt.Sprintf("got status %d, want one of %s", a.status, strings.Join(statuses, ", "))
}

func misshapen(doc document, a answer) string {
	return strings.Join(doc.problems(a), "; ")
}

func notJSONType(_ document, a answer) string {
	if kind, _, err := mime.ParseMediaType(a.contentType); err != nil || kind != "application/json" {
		return fmt.Sprintf("got Content-Type %q, want application/json", a.contentType)
	}
	return ""
}

func badError(_ document, a answer) string {
	if sentence, _ := a.at("error").(string); sentence == "" {
		return fmt.Sprintf("got %s, want an object with a sentence in error", brief(a.text))
	}
	details, there := a.tree.(object)["details"]
	if _, list := details.([]any); there && !list {
		return fmt.Sprintf("got details %s, want an array or none", brief(encode(details)))
	}
	return ""
}

func unsuccessful(_ document, a answer) string { return text(a.equal("success", true)) }

func misnamed(_ document, a answer) string {
	return text(a.equal("impressionId", impressionID(a.request())))
}

func halfNull(_ document, a answer) string {
	offer, message := a.at("offer"), a.at("message")
	if (offer == nil) == (message == nil) {
		return ""
	}
	return fmt.Sprintf("got offer %s with message %s, want both or none", brief(encode(offer)), brief(encode(message)))
}

func twoIDs(_ document, a answer) string { return text(a.equal("offer.id", a.at("offer.campaignId"))) }

func foreignHost(_ document, a answer) string {
	link, _ := a.at("offer.clickUrl").(string)
	u, err := url.Parse(link)
	if err == nil && (u.Hostname() == "encorekit.com" || strings.HasSuffix(u.Hostname(), ".encorekit.com")) {
		return ""
	}
	return fmt.Sprintf("offer.clickUrl: got %s, want a host under encorekit.com", brief([]byte(link)))
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
