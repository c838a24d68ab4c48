# Everything installs what it needs itself; nothing else has to be done by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.PHONY: run test test-slow torture lint eval bench bench-ingest lock install clean

run: $(VENV)/.installed
	@$(BIN)/footnote serve --documents seeds

install: $(VENV)/.installed

# One thread each: with more, the processes spin for the same cores (a training test took four times as long).
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

test: $(VENV)/.development
	$(TEST) -m "not slow"

# What takes longer: payloads through every view, axe-core in every view, hostile host pages, backups, watched folders, training, scanned pages.
test-slow: $(VENV)/.development
	$(TEST) -m slow

# The long forms of the tests of survival: every step, every system call, every bit; at least 200 kills, none may lose a document.
torture: $(VENV)/.development
	TORTURE=200 $(BIN)/python -m pytest tests/test_kills.py tests/test_syscalls.py tests/test_migration_killed.py tests/test_survival.py \
		tests/test_two_writers.py tests/test_full_disk.py tests/test_read_only.py tests/test_damage.py

lint: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: $(VENV)/.installed
	@$(BIN)/footnote add --library .footnote/eval/library seeds
	$(BIN)/footnote eval --library .footnote/eval/library tests/questions.jsonl \
		--out .footnote/eval/report.json --html .footnote/eval/report.html

# The figures of the README; DATA is a folder of public question sets as benchmarks/sets.py describes it.
bench: $(VENV)/.development
	@test -n "$(DATA)" || { echo "Name the folder of the data: make bench DATA=…"; exit 2; }
	@$(PIP_INSTALL) --group bench
	$(BIN)/python benchmarks/encoders.py $(DATA)
	$(BIN)/python benchmarks/lexical.py $(DATA)
	$(BIN)/python benchmarks/serving.py $(DATA)
	$(BIN)/python benchmarks/recovery.py $(DATA)
	$(BIN)/python benchmarks/development.py $(DATA)

# Ingestion and retrieval beside other systems, which are installed into a virtual environment of their own (2.1 GB).
bench-ingest: $(VENV)/.development $(PEERS)/.installed
	@test -n "$(DATA)" || { echo "Name the folder of the data: make bench-ingest DATA=…"; exit 2; }
	@$(PIP_INSTALL) --group bench
	$(BIN)/python benchmarks/ingesting.py $(DATA) --peers $(PEERS)/bin/python

# Newest versions that fit together and pass the tests become the pins.
lock:
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --disable-pip-version-check --quiet --upgrade pip
	.lock/bin/python -m pip install --disable-pip-version-check --quiet --editable . --group dev --group bench
	.lock/bin/python -m pip freeze --exclude-editable --exclude pip | sed "s/+cpu$$//" > constraints.txt
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --disable-pip-version-check --quiet --upgrade pip
	.lock/bin/python -m pip install --disable-pip-version-check --quiet --group peers "$$(grep ^sentence-transformers== constraints.txt)"
	.lock/bin/python -m pip freeze --exclude pip | sed "s/+cpu$$//" > benchmarks/peers.txt
	rm -rf .lock

clean:
	rm -rf $(VENV) $(PEERS) .footnote

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

$(PEERS)/.installed: pyproject.toml benchmarks/peers.txt
	@echo "Installing the systems that Footnote is compared with into $(PEERS) …"
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --disable-pip-version-check --quiet --upgrade "pip>=25.1"
	@$(PEERS)/bin/python -m pip install --disable-pip-version-check --quiet --constraint benchmarks/peers.txt --group peers
	@touch $@
