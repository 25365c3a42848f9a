"""One member of a group, for storm.py: librdkafka.

member_confluent.py HOST:PORT GROUP TOPIC eager|cooperative|consumer
"""

from confluent_kafka import Consumer, KafkaException, TopicPartition

from member import BOOTSTRAP, GROUP, HEARTBEAT_MS, PROTOCOL, SESSION_MS, TOPIC, leaving, names, say, say_committed

SETTINGS = {
    "eager": {"partition.assignment.strategy": "range"},
    "cooperative": {"partition.assignment.strategy": "cooperative-sticky"},
    "consumer": {"group.protocol": "consumer"},
}[PROTOCOL]
if PROTOCOL != "consumer":
    SETTINGS |= {"session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": HEARTBEAT_MS}


def assigned(consumer, partitions):
    # The generation is hidden in an opaque value.
    say("assigned", -1, names(partitions))


def revoked(consumer, partitions):
    say("revoked", names(partitions))


def lost(consumer, partitions):
    say("lost", names(partitions))


def commit(consumer, offsets):
    try:
        done = consumer.commit(offsets=[TopicPartition(TOPIC, p, o) for p, o in offsets.items()], asynchronous=False)
        say_committed({p.partition: p.offset for p in done if p.error is None})
    except KafkaException as refused:
        say("note", refused)


def main():
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": GROUP, "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", **SETTINGS})
    consumer.subscribe([TOPIC], on_assign=assigned, on_revoke=revoked, on_lost=lost)
    while not leaving.is_set():
        offsets = {}
        for message in consumer.consume(100, 0.1):
            if message.error():
                say("note", message.error())
                continue
            say("record", message.partition(), message.offset(), message.value().decode())
            offsets[message.partition()] = message.offset() + 1
        if offsets:
            commit(consumer, offsets)
    consumer.close()
    say("left")


main()
