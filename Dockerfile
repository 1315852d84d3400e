# The image of every task on Kubeflow, and of the workers of a Beam cluster.
#   docker build --tag autoncf .
#   docker build --tag autoncf:cuda --build-arg VARIANT=cuda .

# Of the version that requirements/image.txt locks.
FROM apache/beam_python3.11_sdk:2.77.0 AS beam

# Debian 13: TFX's wheels for Python 3.11 need glibc 2.39. Not slim: one requirement has to be compiled.
FROM python:3.11.15-trixie AS requirements
WORKDIR /src
COPY requirements/uv.txt requirements/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --require-hashes --requirement requirements/uv.txt
ENV PATH=/opt/uv/bin:$PATH
# cpu, or cuda with the CUDA libraries as wheels; both need nothing of the host but, for the second, NVIDIA's driver.
ARG VARIANT=cpu
COPY requirements/image.sh requirements/image.txt requirements/image-cuda.txt requirements/
RUN requirements/image.sh requirements /opt/venv "$VARIANT"

FROM requirements AS builder
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY serving serving
COPY models models
COPY components components
COPY pipeline pipeline
RUN requirements/image.sh wheel /tmp/wheel /opt/venv/bin/python

FROM python:3.11.15-slim-trixie
# Kubeflow's launcher keeps local copies of artifacts in /gcs, /s3 and /minio, as whatever user the cluster chooses: a
# backend that mounts no volumes there needs the folders. The base image leaves the standard library uncompiled.
RUN groupadd --gid 10001 autoncf \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /home/autoncf --shell /usr/sbin/nologin autoncf \
    && install --directory --mode 1777 /home/autoncf /gcs /s3 /minio \
    && python -m compileall -q /usr/local/lib/python3.11
COPY --from=beam /opt/apache/beam /opt/apache/beam
COPY --from=requirements /opt/venv /opt/venv
# USER: the names of users are asked for, and one that the cluster chooses has none. Keras 2 also where Beam imports
# TensorFlow before any code of ours. A Beam worker would otherwise make an environment of its own, without ours. NVIDIA's
# runtime gives a container the driver's parts that are named.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/home/autoncf \
    USER=autoncf \
    PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=1 \
    TF_USE_LEGACY_KERAS=1 \
    RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
# A layer of its own upon the gigabytes above, which a change of the code leaves as they are; pip compiles bytecode.
RUN --mount=type=bind,from=builder,source=/tmp/wheel,target=/tmp/wheel \
    python -m pip install --no-deps --no-index --no-cache-dir --root-user-action=ignore /tmp/wheel/*.whl
USER 10001:10001
WORKDIR /home/autoncf
# For Beam's runners, which give only arguments; Kubeflow gives every task a command, which replaces it.
ENTRYPOINT ["/opt/apache/beam/boot"]
# Last: another commit makes no layer again.
ARG REVISION=unknown
LABEL org.opencontainers.image.title="autoncf" \
      org.opencontainers.image.description="The tasks of autoncf's pipeline on Kubeflow, and its Beam workers" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11.15-slim-trixie"
