# One image for everything of ours: Airflow's components, dbt, Great Expectations, the toolbox, the simulator.
# docker-compose.yml says which command of docker/service.py each container runs.

FROM python:3.11.14-slim-bookworm AS environment

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock /build/requirements.lock
# Every package is fixed by its hash; pip refuses one that is not.
RUN python -m venv /opt/o7/.venv \
    && /opt/o7/.venv/bin/python -m pip install --no-deps --require-hashes -r /build/requirements.lock

FROM python:3.11.14-slim-bookworm

# An account of its own, without a shell and without a home it could write to.
RUN groupadd --system --gid 10001 o7 \
    && useradd --system --uid 10001 --gid o7 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin o7 \
    && install --directory --owner o7 --group o7 --mode 0750 /var/lib/o7 /var/lib/o7-database /var/lib/o7-broker

COPY --from=environment /opt/o7/.venv /opt/o7/.venv
WORKDIR /opt/o7
COPY contracts contracts
COPY dags dags
COPY dbt_project dbt_project
COPY docker docker
COPY docs/runbook docs/runbook
COPY expectations expectations
COPY o7_airflow o7_airflow
COPY o7_simulator o7_simulator
COPY o7_warehouse o7_warehouse
COPY reports reports
COPY LICENSE requirements.lock ./
# Written once here, for the containers' file systems are read-only.
RUN /opt/o7/.venv/bin/python -m compileall -q contracts dags docker o7_airflow o7_simulator o7_warehouse

ARG CODE_REVISION=unknown
LABEL org.opencontainers.image.title="o7-warehouse" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.revision="${CODE_REVISION}"

ENV PATH=/opt/o7/.venv/bin:$PATH \
    PYTHONPATH=/opt/o7 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    O7_STATE=/var/lib/o7

USER o7
VOLUME ["/var/lib/o7"]
ENTRYPOINT ["python", "-P", "/opt/o7/docker/service.py"]
CMD ["--help"]
