import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The Java client's transactions.
 *
 * <p>{@code Transactions rules BOOTSTRAP}: what transactions promise, one rule a check, while nothing goes wrong.
 * <br>{@code Transactions storm SECONDS BOOTSTRAP}: four producers commit and abort, each transaction in every
 * partition; somebody else kills the broker meanwhile. None is torn, no committed one lost, no aborted one seen.
 * <br>{@code Transactions transform classic|consumer RECORDS BOOTSTRAP}: three members of a group consume, transform and
 * produce while the broker is killed; each record comes out once.
 */
public final class Transactions {
    private static final int PARTITIONS = 4;

    private final String bootstrap;

    private Transactions(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public static void main(String[] arguments) {
        Transactions here = new Transactions(arguments[arguments.length - 1]);
        switch (arguments[0]) {
            case "rules" -> here.rules();
            case "storm" -> Checks.check("no transaction is torn, lost or raised from the dead",
                () -> here.storm(Integer.parseInt(arguments[1])));
            case "transform" -> Checks.check("every record is transformed once, in a " + arguments[1] + " group",
                () -> here.transform(arguments[1], Integer.parseInt(arguments[2])));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        Checks.done();
    }

    // What transactions promise.

    private void rules() {
        Checks.check("committed records are seen, aborted ones are not", this::commitAndAbort);
        Checks.check("a producer whose id somebody took over is fenced", this::fence);
        Checks.check("offsets are committed with the transaction, or not at all", this::offsets);
        Checks.check("an open transaction is described, listed, and holds the last stable offset", this::open);
        Checks.check("a transaction that takes too long is aborted", this::late);
    }

    private void commitAndAbort() throws Exception {
        String topic = topic("rules");
        try (KafkaProducer<String, String> producer = producer(topic, 60_000)) {
            producer.initTransactions();
            for (int i = 0; i < 20; i++) {
                producer.beginTransaction();
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    producer.send(new ProducerRecord<>(topic, partition, "k", (i % 2 == 0 ? "committed" : "aborted") + i));
                }
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.flush();
                    producer.abortTransaction();
                }
            }
            producer.beginTransaction();
            producer.commitTransaction();
            producer.beginTransaction();
            producer.abortTransaction();
        }
        List<ConsumerRecord<String, String>> committed = read(topic, "read_committed");
        Checks.equal("committed records", 10 * PARTITIONS, committed.size());
        Checks.that("only they", committed.stream().allMatch(record -> record.value().startsWith("committed")));
        Checks.equal("all records", 20 * PARTITIONS, read(topic, "read_uncommitted").size());
    }

    private void fence() throws Exception {
        String topic = topic("fence");
        KafkaProducer<String, String> zombie = producer(topic, 60_000);
        zombie.initTransactions();
        zombie.beginTransaction();
        zombie.send(new ProducerRecord<>(topic, 0, "k", "zombie")).get();
        try (KafkaProducer<String, String> heir = producer(topic, 60_000)) {
            heir.initTransactions();
            Checks.fails(KafkaException.class, () -> {
                zombie.commitTransaction();
                return "it has committed";
            });
            heir.beginTransaction();
            heir.send(new ProducerRecord<>(topic, 0, "k", "heir")).get();
            heir.commitTransaction();
        }
        zombie.close(Duration.ZERO);
        Checks.equal("what is seen", List.of("heir"), read(topic, "read_committed").stream().map(ConsumerRecord::value).toList());
    }

