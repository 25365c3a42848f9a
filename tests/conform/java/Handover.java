import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What coordinators keep, handed from one broker to the next with the data directory.
 *
 * <p>{@code Handover BOOTSTRAP keep NAME FILE} brings groups, transactions and a share group into being, writes to FILE
 * what the broker says of them, and ends without leaving anything.
 * <br>{@code Handover BOOTSTRAP find NAME FILE} compares that with what another broker says of them, and goes on with them.
 *
 * <p>The topic NAME has four partitions of 50 records each; nobody but the transactions writes to it afterwards.
 */
public final class Handover {
    private static final int PARTITIONS = 4;
    private static final int RECORDS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final String bootstrap;
    private final String topic;
    private final String classic;
    private final String modern;
    private final String plain;
    private final String share;
    private final String done;
    private final String open;
    private final String late;

    private Handover(String bootstrap, String name) {
        this.bootstrap = bootstrap;
        topic = name;
        classic = name + "-classic";
        modern = name + "-consumer";
        plain = name + "-plain";
        share = name + "-share";
        done = name + "-done";
        open = name + "-open";
        late = name + "-late";
    }

    public static void main(String[] arguments) throws Exception {
        Handover here = new Handover(arguments[0], arguments[2]);
        Path file = Path.of(arguments[3]);
        if (arguments[1].equals("keep")) {
            here.keep();
            List<String> lines = here.state().entrySet().stream().map(entry -> entry.getKey() + "\t" + entry.getValue()).toList();
            Files.write(file, lines, StandardCharsets.UTF_8);
            System.out.println("KEPT");
            System.out.flush();
            Runtime.getRuntime().halt(0); // a member that ends otherwise leaves its group
        }
        here.find(Files.readAllLines(file, StandardCharsets.UTF_8));
        Checks.done();
    }

    // The first broker.

