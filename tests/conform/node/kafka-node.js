// kafka-node, last released in 2020: Produce 0-2, Fetch 0-2 and message sets of format 0 and 1.
const { randomUUID } = require('crypto');
const kafka = require('kafka-node');
const { check, equal, done } = require('./checks');

const client = () => new kafka.KafkaClient({ kafkaHost: process.argv[2], requestTimeout: 20000 });

function create(topic) {
  const admin = client();
  return new Promise((resolve, reject) => {
    admin.createTopics([{ topic, partitions: 1, replicationFactor: 1 }], (error, result) => {
      admin.close();
      if (error || (result && result.length)) reject(error || new Error(JSON.stringify(result)));
      else resolve();
    });
  });
}

function produce(topic, attributes) {
  const producer = new kafka.Producer(client(), { requireAcks: 1, ackTimeoutMs: 10000 });
  const messages = Array.from({ length: 200 }, (_, i) => new kafka.KeyedMessage(`k${i}`, `v${i}`));
  return new Promise((resolve, reject) => {
    producer.on('error', reject);
    producer.on('ready', () => producer.send([{ topic, messages, partition: 0, attributes }], (error, result) => {
      producer.close();
      if (error) reject(error);
      else resolve(result);
    }));
  });
}

function consume(topic, count) {
  const options = { autoCommit: false, fromOffset: true, fetchMaxWaitMs: 200 };
  const consumer = new kafka.Consumer(client(), [{ topic, partition: 0, offset: 0 }], options);
  return new Promise((resolve, reject) => {
    const seen = [];
    consumer.on('error', reject);
    consumer.on('offsetOutOfRange', reject);
    consumer.on('message', (message) => {
      seen.push(message);
      if (seen.length === count) consumer.close(false, () => resolve(seen));
    });
  });
}

async function main() {
  for (const [codec, attributes] of [['none', 0], ['gzip', 1]]) {
    await check(`produce and read back with ${codec}`, async () => {
      const topic = `kafka-node-${randomUUID()}`;
      await create(topic);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const acknowledged = await produce(topic, attributes);
      equal('base offset', 0, acknowledged[topic]['0']);
      const messages = await consume(topic, 200);
      equal('keys', messages.map((_, i) => `k${i}`), messages.map((m) => m.key.toString()));
      equal('values', messages.map((_, i) => `v${i}`), messages.map((m) => m.value.toString()));
      equal('offsets', messages.map((_, i) => i), messages.map((m) => m.offset));
    });
  }
  await check('offsets: earliest and latest', async () => {
    const topic = `kafka-node-${randomUUID()}`;
    await create(topic);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await produce(topic, 0);
    const offset = new kafka.Offset(client());
    const found = await new Promise((resolve, reject) => {
      offset.fetch([{ topic, partition: 0, time: -1, maxNum: 1 }], (error, data) => (error ? reject(error) : resolve(data)));
    });
    equal('latest', [200], found[topic]['0']);
  });
  done();
}

main();
