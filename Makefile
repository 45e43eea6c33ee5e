# Two commands: "make course" builds the book, "make test" runs every check;
# while you work, "make quick".
# Each sets up all it needs; afterwards both work without a network.

PYTHON ?= python3
VENV ?= .venv
JOBS ?=
PY := "$(VENV)/bin/python"
RUN := $(PY) -m support
PYTEST := $(PY) -m pytest -q
WORKERS := $(or $(JOBS),auto)
# One thread a process: several processes run side by side.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := course
.NOTPARALLEL:
.PHONY: course test quick install install-test lint unit references notebooks book browser clean help

course: install ## execute what is stale, build the book, print the claims
	@$(RUN) build $(if $(JOBS),--jobs $(JOBS))

test: install-test lint unit references notebooks book browser ## everything CI runs

quick: lint ## a minute: style, types, and the tests of what has changed
	@$(PYTEST) -n $(WORKERS) -m "not slow" --doctest-modules $$($(PY) tools/quick.py)

install:
	@"$(PYTHON)" tools/install.py --venv "$(VENV)" --extras book

install-test:
	@"$(PYTHON)" tools/install.py --venv "$(VENV)" --extras book,test

lint: install-test ## style, types, layers
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@"$(VENV)/bin/lint-imports" --no-logo

unit: install-test ## unit tests and the examples in docstrings
	@$(PYTEST) -n $(WORKERS) --doctest-modules support tests \
	    --ignore tests/book --ignore tests/notebooks

references: install-test ## pairs, claims, contents list
	@$(RUN) check

notebooks: install-test ## every committed reference against the execution of today
	@$(PY) -m tests.notebooks.rehearsal $(if $(JOBS),--jobs $(JOBS))
	@$(PYTEST) -p tests.notebooks.recorded --nbval-recorded \
	    --nbval-sanitize-with tests/notebooks/sanitize.cfg -W default chapters

book: install-test ## the book, warnings as errors
	@$(RUN) build

browser: install-test ## the built pages in a real browser; records against references
	@$(PYTEST) -n $(WORKERS) tests/notebooks tests/book

clean: ## remove everything generated (the environment stays)
	rm -rf _build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14
