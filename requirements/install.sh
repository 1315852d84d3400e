#!/usr/bin/env bash
# Makes the environment: uv in .uv/, then the locked requirements of the leg that fits the Python found.
#   requirements/install.sh VENV
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1

fail() { echo "make setup: $*" >&2; exit 1; }

command -v python3 >/dev/null || fail "python3 is not on the PATH. Install any Python 3 and run it again."

if ! .uv/bin/uv --version >/dev/null 2>&1; then
  echo "Installing uv into .uv/ ..."
  if python3 -m venv --clear .uv >/dev/null 2>&1; then
    .uv/bin/python -m pip install --quiet --require-hashes --requirement requirements/uv.txt
  else
    # Debian's python3 has no ensurepip until python3-venv is installed: uv's own installer needs only Python.
    rm -rf .uv
    python3 -c 'import urllib.request as r; print(r.urlopen("https://astral.sh/uv/install.sh").read().decode())' \
      | UV_UNMANAGED_INSTALL="$PWD/.uv/bin" sh >/dev/null \
      || fail "cannot install uv. Install the package python3-venv and run it again."
  fi
fi

glibc=$(ldd --version 2>/dev/null | sed -nE '1s/.* ([0-9]+\.[0-9]+)$/\1/p')
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# TFX 1.16 (Python 3.10) runs on any glibc since 2.17; the wheels of TFX 1.21 (Python 3.11) need 2.39.
if .uv/bin/uv venv --quiet --clear --python 3.10 "$venv" 2>.uv/python.log; then
  lock=requirements/py310.txt
elif [ -n "$glibc" ] && at_least 2.39 "$glibc" && .uv/bin/uv venv --quiet --clear --python 3.11 "$venv"; then
  lock=requirements/py311.txt
else
  cat .uv/python.log >&2
  fail "needs Python 3.10, or Python 3.11 with glibc 2.39 or newer (found glibc ${glibc:-none}). Install one and run it again."
fi

echo "Installing $lock into $venv/ (about 2 GB; minutes on the first run) ..."
.uv/bin/uv pip install --quiet --python "$venv" --require-hashes --requirement "$lock"
.uv/bin/uv pip install --quiet --python "$venv" --no-deps --no-build-isolation --editable .
