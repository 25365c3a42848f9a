//! Every line of `corpus/decoders.txt` ends as it says, and no damage to it causes a panic.

mod support;

use bytes::Bytes;
use protocol::catalogue::{Visit, with_message};
use protocol::frame::RequestHeader;
use protocol::record_types::{group, metadata, remote_log, share, transaction};
use protocol::wire::{TopLevel, decode_checked, to_encoded};
use protocol::{ApiKey, DecodeError, Reader, Request, Writer};
use support::{Random, unhex};

const CORPUS: &str = include_str!("../corpus/decoders.txt");

struct Line {
    kind: &'static str,
    name: &'static str,
    version: i16,
    outcome: &'static str,
    bytes: Vec<u8>,
}

fn corpus() -> Vec<Line> {
    let lines = CORPUS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let parse = |line: &'static str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[kind, name, version, outcome, bytes, ..] = &words[..] else {
            panic!("a line has five words: {line}");
        };
        Line {
            kind,
            name,
            version: version.parse().unwrap_or(0),
            outcome,
            bytes: unhex(bytes.trim_start_matches('-')),
        }
    };
    lines.map(parse).collect()
}

/// The broker's way from a frame to a request.
fn frame(bytes: Bytes) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes);
    let header = RequestHeader::decode(&mut reader)?;
    let key = ApiKey::from_code(header.api_key).expect("the header was decoded");
    let request = Request::decode(key, header.api_version, &mut reader)?;
    let mut writer = Writer::new();
    if request.encode(&mut writer, header.api_version).is_ok() {
        assert_eq!(writer.finish().len(), request.size(header.api_version));
    }
    Ok(())
}

struct Decode(Bytes, i16);

impl Visit for Decode {
    type Output = Result<(), DecodeError>;

    fn visit<M: TopLevel + Clone + PartialEq + std::fmt::Debug>(self) -> Self::Output {
        let message: M = decode_checked(&mut Reader::new(self.0), self.1)?;
        if let Ok(encoded) = to_encoded(&message, self.1) {
            assert_eq!(encoded.len(), message.size(self.1));
        }
        Ok(())
    }
}

fn decode(line: &Line, bytes: Bytes) -> Result<(), DecodeError> {
    match (line.kind, line.name) {
        ("frame", _) => frame(bytes),
        ("message", name) => {
            with_message(name, Decode(bytes, line.version)).expect("the corpus names a message")
        }
        ("record", "metadata") => metadata::MetadataRecord::decode(bytes).map(drop),
        ("record", "remote_log") => remote_log::RemoteLogRecord::decode(bytes).map(drop),
        ("record", "group_key") => group::GroupKey::decode(bytes).map(drop),
        ("record", "share_key") => share::ShareKey::decode(bytes).map(drop),
        ("record", "transaction_key") => transaction::TransactionKey::decode(bytes).map(drop),
        (kind, name) => panic!("the corpus has no {kind} {name}"),
    }
}

#[test]
fn every_line_of_the_corpus_ends_as_it_says() {
    for (index, line) in corpus().iter().enumerate() {
        let outcome = match decode(line, Bytes::from(line.bytes.clone())) {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{error:?}"),
        };
        let name = outcome.split(' ').next().unwrap_or_default();
        assert_eq!(name, line.outcome, "entry {index}, {} {}: {outcome}", line.kind, line.name);
    }
}

#[test]
fn no_damage_to_the_corpus_panics() {
    let mut random = Random::new(1);
    for line in corpus() {
        for at in 0..line.bytes.len() {
            let _ = decode(&line, Bytes::from(line.bytes[..at].to_vec()));
            for with in [0, 1, 0x7f, 0x80, 0xfe, 0xff, line.bytes[at] ^ 1, line.bytes[at] ^ 0x80] {
                let mut damaged = line.bytes.clone();
                damaged[at] = with;
                let _ = decode(&line, Bytes::from(damaged.clone()));
                damaged.insert(at, with);
                let _ = decode(&line, Bytes::from(damaged));
            }
        }
        for _ in 0..500 {
            let mut damaged = line.bytes.clone();
            for _ in 0..random.below(6) {
                let at = random.below(damaged.len() as u64 + 1) as usize;
                match random.below(3) {
                    0 => damaged.insert(at, random.next() as u8),
                    1 if at < damaged.len() => drop(damaged.remove(at)),
                    _ if at < damaged.len() => damaged[at] = random.next() as u8,
                    _ => {}
                }
            }
            let _ = decode(&line, Bytes::from(damaged));
        }
    }
}

/// Every API and version that the first bytes can name, before noise.
#[test]
fn noise_behind_every_header_never_panics() {
    let mut random = Random::new(2);
    for key in -2i16..100 {
        for version in -1i16..22 {
            for length in [0, 3, 20, 100, 400] {
                let mut bytes = Vec::new();
                bytes.extend(key.to_be_bytes());
                bytes.extend(version.to_be_bytes());
                bytes.extend([0, 0, 0, 1, 0, 0]);
                let small = random.below(2) == 0;
                bytes.extend((0..length).map(|_| match small {
                    true => random.below(4) as u8,
                    false => random.next() as u8,
                }));
                let _ = frame(Bytes::from(bytes));
            }
        }
    }
}
