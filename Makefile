# Verbs of the project. `make run` and `make test` need make and Python 3.11 or newer, nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Without its byte code every process would compile the program and its packages anew.
unexport PYTHONDONTWRITEBYTECODE
PORT ?= 8000
DIR ?= var

# One stamp for each set of packages: made again when its lock file changes.
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
BENCH_READY := $(VENV)/.bench-ready

.PHONY: help setup run serve test test-all simulate mutants chaos fuzz check fix migration bench bench-setup lock docs package \
	backup doctor clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: $(RUN_READY) ## start city, district and two street offices with sample data
	@$(BIN)/python -m app network up --dir "$(DIR)" --base-port "$(PORT)"

setup: $(RUN_READY) ## only set up .venv with what the program needs

serve: $(RUN_READY) ## serve one node, configured by the environment
	@$(BIN)/python -m app serve

test: $(DEV_READY) ## the tests, on SQLite and PostgreSQL, each of a pair for both on one of them
	@SANLIAN_REQUIRE_POSTGRESQL=1 $(BIN)/python -m pytest -n 2 -q -m 'not slow' $(ARGS)

test-all: $(DEV_READY) ## the tests on both kinds of database, with the longer rounds that CI runs; ARGS chooses among them
	@SANLIAN_WHOLE_ROUNDS=1 $(BIN)/python -m pytest -n 2 -q $(ARGS)

simulate: $(DEV_READY) ## random sequences of failures against the rules of the network; ARGS="--sequences 100000"
	@$(BIN)/python -m tests.simulation $(ARGS)

mutants: $(DEV_READY) ## the same with each rule broken in turn: every one has to be found
	@$(BIN)/python -m tests.simulation.mutants $(ARGS)

chaos: $(DEV_READY) ## five real nodes, killed, cut off, restored, and a judge: make chaos SEED=7 MINUTES=3
	@$(BIN)/python -m tests.chaos --seed $(SEED) --minutes $(MINUTES) $(ARGS)
SEED ?= 1
MINUTES ?= 1

fuzz: $(DEV_READY) ## a million odd inputs each for what a parent reads of a child, and a child of a parent; ARGS="COUNT FIRST-SEED"
	$(BIN)/python -m tests.fuzz $(ARGS)

check: $(DEV_READY) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(DEV_READY) ## let ruff put the formatting right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(DEV_READY) ## a new migration from the models: make migration m="what changed"
	$(BIN)/python -m app migrate --new "$(m)"

bench-setup: $(BENCH_READY) ## also install what the engine is measured beside, and the packages of the extras

bench: $(BENCH_READY) ## the measurements in tests/bench, one after another; ARGS=--quick leaves out the longest
	$(BIN)/python tests/bench/lookup.py
	$(BIN)/python tests/bench/push_latency.py
	$(BIN)/python tests/bench/sync.py --json $(ARGS)
	$(BIN)/python tests/bench/quality.py --json
	$(BIN)/python tests/bench/matching.py --json $(ARGS)

lock: $(DEV_READY) ## resolve the dependencies of pyproject.toml anew into requirements/
	$(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements/run.txt $(LOCK) -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --group bench -c requirements/run.txt -c requirements/dev.txt $(LOCK) -o requirements/bench.txt
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

docs: $(DEV_READY) ## write the tables of the manual anew from the code
	$(BIN)/python -m tests.architecture.tables

package: $(DEV_READY) ## build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

backup: $(RUN_READY) ## back up the node that the environment names
	@$(BIN)/python -m app backup $(ARGS)

doctor: $(RUN_READY) ## say what is wrong with an installation, and how to mend it
	@$(BIN)/python -m app doctor

clean: ## remove the environment, caches and the local network's data
	rm -rf $(VENV) var dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find app tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_READY): requirements/run.txt
	@$(call install,requirements/run.txt)
	@touch $@

$(DEV_READY): requirements/dev.txt
	@$(call install,requirements/dev.txt)
	@touch $@ $(RUN_READY)

$(BENCH_READY): requirements/bench.txt $(DEV_READY)
	@$(call install,requirements/bench.txt)
	@touch $@

# uv where it is on PATH (seconds), else venv and pip (about half a minute); both check every hash.
define install
set -e; \
if [ -z "$(PYTHON)" ]; then echo "Sanlian needs Python 3.11 or newer on PATH (python3 --version)."; exit 1; fi; \
echo "Setting up $(VENV) from $(1) with $$($(PYTHON) --version) ..."; \
if command -v uv >/dev/null 2>&1; then \
	[ -x $(BIN)/python ] || uv venv -q --python "$(PYTHON)" $(VENV); \
	uv pip install -q --python $(BIN)/python --require-hashes -r $(1); \
else \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$$($(PYTHON) --version) has no ensurepip. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }; \
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV); \
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
fi
endef
