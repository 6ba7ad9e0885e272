# Everything happens in .venv; needs Python 3.11 or newer with venv, and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests of the interface wait as long as they compute, so three workers keep two cores at work. Each begins with a run of
# neighbouring tests, so that what a file prepares is prepared once, and then takes over from the slower ones.
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check format clean

run: $(VENV)/.run
	@$(BIN)/attn-explore

test: $(VENV)/.test
	$(PYTEST)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) --hypothesis-profile=exploring

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A stamp for each set of packages: installing again is needed only when pyproject.toml changed.
$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "installing attn-explore into $(VENV) (once)"
	$(PIP) install --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "installing attn-explore with the test and train extras into $(VENV) (once)"
	$(PIP) install --editable '.[test,train]'
	@touch $@ $(VENV)/.run

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.test $(VENV)/.run

# Where venv lacks ensurepip (Debian without python3-venv) it leaves a python without pip: then nothing may stay.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "attn-explore needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
