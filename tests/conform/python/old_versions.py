"""kafka-python 2.0 told that it talks to an old broker: Produce 0-2, Fetch 0-3, message sets of format 0 and 1.

old_versions.py HOST:PORT
"""

import logging
import sys
import uuid

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from checks import check, done, equal

logging.basicConfig(level=logging.ERROR)
BOOTSTRAP = sys.argv[1]
NOW = (2, 5, 0)


def topic():
    name = "old-" + uuid.uuid4().hex
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    admin.create_topics([NewTopic(name, 1, 1)], timeout_ms=20000)
    admin.close()
    return name


def write(name, version, codec):
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, api_version=version, compression_type=codec, linger_ms=20)
    sent = [producer.send(name, key=b"k%d" % i, value=b"value " * (i % 30), timestamp_ms=1_700_000_000_000 + i) for i in range(300)]
    for i, future in enumerate(sent):
        equal("offset", i, future.get(timeout=30).offset)
    producer.close()


def read(name, version, times):
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, api_version=version, group_id=None, consumer_timeout_ms=20000)
    partition = TopicPartition(name, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    count = 0
    for i, record in enumerate(consumer):
        equal("offset", i, record.offset)
        equal("key", b"k%d" % i, record.key)
        equal("value", b"value " * (i % 30), record.value)
        if times:
            equal("timestamp", 1_700_000_000_000 + i, record.timestamp)
        count += 1
        if count == 300:
            break
    equal("records", 300, count)
    equal("end offset", 300, consumer.end_offsets([partition])[partition])
    consumer.close()


def round_trip(writer, reader, codec):
    def body():
        name = topic()
        write(name, writer, codec)
        read(name, reader, writer >= (0, 10) and reader >= (0, 10))
    return body


VERSIONS = [(0, 8, 2), (0, 9), (0, 10), (0, 10, 2), (0, 11), (1, 0, 0)]
for old in VERSIONS:
    label = ".".join(map(str, old))
    for codec in (None, "gzip", "snappy", "lz4"):
        if codec == "lz4" and old < (0, 10):
            continue  # the frames of that age had a wrong checksum, and this client refuses to write them
        check(f"as of {label} with {codec}", round_trip(old, old, codec))
    check(f"written as of {label}, read now", round_trip(old, NOW, "gzip"))
    check(f"written now, read as of {label}", round_trip(NOW, old, "gzip"))
done()
