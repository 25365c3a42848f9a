"""What the members of a storm in Python have in common: how they speak, and when they leave.

A member prints tab-separated lines, each beginning with the time in milliseconds; storm.py says what they mean.
It leaves its group when its standard input ends, and crashes when it is killed.
"""

import sys
import threading
import time

BOOTSTRAP, GROUP, TOPIC, PROTOCOL = sys.argv[1:5]
SESSION_MS, HEARTBEAT_MS = 6000, 500

leaving = threading.Event()
_mouth = threading.Lock()


def _listen():
    sys.stdin.read()
    leaving.set()


threading.Thread(target=_listen, daemon=True).start()


def say(event, *fields):
    line = "\t".join([event, *(str(field).replace("\t", " ").replace("\n", " ") for field in fields)])
    with _mouth:
        sys.stdout.write(f"{time.time_ns() // 1_000_000}\t{line}\n")
        sys.stdout.flush()


def names(partitions):
    return ",".join(str(partition.partition) for partition in partitions)


def say_committed(offsets):
    """`offsets`: what was committed, from partition numbers to offsets."""
    for partition, offset in offsets.items():
        say("committed", partition, offset)
