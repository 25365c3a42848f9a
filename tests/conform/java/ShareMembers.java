import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Members of share groups (KIP-932), each in a thread of its own.
 *
 * <p>{@code ShareMembers steady BOOTSTRAP}: what each way to acknowledge does, while nothing goes wrong.
 * <br>{@code ShareMembers falling SECONDS BOOTSTRAP}: somebody else kills the broker meanwhile. Every record is accepted,
 * and no acceptance that the broker has confirmed is given a second time.
 */
public final class ShareMembers {
    private static final int MEMBERS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final String bootstrap;

    private ShareMembers(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public static void main(String[] arguments) {
        ShareMembers here = new ShareMembers(arguments[arguments.length - 1]);
        if (arguments[0].equals("steady")) {
            Checks.check("implicit: three members accept each record once", here::implicit);
            Checks.check("explicit: accepted once, released and delivered again, rejected and not seen again", here::explicit);
            Checks.check("a renewed lock holds, and nobody else gets the records", here::renew);
            Checks.check("a lock that runs out gives the records to another member", here::lateMember);
        } else {
            Checks.check("no record is lost and none accepted twice while the broker is killed", () -> here.falling(Integer.parseInt(arguments[1])));
        }
        Checks.done();
    }

    private void implicit() throws Exception {
        Group group = group(2, Map.of());
        int count = 3000;
        Map<String, AtomicInteger> deliveries = new ConcurrentHashMap<>();
        write(group, count);
        together((member, isOver) -> {
            try (KafkaShareConsumer<String, String> consumer = consumer(group, Map.of())) {
                while (!isOver.getAsBoolean()) {
                    consumer.poll(Duration.ofMillis(100)).forEach(record -> count(deliveries, record));
                }
                confirmed(consumer.commitSync());
            }
        }, () -> deliveries.size() == count && isConsumed(group));
        Checks.equal("records", count, deliveries.size());
        Checks.that("each once", deliveries.values().stream().allMatch(times -> times.get() == 1));
    }

    /** One record in eight is rejected, one in eight released when it comes for the first time. */
    private void explicit() throws Exception {
        Group group = group(2, Map.of());
        int count = 2000;
        Map<String, AtomicInteger> deliveries = new ConcurrentHashMap<>();
        Map<String, AtomicInteger> accepted = new ConcurrentHashMap<>();
        write(group, count);
        together((member, isOver) -> {
            try (KafkaShareConsumer<String, String> consumer = consumer(group, Map.of("share.acknowledgement.mode", "explicit"))) {
                while (!isOver.getAsBoolean()) {
                    ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
                    for (ConsumerRecord<String, String> record : records) {
                        count(deliveries, record);
                        AcknowledgeType answer = answer(record);
                        consumer.acknowledge(record, answer);
                        if (answer == AcknowledgeType.ACCEPT) {
                            count(accepted, record);
                        }
                    }
                    if (!records.isEmpty()) {
                        confirmed(consumer.commitSync());
                    }
                }
            }
        }, () -> isConsumed(group));
        for (int i = 0; i < count; i++) {
            int times = deliveries.getOrDefault("v" + i, new AtomicInteger()).get();
            int acceptances = accepted.getOrDefault("v" + i, new AtomicInteger()).get();
            Checks.equal("deliveries of record " + i, i % 8 == 1 ? 2 : 1, times);
            Checks.equal("acceptances of record " + i, i % 8 == 0 ? 0 : 1, acceptances);
        }
    }

    private static AcknowledgeType answer(ConsumerRecord<String, String> record) {
        int kind = Integer.parseInt(record.value().substring(1)) % 8;
        boolean first = record.deliveryCount().orElse((short) 0) == 1;
        return kind == 0 ? AcknowledgeType.REJECT : kind == 1 && first ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT;
    }

    /** One member holds its records for more than two lock durations; the other must see none of them. */
    private void renew() throws Exception {
        Group group = group(1, Map.of("share.record.lock.duration.ms", "3000"));
        int count = 30;
        write(group, count);
        Map<String, AtomicInteger> elsewhere = new ConcurrentHashMap<>();
        Set<String> held = new HashSet<>();
        try (KafkaShareConsumer<String, String> holder = consumer(group, Map.of("share.acknowledgement.mode", "explicit"));
             KafkaShareConsumer<String, String> other = consumer(group, Map.of("share.acknowledgement.mode", "explicit"))) {
            long start = System.nanoTime();
            while (held.size() < count) {
                renewAll(holder, held);
                Checks.that("all records within a minute", System.nanoTime() - start < Duration.ofSeconds(60).toNanos());
            }
            long until = System.nanoTime() + Duration.ofSeconds(7).toNanos();
            while (System.nanoTime() < until) {
                renewAll(holder, held);
                other.poll(Duration.ofMillis(50)).forEach(record -> count(elsewhere, record));
                Checks.that("delivered to another member: " + elsewhere.keySet(), elsewhere.isEmpty());
            }
            // A renewed record is returned once more, and is then to be decided.
            Set<String> accepted = new HashSet<>();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (accepted.size() < count) {
                Checks.that("all accepted, not " + accepted.size(), System.nanoTime() < deadline);
                for (ConsumerRecord<String, String> record : holder.poll(Duration.ofMillis(100))) {
                    holder.acknowledge(record, AcknowledgeType.ACCEPT);
                    accepted.add(record.value());
                }
                confirmed(holder.commitSync());
            }
        }
        until("all are consumed", () -> isConsumed(group));
    }

    private static void renewAll(KafkaShareConsumer<String, String> holder, Set<String> held) {
        ConsumerRecords<String, String> records = holder.poll(Duration.ofMillis(50));
        for (ConsumerRecord<String, String> record : records) {
            Checks.equal("deliveries of " + record.value(), Optional.of((short) 1), record.deliveryCount());
            held.add(record.value());
            holder.acknowledge(record, AcknowledgeType.RENEW);
        }
        if (!records.isEmpty()) {
            confirmed(holder.commitSync());
        }
    }

    private void lateMember() throws Exception {
        Group group = group(1, Map.of("share.record.lock.duration.ms", "2000"));
        int count = 30;
        write(group, count);
        Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
        Map<String, Object> explicit = Map.of("share.acknowledgement.mode", "explicit");
        try (KafkaShareConsumer<String, String> asleep = consumer(group, explicit)) {
            List<ConsumerRecord<String, String>> taken = new ArrayList<>();
            until("somebody takes records", () -> {
                asleep.poll(Duration.ofMillis(100)).forEach(taken::add);
                return !taken.isEmpty();
            });
            try (KafkaShareConsumer<String, String> heir = consumer(group, explicit)) {
                until("the other member has all of them", () -> {
                    for (ConsumerRecord<String, String> record : heir.poll(Duration.ofMillis(100))) {
                        // As long as the first is not decided the start offset stays, below which acknowledgements are let be.
                        heir.acknowledge(record, record.offset() == 0 ? AcknowledgeType.RENEW : AcknowledgeType.ACCEPT);
                        count(seen, record);
                    }
                    confirmed(heir.commitSync());
                    return seen.size() == count;
                });
            }
            for (ConsumerRecord<String, String> record : taken) {
                asleep.acknowledge(record, AcknowledgeType.ACCEPT);
            }
            Map<TopicIdPartition, Optional<KafkaException>> answers = asleep.commitSync();
            Checks.that("who slept cannot accept any more: " + answers, answers.values().stream().anyMatch(Optional::isPresent));
        }
    }

    private void falling(int seconds) throws Exception {
        Group group = group(2, Map.of());
        Map<String, AtomicInteger> tried = new ConcurrentHashMap<>();
        Map<String, AtomicInteger> confirmed = new ConcurrentHashMap<>();
        ExecutorService writer = Executors.newSingleThreadExecutor();
        int count = seconds * 200;
        Future<?> writing = writer.submit(() -> {
            writeSlowly(group, count, 200);
            return null;
        });
        Map<String, Object> explicit = Map.of("share.acknowledgement.mode", "explicit", "share.acquire.mode", "record_limit", "max.poll.records", "100");
        together((member, isOver) -> {
            Mode mode = member == 0 ? Mode.IMPLICIT : Mode.EXPLICIT;
            try (KafkaShareConsumer<String, String> consumer = consumer(group, mode == Mode.IMPLICIT ? Map.of() : explicit)) {
                while (!isOver.getAsBoolean()) {
                    acceptOrRelease(consumer, mode, tried, confirmed);
                }
            }
        }, () -> writing.isDone() && isConsumed(group));
        writing.get();
        writer.shutdown();
        System.err.println(count + " records, " + confirmed.size() + " confirmed, " + tried.values().stream().mapToInt(AtomicInteger::get).sum() + " acceptances tried");
        Checks.equal("records accepted", count, tried.size());
        List<String> twice = confirmed.entrySet().stream().filter(one -> one.getValue().get() > 1).map(Map.Entry::getKey).limit(10).toList();
        Checks.that("acceptances confirmed twice: " + twice, twice.isEmpty());
    }

    private enum Mode { IMPLICIT, EXPLICIT }

    /** An explicit member releases one record in eight at first. What counts as confirmed is what commitSync says of the partition. */
    private static void acceptOrRelease(
            KafkaShareConsumer<String, String> consumer, Mode mode, Map<String, AtomicInteger> tried, Map<String, AtomicInteger> confirmed) {
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
        Map<TopicPartition, List<ConsumerRecord<String, String>>> accepted = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            boolean releases = mode == Mode.EXPLICIT && record.offset() % 8 == 1 && record.deliveryCount().orElse((short) 0) == 1;
            if (mode == Mode.EXPLICIT) {
                consumer.acknowledge(record, releases ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT);
            }
            if (!releases) {
                count(tried, record);
                accepted.computeIfAbsent(new TopicPartition(record.topic(), record.partition()), partition -> new ArrayList<>()).add(record);
            }
        }
        if (records.isEmpty()) {
            return;
        }
        Map<TopicIdPartition, Optional<KafkaException>> answers = consumer.commitSync();
        answers.forEach((partition, problem) -> {
            if (problem.isEmpty()) {
                accepted.getOrDefault(partition.topicPartition(), List.of()).forEach(record -> count(confirmed, record));
            }
        });
    }

