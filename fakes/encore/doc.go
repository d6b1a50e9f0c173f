// Package encore is what the sandbox knows of Encore's publisher API, the
// call offers/message first of all: how an impression is named, which offer a
// conversation gets, the message that carries it, the link under its button
// and the page behind that link. The document is the Encore integration guide;
// where the guide is silent, the shapes come from the OpenAPI document that
// ships with Encore's SDKs.
//
//	JSON tree ─▶ Read ─▶ Query ─▶ Index.Choose ─▶ Compose ─▶ Response ─▶ Encode
//	                                  ▲               ▲
//	            Catalog ─▶ NewIndex ──┘     Tokens.URL (click link) ─▶ Tokens.Verify ─▶ Landing
//
// Everything here is a function of its arguments: time comes in as a
// parameter, and what looks random is a hash of seed, conversation and ids.
package encore
