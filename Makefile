# make run and make test work on a fresh machine with Python 3.11 or newer; the rest is explained by make help.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help setup run test lint bench load soak docs dev system

help:
	@echo "make run    set up, load the demonstration city, play its day, serve http://127.0.0.1:8000 (ARGS=--once: do not serve)"
	@echo "make test   all tests, on SQLite and on PostgreSQL"
	@echo "make lint   ruff, mypy, import-linter"
	@echo "make bench  side by side with peers"
	@echo "make load   tubes over HTTP, open-loop arrivals, beside a bare psycopg loop"
	@echo "make soak   long crash and concurrency runs"
	@echo "make docs   pages generated from code and packs"

$(VENV)/.setup: requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.setup
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.messages: $(VENV)/.setup $(shell find bulou simulation -name '*.po' 2>/dev/null)
	$(BIN)/python tools/messages.py
	@touch $@

setup: $(VENV)/.setup $(VENV)/.messages
dev: $(VENV)/.dev $(VENV)/.messages

system:
	@tools/system.sh

run: setup
	$(BIN)/bulou run $(ARGS)

test: dev system
	$(BIN)/python tools/test.py

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: dev system
	$(BIN)/python -m benchmarks

load: dev system
	$(BIN)/python -m benchmarks.load $(ARGS)

soak: dev system
	BULOU_SOAK=1 $(BIN)/python tools/test.py tests/duties tests/crash tests/rounds/test_last_slot.py tests/isolation tests/specimens tests/transfer

docs: dev
	$(BIN)/python tools/docs.py
