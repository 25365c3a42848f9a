//! Offsets of the oldest clients, byte by byte: versions 0 and 1, from when ZooKeeper kept them.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::Node;

const DEADLINE: Duration = Duration::from_secs(30);
const COORDINATOR_LOAD_IN_PROGRESS: i16 = 14;

/// A client that writes its bytes itself.
struct Client(TcpStream);

impl Client {
    fn call(&mut self, api: i16, version: i16, body: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        frame.extend(api.to_be_bytes());
        frame.extend(version.to_be_bytes());
        frame.extend(7i32.to_be_bytes());
        frame.extend(text("old"));
        frame.extend(body);
        self.0.write_all(&(frame.len() as i32).to_be_bytes()).unwrap();
        self.0.write_all(&frame).unwrap();
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut reply = vec![0; i32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut reply).unwrap();
        reply.split_off(4)
    }

    /// Again and again while the coordinator is being made and loaded; the code ends the reply.
    fn call_when_loaded(&mut self, api: i16, version: i16, body: &[u8]) -> Vec<u8> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let reply = self.call(api, version, body);
            let code = i16::from_be_bytes(*reply.last_chunk::<2>().unwrap());
            if !(COORDINATOR_LOAD_IN_PROGRESS..=COORDINATOR_LOAD_IN_PROGRESS + 2).contains(&code) {
                return reply;
            }
            assert!(Instant::now() < deadline, "the coordinator is not there in time");
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as i16).to_be_bytes(), text.as_bytes()].concat()
}

/// The group, then what `parts` say of the topic's partitions.
fn body(before: &[u8], topic: &str, parts: &[Vec<u8>]) -> Vec<u8> {
    let count = (parts.len() as i32).to_be_bytes();
    [before, &1i32.to_be_bytes(), &text(topic), &count, &parts.concat()].concat()
}

fn numbers(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn offsets_of_versions_0_and_1_are_kept_and_a_missing_one_is_said_in_their_words() {
    let node = Node::start("old-offsets");
    node.output(&["topic", "create", "t", "--partitions", "2"]);
    let mut client = Client(TcpStream::connect(&node.bootstrap).unwrap());
    // FindCoordinator makes the topic of offsets; its code comes first.
    let deadline = Instant::now() + DEADLINE;
    while client.call(10, 0, &text("old-group"))[..2] != [0, 0] {
        assert!(Instant::now() < deadline, "there is no coordinator in time");
    }

    let group = text("old-group");
    let offset = |partition: i32, offset: i64, more: &[u8]| {
        numbers(&[&partition.to_be_bytes(), &offset.to_be_bytes(), more])
    };
    let note = text("m");
    let commit = body(&group, "t", &[offset(0, 5, &note)]);
    assert!(client.call_when_loaded(8, 0, &commit).ends_with(&[0, 0]));
    let commit = body(&group, "t", &[offset(9, 5, &note)]);
    assert!(client.call(8, 0, &commit).ends_with(&[0, 3]), "no such partition");
    // Version 1: generation, member, a time for each partition, no note.
    let nobody = [&group[..], &(-1i32).to_be_bytes(), &text("")].concat();
    let rest = numbers(&[&(-1i64).to_be_bytes(), &(-1i16).to_be_bytes()]);
    let commit = body(&nobody, "t", &[offset(1, 6, &rest)]);
    assert!(client.call(8, 1, &commit).ends_with(&[0, 0]));

    let fetch = |partitions: &[i32]| {
        let parts: Vec<Vec<u8>> =
            partitions.iter().map(|partition| partition.to_be_bytes().to_vec()).collect();
        body(&group, "t", &parts)
    };
    let found = |partition: i32, at: i64, note: &str, code: i16| {
        offset(partition, at, &[&text(note)[..], &code.to_be_bytes()].concat())
    };
    let reply = |parts: &[Vec<u8>]| body(&[], "t", parts);
    let asked = fetch(&[0, 1, 7]);
    let there = [found(0, 5, "m", 0), found(1, 6, "", 0)];
    let expected = |code| reply(&[there[0].clone(), there[1].clone(), found(7, -1, "", code)]);
    assert_eq!(client.call(9, 0, &asked), expected(3));
    assert_eq!(client.call(9, 1, &asked), expected(0));
}
