package contract_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// wireCall is a call of a benchmark as it goes over the wire. Its client costs
// next to nothing, so that what is measured is the server.
type wireCall struct {
	path, credential string // credential is a whole header line
	body             string // with numbered in it, which tells one message from another
}

// numbered is the place of a message's number.
const numbered = "0000000000"

func offersCall() wireCall {
	return wireCall{offersPath, "X-Api-Key: pk_test_demo", strings.Replace(guideCurl, "wamid.HBgL", "wamid."+numbered, 1)}
}

// textCall sends another text to the same customer each time, customersCall the
// same text to another customer each time, whose thread begins with it.
func textCall() wireCall {
	return wireCall{whatsappPath, whatsappToken, strings.Replace(fmt.Sprintf(whatsappText, 15014005001), "We", "No. "+numbered+": We", 1)}
}

func customersCall() wireCall {
	return wireCall{whatsappPath, whatsappToken, strings.Replace(whatsappText, "%d", "1"+numbered, 1)}
}

// wire is the request and the ten digits in it.
func (c wireCall) wire(host string) (request, digits []byte) {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: load\r\n%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", c.path, host, c.credential, len(c.body))
	request = []byte(head + c.body)
	at := len(head) + strings.Index(c.body, numbered)
	return request, request[at : at+len(numbered)]
}

// over opens a connection to a handler on loopback and returns what makes one
// call over it.
func (c wireCall) over(tb testing.TB, h http.Handler) func(n int) {
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	var d net.Dialer
	conn, err := d.DialContext(tb.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	request, digits := c.wire("127.0.0.1")
	answers := bufio.NewReaderSize(conn, 16<<10)
	return func(n int) {
		copy(digits, fmt.Sprintf("%010d", n))
		if _, err = conn.Write(request); err == nil {
			err = readAnswer(answers)
		}
		if err != nil {
			tb.Error(err)
		}
	}
}

// direct is over without a connection.
func (c wireCall) direct(tb testing.TB, h http.Handler) func(n int) {
	name, secret, _ := strings.Cut(c.credential, ": ")
	once := caller(tb, h, func(base, body string) *http.Request { return benchRequest(base+c.path, name, secret, body) })
	return func(n int) { once(strings.Replace(c.body, numbered, fmt.Sprintf("%010d", n), 1)) }
}

// readAnswer takes one 200 with a Content-Length off a connection, or one in
// chunks, as the bare handler may send it.
func readAnswer(r *bufio.Reader) error {
	status, err := r.ReadSlice('\n')
	if err != nil || !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("status line %q: %w", status, err)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
		if digits, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, err = strconv.Atoi(string(bytes.TrimSpace(digits)))
			if err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("an answer without Content-Length")
	}
	_, err = r.Discard(length)
	return err
}
