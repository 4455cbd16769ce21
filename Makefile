# Two commands matter: `make rehearsal` opens the console on the embedded incident, `make test` passes the tests.
# Both set everything up by themselves; they need python3 (3.11 or newer) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.runtime
DEV := $(VENV)/.dev

.DEFAULT_GOAL := help

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "opsconsole needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(RUN): requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

rehearsal: $(RUN) ## open the console on the embedded incident (no cluster, no GPU, no network)
	@$(BIN)/opsconsole rehearse $(ARGS)

test: $(DEV) ## check style, types, layers, and run every test that this machine can run
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m scripts.run_tests $(ARGS)

explore: $(DEV) ## try the properties with new examples, drawn by chance, and far more of them than `make test` does
	$(BIN)/python -m pytest -q -m "hypothesis and not cluster" --hypothesis-profile=exploring $(or $(ARGS),tests)

worlds: $(DEV) ## revoke in 500 generated worlds of bindings, and let the real authorizer judge each proof
	OPSCONSOLE_WORLDS=$${OPSCONSOLE_WORLDS:-500} $(BIN)/python -m pytest -q -s tests/switches/revoke/test_worlds_cluster.py $(ARGS)

testbed: $(DEV) ## start a real control plane to play with and print its KUBECONFIG
	$(BIN)/python -m tests.testbed $(ARGS)

corpus: $(DEV) ## read and judge the corpus of optimizers' logs, and fail below its floors
	$(BIN)/python -m tests.corpus.score $(ARGS)

bench: $(DEV) ## measure the program from outside, beside kubectl on the same server
	$(BIN)/python -m scripts.bench $(ARGS)

soak: $(DEV) ## run a day of story in half an hour, and weigh console and rehearsal server
	$(BIN)/python -m scripts.soak $(ARGS)

screenshots: $(DEV) ## make screenshots/ anew from the rehearsal
	$(BIN)/python -m scripts.screenshots

dist: $(DEV) ## build wheel, sdist, zipapp, a folder of wheels for machines without network, and an SBOM
	$(BIN)/python -m scripts.dist

lock: $(DEV) ## pin requirements/ anew from pyproject.toml
	$(BIN)/python -m scripts.lock

clean: ## remove what was made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help rehearsal test explore corpus worlds testbed bench soak screenshots dist lock clean
