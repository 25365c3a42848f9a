//! How a conversation asks, and what is written down of it.

use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
use std::io::{Read, Write};
use std::marker::PhantomData;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base::{ErrorCode, Str, Uuid};
use bytes::Bytes;
use protocol::ApiKey;
use protocol::frame::{decode_response, encode_request};
use protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use protocol::messages::*;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The type of a configured resource that is a group.
const GROUP_RESOURCE: i8 = 32;

/// As many partitions as `__consumer_offsets` has by the settings.
pub const GROUP_SHARDS: i32 = 3;

/// What Apache Kafka lists in the order of a hash map, often of ids that are made up: inner lists
/// before those that hold them.
const UNORDERED: &[&str] = &[
    "JoinGroupResponseMember",
    "DescribedGroupMember",
    "TopicPartitions",
    "TopicPartition",
    "TaskIds",
    "KeyValue",
    "EndpointToPartitions",
    "Member",
    "DescribedGroup",
    "PartitionData",
    "DescribeLogDirsPartition",
    "DescribeConfigsResourceResult",
    "ConfigResource",
    "DescribeShareGroupOffsetsResponseTopic",
    "SupportedFeatureKey",
    "FinalizedFeatureKey",
    "ShareFetchableTopicResponse",
    "ShareAcknowledgeTopicResponse",
    "PartitionProduceResponse",
    "TopicProduceResponse",
    "ListOffsetsTopicResponse",
    "DeleteRecordsTopicResult",
    "AlterReplicaLogDirTopicResult",
    "DescribeLogDirsTopic",
    "WritableTxnMarkerTopicResult",
    "InitializeStateResult",
    "WriteStateResult",
    "ReadStateSummaryResult",
    "ReadStateResult",
    "DeleteStateResult",
    // Shuffled, lest anybody learn from the order which topics there are.
    "DeletableTopicResult",
];

pub struct Talk {
    address: String,
    /// Stands before every name that the conversation makes up, so that conversations do not meet.
    pub name: &'static str,
    connection: Connection,
    lines: Vec<String>,
    /// What is made up anew in each run, and what it is called here.
    names: Vec<(String, String)>,
    has_own_words: bool,
}

/// A request whose reply will come when something else has happened.
pub struct Waiting<R> {
    connection: Connection,
    version: i16,
    number: usize,
    request: PhantomData<R>,
}

impl Talk {
    pub fn with(address: &str, name: &'static str) -> Talk {
        let mut talk = Talk {
            address: address.to_owned(),
            name,
            connection: Connection::to(address),
            lines: Vec::new(),
            names: Vec::new(),
            has_own_words: false,
        };
        let (_, port) = address.rsplit_once(':').expect("an address has a port");
        talk.call(format!("port: {port}"), "port");
        let cluster = talk.aside(1, &DescribeClusterRequest::default()).cluster_id;
        talk.call(String::from(&cluster), "cluster");
        talk
    }

    /// Asks, and writes down what is said. A broker that will not answer ends the connection, which
    /// is written down too; the answer is then that of a default.
    pub fn ask<R: ApiRequest + std::fmt::Debug>(&mut self, version: i16, request: R) -> R::Response
    where
        R::Response: std::fmt::Debug + Default,
    {
        self.connection.send(&request, version);
        match self.connection.receive::<R>(version) {
            Ok(response) => {
                self.write_down(version, &request, &response);
                response
            }
            Err(Closed) => {
                let line = self.line('>', R::KEY, version, &format!("{request:?}"));
                self.lines.push(line);
                self.lines.push("< (the connection ends)".to_owned());
                self.connection = Connection::to(&self.address);
                R::Response::default()
            }
        }
    }

    /// Writes down what was asked aside.
    pub fn write_down<R: ApiRequest + std::fmt::Debug>(
        &mut self,
        version: i16,
        request: &R,
        response: &R::Response,
    ) where
        R::Response: std::fmt::Debug,
    {
        let line = self.line('>', R::KEY, version, &format!("{request:?}"));
        self.lines.push(line);
        let line = self.line('<', R::KEY, version, &format!("{response:?}"));
        self.lines.push(line);
    }

    /// Asks over a connection of its own, and goes on before the reply has come. The broker takes
    /// requests of different connections in no particular order: where the order matters, look whether
    /// this one has had its effect, as [`Talk::until_group_is`] does.
    pub fn begin<R: ApiRequest + std::fmt::Debug>(
        &mut self,
        version: i16,
        request: R,
    ) -> Waiting<R> {
        let line = self.line('>', R::KEY, version, &format!("{request:?}"));
        self.lines.push(format!("{line} (to be answered)"));
        let mut connection = Connection::to(&self.address);
        connection.send(&request, version);
        Waiting { connection, version, number: self.lines.len(), request: PhantomData }
    }

