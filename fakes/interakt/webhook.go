package interakt

import (
	"fmt"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// hook is the frame of a webhook (Interakt's webhooks page).
type hook struct {
	Version   string   `json:"version"`
	Timestamp string   `json:"timestamp"`
	Type      string   `json:"type"`
	Data      hookData `json:"data"`
}

type hookData struct {
	Customer hookCustomer `json:"customer"`
	Message  hookMessage  `json:"message"`
	Event    *hookEvent   `json:"event,omitempty"` // of a tap on a link
}

type hookCustomer struct {
	ID      string         `json:"id"`
	Channel string         `json:"channel_phone_number"`
	Phone   string         `json:"phone_number"`
	Country string         `json:"country_code"`
	Traits  map[string]any `json:"traits"`
}

type hookMessage struct {
	ID          string  `json:"id"`
	ChatType    string  `json:"chat_message_type"`
	Failure     *string `json:"channel_failure_reason"`
	Status      string  `json:"message_status"`
	Received    *string `json:"received_at_utc"`
	Delivered   *string `json:"delivered_at_utc"`
	Seen        *string `json:"seen_at_utc"`
	Campaign    *string `json:"campaign_id"`
	IsTemplate  bool    `json:"is_template_message"`
	Template    *string `json:"raw_template"`
	ErrorCode   *string `json:"channel_error_code"`
	ContentType string  `json:"message_content_type"`
	Media       *string `json:"media_url"`
	Message     string  `json:"message"`
	Meta        any     `json:"meta_data"`
	*liveMembers
}

// liveMembers are what live webhooks of customers' messages have besides.
type liveMembers struct {
	CampaignName *string `json:"campaign_name"`
	Referral     any     `json:"referral"`
	Source       *string `json:"source_message_id"`
}

// hookMeta is meta_data of a message of the business.
type hookMeta struct {
	Source     string     `json:"source"`
	SourceData hookSource `json:"source_data"`
	*hookClick            // of a tap on a quick reply
}

type hookSource struct {
	Callback *string `json:"callback_data"`
}

// hookClick is what meta_data says of a tap on a quick reply.
type hookClick struct {
	Cost      hookCost `json:"message_cost"`
	ClickType string   `json:"click_type"`
	Text      string   `json:"button_text"`
	Link      string   `json:"button_link"`
	At        string   `json:"click_timestamp"`
	Payload   struct {
		Payload hookPayload `json:"payload"`
	} `json:"button_payload"`
}

// hookCost is in the account's currency, in texts.
type hookCost struct {
	WhatsApp string `json:"whatsapp_cost"`
	Markup   string `json:"interakt_markup"`
	Actual   string `json:"actual_message_cost"`
}

type hookPayload struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// hookEvent is what data.event says of a tap on a link.
type hookEvent struct {
	Callback  *string `json:"callbackData"`
	ClickType string  `json:"click_type"`
	Text      string  `json:"button_text"`
	Link      string  `json:"button_link"`
	At        string  `json:"click_timestamp"`
}

// Interakt's times are UTC to the microsecond and do not say so; those of taps
// have a blank in the middle.
const (
	timeForm  = "2006-01-02T15:04:05.000000"
	clickForm = "2006-01-02 15:04:05.000000"
)

// stamp is a time as webhooks have it, null for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return maybe(t.UTC().Format(timeForm))
}

// frame is a webhook about the customer of a transaction's thread.
func frame(tx *sim.Tx, kind string, at time.Time, m hookMessage) hook {
	p := phoneOf(tx.Thread.Customer)
	return hook{Version: "1.0", Timestamp: at.UTC().Format(timeForm), Type: kind, Data: hookData{
		Customer: hookCustomer{
			ID: customerID(tx.Thread.Account, tx.Thread.Customer), Channel: tx.Thread.Customer, Phone: p.National, Country: p.Country, Traits: known(tx),
		},
		Message: m,
	}}
}

// numeric is an id of 16 digits, as WhatsApp gives templates.
func numeric(r *sim.Rand) string { return fmt.Sprintf("%016d", 1e15+r.Uint64()%9e15) }
