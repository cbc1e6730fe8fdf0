"""Dramatiq as `make bench-peers` measures it: persistent messages, publisher confirms; it acknowledges late by itself."""
import os
import threading
import time
from importlib.metadata import version

import dramatiq
import redis as redis_client
from dramatiq.brokers.rabbitmq import RabbitmqBroker

PROCESSES = 2
THREADS = 8
PREFETCH = 256
COUNTER = "dramatiq:done"

broker = RabbitmqBroker(url=os.environ["PEER_BROKER"], confirm_delivery=True)
dramatiq.set_broker(broker)

VERSION = version("dramatiq")
SETTINGS = (
    f"{PROCESSES} processes of {THREADS} threads, prefetch {PREFETCH}, confirm_delivery, persistent messages, acknowledged after the "
    "task (its only way), JSON, classic durable queue, its default middleware, no results"
)


class Count(dramatiq.Middleware):
    """Tells Redis 50 times a second how many tasks ended: a command per task would be work of the bench, not of Dramatiq."""

    def __init__(self):
        self.ended = 0
        self.lock = threading.Lock()

    def after_process_boot(self, broker):
        threading.Thread(target=self.tell, daemon=True).start()

    def after_process_message(self, broker, message, *, result=None, exception=None):
        with self.lock:
            self.ended += 1

    def tell(self):
        client = redis_client.Redis.from_url(os.environ["PEER_REDIS"])
        while True:
            with self.lock:
                ended, self.ended = self.ended, 0
            if ended:
                client.incrby(COUNTER, ended)
            time.sleep(0.02)


broker.add_middleware(Count())


@dramatiq.actor
def noop():
    pass


def publish(count):
    for _ in range(count):
        noop.send()


def worker():
    return ["-m", "dramatiq", "dramatiq_peer", "--processes", str(PROCESSES), "--threads", str(THREADS)]


def done(redis):
    return int(redis.get(COUNTER) or 0)