    /// Takes the reply to what was begun.
    pub fn finish<R: ApiRequest>(&mut self, waiting: Waiting<R>) -> R::Response
    where
        R::Response: std::fmt::Debug,
    {
        let Waiting { mut connection, version, number, .. } = waiting;
        let response = connection.receive::<R>(version).expect("the broker answers");
        let line = self.line('<', R::KEY, version, &format!("{response:?}"));
        self.lines.push(format!("{line} (to line {number})"));
        response
    }

    /// Sends what has no answer.
    pub fn tell<R: ApiRequest + std::fmt::Debug>(&mut self, version: i16, request: &R) {
        let line = self.line('>', R::KEY, version, &format!("{request:?}"));
        self.lines.push(format!("{line} (without an answer)"));
        self.connection.send(request, version);
    }

    /// Sends a frame as it is over a connection of its own, and writes down the bytes that come back.
    pub fn send_frame(&mut self, frame: &[u8]) {
        self.lines.push(format!("> {}", hex(frame)));
        let mut connection = Connection::to(&self.address);
        connection.stream.write_all(frame).expect("the connection takes a frame");
        let line = match connection.receive_frame() {
            Ok(answer) => format!("< {}", hex(&answer)),
            Err(Closed) => "< (the connection ends)".to_owned(),
        };
        self.lines.push(line);
    }

    /// Asks without writing it down: what makes the stage, or is asked until it is so.
    pub fn aside<R: ApiRequest>(&mut self, version: i16, request: &R) -> R::Response {
        self.connection.send(request, version);
        let answer = self.connection.receive::<R>(version);
        answer.unwrap_or_else(|Closed| panic!("{}: the broker ends the connection", self.name))
    }

