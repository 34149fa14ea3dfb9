"""The embedded server's postgresql.conf: every line with its reason, sized for the machine it runs on."""

from __future__ import annotations

import os
from pathlib import Path

MEBIBYTE = 2**20

TEMPLATE = """\
# Written by o7_warehouse.postgres_settings at every start; changes made here are lost.

# Reached through loopback only, with a password. No socket: its path would have to be short and writable.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 150                   # Airflow's processes and tasks, dbt's threads, tests

# A statement or the detail of an error may hold a child's data: the log gets neither, not even the error's
# first line (a failed cast quotes the value). The client is told, and the client's side never prints it.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_min_duration_statement = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_autovacuum_min_duration = -1
log_timezone = 'UTC'

# One writer of large sets at a time, few readers.
shared_buffers = {shared_buffers}MB
effective_cache_size = {effective_cache_size}MB             # half of the machine caches files for the server
work_mem = 64MB                         # hash joins of a whole republic stay in memory
maintenance_work_mem = {maintenance_work_mem}MB              # indexes of raw are made in one sort
random_page_cost = 1.1                  # solid-state storage
jit = off                               # compiling costs more than it saves on statements of seconds
# A scan that feeds a count or a join is shared out over the cores; the functions of dq are PARALLEL SAFE for that. What
# writes is one process, so more workers than cores only wait for one another.
max_parallel_workers_per_gather = {workers}
max_parallel_workers = {workers}

# A night writes much and no replica listens: the least log that survives a crash, and few checkpoints.
# fsync, full_page_writes and synchronous_commit stay on: what `published` says must survive a power cut.
wal_level = minimal
max_wal_senders = 0
wal_compression = off                   # the wheel has pglz only, and that costs more than it saves
max_wal_size = 8GB
min_wal_size = 512MB
checkpoint_timeout = 30min

# A server process notices within seconds that its client has gone, even in the middle of a statement.
client_connection_check_interval = 10s
tcp_keepalives_idle = 30
tcp_keepalives_interval = 10
tcp_keepalives_count = 3

# The same answer on every machine, whatever its locale.
timezone = 'UTC'
datestyle = 'ISO, YMD'
intervalstyle = 'iso_8601'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.simple'
"""


def server_settings(*, port: int, memory: int | None = None) -> str:
    """The text of postgresql.conf for a machine with ``memory`` bytes (None: this one)."""
    memory = usable_memory() if memory is None else memory
    return TEMPLATE.format(
        port=port,
        # 512 MB and no more: beyond it the system's own cache serves large scans as well.
        shared_buffers=min(512, memory // 8 // MEBIBYTE),
        effective_cache_size=memory // 2 // MEBIBYTE,
        maintenance_work_mem=min(512, memory // 16 // MEBIBYTE),
        workers=min(4, len(os.sched_getaffinity(0))),
    )


def usable_memory() -> int:
    """Bytes of memory this process may use: the machine's, or its container's where that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text(encoding="ascii").strip() if limit.exists() else "max"
    return machine if text == "max" else min(machine, int(text))
