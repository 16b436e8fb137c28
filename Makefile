# What people and CI run here. Each target does all the set-up it needs; nothing outside this folder
# is changed. Another Python: make demo PYTHON=/path/to/python
.NOTPARALLEL:
.PHONY: help demo test lint types check gallery clean

VENV := .venv
RUN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo: $(INSTALLED)  ## train the recipe quick on MNIST, evaluate it, write its report
	$(RUN)/ziffern train quick
	$(RUN)/ziffern evaluate latest
	$(RUN)/ziffern report latest

# a process a core; the tests of a file stay together, for they share what they trained
test: $(INSTALLED)  ## the whole test suite, with coverage
	$(RUN)/python -m pytest --numprocesses=auto --dist=loadfile --cov=ziffern

lint: $(INSTALLED)  ## format and style
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .

types: $(INSTALLED)  ## mypy, strict
	$(RUN)/mypy

check: lint types test  ## the one gate: all of the above must be clean

gallery: $(INSTALLED)  ## docs/gallery.md and its pictures from real runs (several minutes)
	$(RUN)/python tools/gallery.py

clean:  ## remove what can be made again: the environment, caches, builds; runs stay
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks examples tools -name __pycache__ -type d -prune -exec rm -rf {} +

# installed once, and again when pyproject.toml has changed
$(INSTALLED): pyproject.toml
	sh tools/make_venv.sh $(VENV) $(PYTHON)
	$(RUN)/python -m pip install --editable '.[all,test]'
	@touch $@
