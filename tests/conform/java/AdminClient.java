import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringSerializer;

/** The Java admin client, on one node. */
public final class AdminClient {
    private static String bootstrap;
    private static Admin admin;

    public static void main(String[] arguments) {
        bootstrap = arguments[0];
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", "30000", "request.timeout.ms", "20000"));
        Checks.check("describe cluster", AdminClient::cluster);
        Checks.check("create, list, describe and delete topics by name and by id", AdminClient::topicLife);
        Checks.check("create topics: every refusal has Kafka's error", AdminClient::refusals);
        Checks.check("create topics: validate only creates nothing", AdminClient::validateOnly);
        Checks.check("create topics: the answer carries id, partitions and configs", AdminClient::creationAnswer);
        Checks.check("create partitions", AdminClient::partitions);
        Checks.check("topic configs: describe, set, append, subtract, delete", AdminClient::topicConfigs);
        Checks.check("topic configs: an invalid value or key is refused", AdminClient::badConfigs);
        Checks.check("broker configs: per node and cluster default", AdminClient::brokerConfigs);
        Checks.check("list config resources", AdminClient::configResources);
        Checks.check("list offsets: earliest, latest, max timestamp, time, local, tiered", AdminClient::offsets);
        Checks.check("delete records moves the log start offset", AdminClient::deleteRecords);
        Checks.check("describe log dirs tells sizes", AdminClient::logDirs);
        Checks.check("describe features", AdminClient::features);
        Checks.check("describe the metadata quorum", AdminClient::quorum);
        Checks.check("describe producers", AdminClient::producers);
        Checks.check("elect leaders", AdminClient::elections);
        Checks.check("list partition reassignments", AdminClient::reassignments);
        Checks.check("describe replica log dirs", AdminClient::replicaLogDirs);
        Checks.check("describe 1,000 topics page by page", AdminClient::manyTopics);
        admin.close();
        Checks.done();
    }

