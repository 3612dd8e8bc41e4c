# Every target that needs kc sets it up first. PYTHON chooses the interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-to-run
READY := $(VENV)/.ready

.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(RUN_READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[datasets]'
	@touch $(RUN_READY)

$(READY): $(RUN_READY)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(READY)

setup: $(READY) ## make a virtual environment with kc and all that its checks need

run: $(RUN_READY) ## the main job: train the digits convnet
	$(BIN)/kc train examples/digits_convnet/spec.yaml

test: $(READY) ## the tests that always run
	$(BIN)/python -m pytest -m "not slow" --numprocesses auto --dist loadfile

test-slow: $(READY) ## the long suites: many kills, wide sweeps
	$(BIN)/python -m pytest -m slow

check: $(READY) ## style, types, import order, freshness of what is printed from code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/kc schema | cmp - schemas/kc.schema.json
	$(BIN)/python -m kc.cli.reference --check docs/reference

format: $(READY) ## bring the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(READY) ## print the JSON Schema for editors
	mkdir -p schemas
	$(BIN)/kc schema -o schemas/kc.schema.json

golden: $(READY) ## rewrite expected outputs; read the difference before you keep it
	$(BIN)/python -m pytest -m "not slow" --update-golden

bench: $(READY) ## time training and validation against others; install keras and torch to compare
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/validation.py

docs: $(READY) ## print the pages that come from code: diagnostics and entries
	$(BIN)/python -m kc.cli.reference docs/reference

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help setup run test test-slow check format schema golden bench docs clean
