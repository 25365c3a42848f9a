"""One member of a group, for storm.py: aiokafka.

member_aiokafka.py HOST:PORT GROUP TOPIC eager
"""

import asyncio
import logging

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from member import BOOTSTRAP, GROUP, HEARTBEAT_MS, SESSION_MS, TOPIC, leaving, names, say, say_committed

logging.basicConfig(level=logging.ERROR)


class Listener(ConsumerRebalanceListener):
    # The generation is not for the application's eyes.
    async def on_partitions_assigned(self, assigned):
        say("assigned", -1, names(assigned))

    async def on_partitions_revoked(self, revoked):
        say("revoked", names(revoked))


async def commit(consumer, offsets):
    try:
        await consumer.commit({TopicPartition(TOPIC, p): o for p, o in offsets.items()})
        say_committed(offsets)
    except KafkaError as refused:
        say("note", refused)


async def main():
    consumer = AIOKafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=GROUP, enable_auto_commit=False, auto_offset_reset="earliest",
                                session_timeout_ms=SESSION_MS, heartbeat_interval_ms=HEARTBEAT_MS,
                                partition_assignment_strategy=[RangePartitionAssignor])
    consumer.subscribe([TOPIC], listener=Listener())
    await consumer.start()
    while not leaving.is_set():
        offsets = {}
        for partition, records in (await consumer.getmany(timeout_ms=100, max_records=100)).items():
            for record in records:
                say("record", partition.partition, record.offset, record.value.decode())
            offsets[partition.partition] = records[-1].offset + 1
        if offsets:
            await commit(consumer, offsets)
    say("revoked", names(consumer.assignment()))  # who leaves is not called back
    await consumer.stop()
    say("left")


asyncio.run(main())
