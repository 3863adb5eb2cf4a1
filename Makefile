# Everything a person or CI runs. `make` alone lists the targets.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := requirements.lock

# The question reaches the shell as a variable, so quotes, spaces and dollar signs in it survive.
export MAKE_QUESTION := $(value Q)

# uv counts only if it runs: a version manager can leave a command that does nothing but fail.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
# nltk refuses hard-linked files, and compiled modules halve the time to start.
export UV_LINK_MODE := copy
export UV_COMPILE_BYTECODE := 1

IN_RANGE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(or $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c '$(IN_RANGE)' >/dev/null 2>&1 && echo $$python && break; done), \
	$(shell uv python find --no-python-downloads '>=3.11,<3.14' 2>/dev/null))
NO_PYTHON := askpapers needs Python 3.11, 3.12 or 3.13 and found none that runs: install one, \
or name it with: make install PYTHON=/path/to/python3.12

.DEFAULT_GOAL := help
.PHONY: help install chat ingest ask test check eval bench screenshots lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## install everything into .venv, with uv where it is there and pip where it is not

$(STAMP): $(LOCK) pyproject.toml
	@"$(PYTHON)" -c '$(IN_RANGE)' 2>/dev/null || { echo '$(NO_PYTHON)' >&2; exit 2; }
	@$(BIN)/python -c '' 2>/dev/null || rm -rf $(VENV)
ifdef UV
	@test -d $(VENV) || uv venv --quiet --python "$(PYTHON)" $(VENV)
	uv pip sync --quiet --python $(BIN)/python --require-hashes $(LOCK)
	@uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
else
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement $(LOCK)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
endif
	@touch $@

chat: install ## open the page on 127.0.0.1:7860, with the sample corpus until you ingest your own
	@$(BIN)/askpapers chat

ingest: install ## read your abstracts: make ingest PATHS="my-abstracts more.jsonl"
	@$(if $(strip $(PATHS)),:,echo 'Name the files or folders: make ingest PATHS="my-abstracts"' >&2; exit 2)
	@$(BIN)/askpapers ingest $(PATHS)

ask: install ## ask in the terminal: make ask Q="Which papers use graphs?"
	@test -n "$$MAKE_QUESTION" || { echo 'Give the question: make ask Q="Which papers use graphs?"' >&2; exit 2; }
	@$(BIN)/askpapers ask -- "$$MAKE_QUESTION"

test: install ## run the tests
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: install ## lint, formatting, types and the import rule
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_import_rule.py

eval: install ## score the hand-written cases and compare with the baseline, into eval-report
	@$(BIN)/askpapers eval run

bench: install ## measure speed, memory, recall and growth into docs/performance.md; LARGEST=400000 adds a point
	@$(BIN)/python benchmarks/performance.py $(if $(LARGEST),--largest $(LARGEST))

screenshots: install ## draw the pictures of the page in docs/screenshots anew
	@$(BIN)/python docs/screenshots.py

lock: ## renew requirements.lock from pyproject.toml with uv; UPGRADE=1 takes the newest versions
	@$(if $(UV),:,echo 'Making the lock needs uv: pip install uv' >&2; exit 2)
	UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile pyproject.toml --extra dev --universal \
		--generate-hashes --no-emit-index-url --quiet $(if $(UPGRADE),--upgrade) --output-file $(LOCK)

clean: ## remove .venv, caches and reports; your index stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis eval-report build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
