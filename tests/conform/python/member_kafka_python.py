"""One member of a group, for storm.py: kafka-python.

member_kafka_python.py HOST:PORT GROUP TOPIC eager|cooperative
"""

import logging

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaError

from member import BOOTSTRAP, GROUP, HEARTBEAT_MS, PROTOCOL, SESSION_MS, TOPIC, leaving, names, say, say_committed

logging.basicConfig(level=logging.ERROR)
ASSIGNOR = {"eager": RangePartitionAssignor, "cooperative": CooperativeStickyAssignor}[PROTOCOL]


class Listener(ConsumerRebalanceListener):
    def __init__(self, consumer):
        self.consumer = consumer

    def on_partitions_assigned(self, assigned):
        say("assigned", self.consumer.group_metadata().generation_id, names(assigned))

    def on_partitions_revoked(self, revoked):
        say("revoked", names(revoked))

    def on_partitions_lost(self, lost):
        say("lost", names(lost))


def commit(consumer, offsets):
    try:
        consumer.commit({TopicPartition(TOPIC, p): OffsetAndMetadata(o, "", -1) for p, o in offsets.items()})
        say_committed(offsets)
    except KafkaError as refused:
        say("note", refused)


def main():
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=GROUP, enable_auto_commit=False, auto_offset_reset="earliest",
                             session_timeout_ms=SESSION_MS, heartbeat_interval_ms=HEARTBEAT_MS,
                             partition_assignment_strategy=[ASSIGNOR])
    consumer.subscribe([TOPIC], listener=Listener(consumer))
    while not leaving.is_set():
        offsets = {}
        for partition, records in consumer.poll(timeout_ms=100, max_records=100).items():
            for record in records:
                say("record", partition.partition, record.offset, record.value.decode())
            offsets[partition.partition] = records[-1].offset + 1
        if offsets:
            commit(consumer, offsets)
    say("revoked", names(consumer.assignment()))  # who leaves is not called back
    consumer.close()
    say("left")


main()
