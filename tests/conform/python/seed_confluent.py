"""What the first users of this program typed with confluent-kafka, with nothing changed but the address.

seed_confluent.py HOST:PORT
"""

import sys
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from checks import check, done, equal, not_run, that

BOOTSTRAP = sys.argv[1]
CODECS = ('none', 'gzip', 'snappy', 'lz4', 'zstd')


def fresh(partitions=2):
    name = "seed-" + uuid.uuid4().hex[:8]
    admin = AdminClient({'bootstrap.servers': BOOTSTRAP})
    for future in admin.create_topics([NewTopic(name, partitions, 1)]).values():
        future.result(20)
    return name


def poll_all(consumer, count):
    events, deadline = [], time.time() + 30
    while len(events) < count:
        that(f"{count} records within half a minute, not {len(events)}", time.time() < deadline)
        event = consumer.poll(timeout=1.0)
        if event is None:
            continue
        equal("error", None, event.error())
        events.append(event)
    return events


def produce_and_consume():
    topic = fresh()
    delivered = []
    for acks in ('0', '1', 'all'):
        for codec in CODECS:
            producer = Producer({'bootstrap.servers': BOOTSTRAP, 'acks': acks, 'batch.size': 65536, 'linger.ms': 5, 'compression.type': codec,
                                 'retries': 5, 'delivery.timeout.ms': 30000})
            producer.produce(topic, f'{acks} {codec}', key='key', partition=1, on_delivery=lambda error, message: delivered.append(error),
                             timestamp=1_700_000_000_000, headers={'acks': acks})
            equal("left", 0, producer.flush(30))
    equal("deliveries", [None] * 15, delivered)
    assigned = []
    consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': topic, 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
    consumer.subscribe([topic], on_assign=lambda _, partitions: assigned.extend(partitions))
    events = poll_all(consumer, 15)
    equal("assigned", [0, 1], sorted(partition.partition for partition in assigned))
    equal("values", [f'{acks} {codec}' for acks in ('0', '1', 'all') for codec in CODECS], [event.value().decode() for event in events])
    for offset, event in enumerate(events):
        equal("key", b'key', event.key())
        equal("topic, partition, offset", (topic, 1, offset), (event.topic(), event.partition(), event.offset()))
        equal("headers", [('acks', event.value().split()[0])], event.headers())
        equal("timestamp", 1_700_000_000_000, event.timestamp()[1])
    consumer.commit(events[9], asynchronous=False)
    equal("committed", 10, consumer.committed([TopicPartition(topic, 1)], 10)[0].offset)
    consumer.close()


def idempotence():
    topic = fresh(1)
    producer = Producer({'bootstrap.servers': BOOTSTRAP, 'enable.idempotence': True, 'compression.type': 'zstd'})
    for i in range(1000):
        producer.produce(topic, str(i))
    equal("left", 0, producer.flush(30))
    consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': topic, 'auto.offset.reset': 'earliest'})
    consumer.subscribe([topic])
    equal("values", [str(i).encode() for i in range(1000)], [event.value() for event in poll_all(consumer, 1000)])
    consumer.close()


def transactions():
    """Reads from one topic, writes to another and commits what was read, in one transaction."""
    source, target = fresh(1), fresh(1)
    writer = Producer({'bootstrap.servers': BOOTSTRAP})
    for i in range(10):
        writer.produce(source, str(i))
    writer.flush(30)
    consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': source, 'auto.offset.reset': 'earliest', 'enable.auto.commit': False,
                         'isolation.level': 'read_committed'})
    consumer.subscribe([source])
    events = poll_all(consumer, 10)
    producer = Producer({'bootstrap.servers': BOOTSTRAP, 'transactional.id': source})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(target, 'aborted')
    producer.flush()
    producer.abort_transaction()
    producer.begin_transaction()
    for event in events:
        producer.produce(target, event.value())
    producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata())
    producer.commit_transaction()
    equal("committed", 10, consumer.committed([TopicPartition(source, 0)], 10)[0].offset)
    consumer.close()
    reader = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': target, 'auto.offset.reset': 'earliest', 'isolation.level': 'read_committed'})
    reader.subscribe([target])
    equal("values", [str(i).encode() for i in range(10)], [event.value() for event in poll_all(reader, 10)])
    reader.close()


check("produce with every acks and codec, consume, commit an event", produce_and_consume)
check("an idempotent producer", idempotence)
check("transactions with the offsets of a group", transactions)
not_run("serializers of a schema registry", "this node has no schema registry yet")
done()
