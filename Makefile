# One word a task. `make run` does the main job, `make test` shows that it holds.
.PHONY: run test lint lock docs setup faults

run: setup
	@.venv/bin/jargonwatch demo --crawl --workspace demo-workspace

test:
	@./setup.sh test
	@.venv/bin/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: setup
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

docs: run
	@.venv/bin/python -m crawler.reference docs demo-workspace
	@.venv/bin/python -m spiders.reference docs/sources.md

lock:
	@.venv/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url \
		--no-header --quiet --output-file requirements.lock

setup:
	@./setup.sh

faults: setup
	@.venv/bin/python -m tests.crawler.service.faults
