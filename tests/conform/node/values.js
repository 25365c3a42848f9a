// Reads a topic in a group from beginning to end and prints, per partition, how many records there are and a digest
// of keys and values, as the readers in other languages do. Arguments: HOST:PORT TOPIC PARTITIONS COUNT
const { createHash } = require('crypto');
const { Kafka, CompressionCodecs, CompressionTypes, logLevel } = require('kafkajs');
const { uncompress } = require('snappyjs');
const lz4 = require('lz4js');
const zstd = require('fzstd');

const [bootstrap, topic, partitions, count] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'conform', brokers: [bootstrap], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `values-${topic}`, maxWaitTimeInMs: 100, maxBytesPerPartition: 4194304 });
const sums = Array.from({ length: Number(partitions) }, () => ({ count: 0, next: 0n, digest: createHash('sha256') }));
let left = Number(count);

// kafkajs brings gzip along and leaves the others to whoever wants them.
CompressionCodecs[CompressionTypes.Snappy] = () => ({ decompress: async (bytes) => unframed(bytes) });
CompressionCodecs[CompressionTypes.LZ4] = () => ({ decompress: async (bytes) => Buffer.from(lz4.decompress(bytes)) });
CompressionCodecs[CompressionTypes.ZSTD] = () => ({ decompress: async (bytes) => Buffer.from(zstd.decompress(bytes)) });

// Snappy comes in Kafka's frames: a magic number and two versions, then blocks led by their lengths.
function unframed(bytes) {
  const blocks = [];
  for (let at = 16; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    blocks.push(uncompress(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function add(sum, bytes) {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes === null ? -1 : bytes.length);
  sum.digest.update(length);
  if (bytes !== null) sum.digest.update(bytes);
}

async function eachBatch({ batch }) {
  const sum = sums[batch.partition];
  for (const message of batch.messages) {
    // A group delivers at least once; what comes a second time is not part of the sum.
    if (BigInt(message.offset) < sum.next) continue;
    sum.next = BigInt(message.offset) + 1n;
    sum.count += 1;
    left -= 1;
    add(sum, message.key);
    add(sum, message.value);
  }
  if (left <= 0) finish();
}

let finished = false;
async function finish() {
  if (finished) return;
  finished = true;
  sums.forEach((sum, partition) => console.log(`${partition} ${sum.count} ${sum.digest.digest('hex')}`));
  // From outside the run: a consumer that waits for its own batch to end would wait for ever.
  setImmediate(() => consumer.disconnect().then(() => process.exit(0)));
}

async function main() {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachBatch });
}

main().catch((problem) => {
  console.error(problem);
  process.exit(1);
});