    /// Asks until the answer is good, and writes down the last.
    pub fn ask_until<R: ApiRequest + Clone + std::fmt::Debug>(
        &mut self,
        version: i16,
        request: R,
        good: impl Fn(&R::Response) -> bool,
    ) -> R::Response
    where
        R::Response: std::fmt::Debug,
    {
        let begun = Instant::now();
        loop {
            let response = self.aside(version, &request);
            if good(&response) {
                self.write_down(version, &request, &response);
                return response;
            }
            let said = self.transcript();
            assert!(begun.elapsed() < PATIENCE, "{said}{request:?}\nis still {response:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Has something that the broker made up go by a name.
    pub fn call(&mut self, what: impl Into<String>, name: &str) {
        let what = what.into();
        // Longer ones first, lest a name be found within another.
        let at = self.names.partition_point(|(other, _)| other.len() >= what.len());
        self.names.insert(at, (what, format!("<{name}>")));
    }

    /// From here on both brokers explain errors in words of their own: only the codes are compared.
    pub fn in_own_words(&mut self) {
        self.has_own_words = true;
        self.note("explained by each broker in words of its own");
    }

    /// Says in the transcript what the conversation is about to do.
    pub fn note(&mut self, text: &str) {
        self.lines.push(format!("# {text}"));
    }

    /// A name of this conversation's own.
    pub fn own(&self, what: &str) -> Str {
        Str::from(format!("{}-{what}", self.name))
    }

    /// A group of this conversation's own, whose coordinator serves.
    pub fn group(&mut self, what: &str) -> Str {
        let group = self.own(what);
        self.coordinator(&group, 0);
        group
    }

    pub fn wait_ms(&self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }

    pub fn transcript(&self) -> String {
        // Names may have been given after a line was written.
        self.lines.iter().map(|line| format!("{}\n", self.renamed(line))).collect()
    }

    fn renamed(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (what, name) in &self.names {
            line = line.replace(what, name);
        }
        line = with_sorted_names(&line);
        for kind in UNORDERED {
            line = in_order(&line, &format!("{kind} {{"));
        }
        line
    }

    fn line(&self, mark: char, key: ApiKey, version: i16, message: &str) -> String {
        let mut text = message.replace(", unknown_tags: UnknownTags(None)", "");
        text = text.replace("throttle_time_ms: 0, ", "");
        if self.has_own_words {
            text = without_words(&text);
        }
        for kind in [format!("{}Request", key.name()), format!("{}Response", key.name())] {
            text = text.replacen(&kind, "", 1);
        }
        format!("{mark} {} {version}{text}", key.name())
    }

    // ---- the stage ----

    /// Creates a topic and gives its id a name.
    pub fn topic(&mut self, what: &str, partitions: i32) -> (Str, Uuid) {
        self.topic_with(what, partitions, &[])
    }

    /// Creates a topic with settings of its own, which it obeys from the first record on.
    pub fn topic_with(
        &mut self,
        what: &str,
        partitions: i32,
        settings: &[(&str, &str)],
    ) -> (Str, Uuid) {
        let name = self.own(what);
        let setting = |(name, value): &(&str, &str)| create_topics_request::CreatableTopicConfig {
            name: Str::from(*name),
            value: Some(Str::from(*value)),
            ..Default::default()
        };
        let topic = create_topics_request::CreatableTopic {
            name: name.clone(),
            num_partitions: partitions,
            replication_factor: 1,
            configs: settings.iter().map(setting).collect(),
            ..Default::default()
        };
        let request =
            CreateTopicsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() };
        let created = self.aside(7, &request);
        assert_eq!(created.topics[0].error_code, 0, "{created:?}");
        let id = created.topics[0].topic_id;
        let name_of_id = format!("id of {what}");
        let before = self.names.iter().filter(|(_, called)| called.contains(&name_of_id)).count();
        self.call(id.to_string(), &format!("{name_of_id}{}", ", again".repeat(before)));
        let listed = metadata_request::MetadataRequestTopic {
            name: Some(name.clone()),
            ..Default::default()
        };
        let request = MetadataRequest { topics: Some(vec![listed]), ..Default::default() };
        self.until(&format!("{name} is there"), |talk| {
            talk.aside(12, &request).topics[0].partitions.len() == partitions as usize
        });
        (name, id)
    }

    /// Waits until the coordinator of a key serves: 0 for groups, 1 for transactions, 2 for shares.
    pub fn coordinator(&mut self, key: &Str, key_type: i8) {
        let request = FindCoordinatorRequest {
            key_type,
            coordinator_keys: vec![key.clone()],
            ..Default::default()
        };
        self.until(&format!("{key} has a coordinator"), |talk| {
            talk.aside(6, &request).coordinators[0].error_code == 0 && talk.serves(key, key_type)
        });
    }

    /// Creates a topic, and waits until whoever assigns partitions in groups has heard of it: each
    /// shard of the coordinator hears of topics in its own time.
    pub fn topic_for_groups(&mut self, what: &str, partitions: i32) -> (Str, Uuid) {
        let (name, id) = self.topic(what, partitions);
        for shard in 0..GROUP_SHARDS {
            let of_shard = |probe: &Str| shard_of(probe) == shard;
            let mut probes = (0..).map(|n| Str::from(format!("probe-{n}-{name}")));
            let probe = probes.find(of_shard).expect("names fall on every shard");
            self.coordinator(&probe, 0);
            let heartbeat = |epoch: i32| ConsumerGroupHeartbeatRequest {
                group_id: probe.clone(),
                member_id: "probe".into(),
                member_epoch: epoch,
                rebalance_timeout_ms: 30_000,
                subscribed_topic_names: Some(vec![name.clone()]),
                topic_partitions: Some(Vec::new()),
                ..Default::default()
            };
            self.until(&format!("{name} is assigned"), |talk| {
                let joined = talk.aside(1, &heartbeat(0));
                talk.aside(1, &heartbeat(-1));
                joined.assignment.is_some_and(|assigned| !assigned.topic_partitions.is_empty())
            });
            let names = vec![probe.clone()];
            self.aside(2, &DeleteGroupsRequest { groups_names: names, ..Default::default() });
        }
        (name, id)
    }

    /// Gives a group settings of its own, which hold a moment later.
    pub fn set_of_group(&mut self, group: &Str, settings: &[(&str, &str)]) {
        self.set(GROUP_RESOURCE, group, settings);
    }

    /// Sets something of a resource; it holds a moment later.
    pub fn set(&mut self, resource_type: i8, name: &Str, settings: &[(&str, &str)]) {
        let setting = |(name, value): &(&str, &str)| AlterableConfig {
            name: Str::from(*name),
            value: Some(Str::from(*value)),
            ..Default::default()
        };
        let resource = AlterConfigsResource {
            resource_type,
            resource_name: name.clone(),
            configs: settings.iter().map(setting).collect(),
            ..Default::default()
        };
        let request =
            IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() };
        let altered = self.aside(1, &request);
        assert_eq!(altered.responses[0].error_code, 0, "{altered:?}");
    }

    /// Lists groups of some types in some states; those of other conversations are left out.
    pub fn groups(&mut self, types: &[&str], states: &[&str]) {
        let names = |names: &[&str]| names.iter().map(|name| Str::from(*name)).collect();
        let request = ListGroupsRequest {
            states_filter: names(states),
            types_filter: names(types),
            ..Default::default()
        };
        let mut response = self.aside(5, &request);
        response.groups.retain(|group| group.group_id.starts_with(self.name));
        self.write_down(5, &request, &response);
    }

    /// Waits until a group is in a state.
    pub fn until_group_is(&mut self, group: &Str, state: &str) {
        let request = DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() };
        self.until(&format!("{group} is {state}"), |talk| {
            talk.aside(5, &request).groups[0].group_state == state
        });
    }

