"""confluent-kafka, that is librdkafka: producer, assigned consumer, admin.

confluent.py HOST:PORT
"""

import sys
import time
import uuid

from confluent_kafka import (OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, Producer, TopicPartition)
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   OffsetSpec, ResourceType)
from confluent_kafka import TopicCollection

from checks import check, done, equal, fails, that

BOOTSTRAP = sys.argv[1]
ADMIN = AdminClient({"bootstrap.servers": BOOTSTRAP})


def fresh():
    return "rd-" + uuid.uuid4().hex


def topic(partitions=1, **configs):
    name = fresh()
    new = NewTopic(name, partitions, 1, config={k.replace("_", "."): v for k, v in configs.items()})
    for future in ADMIN.create_topics([new]).values():
        future.result(20)
    return name


def produce(name, records, **settings):
    errors = []
    producer = Producer({"bootstrap.servers": BOOTSTRAP, **{k.replace("_", "."): v for k, v in settings.items()}})
    for record in records:
        while True:
            try:
                producer.produce(name, on_delivery=lambda error, _: errors.append(error) if error else None, **record)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    equal("left in the queue", 0, producer.flush(40))
    equal("errors", [], errors)


def read(name, partitions, count, **settings):
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused", "enable.auto.commit": False,
                         "check.crcs": True, **{k.replace("_", "."): v for k, v in settings.items()}})
    consumer.assign([TopicPartition(name, p, OFFSET_BEGINNING) for p in range(partitions)])
    records = []
    deadline = time.time() + 30
    while len(records) < count and time.time() < deadline:
        for message in consumer.consume(500, 0.5):
            if message.error():
                raise KafkaException(message.error())
            records.append(message)
    consumer.close()
    equal("records", count, len(records))
    return records


def acks(value, **settings):
    def body():
        name = topic()
        produce(name, [{"value": b"v%d" % i} for i in range(500)], acks=value, **settings)
        equal("values", [b"v%d" % i for i in range(500)], [m.value() for m in read(name, 1, 500)])
    return body


def codec(kind):
    def body():
        name = topic(2)
        records = [{"key": b"k%d" % i, "value": b"value " * (i % 40), "partition": i % 2,
                    "timestamp": 1_700_000_000_000 + i, "headers": [("h", b"1"), ("h", b"2"), ("n", None)]}
                   for i in range(2000)]
        produce(name, records, compression_type=kind, linger_ms=20)
        nexts = [0, 1]
        for message in read(name, 2, 2000):
            i = nexts[message.partition()]
            equal("key", b"k%d" % i, message.key())
            equal("value", b"value " * (i % 40), message.value())
            equal("timestamp", 1_700_000_000_000 + i, message.timestamp()[1])
            equal("headers", [("h", b"1"), ("h", b"2"), ("n", None)], message.headers())
            nexts[message.partition()] += 2
    return body


def many_partitions():
    name = topic(50)
    produce(name, [{"value": b"v%d" % i, "partition": i % 50} for i in range(5000)])
    seen = {(m.partition(), m.offset()) for m in read(name, 50, 5000)}
    equal("distinct records", 5000, len(seen))


def auto_creation():
    name = fresh()
    produce(name, [{"value": b"v"}])
    read(name, 1, 1)


def watermarks():
    name = topic()
    produce(name, [{"value": b"v", "timestamp": 1000 + 10 * i} for i in range(10)])
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused"})
    equal("watermarks", (0, 10), consumer.get_watermark_offsets(TopicPartition(name, 0), timeout=20))
    found = consumer.offsets_for_times([TopicPartition(name, 0, 1025)], timeout=20)[0]
    that(f"by time {found}", found.offset <= 3)
    consumer.assign([TopicPartition(name, 0, OFFSET_END)])
    equal("nothing at the end", None, consumer.poll(0.5))
    consumer.assign([TopicPartition(name, 0, 6)])
    equal("from an offset", 6, consumer.poll(20).offset())
    consumer.close()


def out_of_range():
    name = topic()
    produce(name, [{"value": b"v"}])
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused", "auto.offset.reset": "error"})
    consumer.assign([TopicPartition(name, 0, 500)])
    message = consumer.poll(20)
    that("an error is told", message is not None and message.error() is not None)
    consumer.close()


def too_large():
    name = topic(max_message_bytes="1000")
    producer = Producer({"bootstrap.servers": BOOTSTRAP})
    outcome = []
    producer.produce(name, b"x" * 5000, on_delivery=lambda error, _: outcome.append(error))
    producer.flush(20)
    equal("error", "MSG_SIZE_TOO_LARGE", outcome[0].name())


def topics():
    name = topic(2)
    metadata = ADMIN.list_topics(timeout=20)
    equal("partitions", 2, len(metadata.topics[name].partitions))
    equal("brokers", [1], list(metadata.brokers))
    described = ADMIN.describe_topics(TopicCollection([name]))[name].result(20)
    equal("described", 2, len(described.partitions))
    ADMIN.create_partitions([NewPartitions(name, 5)])[name].result(20)
    fails(KafkaException, lambda: ADMIN.create_topics([NewTopic(name, 1, 1)])[name].result(20))
    fails(KafkaException, lambda: ADMIN.create_topics([NewTopic("a b", 1, 1)])["a b"].result(20))
    ADMIN.delete_topics([name])[name].result(20)
    fails(KafkaException, lambda: ADMIN.delete_topics([name])[name].result(20))


def configs():
    name = topic()
    resource = ConfigResource(ResourceType.TOPIC, name)
    equal("default", "604800000", ADMIN.describe_configs([resource])[resource].result(20)["retention.ms"].value)
    change = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[
        ConfigEntry("retention.ms", "60000", incremental_operation=AlterConfigOpType.SET)])
    ADMIN.incremental_alter_configs([change])[change].result(20)
    deadline = time.time() + 10
    while ADMIN.describe_configs([resource])[resource].result(20)["retention.ms"].value != "60000":
        that("the change is seen within ten seconds", time.time() < deadline)
    broker = ConfigResource(ResourceType.BROKER, "1")
    that("broker configs", len(ADMIN.describe_configs([broker])[broker].result(20)) > 100)


def offsets_and_records():
    name = topic()
    produce(name, [{"value": b"v", "timestamp": 1000 * i + 1000} for i in range(10)])
    partition = TopicPartition(name, 0)
    specs = [(OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 10), (OffsetSpec.max_timestamp(), 9)]
    for spec, expected in specs:
        equal(str(spec), expected, ADMIN.list_offsets({partition: spec})[partition].result(20).offset)
    cut = TopicPartition(name, 0, 4)
    equal("low watermark", 4, list(ADMIN.delete_records([cut]).values())[0].result(20).low_watermark)


def cluster():
    described = ADMIN.describe_cluster().result(20)
    equal("nodes", 1, len(described.nodes))
    equal("controller", 1, described.controller.id)


for value in ("0", "1", "all"):
    check(f"produce with acks={value}", acks(value))
check("an idempotent producer", acks("all", enable_idempotence=True))
for kind in ("none", "gzip", "snappy", "lz4", "zstd"):
    check(f"produce and read back with {kind}", codec(kind))
check("50 partitions", many_partitions)
check("a topic is created by its first record", auto_creation)
check("watermarks, offsets by time, assign at an offset", watermarks)
check("an offset out of range is told", out_of_range)
check("a record over the topic's limit is refused", too_large)
check("admin: topics and partitions", topics)
check("admin: configs", configs)
check("admin: list offsets, delete records", offsets_and_records)
check("admin: describe cluster", cluster)
done()
