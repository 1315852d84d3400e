# Two commands matter: `make run` (the quick start) and `make test` (the whole suite).
SHELL := /bin/bash
VENV := .venv
AUTONCF := $(VENV)/bin/autoncf
ROOT := runs/ml-100k

# Bytecode halves TFX's import time, so an environment that forbids it is overruled.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/.ready ## make the environment in .venv/ (a second time does nothing)

$(VENV)/.ready: requirements/py310.txt requirements/py311.txt requirements/uv.txt requirements/install.sh pyproject.toml
	@requirements/install.sh $(VENV)
	@touch $@

run: setup ## MovieLens 100k from download to recommendations over gRPC
	@$(AUTONCF) demo --root $(ROOT)

test: setup ## the whole test suite, in two processes
	@$(VENV)/bin/python -m pytest --numprocesses 2

lint: setup ## ruff and mypy
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy

format: setup ## let ruff rewrite what it can
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format .

lock: setup ## resolve all six files of requirements/ again
	@requirements/lock.sh

clean: ## remove the environment; data and runs stay
	rm -rf $(VENV) .uv build *.egg-info
