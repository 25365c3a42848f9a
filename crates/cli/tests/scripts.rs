//! Kafka's shell commands by the names people know, as documents about Kafka show them.

mod common;

use std::path::Path;
use std::process::Command;

use common::{Node, vltava};

/// A node and the scripts, in one folder.
struct Shell {
    node: Node,
}

impl Shell {
    fn start(name: &str) -> Shell {
        let node = Node::start(name);
        let installed = vltava(&["scripts", "install"]).arg(node.dir.join("bin")).output().unwrap();
        assert!(installed.status.success());
        Shell { node }
    }

    /// Runs a line in the folder of the scripts, with what documents leave to the reader set. Standard
    /// output, standard error and the exit code.
    fn run(&self, line: &str) -> (String, String, i32) {
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(self.node.dir.join("bin"))
            .env("BOOTSTRAP", &self.node.bootstrap)
            .env("TOPIC", "orders")
            .env("GROUP", "readers")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }

    #[track_caller]
    fn output(&self, line: &str) -> String {
        let (out, err, code) = self.run(line);
        assert_eq!(code, 0, "{line}: {err}");
        out
    }
}

#[test]
fn the_commands_of_the_documents_work_as_they_stand_there() {
    let shell = Shell::start("scripts-seeds");
    let created = shell.output("./kafka-topics.sh --create --topic $TOPIC --partitions 1 --replication-factor 1 --bootstrap-server $BOOTSTRAP");
    assert_eq!(created, "Created topic orders.\n");
    let topics = shell.output("./kafka-topics.sh --bootstrap-server $BOOTSTRAP --list");
    assert_eq!(topics, "orders\n");
    let described =
        shell.output("./kafka-topics.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC --describe");
    assert!(described.starts_with("Topic: orders\tTopicId: "), "{described}");
    assert!(described.contains("\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: "));
    let partition =
        "\n\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n";
    assert!(described.ends_with(partition), "{described}");

    shell.output(
        "seq 1 100 | ./kafka-console-producer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC",
    );
    let sum = shell.output("./kafka-run-class.sh kafka.tools.GetOffsetShell --broker-list $BOOTSTRAP --topic $TOPIC | awk -F \":\" '{sum += $3} END {print sum}'");
    assert_eq!(sum, "100\n");
    let read = shell.output("./kafka-console-consumer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC --group $GROUP --from-beginning --max-messages 30");
    assert_eq!(read.lines().last(), Some("30"));

    let (offsets, err, code) = shell.run("./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --group $GROUP --describe --offsets");
    assert_eq!((err.as_str(), code), ("\nConsumer group 'readers' has no active members.\n", 0));
    assert_eq!(
        offsets,
        "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n\
         readers         orders          0          30              100             70              -               -               -\n"
    );
}

#[test]
fn a_record_that_cannot_be_printed_ends_the_reading_behind_it_or_is_skipped() {
    let shell = Shell::start("scripts-unprintable");
    shell.output("printf 'aaaaaaaa\\nx\\nbbbbbbbb\\n' | ./kafka-console-producer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC");
    let read =
        "./kafka-console-consumer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC --from-beginning";
    let longs = "--value-deserializer org.apache.kafka.common.serialization.LongDeserializer";

    let (out, err, code) = shell.run(&format!("{read} --group one {longs}"));
    assert_eq!((out.as_str(), code), ("7016996765293437281\n", 1), "{err}");
    assert!(err.contains("Processed a total of 2 messages"), "{err}");
    let next = shell.output(&format!("{read} --group one --max-messages 1"));
    assert_eq!(next, "bbbbbbbb\n", "what was not looked at is not committed");

    let skip = "--skip-message-on-error --max-messages 3";
    let (out, err, code) = shell.run(&format!("{read} --group two {longs} {skip}"));
    assert_eq!((out.as_str(), code), ("7016996765293437281\n7089336938131513954\n", 0), "{err}");
    assert!(err.contains("Error processing message, skipping this message: Size of data"), "{err}");
}

#[test]
fn a_consumer_that_is_told_to_end_commits_and_leaves() {
    let shell = Shell::start("scripts-terminated");
    shell.output(
        "seq 1 3 | ./kafka-console-producer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC",
    );
    let out = shell.output("./kafka-console-consumer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC --group $GROUP --from-beginning > read 2> said & \
        for i in $(seq 600); do [ $(wc -l < read) -eq 3 ] && break; sleep 0.05; done; kill -TERM $!; wait $!; cat read said");
    assert!(out.starts_with("1\n2\n3\n"), "{out}");
    assert!(out.ends_with("Processed a total of 3 messages\n"), "{out}");
    let (offsets, err, _) = shell.run("./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --group $GROUP --describe --offsets");
    assert!(err.contains("has no active members"), "{err}");
    assert!(offsets.contains("0          3               3               0"), "{offsets}");
}

#[test]
fn a_record_that_is_refused_does_not_keep_the_next_ones_from_being_sent() {
    let shell = Shell::start("scripts-refused");
    let (_, err, code) = shell.run("printf 'a\\n%02000d\\nb\\n' 0 | ./kafka-console-producer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC --command-property max.request.size=1000");
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("Error when sending message to topic orders with error"), "{err}");
    let read = shell.output("./kafka-console-consumer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC --from-beginning --max-messages 2");
    assert_eq!(read, "a\nb\n");
}

