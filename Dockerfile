# The page and the commands, as a user without rights; the index lies in the volume /data.
#   docker build --tag askpapers . && docker run --publish 127.0.0.1:7860:7860 askpapers

FROM python:3.12-slim AS build
WORKDIR /source
RUN python -m venv /opt/askpapers
COPY requirements.lock pyproject.toml README.md ./
COPY app app
COPY ingest ingest
COPY eval eval
# The versions of the lock, without what only tests and benchmarks need.
RUN sed -n 's/^\([A-Za-z0-9].*==.*\) \\$/\1/p' requirements.lock > constraints.txt \
    && /opt/askpapers/bin/pip install --no-cache-dir --constraint constraints.txt ".[postgres]"

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home askpapers && install --directory --owner=askpapers /data
COPY --from=build /opt/askpapers /opt/askpapers
ENV PATH=/opt/askpapers/bin:$PATH \
    ASKPAPERS_INDEX=/data/index \
    ASKPAPERS_HOST=0.0.0.0
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
ENTRYPOINT ["askpapers"]
CMD ["chat"]
