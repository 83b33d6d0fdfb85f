# Two commands matter: `make serve` and `make test`. Each sets up all that it needs.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup build serve test check bench bench-budget demo browser lock clean

REQUIREMENTS := build_scripts/requirements
PYTHON := .venv/bin/python
STAMP := .venv/.set-up
PORT ?= 8000
WORKERS ?= 3
SIDE_BY_SIDE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

setup: $(STAMP) ## the Python environment in .venv, from hash-pinned requirement files

# `uv` finds or gets a Python that fits; it comes itself from a hash-pinned file through the pip of whatever Python is there.
.cache/bootstrap/bin/uv: $(REQUIREMENTS)/uv.txt
	@echo "Setting up: uv"
	@build_scripts/bootstrap.sh .cache/bootstrap $(REQUIREMENTS)/uv.txt

$(STAMP): .cache/bootstrap/bin/uv $(REQUIREMENTS)/dev.txt pyproject.toml
	@echo "Setting up: Python environment in .venv (about 170 packages, 700 MB)"
	@UV=.cache/bootstrap/bin/uv; \
	  if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
	    interpreter=$$($$UV python find --system '>=3.12,<3.15' 2>/dev/null) || { $$UV python install 3.13 && interpreter=3.13; } && \
	    $$UV venv --quiet --clear --python "$$interpreter" .venv || exit 1; \
	  fi; \
	  $$UV pip sync --quiet --compile-bytecode --python $(PYTHON) --require-hashes $(REQUIREMENTS)/dev.txt && \
	  $$UV pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	@touch $@

build: setup ## everything into _build/
	@.venv/bin/lessons build

serve: setup ## build everything, serve http://127.0.0.1:8000 and rebuild what changes
	@.venv/bin/lessons serve --port $(PORT)

browser: setup
	@$(PYTHON) tests/chromium.py
	@$(PYTHON) tests/firefox.py
	@$(PYTHON) tests/postgres.py

check: setup ## linters, types, import rules and the rules for pages
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@cd site && ../.venv/bin/deno task --quiet check
	@cd grading/runner && ../../.venv/bin/deno check --quiet *.ts && ../../.venv/bin/deno lint --quiet && ../../.venv/bin/deno fmt --check --quiet
	@.venv/bin/lessons check

test: browser check build ## all tests, a real browser included
	@PASSERELLE_BUILT=1 $(PYTHON) -m pytest $(SIDE_BY_SIDE) $(PYTEST)

bench: browser build ## times, bytes and memory beside stock JupyterLite, about 20 minutes; fewer with BENCH="--rounds 1"
	@PYTHONPATH=tests $(PYTHON) -m bench $(BENCH)

bench-budget: browser build ## bytes and requests of a lesson, a part of `make test`
	@PASSERELLE_BUILT=1 $(PYTHON) -m pytest tests/site/test_budget.py $(PYTEST)

demo: build ## a whole course with made-up learners, from release to report
	@.venv/bin/grading demo

lock: .cache/bootstrap/bin/uv ## compile the requirement files anew
	@UV=.cache/bootstrap/bin/uv; \
	  printf 'uv\n' | $$UV pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header - -o $(REQUIREMENTS)/uv.txt && \
	  $$UV pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev --python-version 3.12 pyproject.toml -o $(REQUIREMENTS)/dev.txt

clean: ## remove what was built; .venv and caches stay
	rm -rf _build