#[test]
fn an_assignment_says_where_partitions_that_are_added_go() {
    let shell = Shell::start("scripts-added");
    shell.output("./kafka-topics.sh --create --topic $TOPIC --bootstrap-server $BOOTSTRAP");
    let alter =
        "./kafka-topics.sh --alter --topic $TOPIC --bootstrap-server $BOOTSTRAP --partitions";
    let (_, err, code) = shell.run(&format!("{alter} 2 --replica-assignment 1,7"));
    assert_eq!(code, 1, "there is no broker 7: {err}");
    let (_, err, code) = shell.run(&format!("{alter} 2 --replica-assignment 1"));
    assert_eq!(code, 1, "it says nothing of the partition that is added: {err}");
    shell.output(&format!("{alter} 2 --replica-assignment 1,1"));
}

#[test]
fn offsets_are_reset_where_it_is_said_how_and_of_what() {
    let shell = Shell::start("scripts-reset");
    shell.output("./kafka-topics.sh --create --topic $TOPIC --bootstrap-server $BOOTSTRAP");
    shell.output(
        "seq 1 100 | ./kafka-console-producer.sh --bootstrap-server $BOOTSTRAP --topic $TOPIC",
    );
    let (out, err, code) = shell.run("./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --group $TOPIC --reset-offsets --to-latest");
    assert_eq!((out.as_str(), code), ("", 1));
    let mut lines = err.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("WARN: No action will be performed as the --execute option is missing.")
    );
    assert_eq!(
        lines.next(),
        Some("One of the reset scopes should be defined: --all-topics, --topic.")
    );
    let mut offset = 0;
    for (to, expected) in
        [("--to-earliest", 0), ("--shift-by 60", 60), ("--shift-by 60", 100), ("--to-latest", 100)]
    {
        let line = format!(
            "./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --group $TOPIC --topic $TOPIC --execute --reset-offsets {to}"
        );
        let text = shell.output(&line);
        let row = format!("orders          orders          0          {expected}");
        assert_eq!(text.lines().nth(2), Some(row.as_str()), "from {offset} {to}");
        offset = expected;
    }
    let exported = shell.output("./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --group $TOPIC --all-topics --reset-offsets --to-offset 7 --dry-run --export");
    assert_eq!(exported.trim(), "orders,0,7");
    let exported = shell.output("./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --all-groups --all-topics --reset-offsets --to-offset 7 --dry-run --export | tee plan");
    assert_eq!(exported.trim(), "orders,orders,0,7", "one group, but nobody has named it");
    let read = shell.output("./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --all-groups --reset-offsets --from-file plan --execute --export");
    assert_eq!(read, exported);
}

#[test]
fn mistakes_end_as_kafkas_tools_end() {
    let shell = Shell::start("scripts-mistakes");
    for (line, first) in [
        (
            "./kafka-topics.sh --bootstrap-server $BOOTSTRAP --nothing",
            "nothing is not a recognized option",
        ),
        (
            "./kafka-topics.sh --bootstrap-server $BOOTSTRAP --list --describe",
            "Command must include exactly one action: --list, --describe, --create, --alter or --delete",
        ),
        ("./kafka-consumer-groups.sh --list", "Missing required argument \"[bootstrap-server]\""),
        (
            "./kafka-get-offsets.sh --bootstrap-server $BOOTSTRAP --topic nope",
            "Error occurred: Could not match any topic-partitions with the specified filters",
        ),
        (
            "./kafka-console-consumer.sh --bootstrap-server $BOOTSTRAP",
            "Exactly one of the following arguments is required: [topic], [include]",
        ),
        (
            "./kafka-configs.sh --bootstrap-server $BOOTSTRAP --describe",
            "At least one entity type must be specified",
        ),
        ("./kafka-storage.sh format --nothing", "error: unexpected argument '--nothing' found"),
        (
            "./kafka-run-class.sh kafka.tools.Nothing",
            "Error: Could not find or load main class kafka.tools.Nothing",
        ),
    ] {
        let (_, err, code) = shell.run(line);
        assert_eq!((err.lines().next(), code), (Some(first), 1), "{line}");
    }
    let twice = "Found multiple arguments for option topic, but you asked for only one";
    for line in [
        "./kafka-get-offsets.sh --topic b --topic a",
        "./kafka-console-producer.sh --topic b --topic a",
        "./kafka-configs.sh --topic b --topic a --describe",
    ] {
        let (_, err, code) = shell.run(&format!("{line} --bootstrap-server $BOOTSTRAP"));
        let line = err.lines().next().unwrap_or_default();
        assert_eq!((line.strip_prefix("Error occurred: ").unwrap_or(line), code), (twice, 1));
    }
    let (out, _, code) =
        shell.run("./kafka-topics.sh --bootstrap-server $BOOTSTRAP --create --topic b --topic a");
    assert_eq!((out, code), (format!("Error while executing topic command : {twice}\n"), 1));
    let said = shell.output("./kafka-consumer-groups.sh --bootstrap-server $BOOTSTRAP --delete-offsets --topic b --topic a --group b --group a");
    assert_eq!(
        said,
        "\nError: Executing consumer group command failed due to Found multiple arguments for option group, but you asked for only one\n"
    );
    let (out, err, code) = shell.run("./kafka-topics.sh --help");
    let about = "This tool helps to create, delete, describe, or change a topic.";
    assert_eq!((out.as_str(), err.lines().next(), code), ("", Some(about), 1));
    assert!(shell.output("./kafka-topics.sh --version").starts_with("4.3.1 "));
    let (out, _, code) =
        shell.run("./kafka-topics.sh --bootstrap-server $BOOTSTRAP --describe --topic nope");
    let said = "Error while executing topic command : Topic 'nope' does not exist as expected\n";
    assert_eq!((out.as_str(), code), (said, 1));
}

