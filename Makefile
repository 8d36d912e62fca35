# Two targets are all that is needed: `make run` shows Ringlet at work, `make test` tests it.
# Both set up what they need first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AGENTS := .agents
PEERS := .peers
# Tests wait for agents and daemons more than they compute: three at a time keep two cores busy.
WORKERS ?= 3

# pip and npm bring certificates of their own; in networks with a proxy only the system's will do.
SYSTEM_CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(SYSTEM_CERTIFICATES),)
export PIP_CERT ?= $(SYSTEM_CERTIFICATES)
export NODE_EXTRA_CA_CERTS ?= $(SYSTEM_CERTIFICATES)
endif

.PHONY: help run test lint docs bench agents peers system clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: $(VENV)/run.done ## Set up Ringlet and run its demo (no account, no key needed)
	@$(BIN)/ringlet demo

test: $(VENV)/dev.done system agents peers ## Set up everything and run all tests
	@RINGLET_TEST_AGENTS="$(CURDIR)/$(AGENTS)/node_modules/.bin" $(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/dev.done ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: $(VENV)/dev.done ## Build the documentation into site/; broken links fail
	@$(BIN)/mkdocs build --strict

bench: $(VENV)/dev.done ## Measure, as ratios against a floor of the same run
	@for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

# --- set-up -------------------------------------------------------------------------------

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11: install a newer one, or name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing: install it, on Debian with: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: $(VENV)/bin/python locks/run.txt pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r locks/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.done: $(VENV)/run.done locks/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r locks/dev.txt
	@touch $@

system: ## Install what the tests use of the system, where we may
	@tools/install-system-packages

agents: $(AGENTS)/done ## Install the real agents that the tests run

$(AGENTS)/done: tests/agents/package.json tests/agents/package-lock.json
	@tools/install-npm tests/agents $(AGENTS) "the agents that the tests run (about 1.4 GB)"
	@touch $@

peers: $(PEERS)/done ## Install the program that usage is compared with

$(PEERS)/done: tests/peers/package.json tests/peers/package-lock.json
	@tools/install-npm tests/peers $(PEERS) "ccusage, to compare with"
	@touch $@

clean: ## Remove everything that make has made here
	rm -rf $(VENV) $(AGENTS) $(PEERS) .test-homes .mypy_cache .ruff_cache .pytest_cache .hypothesis