    private void keep() throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
            AlterConfigOp earliest = new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, share), List.of(earliest))).all().get();
        }
        write();
        keepGroup(classic, Map.of("group.protocol", "classic", "session.timeout.ms", "300000"));
        keepGroup(modern, Map.of("group.protocol", "consumer"));
        keepOffsets();
        keepShareGroup();
        keepTransactions();
    }

    private void write() {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < PARTITIONS * RECORDS; i++) {
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, "k", "plain " + i));
            }
        }
    }

    /** Two members, one of them static, who have committed offset 10 of every partition and stay. */
    private void keepGroup(String group, Map<String, Object> settings) throws Exception {
        List<KafkaConsumer<String, String>> members = new ArrayList<>();
        members.add(consumer(group, settings, Map.of("group.instance.id", "one")));
        members.add(consumer(group, settings, Map.of()));
        members.forEach(member -> member.subscribe(List.of(topic)));
        // Each of a classic group's members must poll while the others join.
        Map<KafkaConsumer<String, String>, Integer> shares = new HashMap<>();
        for (KafkaConsumer<String, String> member : members) {
            shares.put(member, 0);
            Thread thread = new Thread(() -> {
                while (true) {
                    synchronized (member) {
                        member.poll(Duration.ofMillis(50));
                        synchronized (shares) {
                            shares.put(member, member.assignment().size());
                        }
                    }
                    LockSupport.parkNanos(10_000_000); // so that others get the lock
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        until("both members of " + group + " have two partitions", () -> {
            synchronized (shares) {
                return shares.values().stream().allMatch(size -> size == PARTITIONS / 2);
            }
        });
        for (KafkaConsumer<String, String> member : members) {
            synchronized (member) {
                member.commitSync(member.assignment().stream().collect(Collectors.toMap(
                    partition -> partition, partition -> new OffsetAndMetadata(10, Optional.of(0), "by a member of partition " + partition.partition()))));
            }
        }
    }

    private void keepOffsets() throws Exception {
        try (Admin admin = admin()) {
            admin.alterConsumerGroupOffsets(plain, Map.of(
                new TopicPartition(topic, 0), new OffsetAndMetadata(7, Optional.empty(), "by hand"),
                new TopicPartition(topic, 1), new OffsetAndMetadata(0))).all().get();
        }
    }

    /** Offsets 0 to 9 of partition 0 are accepted, 10 is rejected; what else was taken comes again. */
    private void keepShareGroup() throws Exception {
        KafkaShareConsumer<String, String> member = shareConsumer();
        TreeSet<Long> decided = new TreeSet<>();
        until("the first records are shared", () -> {
            for (ConsumerRecord<String, String> record : member.poll(Duration.ofMillis(100))) {
                boolean early = record.partition() == 0 && record.offset() <= 10;
                if (early) {
                    decided.add(record.offset());
                }
                member.acknowledge(record, !early ? AcknowledgeType.RELEASE : record.offset() == 10 ? AcknowledgeType.REJECT : AcknowledgeType.ACCEPT);
            }
            member.commitSync().values().forEach(problem -> Checks.equal("acknowledgement", Optional.empty(), problem));
            return decided.size() == 11;
        });
        // It is closed in order, unlike the members of the other groups: what it took since would be locked.
        member.close();
    }

    private void keepTransactions() throws Exception {
        KafkaProducer<String, String> decided = producer(done, 60_000);
        decided.initTransactions();
        decided.beginTransaction();
        send(decided, 0, "committed");
        decided.sendOffsetsToTransaction(Map.of(new TopicPartition(topic, 2), new OffsetAndMetadata(21, "committed")), new ConsumerGroupMetadata(plain));
        decided.commitTransaction();
        decided.beginTransaction();
        send(decided, 0, "aborted");
        decided.sendOffsetsToTransaction(Map.of(new TopicPartition(topic, 1), new OffsetAndMetadata(33, "aborted")), new ConsumerGroupMetadata(plain));
        decided.abortTransaction();

        KafkaProducer<String, String> ongoing = producer(open, 600_000);
        ongoing.initTransactions();
        ongoing.beginTransaction();
        send(ongoing, 2, "open");
        ongoing.sendOffsetsToTransaction(Map.of(new TopicPartition(topic, 3), new OffsetAndMetadata(44, "pending")), new ConsumerGroupMetadata(plain));

        KafkaProducer<String, String> slow = producer(late, 20_000);
        slow.initTransactions();
        slow.beginTransaction();
        send(slow, 3, "late");
    }

    private void send(KafkaProducer<String, String> producer, int partition, String value) throws Exception {
        for (int i = 0; i < 5; i++) {
            producer.send(new ProducerRecord<>(topic, partition, "k", value + " " + i)).get();
        }
    }

    // What any broker says of it.

    private Map<String, String> state() throws Exception {
        Map<String, String> state = new LinkedHashMap<>();
        try (Admin admin = admin()) {
            for (String group : List.of(classic, modern)) {
                state.put("the group " + group, described(admin.describeConsumerGroups(List.of(group)).describedGroups().get(group).get()));
            }
            for (String group : List.of(classic, modern, plain)) {
                state.put("the offsets of " + group, new TreeMap<>(byName(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get())).toString());
            }
            state.put("the share group", described(admin.describeShareGroups(List.of(share)).describedGroups().get(share).get()));
            state.put("the offsets of the share group", shareOffsets(admin).entrySet().stream()
                .map(entry -> entry.getKey() + described(entry.getValue())).toList().toString());
            state.put("the list of groups", admin.listGroups().all().get().stream().filter(group -> group.groupId().startsWith(topic))
                .map(group -> group.groupId() + " " + group.type() + " " + group.protocol() + " " + group.groupState()).sorted().toList().toString());
            for (String id : List.of(done, open)) {
                TransactionDescription described = transaction(admin, id);
                state.put("the transactional id " + id, described.state() + ", producer " + described.producerId() + " epoch " + described.producerEpoch()
                    + ", timeout " + described.transactionTimeoutMs() + ", since " + described.transactionStartTimeMs() + ", " + described.topicPartitions());
            }
            for (TopicPartition partition : steady()) {
                state.put("the producers of partition " + partition.partition(), admin.describeProducers(List.of(partition)).partitionResult(partition).get()
                    .activeProducers().stream().map(one -> one.producerId() + " epoch " + one.producerEpoch() + " sequence " + one.lastSequence()
                        + " open since " + one.currentTransactionStartOffset()).sorted().toList().toString());
                state.put("the ends of partition " + partition.partition(),
                    latest(admin, partition, IsolationLevel.READ_COMMITTED) + ", " + latest(admin, partition, IsolationLevel.READ_UNCOMMITTED));
            }
        }
        return state;
    }

    private String described(ConsumerGroupDescription group) {
        return group.type() + " " + group.groupState() + " " + group.partitionAssignor() + " epochs " + group.groupEpoch() + " " + group.targetAssignmentEpoch()
            + group.members().stream().map(member -> member.consumerId() + " " + member.groupInstanceId() + " " + member.clientId() + " " + member.memberEpoch()
                + " has " + names(member.assignment().topicPartitions())
                + " is to have " + member.targetAssignment().map(target -> names(target.topicPartitions()))).sorted().toList();
    }

    private static String described(ShareGroupDescription group) {
        return group.groupState() + " epochs " + group.groupEpoch() + " " + group.targetAssignmentEpoch() + " members " + group.members().size();
    }

    /** Where nothing was delivered of a partition yet, there is nothing to say. */
    private static String described(SharePartitionOffsetInfo offsets) {
        return offsets == null ? " untouched" : " from " + offsets.startOffset() + " lag " + offsets.lag();
    }

    private static String names(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::toString).sorted().toList().toString();
    }

    private static <V> Map<String, V> byName(Map<TopicPartition, V> values) {
        return values.entrySet().stream().collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue));
    }

    private Map<String, SharePartitionOffsetInfo> shareOffsets(Admin admin) throws Exception {
        Map<String, SharePartitionOffsetInfo> offsets = new TreeMap<>();
        admin.listShareGroupOffsets(Map.of(share, new ListShareGroupOffsetsSpec().topicPartitions(steady()))).partitionsToOffsetInfo(share).get()
            .forEach((partition, info) -> offsets.put(partition.toString(), info));
        return offsets;
    }

    private static TransactionDescription transaction(Admin admin, String id) throws Exception {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }

    private static long latest(Admin admin, TopicPartition partition, IsolationLevel level) throws Exception {
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(level)).all().get().get(partition).offset();
    }

    // The second broker.

    private void find(List<String> lines) throws Exception {
        Map<String, String> before = new HashMap<>();
        lines.forEach(line -> before.put(line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1)));
        Map<String, String> now = new HashMap<>();
        // A coordinator that is still loading says so, and the client asks again.
        Checks.check("it speaks of all of them", () -> now.putAll(state()));
        before.forEach((what, said) -> Checks.check("it says the same of " + what, () -> Checks.equal(what, said, now.get(what))));
        Checks.check("the static member takes its place in the classic group", this::goOnInClassicGroup);
        Checks.check("a new member of the consumer group reads on from the committed offsets", this::goOnInConsumerGroup);
        Checks.check("a transactional id goes on with its producer id and a later epoch", this::goOnWithTransactions);
        Checks.check("a transaction that was open is aborted by its next producer, its offsets with it", this::takeOver);
        Checks.check("a transaction that was open is aborted by its timeout", this::timeOut);
        Checks.check("read_committed sees what was committed, and nothing else", this::readCommitted);
        Checks.check("the share group goes on after what was accepted and rejected", this::goOnInShareGroup);
    }

    private void goOnInClassicGroup() throws Exception {
        try (Admin admin = admin(); KafkaConsumer<String, String> member =
                 consumer(classic, Map.of("group.protocol", "classic", "session.timeout.ms", "300000"), Map.of("group.instance.id", "one"))) {
            Set<TopicPartition> before = admin.describeConsumerGroups(List.of(classic)).describedGroups().get(classic).get().members().stream()
                .filter(one -> one.groupInstanceId().equals(Optional.of("one"))).findFirst().orElseThrow().assignment().topicPartitions();
            member.subscribe(List.of(topic));
            List<ConsumerRecord<String, String>> records = firstRecords(member, before.size());
            Checks.equal("its partitions", before, member.assignment());
            records.forEach(record -> Checks.equal("first offset of partition " + record.partition(), 10L, record.offset()));
        }
    }

    private void goOnInConsumerGroup() throws Exception {
        try (Admin admin = admin(); KafkaConsumer<String, String> member = consumer(modern, Map.of("group.protocol", "consumer"), Map.of())) {
            int before = admin.describeConsumerGroups(List.of(modern)).describedGroups().get(modern).get().groupEpoch().orElse(0);
            member.subscribe(List.of(topic));
            // The members that are gone are missed after their session.
            List<ConsumerRecord<String, String>> records = firstRecords(member, PARTITIONS);
            records.forEach(record -> Checks.equal("first offset of partition " + record.partition(), 10L, record.offset()));
            int after = admin.describeConsumerGroups(List.of(modern)).describedGroups().get(modern).get().groupEpoch().orElse(0);
            Checks.that("the group epoch has grown from " + before + " to " + after, after > before);
        }
    }

    /** The first record of each of so many partitions. */
    private static List<ConsumerRecord<String, String>> firstRecords(KafkaConsumer<String, String> member, int count) throws Exception {
        Map<Integer, ConsumerRecord<String, String>> first = new TreeMap<>();
        until("a record of each of " + count + " partitions", () -> {
            member.poll(Duration.ofMillis(100)).forEach(record -> first.putIfAbsent(record.partition(), record));
            return first.size() == count;
        });
        return List.copyOf(first.values());
    }

    private void goOnWithTransactions() throws Exception {
        try (Admin admin = admin(); KafkaProducer<String, String> producer = producer(done, 60_000)) {
            TransactionDescription before = transaction(admin, done);
            producer.initTransactions();
            TransactionDescription after = transaction(admin, done);
            Checks.equal("producer id", before.producerId(), after.producerId());
            Checks.that("epoch " + after.producerEpoch() + " after " + before.producerEpoch(), after.producerEpoch() > before.producerEpoch());
            producer.beginTransaction();
            send(producer, 0, "committed afterwards");
            producer.commitTransaction();
        }
    }

    private void takeOver() throws Exception {
        TopicPartition partition = new TopicPartition(topic, 2);
        try (Admin admin = admin(); KafkaProducer<String, String> producer = producer(open, 60_000)) {
            Checks.equal("last stable offset before", (long) RECORDS, latest(admin, partition, IsolationLevel.READ_COMMITTED));
            producer.initTransactions();
            Checks.equal("last stable offset after", RECORDS + 6L, latest(admin, partition, IsolationLevel.READ_COMMITTED));
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(plain, new ListConsumerGroupOffsetsOptions().requireStable(true))
                .partitionsToOffsetAndMetadata().get();
            Checks.equal("pending offset", null, offsets.get(new TopicPartition(topic, 3)));
            Checks.equal("committed offset", 21L, offsets.get(new TopicPartition(topic, 2)).offset());
            producer.beginTransaction();
            send(producer, 2, "committed by the next");
            producer.commitTransaction();
        }
    }

    private void timeOut() throws Exception {
        TopicPartition partition = new TopicPartition(topic, 3);
        try (Admin admin = admin()) {
            until("it is aborted", () -> checked(() -> transaction(admin, late).state() == TransactionState.COMPLETE_ABORT));
            Checks.equal("last stable offset", RECORDS + 6L, latest(admin, partition, IsolationLevel.READ_COMMITTED));
        }
    }

    private void readCommitted() throws Exception {
        try (KafkaConsumer<String, String> reader = consumer(topic + "-reader", Map.of("isolation.level", "read_committed"), Map.of())) {
            reader.assign(partitions());
            reader.seekToBeginning(partitions());
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions());
            Map<String, Integer> seen = new TreeMap<>();
            until("the end is reached", () -> {
                for (ConsumerRecord<String, String> record : reader.poll(Duration.ofMillis(100))) {
                    seen.merge(record.value().replaceAll(" \\d+$", ""), 1, Integer::sum);
                }
                return partitions().stream().allMatch(partition -> reader.position(partition) >= ends.get(partition));
            });
            Checks.equal("records by kind", new TreeMap<>(Map.of(
                "plain", PARTITIONS * RECORDS, "committed", 5, "committed afterwards", 5, "committed by the next", 5)), seen);
        }
    }

    /** Partition 0 of the share group begins at 11; every record from there comes once, and no other. */
    private void goOnInShareGroup() throws Exception {
        try (Admin admin = admin(); KafkaShareConsumer<String, String> member = shareConsumer()) {
            Set<Long> seen = new TreeSet<>();
            until("the share group is done with partition 0", () -> {
                ConsumerRecords<String, String> records = member.poll(Duration.ofMillis(100));
                for (ConsumerRecord<String, String> record : records) {
                    member.acknowledge(record, AcknowledgeType.ACCEPT);
                    if (record.partition() == 0 && record.value().startsWith("plain")) {
                        Checks.that("offset " + record.offset() + " comes once", seen.add(record.offset()));
                    }
                }
                member.commitSync();
                return checked(() -> shareOffsets(admin).get(topic + "-0").lag().equals(Optional.of(0L)));
            });
            Checks.equal("offsets", IntStream.range(11, RECORDS).mapToObj(offset -> (long) offset).collect(Collectors.toCollection(TreeSet::new)), seen);
        }
    }

    // Clients.

    private static <T> T checked(Callable<T> body) {
        try {
            return body.call();
        } catch (Exception problem) {
            throw new IllegalStateException(problem);
        }
    }

    private static void until(String what, BooleanSupplier holds) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            Checks.that("not within " + PATIENCE.toSeconds() + " s: " + what, System.nanoTime() < deadline);
            Thread.sleep(20);
        }
    }

    private Set<TopicPartition> partitions() {
        return IntStream.range(0, PARTITIONS).mapToObj(partition -> new TopicPartition(topic, partition)).collect(Collectors.toSet());
    }

    /** Those of which nobody but a client changes anything: in the last one a transaction is waiting for its timeout. */
    private Set<TopicPartition> steady() {
        return partitions().stream().filter(partition -> partition.partition() < PARTITIONS - 1).collect(Collectors.toSet());
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private KafkaConsumer<String, String> consumer(String group, Map<String, Object> settings, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(Map.of(
            "bootstrap.servers", bootstrap, "group.id", group, "client.id", "keeper", "enable.auto.commit", "false", "auto.offset.reset", "earliest",
            "max.poll.records", "10"));
        all.putAll(settings);
        all.putAll(more);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    private KafkaShareConsumer<String, String> shareConsumer() {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "group.id", share, "share.acknowledgement.mode", "explicit");
        KafkaShareConsumer<String, String> member = new KafkaShareConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        member.subscribe(List.of(topic));
        return member;
    }

    private KafkaProducer<String, String> producer(String transactionalId, int timeoutMs) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "transactional.id", transactionalId, "transaction.timeout.ms", timeoutMs);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }
}
