import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/**
 * A real Kafka Streams application: lines are split into words, the words are counted, and each is joined with
 * the tags that somebody gave it within half a minute. It runs under both group protocols, at least once and
 * exactly once. A second process joins the first while lines come in, and is killed; what comes out is compared
 * with what must.
 */
public final class StreamsApplication {
    static final int WORDS = 200;
    static final int LINES_PER_PART = 400;
    static final int TAGS_PER_PART = 200;
    static final int PARTS = 3;
    static final Duration WINDOW = Duration.ofSeconds(30);
    static final Duration LIMIT = Duration.ofSeconds(240);

    final String bootstrap;
    final String protocol;
    final String guarantee;
    final String id;
    final long start = System.currentTimeMillis() - Duration.ofHours(1).toMillis();

    StreamsApplication(String bootstrap, String protocol, String guarantee, String id) {
        this.bootstrap = bootstrap;
        this.protocol = protocol;
        this.guarantee = guarantee;
        this.id = id;
    }

    boolean exactlyOnce() {
        return guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2);
    }

    String topic(String name) {
        return id + "." + name;
    }

    Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> lines =
            builder.stream(topic("lines"), Consumed.with(Serdes.String(), Serdes.String()));
        KStream<String, String> tags =
            builder.stream(topic("tags"), Consumed.with(Serdes.String(), Serdes.String()));
        KStream<String, String> words = lines.flatMap((line, text) -> {
            List<KeyValue<String, String>> all = new ArrayList<>();
            String[] split = text.split(" ");
            for (int place = 0; place < split.length; place++) {
                all.add(KeyValue.pair(split[place], line + ":" + place));
            }
            return all;
        });
        words.groupByKey(Grouped.with("words", Serdes.String(), Serdes.String()))
            .count(Materialized.as("counts"))
            .toStream()
            .to(topic("counts"), Produced.with(Serdes.String(), Serdes.Long()));
        words.join(
                tags,
                (occurrence, tag) -> occurrence + "/" + tag,
                JoinWindows.ofTimeDifferenceAndGrace(WINDOW, Duration.ofDays(1)),
                StreamJoined.with(Serdes.String(), Serdes.String(), Serdes.String())
                    .withName("tagged").withStoreName("tagged"))
            .to(topic("tagged"), Produced.with(Serdes.String(), Serdes.String()));
        return builder.build();
    }

    KafkaStreams instance(int port, Path state) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        config.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, protocol);
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        config.put(StreamsConfig.APPLICATION_SERVER_CONFIG, "localhost:" + port);
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
        config.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        config.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 8_000);
        if (protocol.equals("classic")) {
            config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
            config.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 10_000);
        }
        return new KafkaStreams(topology(), config);
    }

    // ---- what goes in ----

    static String word(int number) {
        return "w" + number;
    }

    static String text(int line) {
        List<String> words = new ArrayList<>();
        for (int place = 0; place < 5; place++) {
            words.add(word(Math.floorMod(line * 31 + place * place * 17 + line / 7, WORDS)));
        }
        return String.join(" ", words);
    }

    long timeOfLine(int line) {
        return start + line * 500L;
    }

    long timeOfTag(int tag) {
        return start + tag * 1_000L;
    }

    static String wordOfTag(int tag) {
        return word(Math.floorMod(tag * 7, WORDS));
    }

    void feed(int part) throws Exception {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        try (Producer<String, String> producer =
                 new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int nth = 0; nth < LINES_PER_PART; nth++) {
                int line = part * LINES_PER_PART + nth;
                producer.send(new ProducerRecord<>(topic("lines"), null, timeOfLine(line), "l" + line, text(line)));
            }
            for (int nth = 0; nth < TAGS_PER_PART; nth++) {
                int tag = part * TAGS_PER_PART + nth;
                producer.send(new ProducerRecord<>(topic("tags"), null, timeOfTag(tag), wordOfTag(tag), "t" + tag));
            }
            producer.flush();
        }
    }

    // ---- what must come out ----

    Map<String, Long> expectedCounts() {
        Map<String, Long> counts = new TreeMap<>();
        for (int line = 0; line < PARTS * LINES_PER_PART; line++) {
            for (String word : text(line).split(" ")) {
                counts.merge(word, 1L, Long::sum);
            }
        }
        return counts;
    }

    Set<String> expectedTagged() {
        Map<String, List<Integer>> tags = new HashMap<>();
        for (int tag = 0; tag < PARTS * TAGS_PER_PART; tag++) {
            tags.computeIfAbsent(wordOfTag(tag), word -> new ArrayList<>()).add(tag);
        }
        Set<String> tagged = new TreeSet<>();
        for (int line = 0; line < PARTS * LINES_PER_PART; line++) {
            String[] words = text(line).split(" ");
            for (int place = 0; place < words.length; place++) {
                for (int tag : tags.getOrDefault(words[place], List.of())) {
                    if (Math.abs(timeOfTag(tag) - timeOfLine(line)) <= WINDOW.toMillis()) {
                        tagged.add(words[place] + "=l" + line + ":" + place + "/t" + tag);
                    }
                }
            }
        }
        return tagged;
    }

    // ---- what came out ----

    <V> List<ConsumerRecord<String, V>> read(String name, Deserializer<V> values) {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("isolation.level", "read_committed");
        List<ConsumerRecord<String, V>> all = new ArrayList<>();
        try (Consumer<String, V> consumer = new KafkaConsumer<>(config, new StringDeserializer(), values)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic(name)).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition())).collect(Collectors.toList());
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long until = System.nanoTime() + LIMIT.toNanos();
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                if (System.nanoTime() > until) {
                    throw new AssertionError("could not read " + topic(name) + " to its end");
                }
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all;
    }

    Map<String, Long> counts() {
        Map<String, Long> last = new TreeMap<>();
        read("counts", new LongDeserializer()).forEach(record -> last.put(record.key(), record.value()));
        return last;
    }

    List<String> tagged() {
        return read("tagged", new StringDeserializer()).stream()
            .map(record -> record.key() + "=" + record.value()).collect(Collectors.toList());
    }

    // ---- the run ----

    static void await(String what, BooleanSupplier holds) throws InterruptedException {
        long until = System.nanoTime() + LIMIT.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("waited in vain: " + what);
            }
            Thread.sleep(100);
        }
    }

    static int activeTasks(KafkaStreams instance) {
        return instance.metadataForLocalThreads().stream().mapToInt(thread -> thread.activeTasks().size()).sum();
    }

    static int standbyTasks(KafkaStreams instance) {
        return instance.metadataForLocalThreads().stream().mapToInt(thread -> thread.standbyTasks().size()).sum();
    }

    void run() throws Exception {
        String name = protocol + " " + guarantee;
        Path state = Files.createTempDirectory("streams");
        Process other = null;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(
                new NewTopic(topic("lines"), 4, (short) 1), new NewTopic(topic("tags"), 3, (short) 1),
                new NewTopic(topic("counts"), 2, (short) 1), new NewTopic(topic("tagged"), 2, (short) 1))).all().get();
            if (protocol.equals("streams")) {
                admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, id), List.of(
                    new org.apache.kafka.clients.admin.AlterConfigOp(
                        new org.apache.kafka.clients.admin.ConfigEntry("streams.num.standby.replicas", "1"),
                        org.apache.kafka.clients.admin.AlterConfigOp.OpType.SET)))).all().get();
            }
            feed(0);
            KafkaStreams first = instance(7071, state.resolve("first"));
            try {
                Checks.check(name + ": one process has all tasks", () -> {
                    first.start();
                    await("11 tasks run", () -> first.state() == KafkaStreams.State.RUNNING && activeTasks(first) == 11);
                });
                Checks.check(name + ": internal topics are Kafka's", () -> internalTopics(admin));
                Process second = child(state.resolve("second"));
                other = second;
                Checks.check(name + ": a second process shares the tasks", () ->
                    await("tasks are shared", () -> {
                        if (protocol.equals("classic")) {
                            // Its assignor moves tasks with state only once the copies have caught up.
                            return first.metadataForAllStreamsClients().size() == 2;
                        }
                        int active = activeTasks(first);
                        return active >= 4 && active <= 7 && standbyTasks(first) > 0;
                    }));
                if (protocol.equals("classic")) {
                    // The streams protocol's client of 4.3.1 keeps what one thread of each process has, so that
                    // this does not come true on Apache Kafka either.
                    Checks.check(name + ": the owners of keys are known", () -> owners(first));
                }
                if (protocol.equals("streams")) {
                    Checks.check(name + ": the group is described", () -> described(admin));
                }
                feed(1);
                Thread.sleep(1_500);
                second.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
                feed(2);
                Checks.check(name + ": the tasks of a process that was killed come back", () ->
                    await("11 tasks run", () -> activeTasks(first) == 11));
                Checks.check(name + ": words are counted", () -> {
                    Map<String, Long> expected = expectedCounts();
                    await("all words are counted", () -> reached(counts(), expected));
                    if (exactlyOnce()) {
                        Checks.equal("the counts", expected, counts());
                    }
                });
                Checks.check(name + ": words are tagged", () -> {
                    Set<String> expected = expectedTagged();
                    await("all words are tagged", () -> new HashSet<>(tagged()).containsAll(expected));
                    List<String> all = tagged();
                    Checks.equal("the distinct results", expected, new TreeSet<>(all));
                    if (exactlyOnce()) {
                        Checks.equal("the number of results", expected.size(), all.size());
                    }
                });
                Checks.check(name + ": the application ends", () ->
                    Checks.that("it closes in time", first.close(Duration.ofSeconds(60))));
                if (protocol.equals("streams")) {
                    Checks.check(name + ": the empty group is listed and deleted", () -> deleted(admin));
                }
            } finally {
                first.close(Duration.ofSeconds(10));
            }
        } finally {
            if (other != null) {
                other.destroyForcibly();
            }
            try (Stream<Path> files = Files.walk(state)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
    }

    static boolean reached(Map<String, Long> counts, Map<String, Long> expected) {
        return expected.entrySet().stream().allMatch(entry -> counts.getOrDefault(entry.getKey(), 0L) >= entry.getValue());
    }

    void internalTopics(Admin admin) throws Exception {
        Map<String, Integer> partitions = new TreeMap<>();
        Set<String> names = admin.listTopics().names().get().stream()
            .filter(topic -> topic.startsWith(id + "-")).collect(Collectors.toSet());
        admin.describeTopics(names).allTopicNames().get()
            .forEach((topic, description) -> partitions.put(topic.substring(id.length() + 1), description.partitions().size()));
        Checks.equal("internal topics", new TreeMap<>(Map.of(
            "counts-changelog", 4, "words-repartition", 4, "tagged-left-repartition", 3,
            "tagged-this-join-store-changelog", 3, "tagged-other-join-store-changelog", 3)), partitions);
        ConfigResource changelog = new ConfigResource(ConfigResource.Type.TOPIC, id + "-counts-changelog");
        String policy = admin.describeConfigs(List.of(changelog)).all().get().get(changelog).get("cleanup.policy").value();
        Checks.equal("the policy of the changelog", "compact", policy);
    }

    void owners(KafkaStreams first) throws Exception {
        Set<Integer> ports = new TreeSet<>();
        await("both processes own keys", () -> {
            ports.clear();
            for (int word = 0; word < WORDS; word++) {
                KeyQueryMetadata owner = first.queryMetadataForKey("counts", word(word), new StringSerializer());
                if (owner == null || owner.equals(KeyQueryMetadata.NOT_AVAILABLE)) {
                    return false;
                }
                ports.add(owner.activeHost().port());
                owner.standbyHosts().forEach(host -> ports.add(host.port()));
            }
            return ports.equals(Set.of(7071, 7072));
        });
    }

    void described(Admin admin) throws Exception {
        await("the group is stable with four threads", () -> {
            try {
                StreamsGroupDescription group = admin.describeStreamsGroups(List.of(id)).all().get().get(id);
                return group.groupState() == GroupState.STABLE && group.members().size() == 4
                    && group.subtopologies().size() == 3 && group.groupEpoch() == group.targetAssignmentEpoch();
            } catch (Exception problem) {
                throw new AssertionError(problem);
            }
        });
    }

    void deleted(Admin admin) throws Exception {
        // The threads leave as they end, or are found gone when their session is over.
        await("the group is empty", () -> {
            try {
                return admin.describeStreamsGroups(List.of(id)).all().get().get(id).groupState() == GroupState.EMPTY;
            } catch (Exception problem) {
                throw new AssertionError(problem);
            }
        });
        Collection<GroupListing> listed =
            admin.listGroups(new ListGroupsOptions().withTypes(Set.of(GroupType.STREAMS))).all().get();
        Checks.that("it is listed", listed.stream().anyMatch(group -> group.groupId().equals(id)));
        Checks.that("its offsets are there", !admin.listStreamsGroupOffsets(Map.of(
            id, new org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec())).all().get().get(id).isEmpty());
        admin.deleteStreamsGroups(List.of(id)).all().get();
        listed = admin.listGroups(new ListGroupsOptions().withTypes(Set.of(GroupType.STREAMS))).all().get();
        Checks.that("it is gone", listed.stream().noneMatch(group -> group.groupId().equals(id)));
    }

    /** The second process of the application. */
    Process child(Path state) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC",
            "-Dlog4j2.configurationFile=" + System.getProperty("log4j2.configurationFile", ""),
            "-cp", System.getProperty("java.class.path"), "StreamsApplication",
            bootstrap, protocol, guarantee, id, state.toString());
        return builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 5) {
            StreamsApplication application =
                new StreamsApplication(arguments[0], arguments[1], arguments[2], arguments[3]);
            application.instance(7072, Path.of(arguments[4])).start();
            Thread.sleep(Long.MAX_VALUE);
        }
        String run = Long.toString(System.currentTimeMillis(), 36);
        List<String> protocols = arguments.length > 1 ? List.of(arguments[1]) : List.of("classic", "streams");
        for (String protocol : protocols) {
            for (String guarantee : List.of(StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2)) {
                String id = "words-" + protocol + "-" + (guarantee.equals(StreamsConfig.AT_LEAST_ONCE) ? "alo" : "eos") + "-" + run;
                new StreamsApplication(arguments[0], protocol, guarantee, id).run();
            }
        }
        Checks.done();
    }
}
