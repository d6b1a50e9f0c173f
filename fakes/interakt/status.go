package interakt

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// failure is why a message did not reach its customer.
type failure struct {
	Code   int
	Reason string
}

// invalidRecipient is the code of Interakt's own sample.
const invalidRecipient = 1013

// newFailure words a code: Interakt's sample, else what the Cloud API calls it,
// whose codes live webhooks carry.
func newFailure(code int) *failure {
	if code == 0 || code == invalidRecipient {
		return &failure{invalidRecipient, "Recipient is not a valid WhatsApp user"}
	}
	return &failure{code, meta.NewError(code, "").Title}
}

// statusTypes are the statuses of a message as webhooks name them.
var statusTypes = map[string]string{meta.StatusSent: "Sent", meta.StatusDelivered: "Delivered", meta.StatusRead: "Read", meta.StatusFailed: "Failed"}

// report makes the webhooks of an accepted message due: how it arrives, or with
// a failure that it does not.
func (f *fake) report(tx *sim.Tx, m message, failed *failure) {
	steps := []struct {
		status string
		after  time.Duration
	}{{meta.StatusSent, f.Delays.Sent}, {meta.StatusDelivered, f.Delays.Delivered}, {meta.StatusRead, f.Delays.Read}}
	if failed != nil {
		steps = steps[:1]
		steps[0].status, steps[0].after = meta.StatusFailed, max(f.Delays.Sent, 0)
	}
	for _, step := range steps {
		if step.after >= 0 {
			w := statusHook(tx, m, step.status, tx.Now.Add(step.after), failed)
			w.After = step.after
			tx.Webhook(w)
		}
	}
}

// statusHook is the webhook of a status at a time.
func statusHook(tx *sim.Tx, m message, status string, at time.Time, failed *failure) sim.Webhook {
	wire, code := m.wire(statusTypes[status]), ""
	switch status {
	case meta.StatusDelivered:
		wire.Delivered = stamp(at)
	case meta.StatusRead:
		wire.Delivered, wire.Seen = stamp(earlier(m.Delivered, at)), stamp(at)
	case meta.StatusFailed:
		code = strconv.Itoa(failed.Code)
		wire.Failure, wire.ErrorCode = &failed.Reason, &code
	}
	return sim.Webhook{
		Event: "status", ID: m.ID, Body: provider.JSON(frame(tx, "message_api_"+status, at, wire)),
		Notes: []sim.Note{
			note.EventDelivered{Event: "status", MessageID: m.ID, Status: status},
			note.StatusDelivered{MessageID: m.ID, Status: status, Code: code},
		},
	}
}

// earlier is the time of a delivery that was reported, or of a later status
// where it was not.
func earlier(delivered, now time.Time) time.Time {
	if delivered.IsZero() || delivered.After(now) {
		return now
	}
	return delivered
}

// wire is a message of the business in a webhook.
func (m message) wire(status string) hookMessage {
	return hookMessage{
		ID: m.ID, ChatType: "PublicApiMessage", Status: status, Received: stamp(m.At), Campaign: maybe(m.Campaign),
		IsTemplate: m.Type == typeTemplate, Template: maybe(m.Template), ContentType: m.Type, Media: maybe(m.Media), Message: m.Text,
		Meta: hookMeta{Source: "PublicInterakt", SourceData: hookSource{m.Callback}},
	}
}

// setStatus reports a status by hand.
func (f *fake) setStatus(tx *sim.Tx, change sim.StatusChange) (sim.Webhook, error) {
	m, sent := kept(tx, change.MessageID)
	if !sent {
		return sim.Webhook{}, fmt.Errorf("%s is no message that was sent to the customer; take the id that a send answered", change.MessageID)
	}
	return f.status(tx, m, change)
}

// status is the webhook of a status that somebody asked for.
func (f *fake) status(tx *sim.Tx, m message, change sim.StatusChange) (sim.Webhook, error) {
	if statusTypes[change.Status] == "" {
		return sim.Webhook{}, fmt.Errorf("no status %q on channel interakt; use one of %s", change.Status, strings.Join(statusNames(), ", "))
	}
	return statusHook(tx, m, change.Status, tx.Now, newFailure(change.Code)), nil
}

func statusNames() []string {
	return []string{meta.StatusSent, meta.StatusDelivered, meta.StatusRead, meta.StatusFailed}
}
