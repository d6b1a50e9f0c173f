package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/sim"
)

// shop is the integration that the tests of this file are about: small, but it
// asks Encore first, retries, sends what it got as it came, and replies.
type shop struct {
	contract.Credentials
	encore, graph string // base URLs
	http          *http.Client
	known         sync.Map // customers by number
}

// ServeHTTP takes Meta's webhook and answers before it works.
func (s *shop) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var hook struct {
		Entry []struct {
			Changes []struct {
				Value struct{ Messages []struct{ ID, From string } }
			}
		}
	}
	if json.NewDecoder(r.Body).Decode(&hook) != nil {
		return
	}
	for _, m := range hook.Entry[0].Changes[0].Value.Messages {
		go s.answer(m.ID, m.From)
	}
}

func (s *shop) answer(id, from string) {
	if _, known := s.known.LoadOrStore(from, true); !known {
		if payload := s.offer(id, from); len(payload) > 0 && string(payload) != "null" {
			s.send(payload)
		}
	}
	s.send(fmt.Appendf(nil, `{"messaging_product":"whatsapp","to":%q,"type":"text","text":{"body":"We will be right back."}}`, from))
}

func (s *shop) offer(id, from string) json.RawMessage {
	for i, wait := range []time.Duration{0, 200 * time.Millisecond, time.Second, 5 * time.Second} {
		time.Sleep(wait + time.Duration(id[len(id)-3])*time.Duration(i)*time.Millisecond)
		var answer struct {
			Message struct{ Payload json.RawMessage }
		}
		status := s.post(s.encore+"/encore/publisher/sdk/v1/offers/message", "X-API-Key", s.EncoreKey, fmt.Appendf(nil,
			`{"clientId":%q,"clientName":%q,"messagingPlatform":"whatsapp","recipient":%q,"inboundMessageId":%q,"chatId":%q}`,
			s.ClientID, s.ClientName, from, id, "chat-"+from), &answer)
		if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
			return answer.Message.Payload
		}
	}
	return nil
}

func (s *shop) send(message []byte) {
	s.post(s.graph+"/v22.0/"+s.PhoneNumberID+"/messages", "Authorization", "Bearer "+s.GraphToken, message, new(struct{}))
}

func (s *shop) post(url, header, value string, body []byte, answer any) (status int) {
	r, _ := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(header, value)
	resp, err := s.http.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_ = json.NewDecoder(resp.Body).Decode(answer)
	return resp.StatusCode
}

// A handler of your own against a sandbox on a loopback port.
func TestExampleLoopback(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{})
	sb.Handle(&shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: http.DefaultClient})

	pat := sb.Customer(t)
	pat.Writes("Hi")
	pat.Only("offer requested", "offer sent", "reply sent")

	pat.Advance(time.Hour)
	pat.Writes("Are you open?")
	pat.Only("reply sent")

	sb.RequireNoFindings(t)
}

// The same inside a synctest bubble, without a socket. Base URLs stay as they
// are in production, since the client knows the vendors' names; time is the
// bubble's, so seconds of backoff take none.
func TestExampleInBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb := contract.Start(t, contract.Options{InMemory: true, Settle: 10 * time.Second})
		sb.Handle(&shop{Credentials: sb.Credentials, encore: "https://api.encorekit.com", graph: "https://graph.facebook.com", http: sb.Client()})

		pat := sb.Customer(t)
		pat.Fault("503;times=2")
		began := time.Now()
		pat.Writes("Hi")
		pat.Received("offer requested 503", "offer requested 503", "offer requested 200", "offer sent", "reply sent")
		if waited := time.Since(began); waited < 1200*time.Millisecond {
			t.Errorf("two retries after %v; the documented backoff takes 1.2s", waited)
		}
		sb.RequireNoFindings(t)
	})
}

// Encore is down for one customer; the others notice nothing, and everybody is
// replied to.
func TestExampleFatedCustomer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb := contract.Start(t, contract.Options{InMemory: true, Settle: 10 * time.Second})
		sb.Handle(&shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()})

		unlucky, lucky := sb.CustomerLike(t, sim.CustomerRequest{Fate: "500"}), sb.Customer(t)
		unlucky.Writes("Hi")
		lucky.Writes("Hi")
		unlucky.Only("offer requested", "reply sent: We will be right back.")
		lucky.Only("offer requested", "offer sent", "reply sent")
		sb.RequireNoFindings(t)
	})
}