    /// Waits until something is so.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&mut Talk) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            let said = self.transcript();
            assert!(begun.elapsed() < PATIENCE, "{said}waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn serves(&mut self, key: &Str, key_type: i8) -> bool {
        let code = match key_type {
            0 => {
                let request =
                    DescribeGroupsRequest { groups: vec![key.clone()], ..Default::default() };
                self.aside(5, &request).groups[0].error_code
            }
            1 => {
                let request = DescribeTransactionsRequest {
                    transactional_ids: vec![key.clone()],
                    ..Default::default()
                };
                self.aside(0, &request).transaction_states[0].error_code
            }
            _ => 0,
        };
        !matches!(
            ErrorCode::from_code(code),
            ErrorCode::CoordinatorLoadInProgress
                | ErrorCode::CoordinatorNotAvailable
                | ErrorCode::NotCoordinator
        )
    }
}

/// Sorts every list whose entries begin with `opening`, which ends in a brace.
fn in_order(line: &str, opening: &str) -> String {
    let mut sorted = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(&format!("[{opening}")) {
        let (before, list) = rest.split_at(start + "[".len());
        let mut entries = Vec::new();
        let mut after = list;
        while after.starts_with(opening) {
            let (entry, more) = after.split_at(end_of_braces(after));
            entries.push(entry);
            after = more.strip_prefix(", ").unwrap_or(more);
        }
        entries.sort_unstable();
        sorted.push_str(before);
        sorted.push_str(&entries.join(", "));
        rest = after;
    }
    sorted.push_str(rest);
    sorted
}

/// Replaces the words of every error.
fn without_words(text: &str) -> String {
    let opening = "error_message: Some(\"";
    let mut parts = text.split(opening);
    let mut without = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.char_indices();
        let end = loop {
            match letters.next().expect("a text ends") {
                (_, '\\') => drop(letters.next()),
                (at, '"') => break at,
                _ => {}
            }
        };
        without.push_str(&format!("{opening}<words>{}", &part[end..]));
    }
    without
}

/// Apache Kafka keeps and tells subscriptions in the order of a hash set.
fn with_sorted_names(line: &str) -> String {
    let opening = "subscribed_topic_names: [";
    let mut parts = line.split(opening);
    let mut sorted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (names, after) = part.split_once(']').expect("a list ends");
        let mut names: Vec<&str> = names.split(", ").collect();
        names.sort_unstable();
        sorted.push_str(&format!("{opening}{}]{after}", names.join(", ")));
    }
    sorted
}

/// Where the first brace of a text is closed again.
fn end_of_braces(text: &str) -> usize {
    let mut depth = 0;
    let end = text.char_indices().find(|(_, letter)| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => return false,
        }
        depth == 0
    });
    end.expect("braces come in pairs").0 + 1
}

/// The partition of `__consumer_offsets` that a group belongs to.
fn shard_of(group: &str) -> i32 {
    let hash =
        group.bytes().fold(0i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte)));
    hash.checked_abs().unwrap_or(0) % GROUP_SHARDS
}

/// The broker has ended the connection instead of answering.
#[derive(Debug)]
struct Closed;

struct Connection {
    stream: TcpStream,
}

impl Connection {
    fn to(address: &str) -> Connection {
        let stream = TcpStream::connect(address).expect("the broker listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        Connection { stream }
    }

    fn send<R: ApiRequest>(&mut self, request: &R, version: i16) {
        let what = format!("{} {version}", R::KEY.name());
        let encoded = encode_request(request, version, 7, Some(&Str::from("talk")));
        let encoded = encoded.unwrap_or_else(|error| panic!("{what}: {error}"));
        for segment in encoded.segments() {
            let protocol::Segment::Bytes(bytes) = segment else { panic!("{what} has no file") };
            self.stream.write_all(&bytes).expect("the connection takes a request");
        }
    }

    fn receive<R: ApiRequest>(&mut self, version: i16) -> Result<R::Response, Closed> {
        let answer = decode_response::<R>(Bytes::from(self.receive_frame()?), version);
        Ok(answer.unwrap_or_else(|error| panic!("{} {version}: {error}", R::KEY.name())).1)
    }

    fn receive_frame(&mut self) -> Result<Vec<u8>, Closed> {
        let mut length = [0; 4];
        self.read(&mut length)?;
        let mut frame = vec![0; i32::from_be_bytes(length) as usize];
        self.read(&mut frame)?;
        Ok(frame)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), Closed> {
        match self.stream.read_exact(bytes) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind(), UnexpectedEof | ConnectionReset) => Err(Closed),
            Err(error) => panic!("the broker does not answer: {error}"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
