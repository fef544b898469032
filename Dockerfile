# syntax=docker/dockerfile:1
# Town Clerk's server. docs/operating.md says how to run it.

FROM python:3.11-slim-bookworm AS builder

# PyPI's torch brings gigabytes of CUDA; this is PyTorch's own index of builds for the processor.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

RUN python -m venv /opt/townclerk
ENV PATH=/opt/townclerk/bin:$PATH

# The dependencies first: they change less often than the code.
WORKDIR /build
COPY requirements.lock ./
RUN pip install --no-deps --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.lock)" \
    && pip install -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY knowledge_base knowledge_base
COPY ingest ingest
COPY chatbot chatbot
COPY evals evals
COPY api api
COPY councils councils
RUN pip wheel --no-deps --wheel-dir /build/dist . \
    && pip install --no-deps /build/dist/townclerk-*.whl

# The embedding model is exported here, not at the first start: a container then starts in
# seconds, and a model that does not work ends the build.
WORKDIR /data
ENV TOWNCLERK_DATA=/data \
    ORT_DISABLE_TELEMETRY=1
RUN python -c "from api.compose import Installation; from api.settings import read_settings; \
    Installation(read_settings()).embedder.embed_questions(['when is my bin collected?'])" \
    && ls /data/models/*.onnx


FROM python:3.11-slim-bookworm AS runtime

LABEL org.opencontainers.image.title="Town Clerk" \
      org.opencontainers.image.description="Answers citizens' questions from their council's own web pages" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.1.0"

RUN groupadd --gid 10001 townclerk \
    && useradd --uid 10001 --gid townclerk --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin townclerk \
    && install -d -o townclerk -g townclerk /data \
    && install -d /councils

COPY --from=builder /opt/townclerk /opt/townclerk
COPY --from=builder --chown=10001:10001 /data /data

# The data of this installation, and the councils' folders. HF_HOME: for a model by its hub name.
ENV PATH=/opt/townclerk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    HF_HOME=/data/huggingface \
    TOWNCLERK_DATA=/data \
    TOWNCLERK_COUNCILS=/councils

USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]

CMD ["townclerk", "serve", "--host", "0.0.0.0", "--workers", "2"]
