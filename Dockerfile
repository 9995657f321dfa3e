# Two images: `serve` (the service, without anything that trains) and `train` (the offline job).
#
#   docker build --target serve -t recsvc:serve .
#   docker build --target train -t recsvc:train .

ARG PYTHON_VERSION=3.12.14

FROM python:${PYTHON_VERSION}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/build.txt requirements/
RUN pip install --require-hashes -r requirements/build.txt \
 && python -m venv --without-pip /opt/recsvc
WORKDIR /src
COPY LICENSE README.md pyproject.toml ./

# The bytecode is valid whatever times the files get when they are copied.
FROM build AS build-serve
COPY requirements/serve.txt requirements/
RUN pip --python /opt/recsvc/bin/python install --require-hashes --only-binary :all: -r requirements/serve.txt
COPY recsvc recsvc
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /opt/recsvc/bin/python install --no-deps --no-index dist/*.whl \
 && rm /opt/recsvc/bin/recsvc-train \
 && /opt/recsvc/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/recsvc/lib

FROM build AS build-train
COPY requirements/train.txt requirements/
RUN pip --python /opt/recsvc/bin/python install --require-hashes --only-binary :all: -r requirements/train.txt
COPY recsvc recsvc
COPY training training
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /opt/recsvc/bin/python install --no-deps --no-index dist/*.whl \
 && /opt/recsvc/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/recsvc/lib

FROM python:${PYTHON_VERSION}-slim AS runtime
LABEL org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/recsvc/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Both programs: the training job looks up there who asked to be forgotten.
ENV RECSVC_DATABASE_URL=sqlite:////store/recsvc.db
# LightGBM and implicit are linked with the OpenMP library and do not bring it.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
# recsvc.toml is looked for in the working directory.
WORKDIR /etc/recsvc
RUN groupadd --gid 10001 recsvc \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin recsvc \
 && install --directory --owner=10001 --group=10001 /models /store \
 && install --directory --owner=10001 --group=10001 --mode=0700 /secrets
VOLUME /models
STOPSIGNAL SIGTERM

FROM runtime AS train
LABEL org.opencontainers.image.title="recsvc-train" \
      org.opencontainers.image.description="Trains on order history and publishes the model that recsvc serves"
COPY --from=build-train /opt/recsvc /opt/recsvc
# matplotlib keeps a list of fonts; without a home directory it has to be told where.
ENV MPLCONFIGDIR=/tmp/matplotlib
USER 10001:10001
ENTRYPOINT ["recsvc-train"]
CMD ["--help"]

FROM runtime AS serve
LABEL org.opencontainers.image.title="recsvc" \
      org.opencontainers.image.description="Serves personalised product recommendations over HTTP"
ENV RECSVC_MODELS_DIR=/models
VOLUME /store
COPY --from=build-serve /opt/recsvc /opt/recsvc
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", \
  "import os, urllib.request as u; port = os.getenv('RECSVC_PORT', '8000'); \
   u.build_opener(u.ProxyHandler({})).open(f'http://127.0.0.1:{port}/health/live', timeout=3)"]
ENTRYPOINT ["recsvc"]
CMD ["serve", "--host", "0.0.0.0", "--models-dir", "/models"]
