// Package library holds the shipped stories as files and nothing else, since an
// embedded file has to lie beside its package. Package story reads them:
//
//	*.yaml ─▶ Files ─▶ story.Library ─▶ `encore-sandbox run`
//
// A new story is a new file here; its first comment says why it exists.
package library

import "embed"

// Files holds every shipped story as NAME.yaml, in the language of package
// story. It is read-only.
//
//go:embed *.yaml
var Files embed.FS
