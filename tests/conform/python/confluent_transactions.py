"""librdkafka's transactions, through confluent-kafka.

confluent_transactions.py HOST:PORT
"""

import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from checks import check, done, equal, fails, that

BOOTSTRAP = sys.argv[1]
ADMIN = AdminClient({"bootstrap.servers": BOOTSTRAP})
PARTITIONS = 2


def topic():
    name = "rd-" + uuid.uuid4().hex
    for future in ADMIN.create_topics([NewTopic(name, PARTITIONS, 1)]).values():
        future.result(20)
    return name


def producer(transactional_id):
    started = Producer({"bootstrap.servers": BOOTSTRAP, "transactional.id": transactional_id, "transaction.timeout.ms": 30000})
    started.init_transactions(30)
    return started


def read(name, isolation):
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused", "isolation.level": isolation,
                         "enable.partition.eof": True, "enable.auto.commit": False})
    consumer.assign([TopicPartition(name, p, 0) for p in range(PARTITIONS)])
    values, at_end, deadline = [], set(), time.time() + 30
    while len(at_end) < PARTITIONS:
        that("the end within half a minute", time.time() < deadline)
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            at_end.add(message.partition())
        else:
            values.append(message.value().decode())
    consumer.close()
    return values


def commit_and_abort():
    name = topic()
    writer = producer(name)
    for i in range(20):
        writer.begin_transaction()
        for partition in range(PARTITIONS):
            writer.produce(name, value=f"{'committed' if i % 2 == 0 else 'aborted'} {i}", partition=partition)
        if i % 2 == 0:
            writer.commit_transaction(30)
        else:
            writer.flush()
            writer.abort_transaction(30)
    seen = read(name, "read_committed")
    equal("committed records", sorted([f"committed {i}" for i in range(0, 20, 2)] * PARTITIONS), sorted(seen))
    equal("all records", 20 * PARTITIONS, len(read(name, "read_uncommitted")))


def fence():
    name = topic()
    zombie = producer(name)
    heir = producer(name)

    def commit():
        zombie.begin_transaction()
        zombie.produce(name, value="zombie", partition=0)
        zombie.commit_transaction(30)
    refusal = fails(KafkaException, commit)
    that(f"the error is fatal: {refusal}", refusal.args[0].fatal())
    heir.begin_transaction()
    heir.produce(name, value="heir", partition=0)
    heir.commit_transaction(30)
    equal("what is seen", ["heir"], read(name, "read_committed"))


def offsets():
    name = topic()
    writer = producer(name)
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": name, "enable.auto.commit": False})
    consumer.subscribe([name])
    deadline = time.time() + 30
    while not consumer.assignment():
        that("assigned within half a minute", time.time() < deadline)
        consumer.poll(0.1)

    def committed():
        return consumer.committed([TopicPartition(name, 0)], 10)[0].offset
    for offset, end, expected in ((5, writer.commit_transaction, 5), (9, writer.abort_transaction, 5)):
        writer.begin_transaction()
        writer.send_offsets_to_transaction([TopicPartition(name, 0, offset)], consumer.consumer_group_metadata(), 30)
        end(30)
        equal("committed offset", expected, committed())
    consumer.close()


check("committed records are seen, aborted ones are not", commit_and_abort)
check("a producer whose id somebody took over is fenced", fence)
check("offsets are committed with the transaction, or not at all", offsets)
done()
