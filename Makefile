# `make demo` and `make test` set up what they need in .venv; everything else is under `make help`.
# Works with GNU make 3.81 (macOS) and newer, and with BSD make. An own Python: make demo PYTHON=python3.12

PYTHON ?= python3
BIN = .venv/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test test-all check lint web docs serve bench clean distclean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 - /p' Makefile

demo: .venv/.core ## grade lesson 3: the stubs as they come, then the reference
	@echo '$$ zth grade lesson3'
	@status=0; $(BIN)/zth grade lesson3 || status=$$?; \
	if [ $$status -gt 1 ]; then exit $$status; fi; \
	if [ $$status -eq 1 ]; then echo '(Exit status 1, as expected: the stubs are yours to fill in.)'; fi
	@echo
	@echo '$$ zth grade lesson3 --impl reference'
	@$(BIN)/zth grade lesson3 --impl reference
	@echo '(Exit status 0: the reference earns every point.)'

test: .venv/.dev ## the quick tests, in two processes
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

test-all: .venv/.dev ## all tests, the slow ones too
	@$(BIN)/python -m pytest -m 'slow or not slow'

check: lint test docs ## all that a change must pass

lint: .venv/.dev ## style, types, spelling, and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell *.md docs exercises grader solutions zth
	$(BIN)/mypy
	$(BIN)/lint-imports

web: .web/.installed ## build what moves in the pages of the site (needs Node)
	@node docs/web/build.mjs

docs: .venv/.dev ## build the site into site/, the Chinese edition into site/zh/
	@$(MAKE) --no-print-directory web || { test -z "$$CI" && \
	echo 'The site is built without what moves in its pages, or with what the last build left of it.'; }
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file mkdocs.zh.yml

serve: .venv/.dev ## show the English edition while you write it
	@$(MAKE) --no-print-directory web || true
	$(BIN)/mkdocs serve

bench: .venv/.dev ## how fast all of it is, beside its peers (some: make bench NAMES="growth pages"; a look: QUICK=1)
	$(BIN)/python benchmarks/bench.py $(if $(QUICK),--quick) $(NAMES)

clean: ## remove what was built, but not .venv
	rm -rf build dist site docs/assets/web docs/assets/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv and .web too
	rm -rf .venv .web

# The stamps: pip and npm run again only when what is to be installed has changed.

.venv/.made:
	@command -v $(PYTHON) >/dev/null || \
	{ echo 'error: no $(PYTHON) here; install Python 3.11 or newer, or say where it is: make demo PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "error: zth needs Python 3.11 or newer, and this is $$($(PYTHON) -V 2>&1); say where a newer one is: make demo PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo 'error: this Python has no venv module; on Debian and Ubuntu: sudo apt install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.core: .venv/.made pyproject.toml constraints.txt
	@echo 'Installing zth into .venv (the first time, PyTorch takes some minutes) ...'
	@$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

.venv/.dev: .venv/.made pyproject.toml constraints.txt
	@echo 'Installing zth and its tests into .venv (the first time, PyTorch takes some minutes) ...'
	@$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	@touch .venv/.core $@

.web/.installed: docs/web/package.json docs/web/package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || \
	{ echo 'error: no Node here, which builds what moves in the pages; install nodejs (18 or newer) and npm' >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || \
	{ echo "error: the site needs Node 18 or newer, and this is $$(node --version)" >&2; exit 1; }
	@mkdir -p .web && cp docs/web/package.json docs/web/package-lock.json .web/
	@echo 'Installing what the site is built with into .web ...'
	@cd .web && npm ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
