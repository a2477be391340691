# What a developer does here. `make` lists it. Works with GNU make 3.81, as macOS has it.

VENV := .venv
BIN := $(VENV)/bin
VENDOR := src/benchwright/web/static/vendor/manifest.json
UV_VERSION := 0.13.8
# Test processes: one for each core. `make test WORKERS=0` runs them in one, for a debugger. Whoever
# is done takes over from who is not: what shares a module, and its browser, stays together.
WORKERS ?= logical
# Further options for pytest: make test ARGS="-k histogram"
ARGS ?=

# The first Python that is new enough; `make PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$name; break; fi; done)

.PHONY: help setup machine demo test check lint types contracts templates fmt bench screenshots \
	docs lock migration initial-migration clean distclean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1 - /p' Makefile | awk -F ' - ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: $(VENDOR) ## Everything into .venv; the other targets do this too
	@:

demo: setup ## Server, demo API and a load test of it; Ctrl-C ends all
	@$(BIN)/benchwright demo

test: setup machine check ## All checks and all tests
	@$(BIN)/pytest -n $(WORKERS) --maxprocesses 8 --dist worksteal $(ARGS)

check: setup lint types contracts templates ## Lint, types, import contracts, templates

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

contracts: setup
	@$(BIN)/lint-imports --no-cache

# djlint ends with an error where there is nothing to look at.
templates: setup
	@if [ -d src/benchwright/web/templates ]; then $(BIN)/djlint --quiet --lint src/benchwright/web/templates; fi

fmt: setup ## Formats the code and repairs what ruff can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup machine ## Measures load overhead, script cost, live latency, ingest, storage and pages; several minutes
	@status=0; for name in load_overhead script_cost live ingest store timeline pages page_live endpoint_filter launch; do \
		$(BIN)/python -m benchmarks.$$name || status=1; done; \
		$(BIN)/python -m benchmarks.live --watchers 1000 --switches 0 || status=1; exit $$status

screenshots: setup machine ## Pictures of every page into screenshots/; ARGS="hard --only lost" for some
	@$(BIN)/python -m tools.pictures $(ARGS)

docs: setup ## Writes docs/settings.md and docs/cli.md anew
	@$(BIN)/python -m tools.reference

migration: setup ## Writes the next migration from the models: make migration m="Add tags to runs"
	@$(BIN)/python -m benchwright.migrations "$(m)"
	@$(BIN)/ruff check --quiet --fix src/benchwright/migrations/versions
	@$(BIN)/ruff format --quiet src/benchwright/migrations/versions

initial-migration: setup ## Writes the first migration anew; only as long as nothing was released
	@$(BIN)/python -m benchwright.migrations --initial
	@$(BIN)/ruff check --quiet --fix src/benchwright/migrations/versions
	@$(BIN)/ruff format --quiet src/benchwright/migrations/versions

lock: $(BIN)/python ## Writes the lock files anew, with the newest versions allowed
	@$(BIN)/python -m pip install --quiet "uv==$(UV_VERSION)"
	@$(BIN)/uv pip compile pyproject.toml --group dev $(COMPILE) --upgrade --output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml $(COMPILE) --constraint requirements.lock \
		--output-file requirements-runtime.lock
	@printf 'hatchling\nnodejs-wheel>=22\n' | $(BIN)/uv pip compile - $(COMPILE) \
		--constraint requirements.lock --upgrade --output-file requirements-build.lock
	@if command -v npm >/dev/null; then npm install --package-lock-only --ignore-scripts \
		--omit-lockfile-registry-resolved --no-audit --no-fund; fi

# Hashes, and no address: the files are the same whichever index they come from.
COMPILE := --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --annotation-style line --custom-compile-command "make lock"

machine: setup
	@$(BIN)/python -m tests.services.requirements

clean: ## Removes caches, builds and fetched browser libraries
	@rm -rf build dist screenshots benchmarks/out src/benchwright/web/static/vendor \
		.pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Removes .venv as well
	@rm -rf $(VENV)

# Each step leaves a file behind, so that the next call skips it.

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed and was not found; install it, or say make PYTHON=/path/to/python"; \
		exit 1; fi
	@if ! "$(PYTHON)" -c 'import ensurepip' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
		then apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes python3-venv >/dev/null; \
		else echo "Python cannot make virtual environments here; run: sudo apt-get install python3-venv"; exit 1; fi; fi
	@echo "setting up $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.requirements: requirements.lock $(BIN)/python
	@echo "installing what requirements.lock names; the first time this takes a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--no-deps --require-hashes -r requirements.lock
	@touch $@

# The build fetches the browser libraries with npm, and where there is none with the npm of PyPI.
$(VENDOR): pyproject.toml hatch_build.py package.json package-lock.json requirements-build.lock $(VENV)/.requirements
	@echo "installing Benchwright, with its browser libraries"
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r requirements-build.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@touch $@
