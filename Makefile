# Every target first brings .venv in step with the lock file.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.in-step
ONCE ?=
DATA ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick check bench prove lock clean

help:
	@echo "make demo    the demo council: ingest, three questions, serve (ONCE=1 ends after the answers)"
	@echo "make test    all tests"
	@echo "make quick   the tests that take no time, under a minute"
	@echo "make check   format, lint, types, tests"
	@echo "make bench   how good and how fast, on the demo council (DATA=/path: on the benchmarks there too)"
	@echo "make prove   the long campaigns in full"

setup: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	$(BIN)/townclerk demo $(if $(ONCE),--once)

test: setup
	$(BIN)/python -m pytest

quick: setup
	$(BIN)/python -m pytest -x -m "not slow and not browser and not postgresql"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

bench: setup
	$(BIN)/python -m api.bench $(if $(DATA),councils/demo $(DATA) --ablate --page docs/benchmarks.md)
	$(BIN)/python -m api.speed $(if $(DATA),--page docs/benchmarks.md)

prove: setup
	TOWNCLERK_PROVE=1 $(BIN)/python -m pytest -m slow

# After a change to the dependencies in pyproject.toml.
lock: setup
	$(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --extra bench --extra dev --extra ollama --extra openai --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements-dev.lock pyproject.toml
	sed -i 's/^torch==2.13.0+cpu$$/torch==2.13.0/' requirements.lock requirements-dev.lock

clean:
	rm -rf $(VENV) var dist
