package sim

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Fake is one vendor's API: its contract and the functions behind it. It is
// data; nothing in it belongs to one sandbox, so the same value may serve in
// several. What is in the documents that a fake keeps is known to its handlers
// alone.
type Fake struct {
	Name     string   // "encore", "meta", …
	Document []byte   // the OpenAPI document, YAML
	Hosts    []string // the vendor's own host names; of fakes that share one, the first comes first
	Prefix   string   // regular expression of an optional path prefix, such as a version
	// Owns are path prefixes that belong to this fake even where no operation
	// matches, so that a mistyped path is answered in the vendor's envelope.
	Owns []string
	// LastSlash says that a slash at the end of a path changes nothing.
	LastSlash bool
	// OwnPaths is a regular expression of further such paths; empty: none.
	OwnPaths string

	// InQuery tells a query parameter that is one of the body's, of vendors that
	// take them in either place. Nil: none is.
	InQuery func(name string) bool

	Operations map[string]Operation // by operationId
	// Keeps are the kinds of documents that its handlers write, with their forms.
	Keeps store.Forms
	// Pick chooses the operationId of a call whose path has variants, described
	// under paths that differ only behind a "#". Path parameters are known, the
	// body is not.
	Pick func(*Call) string

	// Authenticate checks the credential of a call: nil, or the refusal in the
	// vendor's words. Nil means that the vendor asks for none.
	Authenticate func(*Call) *Refusal
	// Credential finds what Authenticate checks, which may be a minted one; empty
	// where the call has none. May be nil.
	Credential func(*Call) string
	// Mints are the credentials that a workspace has of this fake, secrets that sign
	// included. No two fakes share a head.
	Mints []Mint
	// Workspace names, by its Tag, the workspace that something signed in the call
	// belongs to; empty: the credential or the request's header decides. May be nil.
	Workspace func(*Call) string
	// Stray reads what it can of a call that no operation takes, so that the
	// journal still knows whose thread it was meant for. May be nil.
	Stray func(*Call) Description
	// Refuse words a refusal of the engine in the vendor's own envelope.
	Refuse func(*Call, Refusal) Answer
	// Fault words an injected status in the vendor's own envelope.
	Fault func(c *Call, status int) Answer

	Channels []Channel
	// Dispatch makes the headers and notes of one delivery attempt of a webhook,
	// signature included. A webhook that is sent again has the notes of an earlier
	// attempt, so that it replaces what it would add.
	Dispatch func(Delivery) Dispatch
	// Render writes body and notes of a webhook that has a Draft instead. Nil: the
	// fake drafts none.
	Render func(Webhook) Webhook
	// Handshake verifies a workspace's webhook before it is used: the query of a GET
	// request and what its answer has to be. Nil when the vendor has none.
	Handshake func(*Workspace, *Rand) (query url.Values, accept func(status int, body []byte) error)
	// Retry says after which thread time attempt n+1 follows a failed attempt n;
	// zero gives up. Nil never retries.
	Retry func(attempt int) time.Duration
	// Timeout is how long the vendor waits for the integrator's answer.
	Timeout time.Duration
}

// Operation is one call of a fake. All its functions are pure but for what
// they do through the transaction.
type Operation struct {
	// Describe reads thread, ids and notes from the bytes. It runs on refused
	// and faulted calls too and never fails: what is unknown stays empty.
	Describe func(*Call) Description
	// Reads names further documents that Handle looks at or changes.
	Reads func(*Call, Description) store.Reads
	// Admit holds a valid call back for its turn, or turns it away, before its
	// work begins; it may wait on the workspace's clock until ctx ends. The engine
	// calls leave, never nil, once the call is decided. Nil admits every call.
	Admit func(ctx context.Context, c *Call) (leave func(), turned *Refusal)
	// Handle does the work. An error that is a VendorError is answered in its
	// words, any other becomes a 500.
	Handle func(*Tx, *Call) (Answer, error)
	// Conclude adds the notes that depend on the answer, once it is known.
	Conclude func(Conclusion) []Note
	// Heard reads the vendor's own answer to a call that was recorded elsewhere: it
	// notes and mints what Handle would have, and says whether the work was done. A
	// remark of it is something that the recording leaves open. Nil: nothing is to
	// be noted.
	Heard func(*Tx, Conclusion) bool
	// Open marks operations that need no credential.
	Open bool
	// Limit is how many bytes of a multipart body the operation takes; default
	// 1 MiB, which is what it takes of other bodies.
	Limit int64
	// Keep is up to which size the data of a file are kept for Handle. Of larger
	// ones it learns size and hash.
	Keep int64
	// Judges marks operations whose handler judges the body itself, whatever it
	// is: the document then describes requests and refuses none.
	Judges bool
	// Fated marks operations on which a customer's number may decide.
	Fated bool
}

