"""Celery as `make bench-peers` measures it: persistent messages, publisher confirms, late acknowledgement, results in Redis."""
import os

from celery import Celery, __version__

PREFETCH = 128
PROCESSES = 2

app = Celery("celery_peer", broker=os.environ["PEER_BROKER"], backend=os.environ["PEER_REDIS"])
app.conf.update(
    broker_transport_options={"confirm_publish": True},
    task_acks_late=True,
    task_serializer="json",
    worker_prefetch_multiplier=PREFETCH,
    worker_send_task_events=False,
    task_send_sent_event=False,
    broker_connection_retry_on_startup=True,
)


@app.task
def noop():
    pass


VERSION = __version__
SETTINGS = (
    f"prefork with {PROCESSES} processes, prefetch {PREFETCH} each, task_acks_late, confirm_publish, persistent messages, JSON, "
    "classic durable queue, results in Redis, no events, no gossip, no mingle, no heartbeat"
)


def publish(count):
    for _ in range(count):
        noop.delay()


def worker():
    return ["-m", "celery", "-A", "celery_peer", "worker", "--concurrency", str(PROCESSES), "--loglevel", "ERROR",
            "--without-gossip", "--without-mingle", "--without-heartbeat"]


def done(redis):
    """Every task leaves one result."""
    return redis.dbsize()
