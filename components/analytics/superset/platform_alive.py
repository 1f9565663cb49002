"""How a worker and beat show that they are alive, without Celery's remote control: a file that is touched again and again,
which the probes look at. And how long tasks waited and how they ended, for metrics."""

import os
import time
from pathlib import Path

from celery import bootsteps, signals

alive = Path("/tmp/alive")
SECONDS = 10


class Alive(bootsteps.StartStopStep):
    """In the loop that takes tasks from the queue."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, parent, **kwargs):
        self.timer = None
        super().__init__(parent, **kwargs)

    def start(self, parent):
        self.timer = parent.timer.call_repeatedly(SECONDS, alive.touch, priority=10)

    def stop(self, parent):
        if self.timer:
            self.timer.cancel()


@signals.celeryd_init.connect
def worker_starts(instance=None, **_):
    instance.app.steps["worker"].add(Alive)


@signals.beat_init.connect
def beat_starts(**_):
    alive.touch()


def stats():
    # Not by the application: signals come outside of its context. And not above: the configuration imports this file.
    from superset_config import STATS_LOGGER

    return STATS_LOGGER


@signals.before_task_publish.connect
def published(headers=None, **_):
    # Beat sends a task each minute.
    if os.environ.get("SUPERSET_PART") == "beat":
        alive.touch()
    headers["published"] = time.time()


@signals.task_prerun.connect
def started(task=None, **_):
    sent = getattr(task.request, "published", None) or (task.request.headers or {}).get("published")
    if sent:
        stats().timing("task.waited", (time.time() - sent) * 1000)


@signals.task_postrun.connect
def ended(task=None, state=None, **_):
    stats().incr(f"task.ended.{str(state).lower()}")
