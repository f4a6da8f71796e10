# One image for every process: web (the default command), worker, sealer, and migrate (once).
FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/answerable

# Dependencies first: this layer is built again only when the lock changes.
COPY requirements.lock requirements-build.lock ./
RUN /opt/answerable/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && pip install --no-cache-dir --require-hashes -r requirements-build.lock

COPY pyproject.toml LICENSE CHANGELOG.md ./
COPY ledger ledger
COPY projections projections
COPY api api
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/answerable/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl


FROM python:3.13-slim AS programs
LABEL org.opencontainers.image.title="Answerable" \
      org.opencontainers.image.version="0.2.0"
# The data directory is there, so that a volume mounted on it belongs to this user. By the group
# `backup` reads the WAL that the database archives (docker-compose.yml).
RUN groupadd --gid 10001 answerable \
    && useradd --uid 10001 --gid 10001 --create-home --home-dir /var/lib/answerable answerable \
    && install --directory --owner=answerable --mode=0700 /var/lib/answerable/data
COPY --from=build /opt/answerable /opt/answerable
ENV PATH=/opt/answerable/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TZ=UTC
WORKDIR /var/lib/answerable
USER 10001


# For `backup`: with the programs of compose's PostgreSQL, which copy a server and play its WAL back,
# and the locale that the image of PostgreSQL makes its databases in: a copy starts in no other.
FROM programs AS backup
USER 0
# hadolint ignore=DL3008  # PostgreSQL's newest fixes are wanted
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && echo "create_main_cluster = false" >> /etc/postgresql-common/createcluster.conf \
    && apt-get install --yes --no-install-recommends locales postgresql-18 \
    && localedef --inputfile=en_US --charmap=UTF-8 en_US.UTF-8 \
    && rm -rf /var/lib/apt/lists/*
USER 10001


FROM programs AS service
USER 10001
EXPOSE 8000
# The control socket would be a file in the home folder; nothing here uses it.
CMD ["gunicorn", "--config", "python:api.web", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-", "api.app:create_app()"]
