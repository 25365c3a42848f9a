//! How a conversation asks, and what is written down of it.

use std::io::{Read, Write};
use std::marker::PhantomData;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base::{ErrorCode, Str, Uuid};
use bytes::Bytes;
use protocol::ApiKey;
use protocol::frame::{decode_response, encode_request};
use protocol::messages::*;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Talk {
    address: String,
    /// Stands before every name that the conversation makes up, so that conversations do not meet.
    pub name: &'static str,
    connection: Connection,
    lines: Vec<String>,
    /// What is made up anew in each run, and what it is called here.
    names: Vec<(String, String)>,
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
        Talk {
            address: address.to_owned(),
            name,
            connection: Connection::to(address),
            lines: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Asks, and writes down what is said.
    pub fn ask<R: ApiRequest + std::fmt::Debug>(&mut self, version: i16, request: R) -> R::Response
    where
        R::Response: std::fmt::Debug,
    {
        let line = self.line('>', R::KEY, version, &format!("{request:?}"));
        self.lines.push(line);
        self.connection.send(&request, version);
        let response = self.connection.receive::<R>(version);
        let line = self.line('<', R::KEY, version, &format!("{response:?}"));
        self.lines.push(line);
        response
    }

    /// Asks over a connection of its own, and goes on before the reply has come.
    pub fn begin<R: ApiRequest + std::fmt::Debug>(
        &mut self,
        version: i16,
        request: R,
    ) -> Waiting<R> {
        let line = self.line('>', R::KEY, version, &format!("{request:?}"));
        self.lines.push(format!("{line} (to be answered)"));
        let mut connection = Connection::to(&self.address);
        connection.send(&request, version);
        // The broker takes requests of different connections in no particular order.
        std::thread::sleep(Duration::from_millis(100));
        Waiting { connection, version, number: self.lines.len(), request: PhantomData }
    }

    /// Takes the reply to what was begun.
    pub fn finish<R: ApiRequest>(&mut self, waiting: Waiting<R>) -> R::Response
    where
        R::Response: std::fmt::Debug,
    {
        let Waiting { mut connection, version, number, .. } = waiting;
        let response = connection.receive::<R>(version);
        let line = self.line('<', R::KEY, version, &format!("{response:?}"));
        self.lines.push(format!("{line} (to line {number})"));
        response
    }

    /// Asks without writing it down: what makes the stage, or is asked until it is so.
    pub fn aside<R: ApiRequest>(&mut self, version: i16, request: &R) -> R::Response {
        self.connection.send(request, version);
        self.connection.receive::<R>(version)
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
                let line = self.line('>', R::KEY, version, &format!("{request:?}"));
                self.lines.push(line);
                let line = self.line('<', R::KEY, version, &format!("{response:?}"));
                self.lines.push(line);
                return response;
            }
            assert!(begun.elapsed() < PATIENCE, "{}: still {response:?}", self.name);
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

    /// Says in the transcript what the conversation is about to do.
    pub fn note(&mut self, text: &str) {
        self.lines.push(format!("# {text}"));
    }

    /// A name of this conversation's own.
    pub fn own(&self, what: &str) -> Str {
        Str::from(format!("{}-{what}", self.name))
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
        // Apache Kafka lists members in the order of a hash map.
        for kind in ["JoinGroupResponseMember", "DescribedGroupMember"] {
            line = in_order(&line, &format!("{kind} {{"));
        }
        line
    }

    fn line(&self, mark: char, key: ApiKey, version: i16, message: &str) -> String {
        let mut text = message.replace(", unknown_tags: UnknownTags(None)", "");
        text = text.replace("throttle_time_ms: 0, ", "");
        for kind in [format!("{}Request", key.name()), format!("{}Response", key.name())] {
            text = text.replacen(&kind, "", 1);
        }
        format!("{mark} {} {version}{text}", key.name())
    }

    // ---- the stage ----

    /// Creates a topic and gives its id a name.
    pub fn topic(&mut self, what: &str, partitions: i32) -> (Str, Uuid) {
        let name = self.own(what);
        let topic = create_topics_request::CreatableTopic {
            name: name.clone(),
            num_partitions: partitions,
            replication_factor: 1,
            ..Default::default()
        };
        let request =
            CreateTopicsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() };
        let created = self.aside(7, &request);
        assert_eq!(created.topics[0].error_code, 0, "{created:?}");
        let id = created.topics[0].topic_id;
        self.call(id.to_string(), &format!("id of {what}"));
        let listed = metadata_request::MetadataRequestTopic {
            name: Some(name.clone()),
            ..Default::default()
        };
        let request = MetadataRequest { topics: Some(vec![listed]), ..Default::default() };
        let begun = Instant::now();
        while self.aside(12, &request).topics[0].partitions.len() != partitions as usize {
            assert!(begun.elapsed() < PATIENCE, "{name} did not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
        (name, id)
    }

    /// Waits until the coordinator of a key serves: 0 for groups, 1 for transactions, 2 for shares.
    pub fn coordinator(&mut self, key: &Str, key_type: i8) {
        let request = FindCoordinatorRequest {
            key_type,
            coordinator_keys: vec![key.clone()],
            ..Default::default()
        };
        let begun = Instant::now();
        loop {
            let found = self.aside(6, &request);
            if found.coordinators[0].error_code == 0 && self.serves(key, key_type) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "no coordinator of {key}: {found:?}");
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

/// Sorts the list whose entries begin with `opening`, which ends in a brace.
fn in_order(line: &str, opening: &str) -> String {
    let Some(start) = line.find(opening) else { return line.to_owned() };
    let mut entries = Vec::new();
    let mut at = start;
    loop {
        let mut depth = 0;
        let end = line[at..].char_indices().find(|(_, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => return false,
            }
            depth == 0
        });
        let end = at + end.expect("braces come in pairs").0 + 1;
        entries.push(&line[at..end]);
        let next = end + ", ".len();
        if !line[end..].starts_with(", ") || !line[next..].starts_with(opening) {
            entries.sort_unstable();
            return format!("{}{}{}", &line[..start], entries.join(", "), &line[end..]);
        }
        at = next;
    }
}

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

    fn receive<R: ApiRequest>(&mut self, version: i16) -> R::Response {
        let what = format!("{} {version}", R::KEY.name());
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap_or_else(|error| panic!("{what}: {error}"));
        let mut frame = vec![0; i32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).unwrap_or_else(|error| panic!("{what}: {error}"));
        let answer = decode_response::<R>(Bytes::from(frame), version);
        answer.unwrap_or_else(|error| panic!("{what}: {error}")).1
    }
}
