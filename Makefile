# Everything installs what it needs itself; nothing else has to be done by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.PHONY: run test lint eval bench lock install clean

run: $(VENV)/.installed
	@$(BIN)/footnote serve --documents seeds

install: $(VENV)/.installed

test: $(VENV)/.development
	$(BIN)/python -m pytest

lint: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: $(VENV)/.installed
	@$(BIN)/footnote add --library .footnote/eval/library seeds
	$(BIN)/footnote eval --library .footnote/eval/library tests/questions.jsonl --out .footnote/eval/report.json

# Newest versions that fit together and pass the tests become the pins.
lock:
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --disable-pip-version-check --quiet --upgrade pip
	.lock/bin/python -m pip install --disable-pip-version-check --quiet --editable . --group dev --group bench
	.lock/bin/python -m pip freeze --exclude-editable --exclude pip > constraints.txt
	rm -rf .lock

clean:
	rm -rf $(VENV) .footnote

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --upgrade "pip>=25.1"

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Footnote and its pinned packages (a minute or two) …"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.installed
	@echo "Installing the tools for tests and checks …"
	@$(PIP_INSTALL) --group dev
	@touch $@