    private void offsets() throws Exception {
        String topic = topic("offsets");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = producer(topic, 60_000);
             KafkaConsumer<String, String> consumer = consumer(Map.of("group.id", topic, "isolation.level", "read_committed"))) {
            consumer.subscribe(List.of(topic));
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (consumer.assignment().isEmpty()) {
                Checks.that("assigned within 30 s", System.nanoTime() < deadline);
                consumer.poll(Duration.ofMillis(100));
            }
            producer.initTransactions();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(5, "aborted")), consumer.groupMetadata());
            producer.abortTransaction();
            Checks.equal("after the abort", null, consumer.committed(Set.of(partition)).get(partition));
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(7, "committed")), consumer.groupMetadata());
            producer.commitTransaction();
            Checks.equal("after the commit", new OffsetAndMetadata(7, "committed"), consumer.committed(Set.of(partition)).get(partition));
        }
    }

    private void open() throws Exception {
        String topic = topic("open");
        TopicPartition partition = new TopicPartition(topic, 1);
        try (KafkaProducer<String, String> producer = producer(topic, 60_000); Admin admin = admin()) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 1, "k", "open")).get();
            TransactionDescription described = admin.describeTransactions(List.of(topic)).description(topic).get();
            Checks.equal("state", TransactionState.ONGOING, described.state());
            Checks.equal("partitions", Set.of(partition), described.topicPartitions());
            ListTransactionsOptions ongoing = new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING));
            Checks.that("listed", admin.listTransactions(ongoing).all().get().stream().anyMatch(one -> one.transactionalId().equals(topic)));
            Checks.that("the producer's open transaction", admin.describeProducers(List.of(partition)).partitionResult(partition).get()
                .activeProducers().stream().anyMatch(state -> state.currentTransactionStartOffset().equals(java.util.OptionalLong.of(0))));
            Checks.equal("last stable offset", 0L, latest(admin, partition, IsolationLevel.READ_COMMITTED));
            Checks.equal("high watermark", 1L, latest(admin, partition, IsolationLevel.READ_UNCOMMITTED));
            admin.fenceProducers(List.of(topic)).all().get();
            Checks.fails(KafkaException.class, () -> {
                producer.commitTransaction();
                return "it has committed";
            });
            Checks.equal("last stable offset after the fence", 2L, latest(admin, partition, IsolationLevel.READ_COMMITTED));
        }
    }

    private void late() throws Exception {
        String topic = topic("late");
        TopicPartition partition = new TopicPartition(topic, 2);
        try (KafkaProducer<String, String> producer = producer(topic, 1_000); Admin admin = admin()) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 2, "k", "late")).get();
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (latest(admin, partition, IsolationLevel.READ_COMMITTED) == 0) {
                Checks.that("aborted within a minute", System.nanoTime() < deadline);
                Thread.sleep(100);
            }
            Checks.fails(KafkaException.class, () -> {
                producer.commitTransaction();
                return "it has committed";
            });
        }
        Checks.equal("records seen", 0, read(topic, "read_committed").size());
    }

    private static long latest(Admin admin, TopicPartition partition, IsolationLevel level) throws Exception {
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(level)).all().get().get(partition).offset();
    }

    // While the broker is killed.

    private enum Outcome { COMMITTED, ABORTED, UNKNOWN }

    private void storm(int seconds) throws Exception {
        String topic = topic("storm");
        Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        together(4, worker -> () -> {
            Random random = new Random(worker);
            KafkaProducer<String, String> producer = null;
            for (int i = 0; System.nanoTime() < end; i++) {
                String name = worker + "." + i;
                try {
                    if (producer == null) {
                        producer = started(topic + "-" + worker);
                    }
                    outcomes.put(name, oneOf(producer, topic, name, random.nextInt(4) == 0 ? Outcome.ABORTED : Outcome.COMMITTED));
                } catch (KafkaException problem) {
                    // Whether a commit that failed has happened nobody can say; anything that failed before has not.
                    outcomes.put(name, problem instanceof CommitFailed ? Outcome.UNKNOWN : Outcome.ABORTED);
                    System.err.println(name + ": " + problem);
                    if (producer != null) {
                        producer.close(Duration.ZERO);
                        producer = null;
                    }
                }
            }
            if (producer != null) {
                producer.close();
            }
            return null;
        });
        for (int worker = 0; worker < 4; worker++) {
            started(topic + "-" + worker).close(); // ends what its predecessor left open
        }
        judge(topic, outcomes);
    }

    private static final class CommitFailed extends KafkaException {
        CommitFailed(KafkaException cause) {
            super(cause);
        }
    }

    /** One transaction with two records in each partition. */
    private Outcome oneOf(KafkaProducer<String, String> producer, String topic, String name, Outcome wanted) {
        try {
            producer.beginTransaction();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                producer.send(new ProducerRecord<>(topic, partition, name, "first"));
                producer.send(new ProducerRecord<>(topic, partition, name, "second"));
            }
            producer.flush();
        } catch (ProducerFencedException fenced) {
            throw fenced;
        } catch (KafkaException refused) {
            wanted = Outcome.ABORTED;
        }
        if (wanted == Outcome.ABORTED) {
            patiently(producer::abortTransaction);
            return Outcome.ABORTED;
        }
        try {
            patiently(producer::commitTransaction);
            return Outcome.COMMITTED;
        } catch (KafkaException problem) {
            throw new CommitFailed(problem);
        }
    }

    /** A call that timed out may be made again. */
    private static void patiently(Runnable call) {
        for (int attempt = 0; ; attempt++) {
            try {
                call.run();
                return;
            } catch (TimeoutException late) {
                if (attempt == 5) {
                    throw late;
                }
            }
        }
    }

    private void judge(String topic, Map<String, Outcome> outcomes) {
        Map<String, Map<Integer, List<String>>> seen = new HashMap<>();
        for (ConsumerRecord<String, String> record : read(topic, "read_committed")) {
            seen.computeIfAbsent(record.key(), name -> new TreeMap<>()).computeIfAbsent(record.partition(), p -> new ArrayList<>()).add(record.value());
        }
        List<String> problems = new ArrayList<>();
        seen.forEach((name, partitions) -> {
            boolean whole = partitions.size() == PARTITIONS && partitions.values().stream().allMatch(List.of("first", "second")::equals);
            if (!whole) {
                problems.add(name + " (" + outcomes.get(name) + ") is torn: " + partitions);
            }
            if (outcomes.get(name) == Outcome.ABORTED) {
                problems.add(name + " was aborted and is seen");
            }
        });
        outcomes.forEach((name, outcome) -> {
            if (outcome == Outcome.COMMITTED && !seen.containsKey(name)) {
                problems.add(name + " was committed and is lost");
            }
        });
        long committed = outcomes.values().stream().filter(Outcome.COMMITTED::equals).count();
        System.err.println(outcomes.size() + " transactions, " + committed + " committed, " + seen.size() + " seen");
        Checks.that("some were committed", committed > 0);
        Checks.that(problems.size() + " violations, such as " + problems.stream().limit(5).toList(), problems.isEmpty());
    }

    private void transform(String protocol, int records) throws Exception {
        String from = topic("from");
        String to = topic("to");
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger rebirths = new AtomicInteger();
        ExecutorService workers = Executors.newFixedThreadPool(3);
        for (int worker = 0; worker < 3; worker++) {
            int number = worker;
            workers.submit(() -> {
                while (!over.get()) {
                    try {
                        work(protocol, from, to, from + "-" + number, over);
                    } catch (RuntimeException problem) {
                        System.err.println("worker " + number + " begins again: " + problem);
                        rebirths.incrementAndGet();
                    }
                }
            });
        }
        write(from, records);
        long deadline = System.nanoTime() + Duration.ofSeconds(240).toNanos();
        while (committed(to) < records) {
            Checks.that("all records come out within four minutes", System.nanoTime() < deadline);
            Thread.sleep(500);
        }
        over.set(true);
        workers.shutdown();
        Checks.that("the workers end", workers.awaitTermination(60, TimeUnit.SECONDS));
        Map<String, Integer> seen = new HashMap<>();
        for (ConsumerRecord<String, String> record : read(to, "read_committed")) {
            seen.merge(record.value(), 1, Integer::sum);
        }
        System.err.println(records + " records, " + rebirths + " new beginnings, " + read(to, "read_uncommitted").size() + " written");
        Checks.equal("different records", records, seen.size());
        Checks.that("none twice: " + seen, seen.values().stream().allMatch(times -> times == 1));
    }

    /** Writes over about fifteen seconds, so that the broker falls in the middle. */
    private void write(String topic, int records) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "delivery.timeout.ms", "120000");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < records; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % PARTITIONS, "k", "v" + i)));
                if (i % (records / 150) == 0) {
                    Thread.sleep(100);
                }
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    private long committed(String topic) {
        try {
            return read(topic, "read_committed").size();
        } catch (KafkaException down) {
            return 0;
        }
    }

    /** A worker from its birth to its end, by the end of the test or by an error. */
    private void work(String protocol, String from, String to, String id, AtomicBoolean over) {
        Map<String, Object> more = new HashMap<>(Map.of(
            "group.id", from, "isolation.level", "read_committed", "max.poll.records", "20", "group.protocol", protocol));
        if (protocol.equals("classic")) {
            more.put("session.timeout.ms", "6000");
            more.put("heartbeat.interval.ms", "500");
        }
        KafkaProducer<String, String> producer = started(id);
        KafkaConsumer<String, String> consumer = consumer(more);
        try {
            consumer.subscribe(List.of(from));
            while (!over.get()) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
                if (records.isEmpty()) {
                    continue;
                }
                producer.beginTransaction();
                for (ConsumerRecord<String, String> record : records) {
                    producer.send(new ProducerRecord<>(to, record.partition(), record.key(), record.value()));
                }
                producer.sendOffsetsToTransaction(records.nextOffsets(), consumer.groupMetadata());
                producer.commitTransaction();
            }
        } finally {
            producer.close(Duration.ZERO);
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
        }
    }

    // Clients.

    private interface Worker {
        Callable<Void> number(int worker);
    }

    private static void together(int count, Worker worker) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(count);
        List<Callable<Void>> all = IntStream.range(0, count).mapToObj(worker::number).toList();
        for (Future<Void> one : workers.invokeAll(all)) {
            one.get();
        }
        workers.shutdown();
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private String topic(String prefix) throws Exception {
        String name = prefix + "-" + UUID.randomUUID();
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1))).all().get();
        } catch (ExecutionException problem) {
            // The broker that made it may have fallen before it said so.
            if (!(problem.getCause() instanceof TopicExistsException)) {
                throw problem;
            }
        }
        return name;
    }

    private KafkaProducer<String, String> producer(String transactionalId, int timeoutMs) {
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", bootstrap, "transactional.id", transactionalId, "transaction.timeout.ms", timeoutMs, "linger.ms", "1",
            "request.timeout.ms", "10000", "delivery.timeout.ms", "20000", "max.block.ms", "30000");
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private KafkaProducer<String, String> started(String transactionalId) {
        KafkaProducer<String, String> producer = producer(transactionalId, 30_000);
        try {
            patiently(producer::initTransactions);
            return producer;
        } catch (KafkaException problem) {
            producer.close(Duration.ZERO);
            throw problem;
        }
    }

    private KafkaConsumer<String, String> consumer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of(
            "bootstrap.servers", bootstrap, "enable.auto.commit", "false", "auto.offset.reset", "earliest"));
        settings.putAll(more);
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    private List<ConsumerRecord<String, String>> read(String topic, String isolation) {
        try (KafkaConsumer<String, String> consumer = consumer(Map.of("isolation.level", isolation))) {
            Collection<TopicPartition> partitions = IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(topic, p)).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<String, String>> records = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                Checks.that("the end of " + topic + " is reached within a minute", System.nanoTime() < deadline);
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return records;
        }
    }
}
