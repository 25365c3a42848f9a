"""pykafka 2.8, of 2018: Produce 0, Fetch 0-2, ListOffsets 0-1, Metadata 0-5, message sets of format 0 and 1.

pykafka_2_8.py HOST:PORT [PREFIX]           (Python 3.7)

With a PREFIX its topics have steady names, and what it says can be recorded; without, all codecs are tried.
"""

import datetime
import logging
import sys
import uuid

from pykafka import KafkaClient
from pykafka.common import CompressionType, OffsetType

from checks import check, done, equal
from wire import create_topic

logging.basicConfig(level=logging.CRITICAL)
BOOTSTRAP = sys.argv[1]
PREFIX = sys.argv[2] if len(sys.argv) > 2 else None
COUNT = 200
TIME = datetime.datetime(2018, 7, 1, 12, 0, 0)
numbers = iter(range(1000))


def topic(partitions=1):
    number = next(numbers)
    name = "%s-%d" % (PREFIX, number) if PREFIX else "pyk-" + uuid.uuid4().hex
    create_topic(BOOTSTRAP, name, partitions)
    return name


def value(i):
    return b"value " * (i % 30) + b"%d" % i


def timestamps(version):
    """Format 0 has none, and this client refuses to write them where it would use it."""
    return version not in ("0.8.2", "0.9.0")


def write(name, version, codec):
    settings = {"compression": codec, "linger_ms": 50, "min_queued_messages": COUNT, "delivery_reports": True}
    client = KafkaClient(hosts=BOOTSTRAP, broker_version=version)
    with client.topics[name].get_producer(**settings) as producer:
        for i in range(COUNT):
            time = TIME + datetime.timedelta(milliseconds=i) if timestamps(version) else None
            producer.produce(value(i), partition_key=b"k%d" % i, timestamp=time)
        for _ in range(COUNT):
            message, problem = producer.get_delivery_report(timeout=30)
            equal("problem with %r" % message.value, None, problem)


def read(name, version):
    client = KafkaClient(hosts=BOOTSTRAP, broker_version=version)
    consumer = client.topics[name].get_simple_consumer(
        consumer_timeout_ms=20000, auto_offset_reset=OffsetType.EARLIEST, reset_offset_on_start=True, fetch_wait_max_ms=100)
    for i in range(COUNT):
        message = consumer.consume()
        equal("record", (i, b"k%d" % i, value(i)), (message.offset, message.partition_key, message.value))
    consumer.stop()


def round_trip(version, codec):
    def body():
        name = topic()
        write(name, version, codec)
        read(name, version)
    return body


def offsets():
    name = topic(3)
    write(name, "0.9.0", CompressionType.NONE)
    client = KafkaClient(hosts=BOOTSTRAP, broker_version="0.9.0")  # its topics hold it only weakly
    found = client.topics[name]
    equal("partitions", [0, 1, 2], sorted(found.partitions))
    equal("earliest", [0, 0, 0], [found.earliest_available_offsets()[p].offset[0] for p in range(3)])
    equal("records in all", COUNT, sum(found.latest_available_offsets()[p].offset[0] for p in range(3)))


CODECS = [("none", CompressionType.NONE), ("gzip", CompressionType.GZIP), ("snappy", CompressionType.SNAPPY)]
for version in ("0.8.2", "0.9.0", "0.10.0", "1.0.0"):
    for name, codec in CODECS[:2] if PREFIX else CODECS:
        check("as of %s with %s" % (version, name), round_trip(version, codec))
check("offsets and partitions", offsets)
done()