// Description is what can be told of a call from its bytes.
type Description struct {
	Channel  string // with Account and Customer: the thread is known directly
	Account  string
	Customer string
	Minted   string // an id this sandbox minted, which names its thread
	ThreadID string // a thread id out of something this sandbox signed
	// Recipient and Platform find the most recently active thread of a
	// recipient on a channel whose platform fits.
	Recipient string
	Platform  string

	ClientID string
	Key      string // the credential, for faults that match on it
	// Parsed is what Describe read of the body, in a type of the fake's own, for
	// its other functions: a call is parsed once. None of them changes it.
	Parsed any
	// OfferMessage is set when the call sends a message with an Encore link.
	OfferMessage bool
	Notes        []Note
	Remarks      []string
}

// Conclusion is what Conclude learns of a finished call.
type Conclusion struct {
	Call        *Call
	Description Description
	Answer      Answer // Status 0: none goes out
	Size        int    // of the answer's body in bytes
	Effect      fault.Effect
	Hit         *FaultHit // nil when no fault struck
	Handled     bool      // the work was done (Handle ran without error)
	Duplicate   bool
}

// Answer is what a fake gives back. Body is marshalled as JSON unless it is
// []byte, which goes out as it is with ContentType.
type Answer struct {
	Status      int
	Header      http.Header
	Fields      [][2]string // more of the header, names in canonical form and values: cheaper than a map of many
	ContentType string      // default application/json
	Body        any
}

// VendorError is an error with an answer of its own.
type VendorError interface {
	error
	Answer() Answer
}

// RefusalKind says why the engine did not let a call through.
type RefusalKind string

// The kinds of refusal.
const (
	NoOperation      RefusalKind = "no operation"
	MethodNotAllowed RefusalKind = "method not allowed"
	Unauthorized     RefusalKind = "unauthorized"
	TooLarge         RefusalKind = "too large"
	NotJSON          RefusalKind = "not json"
	Invalid          RefusalKind = "invalid"
	Internal         RefusalKind = "internal"
	NoWorkspace      RefusalKind = "no workspace"
	BadFault         RefusalKind = "bad fault"
	Overloaded       RefusalKind = "overloaded"
	Limited          RefusalKind = "limited" // by the sandbox's own quota
	Crashed          RefusalKind = "crashed" // worded by the sandbox itself
)

// Refusal is a call that was not let through, before the vendor words it.
type Refusal struct {
	Kind    RefusalKind
	Message string   // what to change
	Details []string // "clientId: property is missing"
	Allow   []string // methods that would do, for MethodNotAllowed
	Code    string   // a hint for the vendor's envelope, set by Authenticate
	// Minting is set where only a minted credential would do: Message says how to
	// get one, and has to be in the answer, whatever the vendor says otherwise.
	Minting bool
}

// Channel is a way by which customers write.
type Channel struct {
	Name     string // "whatsapp"
	Platform string // what Encore calls it: whatsapp, instagram, facebook
	Accounts []Account
	// Write makes the webhook of a customer's message. It may note and mint
	// through the transaction.
	Write func(*Tx, Written) (Webhook, error)
	// Status makes the webhook of a status of an outgoing message.
	Status func(*Tx, StatusChange) (Webhook, error)
	// Sees names what else Write, Status, Reread and the Make of Events look at:
	// documents that the fake keeps of a thread, or of the outgoing message that is
	// answered or whose status changes ("" where there is none). Nil: nothing.
	Sees func(thread, message string) []store.Key
	// Normal is the customer's id in the form that thread ids use; an error
	// says what is wrong with it.
	Normal func(customer string) (string, error)
	// Customer makes a fresh customer id from a random number.
	Customer func(random uint64) string
	// CustomerIn makes one of a country (ISO 3166-1 alpha-2), or says which it
	// knows. Nil: customers are no phone numbers, so have no country.
	CustomerIn func(country string, random uint64) (string, error)
	// Fated makes a customer id out of the ten digits that name a fate.
	Fated func(ending string) string

	// Retry is the fake's Retry where the channel has a schedule of its own; nil:
	// the fake's.
	Retry func(attempt int) time.Duration
	// Suspend says whether the vendor switches an account's webhook off after its
	// latest attempts, the newest last, 16 at most; what falls due from then on is
	// journalled and not sent, until the webhook is set again. Nil: it never does.
	Suspend func(latest []Attempted) bool
	// Takes tells the answers by which the vendor takes a webhook for delivered, so
	// that it is not repeated; nil: 200 to 299.
	Takes func(status int) bool
	// Registry is set where accounts register addresses for their webhooks.
	Registry *Registry
	// Events are the webhooks that can be triggered by name, in the order of
	// lists. The functions below are for channels that have some.
	Events []Occasion
	// Locate reads out of a webhook's body whose it is: an account and a customer
	// of the channel, both empty where it does not say.
	Locate func(body []byte) (account, customer string)
	// Reread tells what a body reports that was changed or written by hand: event,
	// id and notes, all empty where it is nothing that the channel knows. It mints
	// the ids of messages.
	Reread func(tx *Tx, body []byte) Webhook
	// Claims tells a body that is a webhook of the channel, of whatever account.
	Claims func(body []byte) bool
	// Parts takes a webhook's body apart, in bodies that report one event each. Nil:
	// the vendor reports one at a time.
	Parts func(body []byte) [][]byte
	// Escape writes JSON as the vendor writes it within a body; nil: as it is.
	Escape func([]byte) []byte
	// Join gathers the bodies of several webhooks of one thread in one, in a way
	// that the vendor may: GatherChanges or GatherMessages. Nil: it cannot.
	Join func(gather string, bodies [][]byte) ([]byte, error)
}

