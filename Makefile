# Everything a newcomer, a developer or CI does begins here. `make` alone lists the targets.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
CODE   := ledger projections api tests examples/clients $(wildcard bench)
# More arguments for pytest or the benchmark: make test ARGS="-k statement"
ARGS   ?=
# Most tests wait for servers: four processes left a quarter of two cores idle. Each takes whole files,
# and those that are marked `long` come first (tests/conftest.py).
PROCESSES := -n 5 --dist loadfile --no-loadscope-reorder

# One lock serves all supported Pythons; it is made on the oldest. No index is named in it.
LOCK_PYTHON ?= python3.11
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(VENV)-lock/bin/pip-compile --quiet \
	--allow-unsafe --strip-extras --generate-hashes \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help install run demo test check docs format bench faults soak foreign verifier release deb lock clean tools

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv with the pinned dependencies and the command answerable

# Again when a lock or pyproject.toml changes. The stamp comes last, so a failed try is repeated.
$(STAMP): requirements-dev.lock requirements-newest.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Answerable needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." \
	       "Name another one: make install PYTHON=python3.13" >&2; exit 1; }
	@if ! [ -x $(BIN)/python ] || ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
	  echo "install: new environment in $(VENV) ($$($(PYTHON) --version))"; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	      echo "install: python3-venv, which makes environments"; \
	      export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && \
	      apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; fi; \
	    $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	      echo "'$(PYTHON)' cannot make environments;" \
	           "on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; }; \
	  $(PYTHON) -m venv --clear $(VENV); fi
	@echo "install: pinned dependencies (about a minute the first time)"
	@$(PIP) install --require-hashes -r requirements-dev.lock -r requirements-newest.lock
	@echo "install: answerable itself"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "install: done, the command is $(BIN)/answerable"

run: install ## record, follow and serve the samples on http://127.0.0.1:8000
	@$(BIN)/answerable run --sample

demo: install ## a whole country, made up, on http://127.0.0.1:8000: to look at a full ledger
	@$(BIN)/python -m bench.demo

# With root's rights it installs them, else it says which are missing.
tools:
	@sh tests/tools.sh

test: install tools ## install what the tests need, then run every test but the long ones
	@$(BIN)/python -m pytest $(PROCESSES) $(ARGS)

check: install ## lint, types, import contracts, container files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/hadolint Dockerfile

docs: install ## write the pages of docs/ that are made from the declarations, the rules and the tests
	@$(BIN)/python -m tests.glossary
	@$(BIN)/python -m tests.columns
	@$(BIN)/python -m tests.settings_page
	@$(BIN)/python -m tests.states
	@$(BIN)/python -m tests.who_may
	@$(BIN)/python -m tests.mutations page

format: install ## sort imports, mend what ruff can, lay the code out
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

bench: install ## measure, and compare with the figures written down
	@$(BIN)/python -m bench $(ARGS)

faults: install tools ## kill and freeze parts of a service under load, and count what is lost
	@$(BIN)/python -m bench.faults $(ARGS)

soak: install tools ## the long tests, rounds of faults, mutmut: hours; ARGS="--from tests/log" goes on
	@$(BIN)/python -m tests.soak $(ARGS)

foreign: install ## check our log with verifiers and witnesses that others wrote
	@sh tests/foreign/install.sh .foreign
	@$(BIN)/python -m pytest tests/foreign tests/e2e/test_clients.py -m foreign -rs $(ARGS)

verifier: install ## make answerable-verify.pyz: checks a log with Python and cryptography alone
	@$(BIN)/python -m ledger.verify.verifier answerable-verify.pyz

release: install ## make the wheel, its bill of materials and checksums in dist/ (signed: ARGS=KEY)
	@PYTHON=$(BIN)/python sh deploy/release.sh $(ARGS)

deb: install ## make a package for Debian in dist/: the units beside an environment
	@PYTHON=$(BIN)/python sh deploy/debian.sh

lock: ## write the lock files anew from pyproject.toml (for newer releases: ARGS=--upgrade)
	@$(LOCK_PYTHON) -m venv --clear $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip pip-tools
	@$(COMPILE) --extra nats --output-file requirements.lock pyproject.toml
	@$(COMPILE) --extra dev --constraint requirements.lock \
	  --output-file requirements-dev.lock pyproject.toml
	@$(COMPILE) --only-build-deps --build-deps-for wheel --constraint requirements-dev.lock \
	  --output-file requirements-build.lock pyproject.toml
	@rm -r $(VENV)-lock
	@echo "lock: $$(ls requirements*.lock | xargs) are written"

clean: ## remove the environment and all caches; data directories stay
	@rm -rf $(VENV) $(VENV)-* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
	  .hypothesis .foreign dist build answerable-verify.pyz
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
