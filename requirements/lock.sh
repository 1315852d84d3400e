#!/usr/bin/env bash
# Resolves pyproject.toml for both legs, hash-pinned and without the address of any package index.
set -euo pipefail
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9

compile() { # INPUT OUTPUT [ARGUMENT ...]
  .uv/bin/uv pip compile --quiet --upgrade "$1" --generate-hashes \
    --custom-compile-command "make lock" --output-file "$2" "${@:3}"
}
compile pyproject.toml requirements/py310.txt --extra dev --python-version 3.10 --python-platform x86_64-manylinux_2_28
compile pyproject.toml requirements/py311.txt --extra dev --python-version 3.11 --python-platform x86_64-manylinux_2_39
compile - requirements/uv.txt --universal <<<"uv==$UV_VERSION"
