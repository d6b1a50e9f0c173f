// Package postman turns OpenAPI documents into a Postman collection, format
// 2.1.0: a folder a document, a folder in it for each of its tags, a request for
// each example of an operation, with the documented answers beside it.
//
//	Document (OpenAPI, credentials) ─▶ New ─▶ Collection ─▶ JSON
//
// Where a request goes and what it identifies itself with are variables, so that
// the same collection serves a sandbox and the vendors. It is a pure function of
// the documents.
package postman

// Schema names the format that a collection is written in.
const Schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

// The members of a collection, as far as requests need them.
type (
	// Collection is the whole of it.
	Collection struct {
		Info     Info       `json:"info"`
		Item     []Item     `json:"item"`
		Variable []Variable `json:"variable"`
	}
	// Info is what a collection says of itself.
	Info struct {
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Schema      string `json:"schema"`
	}
	// Item is a folder, with items, or a request.
	Item struct {
		ID          string     `json:"id,omitempty"` // of a request: fake.operationId, and which example
		Name        string     `json:"name"`
		Description string     `json:"description,omitempty"`
		Item        []Item     `json:"item,omitempty"`
		Request     *Request   `json:"request,omitempty"`
		Response    []Response `json:"response,omitempty"`
		Event       []Event    `json:"event,omitempty"`
	}
	// Event is a script that runs when something happens: here when an answer came.
	Event struct {
		Listen string `json:"listen"` // test
		Script Script `json:"script"`
	}
	// Script is JavaScript, a line an element.
	Script struct {
		Type string   `json:"type"`
		Exec []string `json:"exec"`
	}
	// Request is what is sent.
	Request struct {
		Method      string  `json:"method"`
		Header      []Field `json:"header"`
		Body        *Body   `json:"body,omitempty"`
		URL         URL     `json:"url"`
		Description string  `json:"description,omitempty"`
	}
	// URL is an address in its parts. A segment of the path that begins with a
	// colon is a variable.
	URL struct {
		Raw      string   `json:"raw"`
		Host     []string `json:"host"`
		Path     []string `json:"path"`
		Query    []Field  `json:"query,omitempty"`
		Variable []Field  `json:"variable,omitempty"`
	}
	// Body is what a request carries: raw text, or the fields of a form.
	Body struct {
		Mode       string   `json:"mode"` // raw, urlencoded or formdata
		Raw        string   `json:"raw,omitempty"`
		Urlencoded []Field  `json:"urlencoded,omitempty"`
		Formdata   []Field  `json:"formdata,omitempty"`
		Options    *Options `json:"options,omitempty"`
	}
	// Options say in which language a raw body is shown.
	Options struct {
		Raw struct {
			Language string `json:"language"`
		} `json:"raw"`
	}
	// Field is a header, a parameter, a part of a form or a variable of a path.
	Field struct {
		Key         string `json:"key"`
		Value       string `json:"value"`
		Type        string `json:"type,omitempty"` // of a part: text or file
		Description string `json:"description,omitempty"`
		Disabled    bool   `json:"disabled,omitempty"`
	}
	// Response is a documented answer.
	Response struct {
		Name            string   `json:"name"`
		OriginalRequest *Request `json:"originalRequest,omitempty"`
		Status          string   `json:"status"`
		Code            int      `json:"code"`
		Language        string   `json:"_postman_previewlanguage,omitempty"`
		Header          []Field  `json:"header"`
		Body            string   `json:"body"`
	}
	// Variable is one of the collection's.
	Variable struct {
		Key         string `json:"key"`
		Value       string `json:"value"`
		Description string `json:"description,omitempty"`
	}
)

// BaseURL is the variable that has the sandbox's address.
const BaseURL = "baseUrl"
