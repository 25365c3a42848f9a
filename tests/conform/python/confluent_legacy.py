"""librdkafka told not to ask for versions: it then speaks as of 0.9 and 0.8.2.

confluent_legacy.py HOST:PORT
"""

import sys
import time
import uuid

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from checks import check, done, equal

BOOTSTRAP = sys.argv[1]


def settings(version):
    common = {"bootstrap.servers": BOOTSTRAP}
    if version:
        common.update({"api.version.request": False, "broker.version.fallback": version})
    return common


def topic():
    name = "rd-old-" + uuid.uuid4().hex
    admin = AdminClient(settings(None))
    for future in admin.create_topics([NewTopic(name, 1, 1)]).values():
        future.result(20)
    return name


def round_trip(writer, reader, codec):
    def body():
        name, errors = topic(), []
        producer = Producer({**settings(writer), "compression.type": codec, "linger.ms": 20})
        for i in range(500):
            producer.produce(name, b"value " * (i % 30), b"k%d" % i, 0,
                             on_delivery=lambda error, _: errors.append(error) if error else None)
        equal("left in the queue", 0, producer.flush(40))
        equal("errors", [], errors)
        consumer = Consumer({**settings(reader), "group.id": "unused", "enable.auto.commit": False, "check.crcs": True})
        consumer.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
        messages, deadline = [], time.time() + 30
        while len(messages) < 500 and time.time() < deadline:
            for message in consumer.consume(500, 0.5):
                equal("error", None, message.error())
                messages.append(message)
        consumer.close()
        equal("records", 500, len(messages))
        for i, message in enumerate(messages):
            equal("record", (i, b"k%d" % i, b"value " * (i % 30)), (message.offset(), message.key(), message.value()))
    return body


for version in ("0.9.0.1", "0.8.2.2"):
    for codec in ("none", "gzip", "snappy"):
        check(f"as of {version} with {codec}", round_trip(version, version, codec))
    check(f"written as of {version}, read now", round_trip(version, None, "gzip"))
    for codec in ("none", "gzip", "snappy"):
        check(f"written now with {codec}, read as of {version}", round_trip(None, version, codec))
done()
