import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads topics from beginning to end and prints, per partition, how many records there are and a
 * digest of all that a record holds. Two readers that print the same lines have seen the same bytes
 * in the same order.
 *
 * <p>{@code Reader BOOTSTRAP digest PREFIX}: every topic whose name begins so; offsets, timestamps,
 * keys, values and headers go into the digest.
 * <br>{@code Reader BOOTSTRAP values TOPIC}: keys and values only, in the form that the readers in
 * other languages print, too.
 */
public final class Reader {
    public static void main(String[] arguments) throws Exception {
        boolean whole = arguments[1].equals("digest");
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", arguments[0], "enable.auto.commit", "false", "auto.offset.reset", "none",
            "max.poll.records", "5000", "max.partition.fetch.bytes", "4194304");
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (Map.Entry<String, List<PartitionInfo>> topic : consumer.listTopics().entrySet()) {
                boolean wanted = whole ? topic.getKey().startsWith(arguments[2]) : topic.getKey().equals(arguments[2]);
                if (wanted) {
                    topic.getValue().forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
                }
            }
            partitions.sort(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition));
            Map<TopicPartition, Sum> sums = read(consumer, partitions, whole);
            for (TopicPartition partition : partitions) {
                Sum sum = sums.get(partition);
                out.println((whole ? partition.topic() + "-" : "") + partition.partition() + " " + sum.count + " " + sum.hex());
            }
        }
        out.flush();
    }

    private static Map<TopicPartition, Sum> read(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, boolean whole) throws Exception {
        Map<TopicPartition, Sum> sums = new TreeMap<>(Comparator.comparing(TopicPartition::toString));
        for (TopicPartition partition : partitions) {
            sums.put(partition, new Sum(MessageDigest.getInstance("SHA-256")));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        List<TopicPartition> open = new ArrayList<>(partitions);
        while (!open.isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not at the end after two minutes: " + open);
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                sums.get(new TopicPartition(record.topic(), record.partition())).add(record, whole);
            }
            open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
        }
        return sums;
    }

    private static final class Sum {
        private final MessageDigest digest;
        private long count;

        Sum(MessageDigest digest) {
            this.digest = digest;
        }

        void add(ConsumerRecord<byte[], byte[]> record, boolean whole) {
            count++;
            if (whole) {
                digest.update(ByteBuffer.allocate(16).putLong(record.offset()).putLong(record.timestamp()).array());
            }
            bytes(record.key());
            bytes(record.value());
            if (whole) {
                for (Header header : record.headers()) {
                    bytes(header.key().getBytes(java.nio.charset.StandardCharsets.UTF_8));
                    bytes(header.value());
                }
            }
        }

        private void bytes(byte[] bytes) {
            digest.update(ByteBuffer.allocate(4).putInt(bytes == null ? -1 : bytes.length).array());
            if (bytes != null) {
                digest.update(bytes);
            }
        }

        String hex() {
            return HexFormat.of().formatHex(digest.digest());
        }
    }
}
