# The double as an image; docker/README.md says how to build and run it.
# Only instructions that every builder has: no RUN --mount, no here-documents, no HEALTHCHECK --start-interval.
ARG PYTHON_IMAGE=python:3.13-slim

# --- builds the double and what it needs; nothing of this stage but its virtual environment goes into the image
FROM ${PYTHON_IMAGE} AS build

# Where packages come from is said from outside: by these, or by an /etc/pip.conf that the builder mounts.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL

WORKDIR /source
COPY pyproject.toml setup.py README.md LICENSE ./
COPY client client/
COPY models models/
COPY package package/
COPY server server/
COPY storage storage/
# Compiled here, since the user that runs it may not write. unchecked-hash: a builder that sets back the times of files, for
# images that are the same each time, makes every .pyc with a timestamp stale, and every start slow.
RUN python -m venv --without-pip /opt/messaging-double \
 && python -m pip --python /opt/messaging-double/bin/python install --no-cache-dir --no-compile '.[online,postgres,regex,tls]' \
 && python -W ignore -m compileall -q --invalidation-mode unchecked-hash /opt/messaging-double/lib

# --- the image
FROM ${PYTHON_IMAGE}

# python:slim brings its library without .pyc: compiled at each start, it is most of the start. Nothing is installed here.
RUN python -W ignore -m compileall -q --invalidation-mode unchecked-hash \
      -x '/(site-packages|ensurepip|idlelib|lib2to3|pydoc_data|test|tests|tkinter|turtledemo)/' \
      "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
 && python -m pip uninstall --quiet --yes pip setuptools wheel \
 && mkdir /data \
 && chown 10001:10001 /data

COPY --from=build /opt/messaging-double /opt/messaging-double

LABEL org.opencontainers.image.title="messaging-double" \
      org.opencontainers.image.description="A test double of SuperOffice CRM's SOAP endpoint Messaging.svc" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"

ENV PATH=/opt/messaging-double/bin:$PATH \
    MESSAGING_DOUBLE_HOST=0.0.0.0

# For a --database that is to be kept; without one nothing but the temporary folder is written.
WORKDIR /data
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=3s --timeout=10s --start-period=30s --retries=5 CMD ["messaging-double", "health"]
ENTRYPOINT ["messaging-double"]
CMD ["serve"]
