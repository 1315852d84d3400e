#!/usr/bin/env bash
# Resolves pyproject.toml for both legs and the image, hash-pinned and without the address of any package index.
set -euo pipefail
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9

compile() { # INPUT OUTPUT [ARGUMENT ...]
  .uv/bin/uv pip compile --quiet --upgrade "$1" --generate-hashes \
    --custom-compile-command "make lock" --output-file "$2" "${@:3}"
}
py310=(--python-version 3.10 --python-platform x86_64-manylinux_2_28)
py311=(--python-version 3.11 --python-platform x86_64-manylinux_2_39)
compile pyproject.toml requirements/py310.txt --extra dev "${py310[@]}"
compile pyproject.toml requirements/py311.txt --extra dev "${py311[@]}"
# What the image holds of the second leg, in the same versions.
compile pyproject.toml requirements/image.txt --constraint requirements/py311.txt "${py311[@]}"
compile pyproject.toml requirements/image-cuda.txt --constraint requirements/py311.txt --extra cuda "${py311[@]}"
# The pipeline spec of the newest Kubeflow backend, which a test reads in an environment of its own. kfp-kubernetes
# would bring the whole SDK along, which its messages do not need.
compile - requirements/kfp-backend.txt --no-deps --universal --python-version 3.10 \
  <<<$'kfp-kubernetes\nkfp-pipeline-spec\ngoogleapis-common-protos\nprotobuf<7'
compile - requirements/uv.txt --universal <<<"uv==$UV_VERSION"
