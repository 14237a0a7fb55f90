# `make` alone prints the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test lint bench eval docs setup

export CARGO_TARGET_DIR ?= $(HOME)/.cache/mystage/target
# A rustup that was installed a moment ago is not on the PATH of this shell yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

MYSTAGE := $(CARGO_TARGET_DIR)/release/mystage
PAGES ?= 10000
RECORDS ?= $(CARGO_TARGET_DIR)/records.jsonl

help: ## Print this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## Install what a build needs and the machine lacks
	@scripts/setup

run: build ## Crawl the sample web, print the funnel, serve http://127.0.0.1:8080 (ARGS="--day 2")
	@$(MYSTAGE) run $(ARGS)

.PHONY: build
build: setup
	@cargo build --release --package mystage

test: setup ## Run every test
	@if cargo nextest --version >/dev/null 2>&1; then \
	  cargo nextest run --workspace && cargo test --workspace --doc --quiet; \
	else \
	  cargo test --workspace; \
	fi

lint: setup ## Check format, clippy, and the house's own laws
	@cargo fmt --all --check
	@cargo clippy --quiet --workspace --all-targets -- -D warnings
	@cargo xtask tidy
	@cargo xtask schema --check

bench: build ## Measure pages per second and peak memory (PAGES=10000), and the store on both backends
	@$(MYSTAGE) bench pipeline --pages $(PAGES) $(ARGS)
	@cargo run --quiet --package testing --example postgres -- $(MYSTAGE) bench store --postgres {url}

# With MANIFEST=FILE the recorded pages are read and their records written; SCORE="command" then judges them.
# Without, the sample web is crawled into a folder of its own and compared with its truth.
eval: build ## Measure the quality of what is read (MANIFEST=FILE for recorded pages)
ifdef MANIFEST
	@$(MYSTAGE) extract --manifest "$(MANIFEST)" --out "$(RECORDS)"
ifdef SCORE
	@$(SCORE) --pred "$(RECORDS)"
endif
else
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && \
	  $(MYSTAGE) --data "$$data" run --once $(ARGS) && \
	  $(MYSTAGE) --data "$$data" pipeline verify && \
	  $(MYSTAGE) --data "$$data" sample score $(ARGS)
endif

docs: setup ## Build the crates' documentation and check the documents' links
	@cargo doc --quiet --workspace --no-deps
	@cargo xtask links
	@echo "$(CARGO_TARGET_DIR)/doc/mystage/index.html"
