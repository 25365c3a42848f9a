import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Ten topics of a thousand partitions on one node, in one request where the broker takes so many.
 * {@code ManyPartitions BOOTSTRAP create|fill|read BYTES}: {@code create} makes the topics; {@code fill} writes one
 * record of BYTES to each partition; {@code read} reads one record from each. Prints the seconds.
 */
public final class ManyPartitions {
    private static final int TOPICS = 10;
    private static final int PARTITIONS = 1000;

    public static void main(String[] arguments) throws Exception {
        long begun = System.nanoTime();
        switch (arguments[1]) {
            case "create" -> create(arguments[0]);
            case "fill" -> fill(arguments[0], Integer.parseInt(arguments[2]));
            case "read" -> read(arguments[0]);
            default -> throw new IllegalArgumentException(arguments[1]);
        }
        System.out.println((System.nanoTime() - begun) / 1e9);
        System.exit(0);
    }

    private static void create(String bootstrap) throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        for (int i = 0; i < TOPICS; i++) {
            topics.add(new NewTopic("many-" + i, PARTITIONS, (short) 1));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "request.timeout.ms", "120000", "default.api.timeout.ms", "180000"))) {
            try {
                admin.createTopics(topics).all().get();
            } catch (ExecutionException refused) {
                if (!(refused.getCause() instanceof PolicyViolationException)) {
                    throw refused;
                }
                // Apache Kafka takes at most 10,000 metadata records in one request: it is asked twice.
                admin.createTopics(topics.subList(0, TOPICS / 2)).all().get();
                admin.createTopics(topics.subList(TOPICS / 2, TOPICS)).all().get();
            }
        }
    }

    private static void fill(String bootstrap, int bytes) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "delivery.timeout.ms", "180000", "max.request.size", "4194304", "batch.size", "16384", "max.block.ms", "120000", "buffer.memory", "268435456");
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (TopicPartition partition : partitions()) {
                sent.add(producer.send(new ProducerRecord<>(partition.topic(), partition.partition(), null, new byte[bytes])));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    private static void read(String bootstrap) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", "false", "max.partition.fetch.bytes", "1000", "fetch.max.bytes", "10000000", "max.poll.records", "10000", "default.api.timeout.ms", "120000");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            Set<TopicPartition> left = new HashSet<>(partitions());
            consumer.assign(left);
            left.forEach(partition -> consumer.seek(partition, 0));
            long deadline = System.nanoTime() + Duration.ofSeconds(180).toNanos();
            while (!left.isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                    if (left.remove(partition)) {
                        consumer.pause(List.of(partition));
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(left.size() + " partitions gave no record");
                }
            }
        }
    }

    private static List<TopicPartition> partitions() {
        List<TopicPartition> all = new ArrayList<>();
        for (int topic = 0; topic < TOPICS; topic++) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                all.add(new TopicPartition("many-" + topic, partition));
            }
        }
        return all;
    }
}
