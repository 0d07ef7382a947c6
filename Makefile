PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test lint bundle bench lab clean

help:
	@echo "make demo   a bundled real log, the whole way; prints where the report is"
	@echo "make test   style, types, floors and tests"
	@echo "make bundle the report's script from its sources (needs npm; downloads its libraries)"
	@echo "make bench  10^5 to 2x10^7 rows beside other tools (downloads them from PyPI; two hours, 16 GB; stop, and go on with"
	@echo "            RESUME=1; LOGS=folder keeps the logs; BENCH_LARGE=1 adds 10^8 rows), and reading, and reports in Chromium"
	@echo "make lab    all methods on simulated logs, tables and figures (two cores, an hour and a half; stop and resume as you like)"
	@echo "make clean  remove what the others made"

demo: $(VENV)/.installed
	$(BIN)/farmgraph demo --output demo-case --overwrite

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bundle:
	@command -v npm >/dev/null || { echo "make bundle needs npm (node 18 or newer); the committed script works without it."; exit 2; }
	cd farmgraph/render/report/js && npm ci --no-audit --no-fund --ignore-scripts && npm run --silent build

bench: $(VENV)/.developing
	$(BIN)/python tests/benchmarks/scale.py $(if $(RESUME),--resume) $(if $(LOGS),--logs $(LOGS))
	$(BIN)/python tests/benchmarks/hub.py
	$(BIN)/python tests/benchmarks/report.py
	$(BIN)/python tests/benchmarks/read.py
	$(BIN)/python tests/benchmarks/mutations.py

lab: $(VENV)/.developing
	$(BIN)/python tests/benchmarks/lab.py

clean:
	rm -rf $(VENV) demo-case build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache farmgraph/render/report/js/node_modules

$(VENV)/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
		{ echo "farmgraph needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.developing: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $(VENV)/.installed $@
