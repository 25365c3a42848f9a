import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * Bytes made by Apache Kafka's own message classes, sent through our decoder and encoder:
 * {@code Wire XTASK}. Every message, record and header that both sides know, in every version that
 * both sides know: with defaults, with every field set, with every nullable field null, and with
 * tagged fields that nobody knows. What comes back must be the same bytes.
 */
public final class Wire {
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message", "org.apache.kafka.common.metadata",
        "org.apache.kafka.coordinator.group.generated", "org.apache.kafka.coordinator.transaction.generated",
        "org.apache.kafka.coordinator.share.generated", "org.apache.kafka.raft.generated",
        "org.apache.kafka.server.log.remote.metadata.storage.generated",
        "org.apache.kafka.storage.internals.log.generated", "org.apache.kafka.server.generated",
        "org.apache.kafka.storage.generated", "org.apache.kafka.streams.internals.generated",
    };

    /** What a made message holds. */
    private enum Content { DEFAULTS, EVERY_FIELD, NULLS, UNKNOWN_TAGS }

    private record Known(String kind, String name, short low, short high) {
        private String key() {
            return kind + " " + name;
        }
    }

    private final BufferedWriter out;
    private final BufferedReader in;
    private int number = 1;

    private Wire(Process echo) {
        out = new BufferedWriter(new OutputStreamWriter(echo.getOutputStream(), StandardCharsets.US_ASCII));
        in = new BufferedReader(new InputStreamReader(echo.getInputStream(), StandardCharsets.US_ASCII));
    }

    public static void main(String[] arguments) throws Exception {
        Process echo = new ProcessBuilder(arguments[0], "wire-echo").redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Wire wire = new Wire(echo);
        int compared = 0;
        int classes = 0;
        int failed = 0;
        boolean old = AppInfoParser.getVersion().startsWith("3.");
        List<String> foreign = new ArrayList<>();
        for (Known known : wire.list()) {
            Class<?> type = find(known);
            if (type == null || old && isYounger(known)) {
                foreign.add(known.name());
                continue;
            }
            classes++;
            String problem;
            int before = compared;
            try {
                compared += wire.compare(known, type);
                problem = compared == before ? "no version in common" : null;
            } catch (Exception | AssertionError error) {
                problem = String.valueOf(error).replace('\n', ' ').replace('\t', ' ');
                if (!(error instanceof AssertionError)) {
                    error.printStackTrace();
                }
            }
            if (problem != null) {
                failed++;
            }
            System.out.println("CHECK\t" + known.key() + (problem == null ? "\tpassed\t" : "\tfailed\t" + problem));
        }
        System.err.println(classes + " classes, " + compared + " comparisons, " + failed + " failed; not in these jars: " + foreign);
        System.out.println("DONE");
        System.out.flush();
        echo.destroy();
        System.exit(0);
    }

    /** Records changed without a new version before their feature was released; 3.9 stands for requests and responses. */
    private static boolean isYounger(Known known) {
        boolean isApi = known.kind().equals("request") || known.kind().equals("response");
        return !isApi || known.name().contains("Share");
    }

    private List<Known> list() throws IOException {
        send("list");
        List<Known> all = new ArrayList<>();
        for (String line = in.readLine(); !line.equals("end"); line = in.readLine()) {
            String[] words = line.split(" ");
            all.add(new Known(words[0], words[1], Short.parseShort(words[2]), Short.parseShort(words[3])));
        }
        all.add(new Known("header", "RequestHeader", (short) 1, (short) 2));
        all.add(new Known("header", "ResponseHeader", (short) 0, (short) 1));
        return all;
    }

    private void send(String line) throws IOException {
        out.write(line);
        out.write('\n');
        out.flush();
    }

    private String ask(String line) throws IOException {
        send(line);
        return in.readLine();
    }

    private static Class<?> find(Known known) {
        for (String name : new String[] {known.name() + "Data", known.name()}) {
            for (String where : PACKAGES) {
                try {
                    return Class.forName(where + "." + name);
                } catch (ClassNotFoundException next) {
                    // It may be in another package.
                }
            }
        }
        return null;
    }

    private int compare(Known known, Class<?> type) throws Exception {
        Message sample = (Message) type.getConstructor().newInstance();
        Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
        int compared = 0;
        short low = (short) Math.max(known.low(), sample.lowestSupportedVersion());
        short high = (short) Math.min(known.high(), sample.highestSupportedVersion());
        for (short version = low; version <= high; version++) {
            Schema schema = schemas[version];
            if (schema == null) {
                continue;
            }
            boolean flexible = schema.toString().contains("_tagged_fields") || has(schema, "_tagged_fields");
            for (Content content : Content.values()) {
                if (content == Content.UNKNOWN_TAGS && !flexible) {
                    continue;
                }
                Message message = (Message) make(type, schema, content);
                byte[] bytes;
                try {
                    bytes = bytes(message, version);
                } catch (NullPointerException cannotSay) {
                    // A field of type records is null by default and nullable in its schema, also
                    // where Kafka's own encoder does not take null.
                    if (content == Content.DEFAULTS || content == Content.NULLS) {
                        continue;
                    }
                    throw cannotSay;
                }
                String hex = bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes);
                String where = known.key() + " v" + version + " " + content;
                same(where, hex, ask(known.key() + " " + version + " " + hex));
                compared++;
                if (content == Content.DEFAULTS && !known.kind().equals("header")) {
                    same(where + " from our defaults", hex, ask(known.key() + " " + version + " default"));
                }
            }
        }
        return compared;
    }

    private static boolean has(Schema schema, String name) {
        for (BoundField field : schema.fields()) {
            if (field.def.name.equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static void same(String where, String expected, String actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError(where + ": Kafka wrote " + expected + ", we answered " + actual);
        }
    }

    private static byte[] bytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        if (buffer.hasRemaining()) {
            throw new AssertionError("Kafka's size is wrong");
        }
        return buffer.array();
    }

    private Object make(Class<?> type, Schema schema, Content content) throws Exception {
        Object made = type.getConstructor().newInstance();
        if (content == Content.DEFAULTS) {
            return made;
        }
        for (BoundField bound : schema.fields()) {
            Field field = bound.def;
            if (field.type instanceof TaggedFields tagged) {
                for (Field one : tagged(tagged).values()) {
                    set(made, one, content);
                }
                if (content == Content.UNKNOWN_TAGS) {
                    List<RawTaggedField> unknown = ((Message) made).unknownTaggedFields();
                    unknown.add(new RawTaggedField(77, new byte[] {1, 2, 3}));
                    unknown.add(new RawTaggedField(1_000_000, new byte[300]));
                }
            } else {
                set(made, field, content);
            }
        }
        return made;
    }

    /** Its accessor is younger than Kafka 3.9. */
    @SuppressWarnings("unchecked")
    private static Map<Integer, Field> tagged(TaggedFields tagged) throws ReflectiveOperationException {
        var fields = TaggedFields.class.getDeclaredField("fields");
        fields.setAccessible(true);
        return new TreeMap<>((Map<Integer, Field>) fields.get(tagged));
    }

    private static String plain(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    private void set(Object made, Field field, Content content) throws Exception {
        Method setter = null;
        for (Method method : made.getClass().getMethods()) {
            if (method.getParameterCount() == 1 && plain(method.getName()).equals("set" + plain(field.name))) {
                setter = method;
            }
        }
        if (setter == null) {
            throw new IllegalStateException("no setter for " + field.name + " in " + made.getClass());
        }
        if (content == Content.NULLS && field.type.isNullable()) {
            setter.invoke(made, new Object[] {null});
        } else {
            setter.invoke(made, value(made, field, setter, content));
        }
    }

    private Object value(Object made, Field field, Method setter, Content content) throws Exception {
        Class<?> kind = setter.getParameterTypes()[0];
        if (Collection.class.isAssignableFrom(kind)) {
            return many(kind, field.type, setter, content);
        }
        if (field.type instanceof Schema schema) {
            return make(kind, schema, content);
        }
        if (kind == boolean.class) {
            Method getter = made.getClass().getMethod(Character.toLowerCase(setter.getName().charAt(3)) + setter.getName().substring(4));
            return !(boolean) getter.invoke(made);
        }
        return one(kind, field.type);
    }

    @SuppressWarnings("unchecked")
    private Object many(Class<?> kind, Type type, Method setter, Content content) throws Exception {
        Type element = type.arrayElementType().orElseThrow();
        Collection<Object> all;
        Class<?> elementKind;
        if (kind == List.class) {
            all = new ArrayList<>();
            elementKind = (Class<?>) ((ParameterizedType) setter.getGenericParameterTypes()[0]).getActualTypeArguments()[0];
        } else {
            all = (Collection<Object>) kind.getConstructor().newInstance();
            elementKind = (Class<?>) ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments()[0];
        }
        for (int i = 0; i < 3; i++) {
            all.add(element instanceof Schema schema ? make(elementKind, schema, content) : one(elementKind, element));
        }
        return all;
    }

    private Object one(Class<?> kind, Type type) {
        int next = number++;
        Map<Class<?>, Function<Integer, Object>> makers = Map.ofEntries(
            Map.entry(byte.class, n -> (byte) (n % 100 + 10)), Map.entry(Byte.class, n -> (byte) (n % 100 + 10)),
            Map.entry(short.class, n -> (short) (n % 20_000 + 10)), Map.entry(Short.class, n -> (short) (n % 20_000 + 10)),
            Map.entry(int.class, n -> type.toString().contains("UINT16") ? n % 60_000 + 1 : n * 7919 + 11), Map.entry(Integer.class, n -> n * 7919 + 11),
            Map.entry(long.class, n -> type.toString().contains("UINT32") ? n + 3_000_000_000L : n * 104_729L * 104_729L + 13), Map.entry(Long.class, n -> n * 104_729L * 104_729L + 13),
            Map.entry(double.class, n -> n / 7.0), Map.entry(Boolean.class, n -> n % 2 == 0),
            Map.entry(Uuid.class, n -> new Uuid(n * 31L, -n)),
            Map.entry(String.class, n -> n % 50 == 0 ? "é".repeat(200) + n : "text " + n),
            Map.entry(byte[].class, Wire::noise),
            Map.entry(ByteBuffer.class, n -> ByteBuffer.wrap(noise(n))));
        Function<Integer, Object> maker = makers.get(kind);
        if (maker != null) {
            return maker.apply(next);
        }
        if (kind.getSimpleName().equals("BaseRecords")) {
            return records(noise(next * 37));
        }
        throw new IllegalStateException("no value for " + kind + " of " + type);
    }

    /** The class moved between the releases that this program is compiled against. */
    private static Object records(byte[] bytes) {
        for (String where : new String[] {"org.apache.kafka.common.record.internal.", "org.apache.kafka.common.record."}) {
            try {
                return Class.forName(where + "MemoryRecords").getMethod("readableRecords", ByteBuffer.class)
                    .invoke(null, ByteBuffer.wrap(bytes));
            } catch (ClassNotFoundException next) {
                // It is in the other package.
            } catch (ReflectiveOperationException problem) {
                throw new IllegalStateException(problem);
            }
        }
        throw new IllegalStateException("no MemoryRecords");
    }

    private static byte[] noise(int seed) {
        byte[] bytes = new byte[1 + seed % 4000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (seed + i * 31);
        }
        return bytes;
    }
}
