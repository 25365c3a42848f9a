import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic from beginning to end without a group and prints {@code records bytes seconds}:
 * {@code ConsumeRate BOOTSTRAP TOPIC}. The time runs from the first record to the last.
 */
public final class ConsumeRate {
    public static void main(String[] arguments) {
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", arguments[0], "enable.auto.commit", "false",
            "max.poll.records", "5000", "max.partition.fetch.bytes", "1048576", "check.crcs", "true");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(arguments[1]).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long wanted = consumer.endOffsets(partitions).values().stream().mapToLong(end -> end).sum();
            long records = 0;
            long bytes = 0;
            long first = 0;
            long last = 0;
            long deadline = System.nanoTime() + Duration.ofSeconds(300).toNanos();
            while (records < wanted && System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (records++ == 0) {
                        first = System.nanoTime();
                    }
                    bytes += record.value().length;
                }
                last = System.nanoTime();
            }
            if (records < wanted) {
                throw new IllegalStateException(records + " of " + wanted + " records came");
            }
            System.out.println(records + " " + bytes + " " + (last - first) / 1e9);
        }
    }
}