    private static void cluster() throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        Checks.equal("nodes", 1, cluster.nodes().get().size());
        Checks.equal("controller", 1, cluster.controller().get().id());
        Checks.equal("address", bootstrap, cluster.nodes().get().iterator().next().host() + ":" + cluster.nodes().get().iterator().next().port());
        Checks.that("a cluster id", !cluster.clusterId().get().isEmpty());
    }

    private static void topicLife() throws Exception {
        String one = fresh();
        String two = fresh();
        CreateTopicsResult created = admin.createTopics(List.of(new NewTopic(one, 3, (short) 1), new NewTopic(two, Map.of(0, List.of(1), 1, List.of(1)))));
        created.all().get();
        Set<String> names = admin.listTopics().names().get();
        Checks.that("both are listed", names.containsAll(List.of(one, two)));
        TopicDescription described = admin.describeTopics(List.of(one)).allTopicNames().get().get(one);
        Checks.equal("partitions", 3, described.partitions().size());
        Checks.equal("id", created.topicId(one).get(), described.topicId());
        Checks.equal("leader", 1, described.partitions().get(0).leader().id());
        Checks.equal("isr", 1, described.partitions().get(0).isr().size());
        Checks.equal("internal", false, described.isInternal());
        TopicDescription byId = admin.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).allTopicIds().get().get(described.topicId());
        Checks.equal("name by id", one, byId.name());
        admin.deleteTopics(List.of(two)).all().get();
        admin.deleteTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).all().get();
        eventually("both are gone", () -> {
            Set<String> left = admin.listTopics().names().get();
            return !left.contains(one) && !left.contains(two);
        });
        Checks.fails(UnknownTopicOrPartitionException.class, () -> admin.describeTopics(List.of(one)).allTopicNames().get());
        Checks.fails(UnknownTopicIdException.class, () -> admin.describeTopics(TopicCollection.ofTopicIds(List.of(Uuid.randomUuid()))).allTopicIds().get());
        Checks.fails(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of(fresh())).all().get());
        created = admin.createTopics(List.of(new NewTopic(one, 1, (short) 1)));
        created.all().get();
        Checks.that("a topic created again has a new id", !created.topicId(one).get().equals(described.topicId()));
    }

    private static void refusals() throws Exception {
        String taken = topic(1);
        Checks.fails(TopicExistsException.class, () -> create(new NewTopic(taken, 1, (short) 1)));
        for (String name : List.of("", ".", "..", "a b", "x".repeat(250))) {
            Checks.fails(InvalidTopicException.class, () -> create(new NewTopic(name, 1, (short) 1)));
        }
        String dotted = fresh().replace('-', '.');
        create(new NewTopic(dotted, 1, (short) 1));
        Checks.fails(InvalidTopicException.class, () -> create(new NewTopic(dotted.replace('.', '_'), 1, (short) 1)));
        Checks.fails(InvalidPartitionsException.class, () -> create(new NewTopic(fresh(), 0, (short) 1)));
        Checks.fails(InvalidReplicationFactorException.class, () -> create(new NewTopic(fresh(), 1, (short) 2)));
        Checks.fails(InvalidReplicationFactorException.class, () -> create(new NewTopic(fresh(), 1, (short) 0)));
        Checks.fails(org.apache.kafka.common.errors.InvalidReplicaAssignmentException.class, () -> create(new NewTopic(fresh(), Map.of(0, List.of(77)))));
        Checks.fails(InvalidConfigurationException.class, () -> create(new NewTopic(fresh(), 1, (short) 1).configs(Map.of("retention.ms", "soon"))));
        Checks.fails(InvalidConfigurationException.class, () -> create(new NewTopic(fresh(), 1, (short) 1).configs(Map.of("no.such.key", "1"))));
        String good = fresh();
        CreateTopicsResult mixed = admin.createTopics(List.of(new NewTopic(good, 1, (short) 1), new NewTopic(taken, 1, (short) 1)));
        mixed.values().get(good).get();
        Checks.fails(TopicExistsException.class, () -> mixed.values().get(taken).get());
    }

    private static void validateOnly() throws Exception {
        String name = fresh();
        CreateTopicsResult result = admin.createTopics(List.of(new NewTopic(name, 2, (short) 1)), new CreateTopicsOptions().validateOnly(true));
        result.all().get();
        Checks.that("not created", !admin.listTopics().names().get().contains(name));
    }

    private static void creationAnswer() throws Exception {
        String name = fresh();
        CreateTopicsResult result = admin.createTopics(List.of(new NewTopic(name, Optional.empty(), Optional.empty()).configs(Map.of("retention.ms", "1234567"))));
        Checks.equal("partitions", 1, result.numPartitions(name).get());
        Checks.equal("replicas", 1, result.replicationFactor(name).get());
        Config config = result.config(name).get();
        Checks.equal("the config that was set", "1234567", config.get("retention.ms").value());
        Checks.equal("a config at its default", "604800000", config.get("delete.retention.ms") == null ? null : result.config(name).get().get("segment.ms").value());
    }

    private static void manyTopics() throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            names.add("many-" + i);
            topics.add(new NewTopic("many-" + i, 3, (short) 1));
        }
        admin.createTopics(topics).all().get();
        Map<String, TopicDescription> described = admin.describeTopics(names).allTopicNames().get();
        Checks.equal("described", 1000, described.size());
        for (TopicDescription description : described.values()) {
            Checks.equal("partitions of " + description.name(), 3, description.partitions().size());
        }
        admin.deleteTopics(names).all().get();
    }

    private static void partitions() throws Exception {
        String name = topic(2);
        admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5)), new CreatePartitionsOptions().validateOnly(true)).all().get();
        Checks.equal("after validating", 2, describe(name).partitions().size());
        admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5))).all().get();
        eventually("five partitions", () -> describe(name).partitions().size() == 5);
        Checks.fails(InvalidPartitionsException.class, () -> admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5))).all().get());
        Checks.fails(InvalidPartitionsException.class, () -> admin.createPartitions(Map.of(name, NewPartitions.increaseTo(3))).all().get());
        Checks.fails(UnknownTopicOrPartitionException.class, () -> admin.createPartitions(Map.of(fresh(), NewPartitions.increaseTo(3))).all().get());
        write(name, 4, 3);
    }

    private static void topicConfigs() throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic(1));
        Config before = config(resource);
        Checks.equal("default retention", "604800000", before.get("retention.ms").value());
        Checks.equal("its source", ConfigEntry.ConfigSource.DEFAULT_CONFIG, before.get("retention.ms").source());
        change(resource, "retention.ms", "60000", AlterConfigOp.OpType.SET);
        eventually("set", () -> config(resource).get("retention.ms").value().equals("60000"));
        Checks.equal("source", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, config(resource).get("retention.ms").source());
        change(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
        eventually("appended", () -> config(resource).get("cleanup.policy").value().equals("delete,compact"));
        change(resource, "cleanup.policy", "delete", AlterConfigOp.OpType.SUBTRACT);
        eventually("subtracted", () -> config(resource).get("cleanup.policy").value().equals("compact"));
        change(resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
        eventually("deleted", () -> config(resource).get("retention.ms").value().equals("604800000"));
        DescribeConfigsOptions all = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        ConfigEntry entry = admin.describeConfigs(List.of(resource), all).all().get().get(resource).get("segment.bytes");
        Checks.equal("type", ConfigEntry.ConfigType.INT, entry.type());
        Checks.that("documented", entry.documentation() != null && !entry.documentation().isEmpty());
        Checks.that("synonyms " + entry.synonyms(), entry.synonyms().stream().anyMatch(s -> s.name().equals("log.segment.bytes")));
    }

    private static void badConfigs() throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic(1));
        Checks.fails(InvalidConfigurationException.class, () -> change(resource, "retention.ms", "many", AlterConfigOp.OpType.SET));
        Checks.fails(InvalidConfigurationException.class, () -> change(resource, "no.such.key", "1", AlterConfigOp.OpType.SET));
        Checks.fails(InvalidConfigurationException.class, () -> change(resource, "retention.ms", "1", AlterConfigOp.OpType.APPEND));
        ConfigResource missing = new ConfigResource(ConfigResource.Type.TOPIC, fresh());
        Checks.fails(UnknownTopicOrPartitionException.class, () -> change(missing, "retention.ms", "1", AlterConfigOp.OpType.SET));
        Checks.fails(UnknownTopicOrPartitionException.class, () -> config(missing));
        AlterConfigOp op = new AlterConfigOp(new ConfigEntry("retention.ms", "5000"), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(op)), new AlterConfigsOptions().validateOnly(true)).all().get();
        Checks.equal("validated only", "604800000", config(resource).get("retention.ms").value());
    }

    private static void brokerConfigs() throws Exception {
        ConfigResource node = new ConfigResource(ConfigResource.Type.BROKER, "1");
        ConfigResource everyone = new ConfigResource(ConfigResource.Type.BROKER, "");
        Config config = config(node);
        Checks.equal("node.id", "1", config.get("node.id").value());
        Checks.that("node.id is read-only", config.get("node.id").isReadOnly());
        Checks.that("log.retention.ms can be changed", !config.get("log.cleaner.threads").isReadOnly());
        change(everyone, "message.max.bytes", "2000000", AlterConfigOp.OpType.SET);
        eventually("cluster default", () -> config(node).get("message.max.bytes").value().equals("2000000"));
        Checks.equal("source", ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, config(node).get("message.max.bytes").source());
        change(node, "message.max.bytes", "3000000", AlterConfigOp.OpType.SET);
        eventually("own value", () -> config(node).get("message.max.bytes").value().equals("3000000"));
        change(node, "message.max.bytes", "", AlterConfigOp.OpType.DELETE);
        change(everyone, "message.max.bytes", "", AlterConfigOp.OpType.DELETE);
        eventually("back", () -> config(node).get("message.max.bytes").value().equals("1048588"));
        Checks.fails(org.apache.kafka.common.errors.ApiException.class, () -> change(node, "node.id", "9", AlterConfigOp.OpType.SET));
    }

    private static void configResources() throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic(1));
        Collection<ConfigResource> all = admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC), new org.apache.kafka.clients.admin.ListConfigResourcesOptions()).all().get();
        Checks.that("topics are listed", all.contains(resource));
        Collection<ConfigResource> brokers = admin.listConfigResources(Set.of(ConfigResource.Type.BROKER), new org.apache.kafka.clients.admin.ListConfigResourcesOptions()).all().get();
        Checks.that("brokers are listed: " + brokers, brokers.contains(new ConfigResource(ConfigResource.Type.BROKER, "1")));
    }

    private static void offsets() throws Exception {
        String name = topic(1);
        TopicPartition partition = new TopicPartition(name, 0);
        Checks.equal("latest of an empty log", 0L, offset(partition, OffsetSpec.latest()).offset());
        Checks.equal("max timestamp of an empty log", -1L, offset(partition, OffsetSpec.maxTimestamp()).offset());
        try (KafkaProducer<String, String> producer = producer()) {
            long[] times = {1000, 5000, 3000, 4000};
            for (long time : times) {
                producer.send(new ProducerRecord<>(name, 0, time, null, "v")).get();
            }
        }
        Checks.equal("earliest", 0L, offset(partition, OffsetSpec.earliest()).offset());
        Checks.equal("latest", 4L, offset(partition, OffsetSpec.latest()).offset());
        Checks.equal("max timestamp", 1L, offset(partition, OffsetSpec.maxTimestamp()).offset());
        Checks.equal("its time", 5000L, offset(partition, OffsetSpec.maxTimestamp()).timestamp());
        Checks.equal("for a time", 1L, offset(partition, OffsetSpec.forTimestamp(2000)).offset());
        Checks.equal("after the end", -1L, offset(partition, OffsetSpec.forTimestamp(6000)).offset());
        Checks.equal("earliest local", 0L, offset(partition, OffsetSpec.earliestLocal()).offset());
        Checks.equal("latest tiered", -1L, offset(partition, OffsetSpec.latestTiered()).offset());
        Checks.that("leader epoch", offset(partition, OffsetSpec.latest()).leaderEpoch().isPresent());
        Checks.fails(UnknownTopicOrPartitionException.class, () -> admin.listOffsets(Map.of(new TopicPartition(fresh(), 0), OffsetSpec.latest()), new org.apache.kafka.clients.admin.ListOffsetsOptions().timeoutMs(3000)).all().get());
    }

    private static void deleteRecords() throws Exception {
        String name = topic(1);
        TopicPartition partition = new TopicPartition(name, 0);
        write(name, 0, 10);
        Checks.equal("low watermark", 4L, admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).lowWatermarks().get(partition).get().lowWatermark());
        Checks.equal("earliest", 4L, offset(partition, OffsetSpec.earliest()).offset());
        Checks.equal("to the high watermark", 10L, admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).lowWatermarks().get(partition).get().lowWatermark());
        Checks.fails(OffsetOutOfRangeException.class, () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(11))).all().get());
        String compacted = fresh();
        create(new NewTopic(compacted, 1, (short) 1).configs(Map.of("cleanup.policy", "compact")));
        Checks.fails(org.apache.kafka.common.errors.PolicyViolationException.class, () -> admin.deleteRecords(Map.of(new TopicPartition(compacted, 0), RecordsToDelete.beforeOffset(0))).all().get());
    }

    private static void logDirs() throws Exception {
        String name = topic(1);
        write(name, 0, 100);
        TopicPartition partition = new TopicPartition(name, 0);
        Map<String, LogDirDescription> dirs = admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1);
        Checks.equal("directories", 1, dirs.size());
        LogDirDescription dir = dirs.values().iterator().next();
        Checks.equal("error", null, dir.error());
        Checks.that("holds the partition", dir.replicaInfos().containsKey(partition));
        Checks.that("with a size", dir.replicaInfos().get(partition).size() > 100);
        Checks.equal("lag", 0L, dir.replicaInfos().get(partition).offsetLag());
        Checks.that("total bytes", dir.totalBytes().getAsLong() > dir.usableBytes().getAsLong());
    }

    private static void features() throws Exception {
        FeatureMetadata features = admin.describeFeatures().featureMetadata().get();
        Checks.that("metadata.version is supported", features.supportedFeatures().get("metadata.version").maxVersion() >= 29);
        Checks.that("metadata.version is finalised", features.finalizedFeatures().get("metadata.version").maxVersionLevel() >= 29);
        Checks.that("an epoch", features.finalizedFeaturesEpoch().isPresent());
    }

    private static void quorum() throws Exception {
        QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
        Checks.equal("leader", 1, quorum.leaderId());
        Checks.equal("voters", 1, quorum.voters().size());
        Checks.that("an epoch above zero", quorum.leaderEpoch() > 0);
        long before = quorum.voters().get(0).logEndOffset();
        topic(1);
        eventually("the log end offset moves", () -> admin.describeMetadataQuorum().quorumInfo().get().voters().get(0).logEndOffset() > before);
        Checks.that("a high watermark", quorum.highWatermark() > 0);
    }

    private static void producers() throws Exception {
        String name = topic(1);
        write(name, 0, 3);
        TopicPartition partition = new TopicPartition(name, 0);
        List<ProducerState> states = admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers();
        Checks.equal("producers", 1, states.size());
        Checks.equal("last sequence", 2, states.get(0).lastSequence());
        Checks.equal("epoch", 0, states.get(0).producerEpoch());
        Checks.that("no transaction", states.get(0).currentTransactionStartOffset().isEmpty());
    }

    private static void elections() throws Exception {
        TopicPartition partition = new TopicPartition(topic(1), 0);
        Optional<Throwable> preferred = admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions().get().get(partition);
        Checks.that("not needed: " + preferred, preferred.isPresent() && preferred.get() instanceof ElectionNotNeededException);
        Optional<Throwable> unclean = admin.electLeaders(ElectionType.UNCLEAN, Set.of(partition)).partitions().get().get(partition);
        Checks.that("not needed: " + unclean, unclean.isPresent() && unclean.get() instanceof ElectionNotNeededException);
        TopicPartition missing = new TopicPartition(fresh(), 0);
        Optional<Throwable> unknown = admin.electLeaders(ElectionType.PREFERRED, Set.of(missing)).partitions().get().get(missing);
        Checks.that("unknown: " + unknown, unknown.isPresent() && unknown.get() instanceof UnknownTopicOrPartitionException);
        Checks.equal("all partitions", 0, admin.electLeaders(ElectionType.PREFERRED, null).partitions().get().size());
    }

    private static void reassignments() throws Exception {
        TopicPartition partition = new TopicPartition(topic(1), 0);
        Checks.equal("of one", 0, admin.listPartitionReassignments(Set.of(partition)).reassignments().get().size());
        Checks.equal("of all", 0, admin.listPartitionReassignments().reassignments().get().size());
    }

    private static void replicaLogDirs() throws Exception {
        String name = topic(1);
        org.apache.kafka.common.TopicPartitionReplica replica = new org.apache.kafka.common.TopicPartitionReplica(name, 0, 1);
        var info = admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
        Checks.that("a current directory", info.getCurrentReplicaLogDir() != null);
        Checks.equal("no future directory", null, info.getFutureReplicaLogDir());
        admin.alterReplicaLogDirs(Map.of(replica, info.getCurrentReplicaLogDir())).all().get();
        Checks.fails(org.apache.kafka.common.errors.LogDirNotFoundException.class, () -> admin.alterReplicaLogDirs(Map.of(replica, "/no/such/folder")).all().get());
    }

    // ---- the small steps ----

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void eventually(String what, Condition condition) throws Exception {
        for (int i = 0; i < 200; i++) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (java.util.concurrent.ExecutionException retriable) {
                if (!(retriable.getCause() instanceof org.apache.kafka.common.errors.RetriableException)) {
                    throw retriable;
                }
            }
            Thread.sleep(50);
        }
        throw new AssertionError("not within ten seconds: " + what);
    }

    private static String fresh() {
        return "admin-" + UUID.randomUUID();
    }

    private static String topic(int partitions) throws Exception {
        String name = fresh();
        create(new NewTopic(name, partitions, (short) 1));
        // The controller has answered; the broker may be a moment behind.
        eventually("the broker knows " + name, () -> {
            try {
                return describe(name).partitions().stream().allMatch(partition -> partition.leader() != null);
            } catch (java.util.concurrent.ExecutionException unknown) {
                return false;
            }
        });
        return name;
    }

    private static Object create(NewTopic topic) throws Exception {
        return admin.createTopics(List.of(topic)).all().get(20, TimeUnit.SECONDS);
    }

    private static TopicDescription describe(String name) throws Exception {
        return admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
    }

    private static Config config(ConfigResource resource) throws Exception {
        return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }

    private static Object change(ConfigResource resource, String key, String value, AlterConfigOp.OpType type) throws Exception {
        AlterConfigOp op = new AlterConfigOp(new ConfigEntry(key, value), type);
        return admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all().get();
    }

    private static ListOffsetsResultInfo offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
    }

    private static KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer());
    }

    private static void write(String topic, int partition, int count) throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, partition, null, "value " + i)).get();
            }
        }
    }
}
