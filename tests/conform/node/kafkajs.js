// kafkajs: producer and admin. Its consumer knows groups only; what was written is checked by offsets.
const { randomUUID } = require('crypto');
const { Kafka, CompressionTypes, logLevel, ConfigResourceTypes } = require('kafkajs');
const { check, equal, fails, done } = require('./checks');

const kafka = new Kafka({ clientId: 'conform', brokers: [process.argv[2]], logLevel: logLevel.ERROR });
const admin = kafka.admin();

async function topic(numPartitions = 1, configEntries = []) {
  const name = `kafkajs-${randomUUID()}`;
  equal('created', true, await admin.createTopics({ topics: [{ topic: name, numPartitions, configEntries }] }));
  return name;
}

async function written(name) {
  const offsets = await admin.fetchTopicOffsets(name);
  return offsets.reduce((sum, entry) => sum + Number(entry.high), 0);
}

function produce(acks, compression, idempotent = false) {
  return async () => {
    const name = await topic(2);
    const producer = kafka.producer({ idempotent, allowAutoTopicCreation: false, maxInFlightRequests: idempotent ? 1 : 5 });
    await producer.connect();
    for (let round = 0; round < 5; round++) {
      const messages = Array.from({ length: 100 }, (_, i) => ({
        key: `key ${i}`, value: 'value '.repeat(i % 30), partition: i % 2, headers: { h: `${i}`, list: ['a', 'b'] },
        timestamp: `${1700000000000 + i}`,
      }));
      await producer.send({ topic: name, acks, compression, messages });
    }
    await producer.disconnect();
    if (acks !== 0) equal('records', 500, await written(name));
  };
}

async function main() {
  await admin.connect();
  for (const acks of [0, 1, -1]) await check(`produce with acks=${acks}`, produce(acks, CompressionTypes.None));
  await check('produce with gzip', produce(-1, CompressionTypes.GZIP));
  await check('an idempotent producer', produce(-1, CompressionTypes.None, true));
  await check('acknowledgements carry the base offset', async () => {
    const name = await topic(1);
    const producer = kafka.producer();
    await producer.connect();
    const first = await producer.send({ topic: name, messages: [{ value: 'a' }, { value: 'b' }] });
    const second = await producer.send({ topic: name, messages: [{ value: 'c' }] });
    await producer.disconnect();
    equal('base offsets', ['0', '2'], [first[0].baseOffset, second[0].baseOffset]);
  });
  await check('admin: topics', async () => {
    const name = await topic(2);
    equal('listed', true, (await admin.listTopics()).includes(name));
    equal('created again', false, await admin.createTopics({ topics: [{ topic: name }] }));
    await admin.createPartitions({ topicPartitions: [{ topic: name, count: 4 }] });
    for (let i = 0; i < 100; i++) {
      const metadata = await admin.fetchTopicMetadata({ topics: [name] });
      if (metadata.topics[0].partitions.length === 4) break;
      if (i === 99) throw new Error('create partitions is not seen');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await admin.deleteTopics({ topics: [name] });
    await fails('UNKNOWN_TOPIC_OR_PARTITION', () => admin.deleteTopics({ topics: [name] }));
  });
  await check('admin: configs', async () => {
    const name = await topic(1, [{ name: 'retention.ms', value: '60000' }]);
    const resource = { type: ConfigResourceTypes.TOPIC, name };
    const described = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
    equal('retention.ms', '60000', described.resources[0].configEntries.find((e) => e.configName === 'retention.ms').configValue);
    await admin.alterConfigs({ resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '70000' }] }] });
  });
  await check('admin: offsets by time, delete records', async () => {
    const name = await topic(1);
    const producer = kafka.producer();
    await producer.connect();
    for (let i = 0; i < 5; i++) await producer.send({ topic: name, messages: [{ value: 'v', timestamp: `${1000 + 10 * i}` }] });
    await producer.disconnect();
    equal('by time', '3', (await admin.fetchTopicOffsetsByTimestamp(name, 1025))[0].offset);
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '2' }] });
    equal('low', '2', (await admin.fetchTopicOffsets(name))[0].low);
  });
  await check('admin: cluster', async () => {
    const cluster = await admin.describeCluster();
    equal('brokers', [1], cluster.brokers.map((broker) => broker.nodeId));
    equal('controller', 1, cluster.controller);
  });
  await admin.disconnect();
  done();
}

main();
