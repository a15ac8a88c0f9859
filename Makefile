# The locks carry hashes and name no host; every machine keeps its own package registry.
COMPILE = .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock' -q

lock:
	$(COMPILE) bootstrap.in -o bootstrap.lock
	$(COMPILE) pyproject.toml -o base.lock
	$(COMPILE) pyproject.toml --group dev -o dev.lock

.PHONY: lock
