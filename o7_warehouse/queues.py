"""Queues of the tasks, and who works on them where tasks run on Celery workers; LocalExecutor looks at none of it.

What reads and judges rows, what dbt builds, and what writes for readers and sends are parted, so that each can be
given memory, and a network, of its own.
"""

from __future__ import annotations

EXTRACT, BUILD, RENDER = "extract", "build", "render"
QUEUES = (EXTRACT, BUILD, RENDER)
# Step of a night that is no build of dbt -> its queue.
OF_STEP = dict.fromkeys(("extract", "check_delivery", "load", "gate_in", "gate_out", "publish"), EXTRACT) | {
    "restate": RENDER,
    "render": RENDER,
    "portal": RENDER,
}
# Worker -> the queues it listens on in its container, where the engine starts again what ended. A night is a line, so
# extract and build never work at once and share a worker; editions may be drafted and sent while a night is at work.
WORKERS = {"worker-build": (EXTRACT, BUILD), "worker-render": (RENDER,)}
# The same two as programs of one machine, which share its memory and network anyway, and which nobody starts again:
# whatever one of them is lost with, the other goes on.
WORKERS_OF_ONE_MACHINE = dict.fromkeys(WORKERS, QUEUES)
