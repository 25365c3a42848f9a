"""Storms over groups: members join, leave and crash while records are written.

storm.py HOST:PORT STEPS -- NAME COMMAND... [-- NAME COMMAND...]...

Each member is a process of its own, in whatever language. It gets HOST:PORT GROUP TOPIC PROTOCOL, leaves when its
standard input ends, and crashes when it is killed. It prints lines of tab-separated fields, of which the first is the
time in milliseconds:

  assigned GENERATION PARTITIONS   these are its own from now on; a generation of -1 is not known
  revoked PARTITIONS               they no longer are, and nobody else had them until now
  lost PARTITIONS                  they no longer are, and somebody else may have had them already
  record PARTITION OFFSET VALUE
  committed PARTITION OFFSET       the broker has said so
  note TEXT                        a refusal, which storms are full of
  left                             the last line of one who leaves

What must hold, whatever happens to members and to the broker:

- every acknowledged record is read;
- no partition has two owners at a time, nor two in one generation;
- a committed offset never goes back, and what the broker said it has committed it keeps;
- after the storm the group is Stable and every partition has one owner among the living.
"""

import random
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from confluent_kafka import Producer
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from checks import check, done, that

PARTITIONS = 6
RECORDS_PER_SECOND = 200
# Storms are mostly waiting; so many at a time leave two cores time to serve them.
AT_A_TIME = 4
# The clock of one machine, read by two processes and cut to milliseconds.
TOLERANCE_MS = 2
PATIENCE_S = 60

# Who takes part: programs and the protocol they speak, in turn.
STORMS = {
    "java eager": [("java", "eager")],
    "java cooperative": [("java", "cooperative")],
    "java KIP-848": [("java", "consumer")],
    "librdkafka eager": [("librdkafka", "eager")],
    "librdkafka cooperative": [("librdkafka", "cooperative")],
    "librdkafka KIP-848": [("librdkafka", "consumer")],
    "franz-go eager": [("franz-go", "eager")],
    "franz-go cooperative": [("franz-go", "cooperative")],
    "franz-go KIP-848": [("franz-go", "consumer")],
    "kafka-python eager": [("kafka-python", "eager")],
    "kafka-python cooperative": [("kafka-python", "cooperative")],
    "aiokafka eager": [("aiokafka", "eager")],
    "kafkajs eager": [("kafkajs", "eager")],
    "sarama eager": [("sarama", "eager")],
    "six clients in one classic group": [
        ("java", "eager"), ("librdkafka", "eager"), ("franz-go", "eager"), ("kafka-python", "eager"), ("aiokafka", "eager"),
        ("sarama", "eager")],
    "three clients in one KIP-848 group": [("java", "consumer"), ("librdkafka", "consumer"), ("franz-go", "consumer")],
    "classic members of a KIP-848 group": [("java", "cooperative"), ("java", "consumer"), ("librdkafka", "consumer")],
}


def now_ms():
    return time.time_ns() // 1_000_000


class Member:
    """One process, and what it has said."""

    def __init__(self, command, name):
        self.name = name
        self.lines = []
        self.owned = set()
        self.ended_ms = None
        self.errors = open(f"{name}.err", "w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 2 or not fields[0].isdigit():
                continue
            self.lines.append((int(fields[0]), *fields[1:]))
            if fields[1] == "assigned":
                self.owned |= partitions_of(fields[3])
            elif fields[1] in ("revoked", "lost"):
                self.owned -= partitions_of(fields[2])

    def leave(self):
        self.process.stdin.close()

    def crash(self):
        self.process.kill()
        self.ended_ms = now_ms()

    def is_alive(self):
        return self.ended_ms is None

    def wait(self):
        """Waits for the end; what was wrong with it, if anything."""
        crashed = self.ended_ms is not None
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "none: it had to be killed"
        self.reader.join()
        self.errors.seek(0)
        said = self.errors.read()[-600:]
        self.errors.close()
        if crashed:
            return []
        self.ended_ms = now_ms()
        return [] if code == 0 else [f"{self.name} left with code {code}: {said}"]


def partitions_of(text):
    return {int(partition) for partition in text.split(",") if partition}


class Writer(threading.Thread):
    """Writes numbered records until it is told to stop; knows which were acknowledged."""

    def __init__(self, bootstrap, topic):
        super().__init__()
        self.topic = topic
        self.acknowledged = set()
        self.failures = []
        self.stopping = threading.Event()
        self.producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})

    def run(self):
        number = 0
        while not self.stopping.is_set():
            value = str(number)
            self.producer.produce(self.topic, value=value, partition=number % PARTITIONS, on_delivery=self._delivered)
            self.producer.poll(0)
            number += 1
            time.sleep(1 / RECORDS_PER_SECOND)
        left = self.producer.flush(PATIENCE_S)
        if left:
            self.failures.append(f"{left} records were not acknowledged")

    def _delivered(self, error, message):
        if error:
            self.failures.append(f"could not write: {error}")
        else:
            self.acknowledged.add((message.partition(), message.offset(), message.value().decode()))

    def stop(self):
        self.stopping.set()
        self.join()


