# Every target works on a fresh clone; `setup` runs first and does nothing when it has run before.
PYTHON ?= python3
BIN := .venv/bin
# On all cores; tests that cannot run beside each other are in one group (tests/conftest.py).
PYTEST = $(RUN) -m pytest --numprocesses auto --dist loadgroup
RUN := PYTHONPATH=.:constructs $(BIN)/python
# One command starts many Pythons: without bytecode beside them, each would compile its packages anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup sandbox test test-quick synth check bench lint format lock docs sbom clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Virtual environment, Node, cdktf, Terraform's provider (once)
	@$(PYTHON) tools/setup.py

# exec: make passes a signal on to its own child, and a shell in between would keep it to itself.
sandbox: setup ## Deploy onto a local AWS, run what was deployed, show what held (KEEP=1 stays up)
	@exec env $(RUN) -m sandbox $(if $(KEEP),--keep)

test: setup lint ## Every test
	@$(PYTEST)

test-quick: setup ## The tests that start no server, under a minute
	@$(PYTEST) -m "not slow and not envoy and not server" --hypothesis-profile quick

synth: setup ## All environments into cdktf.out/
	@$(RUN) -m stacks

check: synth ## Policies over cdktf.out/; reports in build/policies.{sarif,json,junit.xml}
	@$(RUN) -m policies cdktf.out --sarif build/policies.sarif --json build/policies.json \
		--junit build/policies.junit.xml

bench: setup ## Benchmarks as ratios within one run; build/bench.json
	@$(RUN) -m benchmarks

lint: setup ## Types and style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## Style, mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup ## Pages that are made from the code
	@$(RUN) -m policies --write-reference docs/policies.md

sbom: setup ## Bill of materials of the sidecar's image, CycloneDX, into build/sidecar.cdx.json
	@mkdir -p build
	@$(RUN) -m tools.bill_of_materials > build/sidecar.cdx.json

lock: setup ## Pin the requirements again, with hashes and without an index
	@for name in bootstrap dev; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --upgrade \
		-o requirements/$$name.txt requirements/$$name.in; done
	@PATH=$(CURDIR)/$(BIN):$$PATH npm install --package-lock-only --ignore-scripts

clean: ## Remove what was made, the virtual environment too
	@rm -rf .venv node_modules build cdktf.out