    // What they share.

    private interface Member {
        void run(int number, BooleanSupplier isOver) throws Exception;
    }

    /** Runs the members until `goal` is reached, and a little longer: what comes twice would come then. */
    private void together(Member member, BooleanSupplier goal) throws Exception {
        AtomicInteger over = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(MEMBERS);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            int number = i;
            all.add(threads.submit(() -> {
                member.run(number, () -> over.get() > 0);
                return null;
            }));
        }
        try {
            until("all is consumed", () -> goal.getAsBoolean() || all.stream().anyMatch(Future::isDone));
            Thread.sleep(500);
        } finally {
            over.set(1);
            threads.shutdown();
        }
        for (Future<?> one : all) {
            one.get();
        }
    }

    private static void until(String what, BooleanSupplier holds) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            Checks.that("not within " + PATIENCE.toSeconds() + " s: " + what, System.nanoTime() < deadline);
            Thread.sleep(50);
        }
    }

    private static void count(Map<String, AtomicInteger> counts, ConsumerRecord<String, String> record) {
        counts.computeIfAbsent(record.value(), value -> new AtomicInteger()).incrementAndGet();
    }

    private static void confirmed(Map<TopicIdPartition, Optional<KafkaException>> answers) {
        answers.forEach((partition, problem) -> Checks.equal("acknowledgement for " + partition, Optional.empty(), problem));
    }

    /** Whether the share group has done with every record. Its start offsets may lie behind: they are written with the next change. */
    private boolean isConsumed(Group group) {
        Set<TopicPartition> partitions = new HashSet<>();
        for (int i = 0; i < group.partitions; i++) {
            partitions.add(new TopicPartition(group.name, i));
        }
        try (Admin admin = admin()) {
            return admin.listShareGroupOffsets(Map.of(group.name, new ListShareGroupOffsetsSpec().topicPartitions(partitions)))
                .partitionsToOffsetInfo(group.name).get().values().stream()
                .allMatch(info -> info != null && info.lag().equals(Optional.of(0L)));
        } catch (ExecutionException down) {
            return false;
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    /**
     * A topic, and a share group of the same name that begins at its start. Members share a partition only where there
     * are more members than partitions.
     */
    private record Group(String name, int partitions) {
    }

    private Group group(int partitions, Map<String, String> configs) throws Exception {
        String name = "share-" + UUID.randomUUID();
        Map<String, String> all = new HashMap<>(configs);
        all.put("share.auto.offset.reset", "earliest");
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        } catch (ExecutionException problem) {
            // The broker that made it may have fallen before it said so.
            if (!(problem.getCause() instanceof TopicExistsException)) {
                throw problem;
            }
        }
        try (Admin admin = admin()) {
            List<AlterConfigOp> operations = all.entrySet().stream()
                .map(entry -> new AlterConfigOp(new ConfigEntry(entry.getKey(), entry.getValue()), AlterConfigOp.OpType.SET)).toList();
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, name), operations)).all().get();
        }
        return new Group(name, partitions);
    }

    private void write(Group group, int count) throws Exception {
        writeSlowly(group, count, Integer.MAX_VALUE);
    }

    private void writeSlowly(Group group, int count, int perSecond) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "linger.ms", "5");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>(group.name, i % group.partitions, "k", "v" + i)));
                if (i % 20 == 19 && perSecond < Integer.MAX_VALUE) {
                    Thread.sleep(20_000 / perSecond);
                }
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    private KafkaShareConsumer<String, String> consumer(Group group, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", bootstrap, "group.id", group.name));
        settings.putAll(more);
        KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(group.name));
        return consumer;
    }
}
