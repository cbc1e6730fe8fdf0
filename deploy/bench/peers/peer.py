#!/usr/bin/env python3
"""peer.py {celery|dramatiq} TASKS: publish, consume, then both at once; prints one line of JSON.

PEER_BROKER and PEER_REDIS are the addresses of a RabbitMQ and of a Redis database that nobody else uses.
"""
import ctypes
import importlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import redis

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLISHERS = 2
PATIENCE = 120


def die_with_parent():
    ctypes.CDLL("libc.so.6").prctl(1, signal.SIGKILL)


def publishing(name, count, gate):
    peer = importlib.import_module(name)
    gate.wait()
    peer.publish(count)
    gate.wait()


def publish(name, tasks):
    """Publishes from two processes at once, each with a connection of its own; returns when it began and the seconds."""
    counts = [tasks // PUBLISHERS + (1 if place < tasks % PUBLISHERS else 0) for place in range(PUBLISHERS)]
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(PUBLISHERS + 1, timeout=3600)
    processes = [context.Process(target=publishing, args=(name, count, gate), daemon=True) for count in counts]
    for process in processes:
        process.start()
    gate.wait()
    start = time.monotonic()
    gate.wait()
    took = time.monotonic() - start
    for process in processes:
        process.join()
    return start, took


class Worker:
    def __init__(self, peer):
        environment = dict(os.environ, PYTHONPATH=HERE, dramatiq_queue_prefetch=str(getattr(peer, "PREFETCH", 1)))
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            environment["C_FORCE_ROOT"] = "1"
        self.process = subprocess.Popen(
            [sys.executable] + peer.worker(), cwd=HERE, env=environment, preexec_fn=die_with_parent, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=sys.stderr,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def wait(peer, client, tasks):
    """Returns when the first end was seen and how many there were then, and when the last was."""
    first = None
    last_step, best = time.monotonic(), 0
    while True:
        count, now = peer.done(client), time.monotonic()
        if count and first is None:
            first = (now, count)
        if count >= tasks:
            return first, now
        if count > best:
            best, last_step = count, now
        if now - last_step > PATIENCE:
            sys.exit(f"no task ended within {PATIENCE} s; {count} of {tasks} did")
        time.sleep(0.01)


def main():
    name, tasks = sys.argv[1] + "_peer", int(sys.argv[2])
    sys.path.insert(0, HERE)
    os.environ["PYTHONPATH"] = HERE
    peer = importlib.import_module(name)
    client = redis.Redis.from_url(os.environ["PEER_REDIS"])

    # The queue is there, and the code is warm on disk.
    client.flushdb()
    publish(name, PUBLISHERS)
    with Worker(peer):
        wait(peer, client, PUBLISHERS)

        # Both at once: the worker has been up for a while.
        client.flushdb()
        start, _ = publish(name, tasks)
        _, end = wait(peer, client, tasks)
        both = end - start

    client.flushdb()
    _, published = publish(name, tasks)
    with Worker(peer):
        (first, already), end = wait(peer, client, tasks)
    consumed = (tasks - already) / max(end - first, 1e-9)

    print(json.dumps({
        "name": sys.argv[1], "version": peer.VERSION, "settings": peer.SETTINGS, "python": sys.version.split()[0], "tasks": tasks,
        "publishers": PUBLISHERS, "publishPerSecond": tasks / published, "consumePerSecond": consumed, "bothPerSecond": tasks / both,
    }))


if __name__ == "__main__":
    main()
