// Asks Apache Kafka's own classes what they make of groups, and prints what `src/group` is compared
// with. See README.md for how to run it.

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.group.Utils;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

public class Golden {
    public static void main(String[] arguments) {
        switch (arguments[0]) {
            case "assignors" -> assignors();
            case "hashes" -> hashes();
            case "regexes" -> regexes();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    // ---- assignors ----

    record Member(String instance, TreeSet<Integer> topics) { }

    static void assignors() {
        Random random = new Random(848);
        for (int group = 0; group < 60; group++) {
            boolean alike = random.nextBoolean();
            ConsumerGroupPartitionAssignor assignor =
                random.nextInt(3) == 0 ? new RangeAssignor() : new UniformAssignor();
            TreeMap<Integer, Integer> topics = new TreeMap<>();
            int count = 1 + random.nextInt(5);
            for (int topic = 1; topic <= count; topic++) topics.put(topic, 1 + random.nextInt(12));
            TreeMap<String, Member> members = new TreeMap<>();
            TreeMap<String, Map<Uuid, Set<Integer>>> assigned = new TreeMap<>();
            for (int step = 0; step < 5; step++) {
                change(random, alike, topics, members, assigned);
                assigned = assign(assignor, topics, members, assigned);
            }
        }
    }

    static void change(Random random, boolean alike, TreeMap<Integer, Integer> topics,
                       TreeMap<String, Member> members,
                       TreeMap<String, Map<Uuid, Set<Integer>>> assigned) {
        int come = members.isEmpty() ? 1 + random.nextInt(5) : random.nextInt(4);
        for (int i = 0; i < come; i++) {
            String instance = random.nextInt(4) == 0 ? "i" + random.nextInt(1000) : null;
            members.put("m" + random.nextInt(1000), new Member(instance, some(random, topics)));
        }
        if (members.size() > 1 && random.nextBoolean()) {
            String gone = new ArrayList<>(members.keySet()).get(random.nextInt(members.size()));
            members.remove(gone);
            assigned.remove(gone);
        }
        if (random.nextInt(3) == 0) {
            int topic = new ArrayList<>(topics.keySet()).get(random.nextInt(topics.size()));
            topics.merge(topic, 1 + random.nextInt(3), Integer::sum);
        }
        if (random.nextInt(3) == 0) {
            String id = new ArrayList<>(members.keySet()).get(random.nextInt(members.size()));
            members.put(id, new Member(members.get(id).instance, some(random, topics)));
        }
        if (alike) {
            TreeSet<Integer> same = members.firstEntry().getValue().topics;
            members.replaceAll((id, member) -> new Member(member.instance, same));
        }
    }

    static TreeSet<Integer> some(Random random, TreeMap<Integer, Integer> topics) {
        TreeSet<Integer> some = new TreeSet<>();
        for (int topic : topics.keySet()) if (random.nextInt(3) > 0) some.add(topic);
        return some;
    }

    static Uuid id(int topic) {
        return new Uuid(0, topic);
    }

    static TreeMap<String, Map<Uuid, Set<Integer>>> assign(
            ConsumerGroupPartitionAssignor assignor, TreeMap<Integer, Integer> topics,
            TreeMap<String, Member> members, TreeMap<String, Map<Uuid, Set<Integer>>> assigned) {
        boolean alike = members.values().stream().map(Member::topics).distinct().count() == 1;
        TreeMap<String, MemberSubscriptionAndAssignmentImpl> spec = new TreeMap<>();
        Map<Uuid, Map<Integer, String>> inverted = new HashMap<>();
        members.forEach((id, member) -> {
            Map<Uuid, Set<Integer>> own = assigned.getOrDefault(id, Map.of());
            own.forEach((topic, partitions) -> partitions.forEach(partition ->
                inverted.computeIfAbsent(topic, t -> new HashMap<>()).put(partition, id)));
            Set<Uuid> subscribed =
                member.topics.stream().map(Golden::id).collect(Collectors.toCollection(TreeSet::new));
            spec.put(id, new MemberSubscriptionAndAssignmentImpl(Optional.empty(),
                Optional.ofNullable(member.instance), subscribed, new Assignment(own)));
        });
        SubscribedTopicDescriber describer = new SubscribedTopicDescriber() {
            @Override
            public int numPartitions(Uuid topic) {
                return topics.getOrDefault((int) topic.getLeastSignificantBits(), -1);
            }

            @Override
            public Set<String> racksForPartition(Uuid topic, int partition) {
                return Set.of();
            }
        };
        GroupAssignment result = assignor.assign(
            new GroupSpecImpl(spec, alike ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS,
                inverted, Optional.empty()),
            describer);
        TreeMap<String, Map<Uuid, Set<Integer>>> after = new TreeMap<>();
        members.keySet().forEach(id -> {
            Map<Uuid, Set<Integer>> own = new HashMap<>();
            if (result.members().containsKey(id)) {
                result.members().get(id).partitions().forEach((topic, partitions) ->
                    own.put(topic, new HashSet<>(partitions)));
            }
            after.put(id, own);
        });
        System.out.println(String.join("\t",
            assignor.name(),
            alike ? "homogeneous" : "heterogeneous",
            topics.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue()).collect(Collectors.joining(",")),
            members.entrySet().stream().map(e -> e.getKey() + "/" + (e.getValue().instance == null ? "" : e.getValue().instance)
                + "/" + e.getValue().topics.stream().map(String::valueOf).collect(Collectors.joining(","))).collect(Collectors.joining(" ")),
            text(assigned), text(after)));
        return after;
    }

    static String text(TreeMap<String, Map<Uuid, Set<Integer>>> assigned) {
        List<String> all = new ArrayList<>();
        assigned.forEach((member, topics) -> new TreeMap<>(topics).forEach((topic, partitions) ->
            new TreeSet<>(partitions).forEach(partition ->
                all.add(member + ":" + topic.getLeastSignificantBits() + ":" + partition))));
        return String.join(" ", all);
    }

    // ---- hashes ----

    static void hashes() {
        Object[][] topics = {
            {"orders", new Uuid(0x1122334455667788L, 0x99aabbccddeeff00L), new String[][] {{}}},
            {"orders.eu", new Uuid(1, -2), new String[][] {{}, {}, {}}},
            {"flights_2013", new Uuid(-3, 4), new String[][] {{"b", "a"}, {"rack,1"}, {"größe", "b"}}},
            {"x", new Uuid(7, 7), new String[40][0]},
        };
        Map<String, Long> all = new HashMap<>();
        for (Object[] topic : topics) {
            String name = (String) topic[0];
            String[][] racks = (String[][]) topic[2];
            long hash = Utils.computeTopicHash(name, image(name, (Uuid) topic[1], racks));
            all.put(name, hash);
            System.out.println(String.join("\t", name,
                String.valueOf(((Uuid) topic[1]).getMostSignificantBits()),
                String.valueOf(((Uuid) topic[1]).getLeastSignificantBits()),
                Arrays.stream(racks).map(r -> String.join("|", r)).collect(Collectors.joining(";")),
                String.valueOf(hash)));
        }
        System.out.println("(all)\t" + Utils.computeGroupHash(all));
    }

    static CoordinatorMetadataImage image(String name, Uuid id, String[][] racks) {
        CoordinatorMetadataImage.TopicMetadata topic =
            (CoordinatorMetadataImage.TopicMetadata) java.lang.reflect.Proxy.newProxyInstance(
                Golden.class.getClassLoader(), new Class<?>[] {CoordinatorMetadataImage.TopicMetadata.class},
                (proxy, method, given) -> switch (method.getName()) {
                    case "name" -> name;
                    case "id" -> id;
                    case "partitionCount" -> racks.length;
                    case "partitionRacks" -> new ArrayList<>(List.of(racks[(int) given[0]]));
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        return (CoordinatorMetadataImage) java.lang.reflect.Proxy.newProxyInstance(
            Golden.class.getClassLoader(), new Class<?>[] {CoordinatorMetadataImage.class},
            (proxy, method, given) -> switch (method.getName()) {
                case "topicMetadata" -> Optional.of(topic);
                default -> throw new UnsupportedOperationException(method.getName());
            });
    }

    // ---- regular expressions ----

    static final List<String> TOPICS = List.of(
        "orders", "orders.eu", "orders-eu", "ORDERS", "a", "b", "ab", "abb", "aab", "abc", "abab",
        "a.b", "a.bb", "axb", "a{", "a{,2}", "aa", "aaa", "]", "[", "-", "&", "~", "1", "1-2", "_",
        "a_1", "-a", "e", "d", "__consumer_offsets", "x1y2", "^", "$", "a^b", "a|b");

    static final List<String> EXPRESSIONS = List.of(
        "", "orders", "orders.*", "^orders$", "orders|a", "(?i)orders", "(?i:ORD)ers", "(?i)a(?-i)b",
        "ord.*", ".*", ".+", "a*", "a+", "a?", "a{2}", "a{2,}", "a{1,2}", "a{0}", "a{", "a{,2}", "a{2",
        "a{1,2", "a{2,1}", "a{1000}", "a{1001}", "a{99999999999}", "a**", "a*+", "a+?", "a??", "a*?", "a{2}{3}",
        "a{2}?", "*", "+a", "?", "|", "a|", "|*", "(", ")", "()", "a)", "(a", "(a|b)+", "(?:a|b)*",
        "(?P<x>a)b", "(?<x>a)b", "(?P<x>a)(?P<x>b)", "(?P<>a)", "(?P<1>a)", "(?P=x)", "(?=a)", "(?!a)",
        "(?<=a)b", "(?>a)", "(?#c)a", "(?x)a b", "(?s).", "(?m)^a$", "(?U)a+", "(?U)a+?", "(?z)a", "(?)a", "(?:)a",
        "(?i-)a", "(?-i)a", "(?i--s)a", "[", "[]", "[]a]", "[^]a]", "[a", "[a-", "[a-]", "[-a]", "[a-c]", "[c-a]", "[a-b-c]",
        "[a-c-e]", "[[a]", "[[:alpha:]]+", "[[:^alpha:]]", "[[:foo:]]", "[[:alpha:]", "[:alpha:]", "[a&&b]", "[a--b]",
        "[a~~b]", "[\\d]", "[\\D]+", "[\\d-]+", "[\\w]+", "[a-\\d]", "[\\]]", "[\\-a]+", "[\\Qa\\E]", "[\\b]", "[\\x61]", "[^a-z]+",
        "[^\\w]", "[$^]", "\\d", "\\D", "\\w+", "\\W", "\\s", "\\S+", "\\bab\\b", "\\Bab", "\\Aab\\z", "ab\\Z", "\\<ab", "ab\\>", "\\ba",
        "\\Qa.b\\E", "\\Qa.b\\E+", "\\Qa.b", "\\Q\\E*", "a\\Q\\E*", "\\E", "\\C", "\\pL+", "\\PL", "\\p{L}+", "\\p{^L}", "\\P{^L}", "\\p{Greek}", "\\p{Foo}", "\\p{", "\\p",
        "\\pN", "\\p{Lu}+", "\\p{Any}", "\\1", "(a)\\1", "\\0", "\\141", "\\12", "\\8", "\\x61", "\\x{61}b", "\\x{}", "\\x{zz}", "\\x6", "\\x{110000}",
        "\\u0061", "\\a", "\\f", "\\n", "\\t", "\\v", "\\e", "\\cA", "\\h", "\\R", "\\X", "\\G", "\\k<x>", "\\-", "\\_", "\\.", "a\\.b", "\\", "a\\", "\\^", "\\/", "\\ ",
        "^*", "$*", "^^", "a^b", "a\\^b", "(^)a", "(?:a{1000}){2}", "((a{100}){10}){10}", "(a{10}){10}", "x[0-9]y\\d", "a.b", "a\\|b", "(?i)[A-B]", "(?i)\\x41",
        "[[:]", "[[:]]", "[[:a[:]", "[[:a", "[[:a]", "[[:a[:b]", "[[:[:alpha:]]", "a{1,2,3}", "a{1x}", "a{,}", "a{}");

    static void regexes() {
        for (String expression : EXPRESSIONS) {
            String verdict;
            try {
                Pattern pattern = Pattern.compile(expression);
                verdict = "matches\t" + TOPICS.stream().filter(topic -> pattern.matcher(topic).matches())
                    .collect(Collectors.joining(" "));
            } catch (PatternSyntaxException error) {
                verdict = "refused\t" + error.getDescription();
            }
            System.out.println(expression + "\t" + verdict);
        }
    }
}
