# The bot, and nothing that built it. Needs BuildKit, podman or buildah:
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" --tag mlops-bot .
# The base is any image with Python 3.11 or newer in PATH; name it by digest for a build that stays the same:
#   --build-arg BASE_IMAGE=python:3.11-slim@sha256:…
# Packages come from wherever pip finds them; a pip.conf of your own reaches the build, and no layer, with
#   --secret id=pip,src=pip.conf
ARG BASE_IMAGE=python:3.11-slim

FROM ${BASE_IMAGE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# Without pip: what runs installs nothing. The builder's own pip fills it.
RUN python -m venv --without-pip /opt/mlops
# Before the sources, so that a change of theirs does not install everything anew.
COPY requirements.lock ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf,required=false python -m pip --python /opt/mlops/bin/python install --require-hashes --only-binary :all: --no-compile --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY handlers handlers
COPY bot bot
RUN python -m pip --python /opt/mlops/bin/python wheel --no-index --no-deps --no-build-isolation --wheel-dir /dist .
RUN python -m pip --python /opt/mlops/bin/python install --no-index --no-deps --no-compile /dist/*.whl
# The lock also pins what builds the wheel.
RUN python -m pip --python /opt/mlops/bin/python uninstall --yes editables hatchling pathspec pluggy tomlkit trove-classifiers
# Bytecode is never written later, and is not compared with times that copying may change.
RUN /opt/mlops/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/mlops/lib

FROM ${BASE_IMAGE}
ARG BASE_IMAGE
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mlops-bot" \
      org.opencontainers.image.description="The on-call guide of an MLOps platform: asked in Slack, answered with cause, evidence and fix" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"
COPY --from=builder /opt/mlops /opt/mlops
ENV PATH=/opt/mlops/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
WORKDIR /
# /metrics, /startupz, /healthz and /readyz. Kubernetes has probes of its own: no second opinion from the engine.
EXPOSE 9090
HEALTHCHECK NONE
STOPSIGNAL SIGTERM
# Only /tmp is written to; the rest may be read-only.
ENTRYPOINT ["mlops"]
CMD ["serve"]
