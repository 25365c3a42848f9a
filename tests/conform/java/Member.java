import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * One member of a group, for the storms that {@code storm.py} leads, which also says what the lines mean:
 * {@code Member BOOTSTRAP GROUP TOPIC eager|cooperative|consumer}.
 */
public final class Member {
    private static volatile boolean leaving;

    private final KafkaConsumer<String, String> consumer;
    private final boolean classic;

    private Member(String[] arguments) {
        String protocol = arguments[3];
        classic = !protocol.equals("consumer");
        Map<String, Object> settings = new HashMap<>(Map.of(
            "bootstrap.servers", arguments[0], "group.id", arguments[1], "enable.auto.commit", "false", "auto.offset.reset", "earliest",
            "group.protocol", classic ? "classic" : "consumer", "max.poll.records", "100"));
        if (classic) {
            settings.put("session.timeout.ms", "6000");
            settings.put("heartbeat.interval.ms", "500");
            settings.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer."
                + (protocol.equals("eager") ? "RangeAssignor" : "CooperativeStickyAssignor"));
        }
        consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(arguments[2]), new Listener());
    }

    public static void main(String[] arguments) throws Exception {
        Thread ear = new Thread(() -> {
            try {
                System.in.readAllBytes();
            } catch (java.io.IOException closed) {
                say("note", closed);
            }
            leaving = true;
        });
        ear.setDaemon(true);
        ear.start();
        Member member = new Member(arguments);
        try (member.consumer) {
            while (!leaving) {
                member.poll();
            }
        }
        say("left");
        System.exit(0);
    }

    private void poll() {
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
        for (ConsumerRecord<String, String> record : records) {
            say("record", record.partition(), record.offset(), record.value());
        }
        if (!records.isEmpty()) {
            commit(records.nextOffsets());
        }
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            consumer.commitSync(offsets);
            offsets.forEach((partition, offset) -> say("committed", partition.partition(), offset.offset()));
        } catch (KafkaException refused) {
            say("note", refused);
        }
    }

    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            // A member of KIP-848 learns its epoch only after this call.
            say("assigned", classic ? consumer.groupMetadata().generationId() : -1, names(partitions));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            say("revoked", names(partitions));
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            say("lost", names(partitions));
        }
    }

    private static String names(Collection<TopicPartition> partitions) {
        return partitions.stream().map(partition -> Integer.toString(partition.partition())).collect(Collectors.joining(","));
    }

    private static synchronized void say(Object... fields) {
        StringBuilder line = new StringBuilder().append(Instant.now().toEpochMilli());
        for (Object field : fields) {
            line.append('\t').append(String.valueOf(field).replaceAll("[\t\n]+", " "));
        }
        System.out.println(line);
    }
}