// Occasion is a webhook that can be triggered by name.
type Occasion struct {
	Name  string // "image"; users write channel.name
	About string // what has happened, one line
	// OfAccount marks events that are no customer's, but the account's own.
	OfAccount bool
	// Make makes the webhook. What is not written it makes up.
	Make func(*Tx, Written) (Webhook, error)
}

// Account is one account of an operator on a channel.
type Account struct {
	ID       string `json:"id"`
	ClientID string `json:"clientId"`
	Name     string `json:"name"`
	Number   string `json:"number,omitempty"` // as people dial it
}

// Written is a message that a customer writes.
type Written struct {
	Account Account
	From    string
	Name    string
	Text    string
	Extra
}

// Extra is what a customer's message may hold beside its text. Which kinds
// there are and which members they use is the channel's business; a kind it
// does not know is an error that lists those it does.
type Extra struct {
	Kind        string  `json:"type,omitempty"`     // "" is text; "image", "reaction", "button_reply", …
	Media       string  `json:"mediaUrl,omitempty"` // id or address of a medium
	ReplyTo     string  `json:"replyTo,omitempty"`  // id of the message that is answered or reacted to
	Payload     string  `json:"payload,omitempty"`  // of a button, id of a list's row
	Description string  `json:"description,omitempty"`
	Emoji       string  `json:"emoji,omitempty"`
	Latitude    float64 `json:"latitude,omitempty"`
	Longitude   float64 `json:"longitude,omitempty"`
	Username    string  `json:"username,omitempty"` // of a customer who hides the number
	AdID        string  `json:"adId,omitempty"`     // the advertisement that the customer came from
}

// StatusChange is a new status of an outgoing message.
type StatusChange struct {
	MessageID string
	Status    string // sent, delivered, read, failed, played
	Code      int    // vendor's error code, for failed
	Deliver   Shape  // how that is delivered; Batch does not apply
}

// Webhook is a call to the integrator that is due.
type Webhook struct {
	Event string        // "message", "status", …
	ID    string        // the id of what it reports
	After time.Duration // from now, in thread time
	Body  []byte
	Notes []Note
	// Draft stands in the place of Body and Notes where the fake is to write them
	// only when the webhook goes out (Fake.Render). It is text of the fake's own,
	// complete in itself since it is kept in the outbox; several webhooks may share
	// one and differ in Step.
	Draft string
	Step  string
	// Delivered is how often it was delivered before it was made due: more than
	// zero of a webhook that comes again although it had been taken.
	Delivered int
	// Forged is what is wrong with its signature, see SignatureWrong; empty: nothing.
	Forged string
	// Dropped is set when it is lost on its way: journalled and never sent.
	Dropped bool
	// Held is set when it waits for the thread's next webhook of the same event,
	// and goes out behind that.
	Held bool
	// Late is how much of After is lateness, for the journal.
	Late time.Duration
	// Endpoint is the id of the registered address that it goes to, empty for the
	// sandbox's own target. The engine sets it, and Copy where another address has
	// the same webhook before this one.
	Endpoint string
	Copy     bool
}

// Delivery is one attempt to deliver a webhook.
type Delivery struct {
	Webhook
	Attempt   int        // from 1
	Workspace *Workspace // whose secrets sign it
}

// Dispatch is what an attempt adds to a webhook.
type Dispatch struct {
	Header http.Header
	Notes  []Note
}
