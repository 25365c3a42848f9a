// One member of a group, for storm.py: kafkajs. Arguments: HOST:PORT GROUP TOPIC eager
const { Kafka, logLevel } = require('kafkajs');

const [bootstrap, groupId, topic] = process.argv.slice(2);
const kafka = new Kafka({
  clientId: 'storm', brokers: [bootstrap], logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 50 },
});
const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 100 });
let owned = [];

function say(...fields) {
  const words = fields.map((field) => String(field).replace(/[\t\n]+/g, ' '));
  process.stdout.write([Date.now(), ...words].join('\t') + '\n');
}

function giveUp(how) {
  if (owned.length) say(how, owned.join(','));
  owned = [];
}

// kafkajs says neither its generation nor that its partitions are lost: a member that is sent back to the
// beginning joins without having announced a rebalance.
consumer.on(consumer.events.REBALANCING, () => giveUp('revoked'));
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  giveUp('lost');
  owned = payload.memberAssignment[topic] || [];
  say('assigned', -1, owned.join(','));
});
consumer.on(consumer.events.CRASH, ({ payload }) => {
  say('note', payload.error);
  giveUp('lost');
});

async function eachBatch({ batch, heartbeat, isRunning, isStale }) {
  if (!isRunning() || isStale() || !batch.messages.length) return;
  for (const message of batch.messages) say('record', batch.partition, message.offset, message.value);
  const offset = (BigInt(batch.lastOffset()) + 1n).toString();
  try {
    await consumer.commitOffsets([{ topic, partition: batch.partition, offset }]);
    say('committed', batch.partition, offset);
  } catch (refused) {
    say('note', refused);
    throw refused;
  }
  await heartbeat();
}

async function main() {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch });
}

process.stdin.resume();
process.stdin.on('end', async () => {
  await consumer.disconnect();
  giveUp('revoked');
  say('left');
  process.exit(0);
});
main().catch((problem) => {
  say('note', problem);
  process.exit(1);
});
