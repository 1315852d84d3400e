#!/usr/bin/env bash
# Resolves pyproject.toml for both legs, hash-pinned and without the address of any package index.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # PYTHON PLATFORM OUTPUT
  .uv/bin/uv pip compile --quiet --upgrade pyproject.toml --extra dev --python-version "$1" \
    --python-platform "x86_64-$2" --generate-hashes --no-emit-index-url \
    --custom-compile-command "make lock" --output-file "$3"
}
compile 3.10 manylinux_2_28 requirements/py310.txt
compile 3.11 manylinux_2_39 requirements/py311.txt
