package main

import _ "embed"

// figures is the page of measured figures. README points to it.
//
//go:embed figures.md
var figures string