class Watcher(threading.Thread):
    """Asks what is committed again and again, and remembers when it went back.

    By kafka-python: librdkafka's own admin client fails an assertion when the broker dies under such a question.
    """

    def __init__(self, bootstrap, group):
        super().__init__()
        self.admin, self.group = KafkaAdminClient(bootstrap_servers=bootstrap), group
        self.committed = {}
        self.stable = False
        self.setbacks = []
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.wait(0.5):
            self.look()

    def look(self):
        try:
            offsets = self.admin.list_group_offsets(self.group)[self.group]
            listed = self.admin.list_groups()
        except KafkaError:
            return  # the broker is down, or has not loaded the group yet
        now = {partition.partition: committed.offset for partition, committed in offsets.items()}
        for partition, before in self.committed.items():
            if now.get(partition, -1) < before:
                self.setbacks.append(f"the committed offset of partition {partition} went from {before} to {now.get(partition)}")
        self.committed = now
        self.stable = any(group["group_id"] == self.group and group["group_state"] == "Stable" for group in listed)

    def stop(self):
        self.stopping.set()
        self.join()
        self.look()
        self.admin.close()


class Storm:
    def __init__(self, bootstrap, kind, programs, steps):
        self.bootstrap, self.kind, self.steps = bootstrap, kind, steps
        self.cast = [(programs[program], protocol) for program, protocol in STORMS[kind]]
        self.name = f"storm-{kind.replace(' ', '-')}-{uuid.uuid4().hex[:6]}"
        self.random = random.Random(kind)
        self.members = []
        self.problems = []

    def run(self):
        self.writer = Writer(self.bootstrap, self.name)
        self.watcher = Watcher(self.bootstrap, self.name)
        self.watcher.admin.create_topics([NewTopic(self.name, PARTITIONS, 1)], timeout_ms=20000)
        self.writer.start()
        self.watcher.start()
        try:
            self.rage()
            self.settle()
        finally:
            self.end()
        self.judge()
        that("; ".join(self.problems[:8]), not self.problems)

    def alive(self):
        return [member for member in self.members if member.is_alive()]

    def join(self):
        command, protocol = self.cast[len(self.members) % len(self.cast)]
        name = f"{self.name}-{len(self.members)}"
        self.members.append(Member([*command, self.bootstrap, self.name, self.name, protocol], name))

    def leave(self):
        member = self.random.choice(self.alive())
        member.leave()
        self.problems += member.wait()

    def crash(self):
        self.random.choice(self.alive()).crash()

    def rage(self):
        """Somebody crashes, joins and leaves in every storm; beyond that chance decides."""
        self.join()
        self.join()
        self.until("every partition has an owner", self.is_shared)
        for step in range(self.steps):
            moves = [self.join, self.join, self.leave, self.crash]
            if len(self.alive()) < 2:
                moves = [self.join]
            elif len(self.alive()) > 3:
                moves = [self.leave, self.crash]
            move = [self.join, self.crash, self.join, self.leave][step] if step < 4 else self.random.choice(moves)
            move()
            time.sleep(self.random.uniform(0.2, 2))

    def settle(self):
        """Each of these may take as long as a member that crashed is not missed yet."""
        self.until("every partition has one owner", self.is_shared)
        self.writer.stop()
        self.until("all has been read", lambda: not self.unread())
        self.until("the group is Stable", lambda: self.watcher.stable)
        ends = {}
        for partition, offset, _ in self.writer.acknowledged:
            ends[partition] = max(ends.get(partition, 0), offset + 1)
        self.until("all that was read is committed", lambda: self.watcher.committed == ends)
        self.until("every partition still has one owner", self.is_shared)

    def end(self):
        self.writer.stop()
        for member in self.alive():
            member.leave()
        for member in self.members:
            if not member.reader.is_alive() and member.errors.closed:
                continue
            self.problems += member.wait()
        self.watcher.stop()

    def until(self, what, holds):
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            dead = [member.name for member in self.alive() if member.process.poll() is not None]
            that(f"{dead} ended unasked", not dead)
            that(f"not within {PATIENCE_S} s: {what} ({self.state()})", time.monotonic() < deadline)
            time.sleep(0.1)

    def state(self):
        owned = {member.name: sorted(member.owned) for member in self.alive()}
        return f"owned {owned}, unread {len(self.unread())}, committed {self.watcher.committed}, last {self.last_words()}"

    def last_words(self):
        return [(member.name, line) for member in self.alive() for line in member.lines[-1:]]

    def is_shared(self):
        owned = [partition for member in self.alive() for partition in member.owned]
        return sorted(owned) == list(range(PARTITIONS))

    def read(self):
        return {(int(line[2]), int(line[3]), line[4])
                for member in self.members for line in list(member.lines) if line[1] == "record"}

    def unread(self):
        return self.writer.acknowledged - self.read()

    def judge(self):
        self.problems += self.writer.failures + self.watcher.setbacks
        unread = self.unread()
        if unread:
            self.problems.append(f"{len(unread)} records were never read, such as {min(unread)}")
        self.problems += two_owners(self.members) + two_in_one_generation(self.members)
        for member in self.members:
            for line in member.lines:
                if line[1] == "committed" and int(line[3]) > self.watcher.committed.get(int(line[2]), -1):
                    self.problems.append(f"{member.name} was told that offset {line[3]} of partition {line[2]} is committed")