#[test]
fn configurations_are_altered_and_described() {
    let shell = Shell::start("scripts-configs");
    shell.output("./kafka-topics.sh --create --topic $TOPIC --bootstrap-server $BOOTSTRAP");
    let altered = shell.output("./kafka-configs.sh --bootstrap-server $BOOTSTRAP --alter --entity-type topics --entity-name $TOPIC --add-config cleanup.policy=[compact,delete],retention.ms=60000");
    assert_eq!(altered, "Completed updating config for topic orders.\n");
    let described =
        shell.output("./kafka-configs.sh --bootstrap-server $BOOTSTRAP --describe --topic $TOPIC");
    let lines: Vec<&str> = described.lines().collect();
    assert_eq!(lines[0], "Dynamic configs for topic orders are:");
    assert!(lines[1].starts_with("  cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, "), "{described}");
    assert!(lines[2].starts_with("  retention.ms=60000 sensitive=false "), "{described}");
    shell.output("./kafka-configs.sh --bootstrap-server $BOOTSTRAP --alter --topic $TOPIC --delete-config cleanup.policy");
    let described =
        shell.output("./kafka-configs.sh --bootstrap-server $BOOTSTRAP --describe --topic $TOPIC");
    assert_eq!(described.lines().count(), 2);
}

#[test]
fn quotas_are_altered_and_described() {
    let shell = Shell::start("scripts-quotas");
    let tool = "./kafka-configs.sh --bootstrap-server $BOOTSTRAP";
    let alter = |what: &str| shell.output(&format!("{tool} --alter {what}"));
    let describe = |what: &str| shell.output(&format!("{tool} --describe {what}"));
    let set = alter(
        "--entity-type users --entity-name bob --add-config producer_byte_rate=1000,request_percentage=12.5",
    );
    assert_eq!(set, "Completed updating config for user bob.\n");
    let set = alter("--user bob --client-defaults --add-config consumer_byte_rate=20000000");
    assert_eq!(set, "Completed updating config for user bob.\n");
    let set = alter("--ip-defaults --add-config connection_creation_rate=5");
    assert_eq!(set, "Completed updating default config for ips in the cluster.\n");

    let bob = "Quota configs for user-principal 'bob' are producer_byte_rate=1000.0, request_percentage=12.5\n";
    assert_eq!(describe("--entity-type users"), bob);
    assert_eq!(describe("--user bob"), bob);
    assert_eq!(
        describe("--entity-type users --entity-name bob --entity-type clients"),
        "Quota configs for user-principal 'bob', the default client-id are consumer_byte_rate=2.0E7\n"
    );
    assert_eq!(
        describe("--ip-defaults"),
        "Quota configs for the default ip are connection_creation_rate=5.0\n"
    );

    alter("--user bob --delete-config producer_byte_rate,request_percentage");
    assert_eq!(describe("--user bob"), "");
    let (_, error, code) =
        shell.run(&format!("{tool} --alter --user bob --delete-config producer_byte_rate"));
    assert!(code == 1 && error.contains("Invalid config(s): producer_byte_rate"), "{error}");
}

#[test]
fn a_script_takes_the_place_of_a_link_and_leaves_alone_what_it_leads_to() {
    let dir = std::env::temp_dir().join(format!("vltava-scripts-over-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (precious, link) = (dir.join("precious"), dir.join("kafka-topics.sh"));
    std::fs::write(&precious, "precious").unwrap();
    std::os::unix::fs::symlink(&precious, &link).unwrap();
    let installed = vltava(&["scripts", "install", "--force"]).arg(&dir).output().unwrap();
    assert!(installed.status.success());
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_file());
    assert!(std::fs::read_to_string(&link).unwrap().contains("scripts run kafka-topics.sh"));
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_link_with_the_name_of_a_script_is_the_script() {
    let shell = Shell::start("scripts-link");
    let program = Path::new(env!("CARGO_BIN_EXE_vltava"));
    std::os::unix::fs::symlink(program, shell.node.dir.join("kafka-topics.sh")).unwrap();
    assert_eq!(shell.output("../kafka-topics.sh --bootstrap-server $BOOTSTRAP --list"), "\n");
}
