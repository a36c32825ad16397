# Everything a clone needs: `make run` and `make test` set themselves up. Nothing here uses sudo.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
# Stamps: what was installed for which pyproject.toml, so that a second make starts at once.
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test coverage check bench simulate frames lab lab-v2

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\n  ARGS="…" is passed on:  make run ARGS="--demo"   make test ARGS="-k ollama"\n'
	@printf '  PYTHON=python3.12 chooses another Python (3.11 to 3.13).\n'

# With the path, the Compose that the development group brings along is found where there is no other.
run: $(INSTALLED) ## open the screen; without an engine, the demo world says so and how to connect
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/sutaztop --demo-without-engine $(ARGS)

test: $(INSTALLED_DEV) ## run all tests; SUTAZTOP_REQUIRE=docker,swarm,compose allows no skipping of those
	$(BIN)/pytest --numprocesses auto --dist loadfile $(ARGS)

# Apart from the tests, of which it would make two thirds more work.
coverage: $(INSTALLED_DEV) ## run all tests and tell what of the program they go through
	$(BIN)/pytest --numprocesses auto --dist loadfile --cov --cov-report=term $(ARGS)

check: $(INSTALLED_DEV) ## format, lint, types, import contracts, doctests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --doctest-modules --quiet sutaztop

bench: $(INSTALLED_DEV) ## what watching costs, beside docker stats in the same run (needs root and dockerd)
	@$(BIN)/python -m tests.bench $(ARGS)

simulate: $(INSTALLED_DEV) ## synthetic services under sutaztop's advice, HPA and the guide's script; a few minutes, no engine
	@$(BIN)/python -m tests.simulator $(ARGS)

frames: $(INSTALLED_DEV) ## write the text pictures of the screen anew; read the difference before you commit it
	$(BIN)/pytest tests/ui --quiet --update-frames $(ARGS)
	$(BIN)/python -m tests.ui.picture

lab: $(INSTALLED_DEV) ## bring up a small SutazAI on an engine of its own until Ctrl-C (needs root and dockerd)
	@$(BIN)/python -m tests.lab up $(ARGS)

lab-v2: $(INSTALLED_DEV) ## the measuring tests on cgroup v2 with systemd, in an emulated machine (needs root; it takes a while)
	@$(BIN)/python -m tests.lab_v2 $(ARGS)

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	"sutaztop needs Python 3.11 to 3.13, and $(PYTHON) is %d.%d; try make PYTHON=python3.12" % v)'
	@echo 'setting up $(VENV) …'
	@$(PYTHON) -m venv $(VENV)
	@# Dependency groups are known to pip from 25.1 on.
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@echo 'adding what tests and checks need …'
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@
