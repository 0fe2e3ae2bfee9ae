# What a person does with a checkout: run Quoth, test it, train its reader, measure it.
# Knows nothing of how a room works; every recipe is a command that also works by hand.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 7860
DATA_HOME ?= .quoth
RECIPE ?= training/recipes/squad-minilm.toml

# No requirement marker can see a GPU, so look for one here: faiss-gpu is 1.4 GB larger.
REQUIREMENTS := $(shell nvidia-smi -L >/dev/null 2>&1 && echo requirements.txt || echo requirements-cpu.txt)

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed-$(REQUIREMENTS)
INSTALLED_DEV := $(VENV)/.installed-dev-$(REQUIREMENTS)

.PHONY: help run test lint train bench pictures space install install-dev chromium tesseract clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(INSTALLED) ## install what is missing, then open the chat on http://127.0.0.1:7860
	$(PY) -m chatbot serve --home $(DATA_HOME) --host $(HOST) --port $(PORT)

test: export HF_HUB_OFFLINE = 1
test: lint chromium tesseract ## install what is missing, then lint, types and all tests
	$(PY) -m pytest

lint: $(INSTALLED_DEV) ## style and types only
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

train: $(INSTALLED_DEV) ## train the reader: RECIPE=training/recipes/NAME.toml
	$(PY) -m training.train_reader $(RECIPE)

bench: $(INSTALLED_DEV) ## run every script in bench/
	@for script in $$(grep -l __main__ bench/*.py); do echo "== $$script"; $(PY) "$$script"; done

pictures: $(INSTALLED_DEV) chromium ## take every picture in docs/pictures/ anew
	$(PY) bench/pictures.py

space: $(INSTALLED) ## put it into a Space on Hugging Face: NAME=user/space, or DRY_RUN=DIR
	$(PY) -m chatbot.space $(NAME) $(if $(DRY_RUN),--dry-run $(DRY_RUN)) $(SPACE_FLAGS)

install: $(INSTALLED) ## the virtual environment that `make run` uses
install-dev: $(INSTALLED_DEV) ## the same, with what tests and training need

clean: ## remove the virtual environment and caches; documents in DATA_HOME stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Quoth needs Python 3.11 or later, '$(PYTHON)' is $$($(PYTHON) --version 2>&1);" \
	         "try: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { \
	    echo "could not make $(VENV); on Debian: sudo apt-get install python3-venv" >&2; exit 1; }
	@touch $@

# The two faiss packages share files, so the one of an earlier choice leaves first.
$(INSTALLED): $(REQUIREMENTS) pyproject.toml | $(MADE)
	@echo "installing $(REQUIREMENTS) (a minute or two the first time)"
	@$(PIP) uninstall --yes faiss-cpu faiss-gpu 2>/dev/null
	@rm -f $(VENV)/.installed-*
	@$(PIP) install --requirement $(REQUIREMENTS)
	@$(PIP) install --no-deps --editable .
	@touch $@

# The extras alone: the project's own dependencies are in place and would bring the other faiss.
$(INSTALLED_DEV): $(INSTALLED)
	@echo "installing what tests and training need"
	@$(PY) -c 'import tomllib; extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
	    print(*extras["dev"], *extras["space"], *extras["train"], sep="\n")' > $(VENV)/extras.txt
	@$(PIP) install --requirement $(REQUIREMENTS) --requirement $(VENV)/extras.txt
	@touch $@

chromium:
	@if command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing Debian's chromium for the browser tests"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	        --no-install-recommends chromium fonts-noto-cjk; } </dev/null >/dev/null || \
	        echo "could not install chromium: the browser tests will be skipped" >&2; \
	else \
	    echo "no chromium: the browser tests will be skipped;" \
	         "to run them: sudo apt-get install chromium fonts-noto-cjk" >&2; \
	fi

tesseract:
	@if command -v tesseract >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing Debian's tesseract-ocr for the tests of scanned pages"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	        --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-osd; \
	    } </dev/null >/dev/null || \
	        echo "could not install tesseract-ocr: tests of scanned pages will be skipped" >&2; \
	else \
	    echo "no tesseract: tests of scanned pages will be skipped;" \
	         "to run them: sudo apt-get install tesseract-ocr" >&2; \
	fi
