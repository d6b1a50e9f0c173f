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
// New makes two fakes of it: Encore's API, and the advertiser, which is the
// bucket with the pictures and the page behind the link. A workspace may have a
// catalog of its own (SetCatalog), and the choice of offers follows a snapshot
// of impressions and clicks that is taken when somebody asks for it (Learn).
// Limits, which are off by default, stand before all of that: Queue (503) in
// front of the call, then Rate (429) and Trial (409) inside its transaction.
//
// Everything here is a function of its arguments: time comes in as a
// parameter, and what looks random is a hash of seed, conversation and ids.
package encore
