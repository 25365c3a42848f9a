import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Fills topics of many kinds with a fixed pseudo-random content: {@code Filler BOOTSTRAP PREFIX SEED}.
 * Called again with another seed it adds to the topics that are there.
 */
public final class Filler {
    private static final int RECORDS = 4000;

    public static void main(String[] arguments) throws Exception {
        String bootstrap = arguments[0];
        String prefix = arguments[1];
        Random random = new Random(Long.parseLong(arguments[2]));
        Map<String, Map<String, String>> topics = Map.of(
            "plain", Map.of(),
            "small-segments", Map.of("segment.bytes", "1048576", "index.interval.bytes", "512"),
            "appended", Map.of("message.timestamp.type", "LogAppendTime"),
            "gzipped", Map.of("compression.type", "gzip"),
            "compacted", Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.9"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            for (Map.Entry<String, Map<String, String>> topic : topics.entrySet()) {
                try {
                    admin.createTopics(List.of(new NewTopic(prefix + topic.getKey(), 3, (short) 1).configs(topic.getValue()))).all().get();
                } catch (java.util.concurrent.ExecutionException problem) {
                    if (!(problem.getCause() instanceof TopicExistsException)) {
                        throw problem;
                    }
                }
            }
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
                sent.addAll(fill(bootstrap, prefix, topics.keySet().stream().sorted().toList(), codec, random));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
            TopicPartition cut = new TopicPartition(prefix + "plain", 2);
            admin.deleteRecords(Map.of(cut, RecordsToDelete.beforeOffset(17))).all().get();
        }
        System.out.println("FILLED");
    }

    private static List<Future<RecordMetadata>> fill(String bootstrap, String prefix, List<String> topics, String codec, Random random) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "compression.type", codec, "linger.ms", "5");
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                String topic = topics.get(i % topics.size());
                byte[] key = ("key " + random.nextInt(300)).getBytes(StandardCharsets.UTF_8);
                byte[] value = new byte[random.nextInt(i % 50 == 0 ? 20_000 : 600)];
                random.nextBytes(value);
                boolean tombstone = topic.equals("compacted") && i % 9 == 0;
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(prefix + topic, i % 3, 1_700_000_000_000L + 7L * i, key, tombstone ? null : value);
                if (i % 4 == 0) {
                    record.headers().add("codec", codec.getBytes(StandardCharsets.UTF_8)).add("nothing", null);
                }
                sent.add(producer.send(record));
            }
        }
        return sent;
    }
}
