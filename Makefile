# Everything runs in a virtual environment of its own, from hash-locked requirements.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,$(if $(shell command -v $(name)),$(name))))
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
MLOPS := $(BIN)/mlops

.PHONY: demo test lint types bench chart image-check lock docs clean

# Diagnose broken pods of the cluster that ships with the package.
demo: $(VENV)/.ready
	@$(MLOPS) demo

# Everything that must hold: style, types, walls, tests.
test: $(VENV)/.ready-to-test lint types
	@$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.ready-to-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

types: $(VENV)/.ready-to-test
	@$(BIN)/mypy

# Figures, not tests: ratios of one run on this machine.
bench: $(VENV)/.ready-to-test
	@$(BIN)/python -m tests.bench

# The Helm chart: every variant rendered and validated, a line each.
chart: $(VENV)/.ready-to-test
	@$(BIN)/python -m tests.helm

# The Dockerfile's steps without an engine, the install from the lock too: it takes minutes and a package index.
image-check: $(VENV)/.ready-to-test
	@$(BIN)/python -m tests.image

# Generated parts of the documentation and of the chart.
docs: $(VENV)/.ready-to-test
	@$(BIN)/python -m tests.tools.docs --write
	@$(BIN)/python -m tests.tools.chart --write

# Names, versions and hashes; no addresses.
lock: $(VENV)/.ready-to-test
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group build -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group build --group dev -o tests/requirements.lock pyproject.toml

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-to-test: tests/requirements.lock $(VENV)/.ready
	@$(PIP) install --require-hashes -r tests/requirements.lock
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
