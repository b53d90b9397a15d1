# Everything that people and CI do with this repository. `make help` lists it.

.DEFAULT_GOAL := help
SHELL := bash

# Where the programs that .ci/tools brings are.
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export PACT_DO_NOT_TRACK := true

# Gin's MessagePack is left out everywhere: nobody uses it here, and compiling it took 48 s
# of the 168 s that a cold build on two cores took. Tables for debuggers are left out as
# well, a sixth of what was left; stack traces and profiles need none. Build with the
# same flags by hand, and what is compiled serves both:
# export GOFLAGS='-tags=nomsgpack -gcflags=all=-dwarf=false'
tags := nomsgpack
export GOFLAGS := $(strip $(GOFLAGS) -tags=$(tags) -gcflags=all=-dwarf=false)


# SQLite is one file of C, whose optimising is the longest part of a cold build: a little
# is enough to try things out and to test. What is installed, measured or handed out is
# optimised as Go does it.
export CGO_CFLAGS ?= -O1
install bench memory static: export CGO_CFLAGS := -O2 -g

# Test programs without what debuggers read: linking them takes half the time.
test_flags := -vet=off -ldflags=-w

# How to link the native Pact library. CGO_LDFLAGS would say it in one word, and have
# all that uses C, down to Go's net, be compiled once more.
with_pact := LIBRARY_PATH=$(CURDIR)/.tools/lib GOFLAGS="$(GOFLAGS) -ldflags=-extldflags=-Wl,-rpath,$(CURDIR)/.tools/lib"

# Where the tests write down which documented answers they have seen.
seen := $(CURDIR)/.tools/seen

# Flags of what is handed out: static, small, without the builder's paths.
release_tags := $(tags),sqlite_omit_load_extension,osusergo,netgo,timetzdata
version ?= $(shell git describe --tags --always --dirty)
dist ?= dist

# Where make install puts the programs; packages set DESTDIR.
PREFIX ?= $(HOME)/.local

.PHONY: help build install run quick test lint unit pictures contract generated conformance example clients fuzz bench memory static release dist tools clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

build: ## build both programs into bin/
	@[ -x bin/broker ] || echo "The first build fetches modules and compiles SQLite and all the rest: a minute and a half on two cores. Later ones take seconds."
	go build -o bin/ ./cmd/...

install: build ## put both programs into ~/.local/bin, or $(PREFIX)/bin with PREFIX=/usr/local
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install bin/broker bin/can-i-deploy "$(DESTDIR)$(PREFIX)/bin"
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo 'Your PATH lacks it: export PATH="$(PREFIX)/bin:$$PATH"' ;; esac

run: build ## serve on 127.0.0.1:9292 with ./accord.db and example data
	bin/broker serve

quick: ## vet and test, on SQLite, the packages you changed (PKG=./... for all)
	@packages="$(or $(PKG),$$(.ci/changed))"; \
	[ -n "$$packages" ] || { echo "No package differs from main. make quick PKG=./... tests all."; exit 0; }; \
	echo $$packages; \
	go vet $$packages && ACCORD_TEST_POSTGRES=off go test $(test_flags) $$packages

test: ## all that CI does: tools, lint, tests on both databases, odd input, the story, real clients
	@.ci/test

lint: ## read the code with golangci-lint, and openapi.yaml with Spectral
	@.ci/tools lint spectral
	golangci-lint run --allow-parallel-runners
	@.ci/lint-contract

unit: ## every Go test, on SQLite and on PostgreSQL
	@.ci/tools postgres mariadb s3 receivers chromium axe vnu
	@rm -rf $(seen) && mkdir -p $(seen)
	ACCORD_REQUIRE_POSTGRES=1 ACCORD_REQUIRE_MARIADB=1 ACCORD_REQUIRE_S3=1 ACCORD_REQUIRE_CHROMIUM=1 ACCORD_REQUIRE_VNU=1 ACCORD_SHOTS=$(CURDIR)/.tools/shots ACCORD_OPENAPI_SEEN=$(seen) go test $(test_flags) -count=1 -p 3 -timeout 25m ./...

pictures: ## make the pictures of the README anew from the example data, into docs/images/
	@.ci/tools chromium pngquant
	ACCORD_PICTURES=$(CURDIR)/docs/images ACCORD_REQUIRE_CHROMIUM=1 ACCORD_TEST_POSTGRES=off go test $(test_flags) -count=1 -run TestPictures_ofTheReadme ./internal/testing/browser
	pngquant --force --strip --speed 1 --ext .png 64 docs/images/*.png

contract: ## after make unit: has every answer that openapi.yaml documents been seen?
	go run ./internal/testing/openapitest/seen $(seen)

generated: ## try the broker with requests that Schemathesis makes up from openapi.yaml, on both databases (ACCORD_SEED=1 repeats a run)
	@.ci/tools postgres schemathesis
	ACCORD_REQUIRE_POSTGRES=1 ACCORD_SCHEMATHESIS=$(CURDIR)/.tools/schemathesis/bin/schemathesis go test -vet=off -count=1 -v ./internal/testing/generated

conformance: ## compare with recorded answers of the Pact Broker, where they lie at hand (NAMES=matrix.)
	@.ci/conformance $(NAMES)

example: ## tell the whole story with real clients, and run the README's walk-through and the pipelines of docs/ci.md
	@.ci/tools curl pact ruby library
	@$(with_pact) examples/story.sh
	@examples/walkthrough.sh
	@examples/pipelines.sh

clients: ## verify with each real client: pact-go, pact-js, pact-jvm, pact-python, the native and the Ruby verifier, and publish what providers promise
	@.ci/tools postgres curl pact ruby library js python jvm prism
	@$(with_pact) examples/clients.sh
	@$(with_pact) examples/access.sh
	@examples/provider_contracts.sh
	@$(with_pact) examples/own.sh

fuzz: ## run every fuzz target for a while (FUZZTIME=1m, or 5000x)
	@.ci/fuzz $(or $(FUZZTIME),1m)

bench: ## measure the questions asked before every deployment
	go test -run '^$$' -bench . -benchmem -timeout 1h ./...

memory: build ## measure the broker's memory under the largest bodies (Linux)
	go run ./internal/testing/memory bin/broker

static: ## build static, stripped programs into dist/
	CGO_ENABLED=1 go build -trimpath -buildvcs=false -tags '$(release_tags)' -ldflags '-s -w -linkmode external -extldflags "-static" -X github.com/accord-broker/accord/internal/support/release.version=$(version)' -o $(dist)/broker ./cmd/broker
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X github.com/accord-broker/accord/internal/support/release.version=$(version)' -o $(dist)/can-i-deploy ./cmd/can-i-deploy
	ls -l $(dist)

release: ## build all that is handed out into dist/: images, packages, archives, checksums, their signature (ARCH=amd64 for one)
	@deploy/build "$(version)" $(ARCH)

dist: ## build and prove all that is handed out: images, packages, chart, archives (about ten minutes)
	@deploy/test

tools: ## find or install what the tests need, into .tools/
	.ci/tools

clean: ## remove what was built, and the example's pacts and logs; .tools/ stays
	rm -rf bin dist coverage.out examples/*/pacts examples/*/logs
