#!/usr/bin/env bash
# Makes what the image (Dockerfile) is built of, in steps so that a change of the code repeats only the second.
#   requirements/image.sh requirements VENV VARIANT    the locked requirements; VARIANT is cpu or cuda
#   requirements/image.sh wheel FOLDER PYTHON          the project's wheel, by the setuptools of PYTHON's environment
# Needs uv on the PATH, the first step Python 3.11 and a C++ compiler too.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1

requirements() { # VENV VARIANT
  local lock
  case $2 in
    cpu) lock=requirements/image.txt ;;
    cuda) lock=requirements/image-cuda.txt ;;
    *) echo "VARIANT is $2; choose cpu or cuda" >&2; return 1 ;;
  esac
  python3.11 -m venv "$1" # with pip: a Beam worker asks it whether Beam is there before it starts
  # What has no wheel is built by the setuptools of the lock too.
  uv pip install --quiet --python "$1" --require-hashes --build-constraint "$lock" --requirement "$lock"
}

wheel() { # FOLDER PYTHON
  uv build --quiet --wheel --no-build-isolation --python "$2" --out-dir "$1" .
}

"$@"
