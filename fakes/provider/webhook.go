package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// window is how long after a customer's message anything may be sent to them
// (WhatsApp Cloud API, customer service windows), whoever carries it.
const window = 24 * time.Hour

// InWindow tells whether a business may write to a customer who wrote last at
// that time, with anything but templates. The zero time is a customer who never
// wrote.
func InWindow(inbound, now time.Time) bool {
	return !inbound.IsZero() && now.Before(inbound.Add(window))
}

// JSON is a body as vendors send it: on one line, with its members in the order
// of the structure, without the escapes for HTML that only Go makes. What cannot
// be marshalled is a bug of the fake's, and panics.
func JSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("provider: a body does not marshal: %v", err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
