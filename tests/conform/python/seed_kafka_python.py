"""What the first users of this program typed with kafka-python, with nothing changed but the address.

seed_kafka_python.py HOST:PORT
"""

import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import InvalidReplicationFactorError

from checks import check, done, equal, fails, that

BOOTSTRAP = sys.argv[1]
TOPIC = "seed-" + uuid.uuid4().hex[:8]


def create_topics():
    admin = KafkaAdminClient(client_id='admin', bootstrap_servers=BOOTSTRAP)
    # As it was typed, for three brokers: one alone must refuse it.
    fails(InvalidReplicationFactorError,
          lambda: admin.create_topics([NewTopic(name=TOPIC, num_partitions=2, replication_factor=3)], timeout_ms=20000))
    admin.create_topics([NewTopic(name=TOPIC, num_partitions=2, replication_factor=1)], timeout_ms=20000)
    admin.close()


def produce():
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    for i in range(20):
        ack = producer.send(TOPIC, key=b'key-%d' % i, value=b'message %d' % i)
        metadata = ack.get(timeout=20)
        that("is_done", ack.is_done)
        that("succeeded", ack.succeeded())
        that("not failed", not ack.failed())
        equal("topic", TOPIC, metadata.topic)
        that(f"partition {metadata.partition}", metadata.partition in (0, 1))
    producer.flush()
    producer.close()


def produce_json():
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, value_serializer=lambda v: json.dumps(v).encode('utf-8'),
                             compression_type='gzip')
    for i in range(100):
        producer.send(TOPIC + '-json', value={'number': i})
    producer.flush()
    producer.close()


def consume():
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, auto_offset_reset='earliest', enable_auto_commit=True,
                             group_id=TOPIC + '-group', value_deserializer=lambda x: json.loads(x.decode('utf-8')),
                             consumer_timeout_ms=20000)
    that("listed", TOPIC + '-json' in consumer.topics())
    consumer.subscribe([TOPIC + '-json'])
    equal("subscription", {TOPIC + '-json'}, consumer.subscription())
    numbers = []
    for message in consumer:
        print(message.partition, message.offset, message.key, message.value, file=sys.stderr)
        numbers.append(message.value['number'])
        if len(numbers) == 100:
            break
    equal("numbers", list(range(100)), sorted(numbers))
    consumer.close()
    again = KafkaConsumer(TOPIC + '-json', bootstrap_servers=BOOTSTRAP, auto_offset_reset='earliest', group_id=TOPIC + '-group',
                          consumer_timeout_ms=2000)
    equal("read again after the automatic commit", [], [message.value for message in again])
    again.close()


def consume_in_threads():
    group = TOPIC + '-threads'
    finder = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=group)
    partitions = finder.partitions_for_topic(TOPIC)
    finder.close()
    equal("partitions", {0, 1}, partitions)

    def process(partition):
        consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=group, enable_auto_commit=False, session_timeout_ms=30000,
                                 consumer_timeout_ms=5000)
        tp = TopicPartition(TOPIC, partition)
        consumer.assign([tp])
        committed = consumer.committed(tp)
        equal("committed before", None, committed)
        consumer.seek(tp, committed or 0)
        seen, end = [], consumer.end_offsets([tp])[tp]
        for message in consumer if end else []:
            seen.append(message.value)
            consumer.commit(offsets={tp: OffsetAndMetadata(message.offset + 1, '', -1)})
            if message.offset + 1 == end:
                break
        equal("committed after", end or None, consumer.committed(tp))
        consumer.close()
        return seen

    with ThreadPoolExecutor(max_workers=2) as pool:
        seen = [value for values in pool.map(process, partitions) for value in values]
    equal("values", sorted(b'message %d' % i for i in range(20)), sorted(seen))


def embedded_schema():
    schema = {'type': 'struct', 'optional': False, 'name': 'person',
              'fields': [{'type': 'int32', 'optional': False, 'field': 'id'}, {'type': 'string', 'optional': True, 'field': 'name'}]}
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, value_serializer=lambda v: json.dumps(v).encode('utf-8'))
    value = {'schema': schema, 'payload': {'id': 1, 'name': 'Libuše'}}
    producer.send(TOPIC + '-schema', value=value).get(timeout=20)
    producer.close()
    consumer = KafkaConsumer(TOPIC + '-schema', bootstrap_servers=BOOTSTRAP, auto_offset_reset='earliest', group_id=TOPIC + '-schema',
                             value_deserializer=lambda x: json.loads(x.decode('utf-8')), consumer_timeout_ms=20000)
    equal("value", value, next(consumer).value)
    consumer.close()


check("create topics", create_topics)
check("send, and what the future says", produce)
check("JSON, compressed, into a topic that is created by it", produce_json)
check("consume in a group, with automatic commits", consume)
check("consume in a pool of threads, with commits by hand", consume_in_threads)
check("a value with an embedded schema", embedded_schema)
done()
