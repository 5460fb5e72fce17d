# make test: sets up .venv and passes the checks and tests. Needs python3 (3.11 or newer) and the
# package index; no GPU and no ffmpeg binary.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: test setup lint types clean

test: setup lint types
	$(BIN)/python -m pytest

setup: .venv/.ready

.venv/.ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

clean:
	rm -rf .venv build *.egg-info