def tenures(member):
    """(partition, from, to, how it ended) for each time that a member owned a partition."""
    since = {}
    for line in member.lines:
        if line[1] == "assigned":
            for partition in partitions_of(line[3]):
                since.setdefault(partition, line[0])
        elif line[1] in ("revoked", "lost"):
            for partition in partitions_of(line[2]) & since.keys():
                yield partition, since.pop(partition), line[0], line[1]
    for partition, start in since.items():
        yield partition, start, member.ended_ms, "ended"


def two_owners(members):
    held = {}
    for member in members:
        for partition, start, end, how in tenures(member):
            held.setdefault(partition, []).append((start, end, how, member.name))
    problems = []
    for partition, times in held.items():
        times.sort()
        for earlier, later in zip(times, times[1:]):
            if later[0] + TOLERANCE_MS < earlier[1] and earlier[2] != "lost" and earlier[3] != later[3]:
                problems.append(f"partition {partition} had two owners: {earlier} and {later}")
    return problems


def two_in_one_generation(members):
    owners = {}
    for member in members:
        for line in member.lines:
            if line[1] == "assigned" and int(line[2]) >= 0:
                for partition in partitions_of(line[3]):
                    owners.setdefault((line[2], partition), set()).add(member.name)
    return [f"partition {partition} had {sorted(names)} as owners in generation {generation}"
            for (generation, partition), names in owners.items() if len(names) > 1]


def programs_of(arguments):
    programs, current = {}, None
    for word in arguments:
        if word == "--":
            current = None
        elif current is None:
            current = programs.setdefault(word, [])
        else:
            current.append(word)
    return programs


def main():
    bootstrap, steps = sys.argv[1], int(sys.argv[2])
    programs = programs_of(sys.argv[3:])
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for kind in STORMS:
            pool.submit(lambda kind=kind: check(kind, Storm(bootstrap, kind, programs, steps).run))
    done()


main()
