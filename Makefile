# Every check is a step of .ci/run; this file gives them short names.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
IMAGE    ?= encore-sandbox
BENCH    ?= .

.DEFAULT_GOAL := help
.PHONY: help check test race lint format build image release bench cover clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: ## everything CI runs: tests, race, vet, gofmt, lint, binary, examples
	@.ci/run

test: ## all tests, fuzz seeds included
	@.ci/run test

race: ## all tests with the race detector, in random order
	@.ci/run race

lint: ## gofmt, vet and golangci-lint
	@.ci/run format vet lint

format: ## rewrite the sources as gofmt wants them
	gofmt -w .

build: ## the static binary, into dist/
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o dist/encore-sandbox ./cmd/encore-sandbox

image: ## the container image, into dist/; needs no container engine (with one: docker build .)
	go run ./cmd/release image -version "$(VERSION)" -revision "$(REVISION)" -name "$(IMAGE)"

release: ## archives for Linux, macOS and Windows with checksums, into dist/
	go run ./cmd/release archives -version "$(VERSION)" -revision "$(REVISION)"

bench: ## benchmarks; BENCH=Update picks some
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

cover: ## coverage over all packages, into artifacts/cover.html
	@mkdir -p artifacts
	go test -coverpkg=./... -coverprofile=artifacts/cover.out ./...
	go tool cover -html=artifacts/cover.out -o artifacts/cover.html
	@go tool cover -func=artifacts/cover.out | tail -n 1

clean: ## remove what was built
	rm -rf dist artifacts
