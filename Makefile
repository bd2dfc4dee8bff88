# make run   an invented village to try everything on
# make test  every check of the project
PYTHON ?= python3
VENV ?= .venv
DATA ?= var/demo
PORT ?= 8350
BIN = $(VENV)/bin
SEED ?= 1

.PHONY: run test test-postgres lint check-libraries slow bench messages clean

run: $(VENV)/.installed
	@sh tools/system-packages.sh run
	$(BIN)/collector demo --data $(DATA) --port $(PORT)

test: $(VENV)/.installed-test
	@sh tools/system-packages.sh test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -m "not slow"

# The pages and stores of every feature on a real PostgreSQL server, which is started for it.
test-postgres: $(VENV)/.installed-test
	@sh tools/system-packages.sh test
	COLLECTOR_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 -m "not slow and not browser" \
		--ignore=tests/simulation --ignore=tests/sync --ignore=tests/participation

slow: $(VENV)/.installed-test
	@sh tools/system-packages.sh test
	$(BIN)/python -m pytest -n 2 -m "slow or not slow" --hypothesis-seed=$(SEED)

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

messages: $(VENV)/.installed-test
	sh tools/update-messages.sh $(BIN)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Collector needs Python 3.11 or newer; set PYTHON=/path/to/python3."; exit 1; }
	@sh tools/system-packages.sh venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python setup.cfg setup.py pyproject.toml $(wildcard translations/*/LC_MESSAGES/*.po)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info node_modules
