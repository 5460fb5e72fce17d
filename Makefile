# make demo: sets up .venv and shows sheep become giraffes, in demo/.
# make test: sets up .venv and passes the checks and tests.
# make proofs: tries at length what the tests try once, such as killing a training run or a video's; minutes.
# make faults: the table of docs/reliability.md, a line for each promise; some minutes.
# make soak: memory over many frames and many kills; an hour.
# make installs: fresh environments, PYTHONS="python3.12=18.1 python3.13=19" says of which Python and PyAV.
# All need python3 (3.11 or newer), and the package index the first time; no GPU and no ffmpeg binary.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test proofs faults soak installs setup lint types clean

# The folder of the last demonstration is ours to write into.
demo: setup
	$(BIN)/instavid demo -o demo -y
	@echo "Look at demo/side_by_side.mp4 and demo/sheet.png"

test: setup lint types
	$(BIN)/python -m pytest

proofs: setup
	$(BIN)/python tests/proofs/prove_resuming.py
	$(BIN)/python tests/proofs/prove_going_on.py

faults: setup
	$(BIN)/python tests/proofs/prove_faults.py

soak: setup
	$(BIN)/python tests/proofs/prove_faults.py --soak

installs:
	$(PYTHON) tests/proofs/prove_installing.py $(PYTHONS)

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
