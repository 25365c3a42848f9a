"""kafka-python 1.3, of 2016-2017: Produce 0-2, Fetch 0-3, message sets of format 0 and 1.

kafka_python_1_3.py HOST:PORT [PREFIX]      (Python 3.6: the client has a variable named async)

With a PREFIX its topics have steady names, and what it says can be recorded; without, all codecs are tried.
"""

import logging
import sys
import uuid

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from checks import check, done, equal, that
from wire import create_topic

logging.basicConfig(level=logging.ERROR)
BOOTSTRAP = sys.argv[1]
PREFIX = sys.argv[2] if len(sys.argv) > 2 else None
COUNT = 200
TIME = 1500000000000
VERSIONS = [None, (0, 8, 2), (0, 9), (0, 10)]
numbers = iter(range(1000))


def topic(partitions=1):
    number = next(numbers)
    name = "%s-%d" % (PREFIX, number) if PREFIX else "kp13-" + uuid.uuid4().hex
    create_topic(BOOTSTRAP, name, partitions)
    return name


def value(i):
    return b"value " * (i % 30) + b"%d" % i


def write(name, version, codec, acks=1):
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, api_version=version, compression_type=codec, linger_ms=50, acks=acks)
    sent = [producer.send(name, key=b"k%d" % i, value=value(i), timestamp_ms=TIME + i) for i in range(COUNT)]
    producer.flush(timeout=30)
    for i, future in enumerate(sent):
        equal("offset", i if acks else -1, future.get(timeout=30).offset)
    producer.close()


def read(name, version, timestamps):
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, api_version=version, group_id=None, consumer_timeout_ms=20000)
    partition = TopicPartition(name, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    for i in range(COUNT):
        record = next(consumer)
        equal("record", (i, b"k%d" % i, value(i)), (record.offset, record.key, record.value))
        if timestamps:
            equal("timestamp", TIME + i, record.timestamp)
    consumer.seek(partition, COUNT // 2)
    equal("offset after seek", COUNT // 2, next(consumer).offset)
    consumer.close()


def round_trip(version, codec):
    def body():
        name = topic()
        write(name, version, codec)
        read(name, version, version is None or version >= (0, 10))
    return body


def no_acknowledgement():
    name = topic()
    write(name, (0, 10), None, acks=0)
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=None, consumer_timeout_ms=20000)
    partition = TopicPartition(name, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    equal("offsets", list(range(COUNT)), [next(consumer).offset for _ in range(COUNT)])
    consumer.close()


def offsets():
    name = topic()
    write(name, None, None)
    partition = TopicPartition(name, 0)
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=None)
    equal("beginning", 0, consumer.beginning_offsets([partition])[partition])
    equal("end", COUNT, consumer.end_offsets([partition])[partition])
    equal("by time", 25, consumer.offsets_for_times({partition: TIME + 25})[partition].offset)
    that("topics()", name in consumer.topics())
    equal("partitions_for_topic", {0}, consumer.partitions_for_topic(name))
    consumer.close()


for version in VERSIONS:
    label = ".".join(map(str, version)) if version else "what it makes out of the versions it is told"
    for codec in (None, "gzip") if PREFIX else (None, "gzip", "snappy", "lz4"):
        if codec == "lz4" and version and version < (0, 10):
            continue  # the frames of that age had a wrong checksum
        check("as of %s with %s" % (label, codec), round_trip(version, codec))
if not PREFIX:  # said again later, it would race with the Fetch on another connection
    check("acks=0", no_acknowledgement)
check("offsets and topics", offsets)
done()
