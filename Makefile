# One command each; everything lives in .venv, nothing is installed outside it.
PYTHON ?= python3
# .python-version is for Heroku; with pyenv, what its owner uses elsewhere serves here as well.
export PYENV_VERSION ?= $(shell pyenv global 2>/dev/null | head -n 1)
BIN := .venv/bin
PY := $(BIN)/python
# On every core; the tests of one file stay together, because they share processes, and the long
# ones, which come first, begin first.
PYTEST := $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup run test check nightly mutants format bench chaos hosts load growth models clean lock

help:
	@echo "make run     set up and start hookwork here: edge, workers, console, sandbox"
	@echo "make test    set up and run every test"
	@echo "make check   format, lint, types, imports, rules, known holes in what we use, tests"
	@echo "make nightly the thorough tests, for an hour in which nobody waits"
	@echo "make mutants takes out each mechanism that keeps a promise; the tests must notice"
	@echo "make bench   speed, beside the usual design, in one run"
	@echo "make chaos   kills, freezes and lies for five minutes, then counts every effect; SECONDS=, SEED="
	@echo "make hosts   three hosts are cut off and come back, then counts every effect; Linux; SECONDS=, SEED="
	@echo "make load    twice what the workers can do for five minutes, and what it costs; SECONDS="
	@echo "make growth  what an event costs each part, and how many serve how many workspaces"
	@echo "make setup   only set up, into .venv"

setup: .venv/.ready

# The Redis server is a plain binary inside a wheel that exists for two Python versions only;
# it needs no Python, so one of the two serves all.
.venv/.ready: requirements-dev.txt pyproject.toml deploy/local/redis-server.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hookwork needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv (once, a minute or so)"
	@$(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
ifeq ($(shell uname -sm),Linux x86_64)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--only-binary=:all: --platform manylinux2014_x86_64 --python-version 3.12 --implementation cp --abi cp312 \
		--target .venv/redis -r deploy/local/redis-server.txt
endif
	@touch $@

run: setup
	@$(PY) -m deploy.cli up

test: setup
	@$(PYTEST)

nightly: setup
	@$(PYTEST) -m nightly

mutants: setup
	@$(PY) -m tests.promises.mutants

check: setup
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(BIN)/lint-imports
	$(PY) -m deploy.cli check deploy/rules
	$(PY) -m deploy.cli check deploy/sandbox/rules
	$(PY) -m deploy.cli test deploy/rules
	$(PY) -m deploy.cli test deploy/sandbox/rules
	$(PY) -m tests.security.audit requirements.txt requirements-dev.txt
	$(PYTEST)

format: setup
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: setup
	$(PY) -m tests.bench

chaos: setup
	@$(PY) -m tests.chaos $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(RATE),--rate $(RATE))

growth: setup
	@$(PY) -m tests.bench.growth --write docs/growth.md

hosts: setup
	@$(PY) -m tests.hosts $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(RATE),--rate $(RATE))

load: setup
	@$(PY) -m tests.chaos.load $(if $(SECONDS),--seconds $(SECONDS))

# What rules may name, from awork's contract; after a change of deploy/sandbox/contract.
models: setup
	@$(PY) -m deploy.contract_models

clean:
	rm -rf .venv .hookwork .mypy_cache .ruff_cache .pytest_cache

# Refreshes the locked dependencies; needs uv.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt
