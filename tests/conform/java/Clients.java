import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Java producer, and the Java consumer with assigned partitions (no group). */
public final class Clients {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static String bootstrap;
    private static Admin admin;

    public static void main(String[] arguments) {
        bootstrap = arguments[0];
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
        for (String acks : List.of("0", "1", "all")) {
            Checks.check("produce with acks=" + acks, () -> producesWithAcks(acks));
        }
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            Checks.check("produce and read back with " + codec, () -> roundTrip(codec));
        }
        Checks.check("headers, null keys, null values and empty values survive", Clients::oddRecords);
        Checks.check("a record of 900 KiB, and one over the topic's limit", Clients::largeRecords);
        Checks.check("an idempotent producer writes 20,000 records once and in order", Clients::idempotent);
        Checks.check("offsets count up from zero in each partition", Clients::offsetsCountUp);
        Checks.check("a topic is created by its first record", Clients::autoCreation);
        Checks.check("an invalid topic name is refused", Clients::invalidName);
        Checks.check("a keyless record into a compacted topic is refused", Clients::compactedWantsKeys);
        Checks.check("LogAppendTime replaces the producer's timestamp", Clients::logAppendTime);
        Checks.check("a timestamp outside the topic's window is refused", Clients::timestampWindow);
        Checks.check("topic compression.type recompresses", Clients::recompression);
        Checks.check("seek to the beginning, the end and the middle", Clients::seeks);
        Checks.check("offsetsForTimes finds the first record at or after a time", Clients::offsetsForTimes);
        Checks.check("a consumer out of range is reset, or told", Clients::outOfRange);
        Checks.check("max.partition.fetch.bytes smaller than a record still makes progress", Clients::smallFetches);
        Checks.check("a waiting consumer is woken by a new record", Clients::wokenByRecord);
        Checks.check("100 partitions with pauses in one fetch session", Clients::manyPartitions);
        Checks.check("partitionsFor, listTopics, beginning and end offsets", Clients::metadata);
        Checks.check("isolation.level=read_committed without transactions reads all", Clients::readCommitted);
        admin.close();
        Checks.done();
    }

    // ---- what the checks do ----

    private static void producesWithAcks(String acks) throws Exception {
        String topic = topic(1);
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("acks", acks, "enable.idempotence", "false"))) {
            for (int i = 0; i < 500; i++) {
                producer.send(new ProducerRecord<>(topic, bytes("k" + i), bytes("v" + i)));
            }
        }
        List<ConsumerRecord<byte[], byte[]>> records = read(topic, 1, 500);
        for (int i = 0; i < 500; i++) {
            Checks.equal("value", "v" + i, text(records.get(i).value()));
        }
    }

    private static void roundTrip(String codec) throws Exception {
        String topic = topic(3);
        Map<String, Object> settings = Map.of("compression.type", codec, "linger.ms", "20", "batch.size", "65536");
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            for (int i = 0; i < 3000; i++) {
                producer.send(new ProducerRecord<>(topic, i % 3, 1_700_000_000_000L + i, bytes("key " + i), bytes("a value that repeats itself ".repeat(i % 20) + i)));
            }
        }
        int[] next = {0, 1, 2};
        for (ConsumerRecord<byte[], byte[]> record : read(topic, 3, 3000)) {
            int i = next[record.partition()];
            Checks.equal("key", "key " + i, text(record.key()));
            Checks.equal("value", "a value that repeats itself ".repeat(i % 20) + i, text(record.value()));
            Checks.equal("timestamp", 1_700_000_000_000L + i, record.timestamp());
            Checks.equal("offset", (long) i / 3, record.offset());
            next[record.partition()] = i + 3;
        }
    }

    private static void oddRecords() throws Exception {
        String topic = topic(1);
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            producer.send(new ProducerRecord<>(topic, null, null));
            producer.send(new ProducerRecord<>(topic, new byte[0], new byte[0]));
            ProducerRecord<byte[], byte[]> headed = new ProducerRecord<>(topic, bytes("k"), bytes("v"));
            headed.headers().add("same", bytes("1")).add("same", bytes("2")).add("none", null).add("", new byte[0]);
            producer.send(headed);
        }
        List<ConsumerRecord<byte[], byte[]>> records = read(topic, 1, 3);
        Checks.equal("null key", null, records.get(0).key());
        Checks.equal("null value", null, records.get(0).value());
        Checks.equal("empty key", 0, records.get(1).key().length);
        Checks.equal("empty value", 0, records.get(1).value().length);
        List<String> headers = new ArrayList<>();
        for (Header header : records.get(2).headers()) {
            headers.add(header.key() + "=" + (header.value() == null ? "null" : text(header.value())));
        }
        Checks.equal("headers", List.of("same=1", "same=2", "none=null", "="), headers);
    }

    private static void largeRecords() throws Exception {
        String topic = topic(1);
        byte[] large = new byte[900 * 1024];
        Arrays.fill(large, (byte) 'x');
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("max.request.size", "10000000", "buffer.memory", "33554432"))) {
            producer.send(new ProducerRecord<>(topic, large)).get();
            Checks.fails(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>(topic, new byte[1_100_000])).get());
            producer.send(new ProducerRecord<>(topic, bytes("after"))).get();
        }
        List<ConsumerRecord<byte[], byte[]>> records = read(topic, 1, 2);
        Checks.that("the large value came back", Arrays.equals(large, records.get(0).value()));
        Checks.equal("the next value", "after", text(records.get(1).value()));
    }

    private static void idempotent() throws Exception {
        String topic = topic(2);
        Map<String, Object> settings = Map.of("enable.idempotence", "true", "acks", "all", "batch.size", "1000", "max.in.flight.requests.per.connection", "5");
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % 2, null, bytes(Integer.toString(i)))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
        int[] next = {0, 1};
        for (ConsumerRecord<byte[], byte[]> record : read(topic, 2, 20_000)) {
            Checks.equal("value", Integer.toString(next[record.partition()]), text(record.value()));
            next[record.partition()] += 2;
        }
    }

    private static void offsetsCountUp() throws Exception {
        String topic = topic(4);
        long[] next = new long[4];
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            for (int i = 0; i < 200; i++) {
                RecordMetadata metadata = producer.send(new ProducerRecord<>(topic, bytes("key " + i % 7), bytes("v"))).get();
                Checks.equal("offset", next[metadata.partition()]++, metadata.offset());
            }
        }
    }

    private static void autoCreation() throws Exception {
        String topic = "auto-" + UUID.randomUUID();
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            Checks.equal("offset", 0L, producer.send(new ProducerRecord<>(topic, bytes("v"))).get().offset());
        }
        Checks.equal("records", 1, read(topic, 1, 1).size());
    }

    private static void invalidName() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("max.block.ms", "10000"))) {
            Checks.fails(InvalidTopicException.class, () -> producer.send(new ProducerRecord<>("not a name!", bytes("v"))).get());
        }
    }

    private static void compactedWantsKeys() throws Exception {
        String topic = topic(1, Map.of("cleanup.policy", "compact"));
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            Checks.fails(org.apache.kafka.common.InvalidRecordException.class, () -> producer.send(new ProducerRecord<>(topic, bytes("no key"))).get());
            Checks.equal("offset", 0L, producer.send(new ProducerRecord<>(topic, bytes("k"), bytes("v"))).get().offset());
        }
    }

    private static void logAppendTime() throws Exception {
        String topic = topic(1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", "lz4"))) {
            RecordMetadata metadata = producer.send(new ProducerRecord<>(topic, 0, 12345L, bytes("k"), bytes("v"))).get();
            Checks.that("the acknowledged timestamp " + metadata.timestamp() + " is the broker's", metadata.timestamp() >= before);
        }
        ConsumerRecord<byte[], byte[]> record = read(topic, 1, 1).get(0);
        Checks.equal("type", TimestampType.LOG_APPEND_TIME, record.timestampType());
        Checks.that("the timestamp read is the broker's", record.timestamp() >= before);
    }

    private static void timestampWindow() throws Exception {
        String topic = topic(1, Map.of("message.timestamp.before.max.ms", "60000", "message.timestamp.after.max.ms", "60000"));
        long now = System.currentTimeMillis();
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            Checks.fails(InvalidTimestampException.class, () -> producer.send(new ProducerRecord<>(topic, 0, now - 600_000, null, bytes("old"))).get());
            Checks.fails(InvalidTimestampException.class, () -> producer.send(new ProducerRecord<>(topic, 0, now + 600_000, null, bytes("new"))).get());
            Checks.equal("offset", 0L, producer.send(new ProducerRecord<>(topic, 0, now, null, bytes("now"))).get().offset());
        }
    }

    private static void recompression() throws Exception {
        for (String wanted : List.of("gzip", "zstd", "uncompressed")) {
            String topic = topic(1, Map.of("compression.type", wanted));
            try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", "lz4", "linger.ms", "20"))) {
                for (int i = 0; i < 1000; i++) {
                    producer.send(new ProducerRecord<>(topic, 0, 1000L + i, bytes("k"), bytes("value value value " + i)));
                }
            }
            int i = 0;
            for (ConsumerRecord<byte[], byte[]> record : read(topic, 1, 1000)) {
                Checks.equal("value", "value value value " + i, text(record.value()));
                Checks.equal("timestamp", 1000L + i++, record.timestamp());
            }
        }
    }

    private static void seeks() throws Exception {
        String topic = filled(1, 100);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToEnd(List.of(partition));
            Checks.equal("end", 100L, consumer.position(partition));
            consumer.seekToBeginning(List.of(partition));
            Checks.equal("beginning", 0L, consumer.position(partition));
            consumer.seek(partition, 57);
            Checks.equal("first record after the seek", 57L, poll(consumer, 1).get(0).offset());
        }
    }

    private static void offsetsForTimes() throws Exception {
        String topic = topic(1);
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("batch.size", "0"))) {
            for (int i = 0; i < 50; i++) {
                producer.send(new ProducerRecord<>(topic, 0, 1_000_000L + 10 * i, null, bytes("v" + i)));
            }
        }
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of())) {
            OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, 1_000_095L)).get(partition);
            Checks.equal("offset", 10L, found.offset());
            Checks.equal("timestamp", 1_000_100L, found.timestamp());
            Checks.equal("before the first", 0L, consumer.offsetsForTimes(Map.of(partition, 5L)).get(partition).offset());
            Checks.equal("after the last", null, consumer.offsetsForTimes(Map.of(partition, 9_000_000L)).get(partition));
        }
    }

    private static void outOfRange() throws Exception {
        String topic = filled(1, 20);
        TopicPartition partition = new TopicPartition(topic, 0);
        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(5))).all().get();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("auto.offset.reset", "earliest"))) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 2);
            Checks.equal("reset to the log start offset", 5L, poll(consumer, 1).get(0).offset());
        }
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("auto.offset.reset", "none"))) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 500);
            Checks.fails(OffsetOutOfRangeException.class, () -> poll(consumer, 1));
        }
    }

    private static void smallFetches() throws Exception {
        String topic = topic(1);
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("batch.size", "0"))) {
            for (int i = 0; i < 20; i++) {
                producer.send(new ProducerRecord<>(topic, new byte[50_000]));
            }
        }
        Checks.equal("records", 20, read(topic, 1, 20, Map.of("max.partition.fetch.bytes", "1000", "fetch.max.bytes", "1000")).size());
    }

    private static void wokenByRecord() throws Exception {
        String topic = topic(1);
        Map<String, Object> patient = Map.of("fetch.max.wait.ms", "15000", "fetch.min.bytes", "1");
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(patient); KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            consumer.poll(Duration.ofMillis(500));
            for (int i = 0; i < 5; i++) {
                long sent = System.nanoTime();
                producer.send(new ProducerRecord<>(topic, bytes("v" + i))).get();
                poll(consumer, 1);
                long millis = (System.nanoTime() - sent) / 1_000_000;
                Checks.that("woken after " + millis + " ms, not at the end of the wait", millis < 5000);
            }
        }
    }

    private static void manyPartitions() throws Exception {
        String topic = filled(100, 1000);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("max.poll.records", "50"))) {
            List<TopicPartition> all = partitions(topic, 100);
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Set<String> seen = new LinkedHashSet<>();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            for (int round = 0; seen.size() < 1000 && System.nanoTime() < deadline; round++) {
                Collection<TopicPartition> paused = all.subList(round % 2 * 50, round % 2 * 50 + 50);
                consumer.pause(paused);
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    Checks.that("twice: " + record, seen.add(record.partition() + "@" + record.offset()));
                }
                consumer.resume(paused);
            }
            Checks.equal("records", 1000, seen.size());
        }
    }

    private static void metadata() throws Exception {
        String topic = filled(3, 30);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of())) {
            List<PartitionInfo> infos = consumer.partitionsFor(topic);
            Checks.equal("partitions", 3, infos.size());
            for (PartitionInfo info : infos) {
                Checks.equal("leader", 1, info.leader().id());
                Checks.equal("in sync", 1, info.inSyncReplicas().length);
            }
            Checks.that("listed", consumer.listTopics().containsKey(topic));
            long end = consumer.endOffsets(partitions(topic, 3)).values().stream().mapToLong(o -> o).sum();
            long start = consumer.beginningOffsets(partitions(topic, 3)).values().stream().mapToLong(o -> o).sum();
            Checks.equal("end offsets", 30L, end);
            Checks.equal("beginning offsets", 0L, start);
        }
    }

    private static void readCommitted() throws Exception {
        String topic = filled(1, 10);
        Checks.equal("records", 10, read(topic, 1, 10, Map.of("isolation.level", "read_committed")).size());
    }

    // ---- how they do it ----

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Properties all = new Properties();
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "60000");
        all.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        all.putAll(settings);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> settings) {
        Properties all = new Properties();
        all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        all.putAll(settings);
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static String topic(int partitions) throws Exception {
        return topic(partitions, Map.of());
    }

    private static String topic(int partitions, Map<String, String> configs) throws Exception {
        String name = "java-" + UUID.randomUUID();
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs))).all().get();
        return name;
    }

    private static String filled(int partitions, int records) throws Exception {
        String topic = topic(partitions);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            for (int i = 0; i < records; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % partitions, null, bytes("v" + i))));
            }
        }
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
        return topic;
    }

    private static List<TopicPartition> partitions(String topic, int count) {
        List<TopicPartition> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new TopicPartition(topic, i));
        }
        return all;
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(String topic, int partitions, int count) {
        return read(topic, partitions, count, Map.of());
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(String topic, int partitions, int count, Map<String, Object> settings) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings)) {
            List<TopicPartition> all = partitions(topic, partitions);
            consumer.assign(all);
            consumer.seekToBeginning(all);
            List<ConsumerRecord<byte[], byte[]>> records = poll(consumer, count);
            consumer.poll(Duration.ofMillis(50)).forEach(records::add);
            Checks.equal("records read", count, records.size());
            return records;
        }
    }

    /** At least `count` records, or as many as come within the patience. */
    private static List<ConsumerRecord<byte[], byte[]>> poll(KafkaConsumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (records.size() < count && System.nanoTime() < deadline) {
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        Checks.that("only " + records.size() + " of " + count + " records came", records.size() >= count);
        return records;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }
}
