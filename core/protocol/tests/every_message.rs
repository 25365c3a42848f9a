//! Every message in every version, against bytes made from the definitions by other code.

mod support;

use bytes::Bytes;
use protocol::catalogue::{NAMES, Visit, with_message};
use protocol::wire::{DecodeError, EncodeError, Reader, TopLevel, Writer, from_bytes, to_encoded};
use support::notation::{Field, Section};
use support::{Content, Random, hex, make, sections};

type Written = Result<Vec<u8>, EncodeError>;

/// What the tests do with one type of message.
struct Functions {
    /// Reads in the first version and writes in the second.
    transcode: fn(Bytes, i16, i16) -> Result<Written, DecodeError>,
    default: fn(i16) -> Written,
    /// Reads without looking at the version or at what follows, and writes what was read.
    reckless: fn(Bytes, i16),
}

struct FunctionsOf;

impl Visit for FunctionsOf {
    type Output = Functions;

    fn visit<M: TopLevel + Clone + PartialEq + std::fmt::Debug>(self) -> Functions {
        Functions {
            transcode: |bytes, from, to| Ok(encode(&from_bytes::<M>(bytes, from)?, to)),
            default: |version| encode(&M::default(), version),
            reckless: |bytes, version| {
                if let Ok(message) = M::decode(&mut Reader::new(bytes), version) {
                    let _ = message.encode(&mut Writer::new(), version);
                    let _ = message.size(version);
                }
            },
        }
    }
}

fn encode<M: TopLevel>(message: &M, version: i16) -> Written {
    let encoded = to_encoded(message, version)?;
    let length = encoded.len();
    let bytes = encoded.into_contiguous().expect("nothing is external").to_vec();
    assert_eq!(bytes.len(), length);
    assert_eq!(bytes.len(), message.size(version), "{} v{version}: size is wrong", M::NAME);
    Ok(bytes)
}

fn every_version(mut check: impl FnMut(&Section, &Functions, i16)) {
    for section in sections().values() {
        let functions = with_message(&section.name, FunctionsOf).expect("it is generated");
        for version in section.versions.iter() {
            check(section, &functions, version);
        }
    }
}

#[test]
fn every_definition_is_generated_and_every_generated_message_is_defined() {
    let sections = sections();
    let mut generated = NAMES.to_vec();
    generated.sort_unstable();
    assert_eq!(sections.keys().map(String::as_str).collect::<Vec<_>>(), generated);
}

#[test]
fn every_message_survives_decoding_and_encoding_in_every_version() {
    let mut checked = 0;
    every_version(|section, functions, version| {
        let name = &section.name;
        let set = [Content::Defaults, Content::EveryField, Content::EveryFieldAndUnknownTags];
        let dice = (0..12).map(|seed| (Content::Dice, seed));
        for (content, seed) in set.map(|content| (content, 1)).into_iter().chain(dice) {
            let bytes = make(section, version, content, seed);
            let again = (functions.transcode)(Bytes::from(bytes.clone()), version, version)
                .unwrap_or_else(|error| panic!("{name} v{version}: {error}: {}", hex(&bytes)))
                .unwrap_or_else(|error| panic!("{name} v{version}: {error}: {}", hex(&bytes)));
            assert_eq!(hex(&again), hex(&bytes), "{name} v{version} {content:?}");
            checked += 1;
        }
    });
    assert!(checked > 9_000, "{checked}");
}

#[test]
fn a_default_message_has_the_defaults_of_its_definition() {
    every_version(|section, functions, version| {
        let expected = make(section, version, Content::Defaults, 1);
        let encoded = (functions.default)(version).expect("defaults exist in every version");
        assert_eq!(hex(&encoded), hex(&expected), "{} v{version}", section.name);
    });
}

#[test]
fn every_truncation_is_an_error() {
    every_version(|section, functions, version| {
        let bytes = Bytes::from(make(section, version, Content::EveryField, 3));
        for length in 0..bytes.len() {
            let cut = (functions.transcode)(bytes.slice(..length), version, version);
            assert!(cut.is_err(), "{} v{version} cut at {length}", section.name);
        }
    });
}

#[test]
fn damage_and_noise_never_panic() {
    every_version(|section, functions, version| {
        let bytes = make(section, version, Content::EveryFieldAndUnknownTags, 5);
        let mut random = Random::new(bytes.len() as u64);
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len().max(1) as u64) as usize;
                let with = [0, 1, 0x7f, 0x80, 0xff, random.next() as u8];
                if let Some(byte) = damaged.get_mut(at) {
                    *byte = with[random.below(6) as usize];
                }
            }
            (functions.reckless)(Bytes::from(damaged), version);
        }
        for length in 0..200 {
            let noise: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
            (functions.reckless)(Bytes::from(noise), version);
        }
        for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
            (functions.reckless)(Bytes::from(vec![byte; 2000]), version);
        }
    });
}

/// Whether a message of `high` with every field set holds something that `version` cannot say
/// and that may not be lost.
fn loses(section: &Section, fields: &[Field], high: i16, version: i16) -> bool {
    fields.iter().filter(|field| field.versions.contains(high)).any(|field| {
        if !field.versions.contains(version) {
            return !field.ignorable;
        }
        let shared = field.structure().and_then(|name| {
            section.structs.iter().find(|(known, _)| known == name).map(|(_, fields)| fields)
        });
        let below = if field.fields.is_empty() { shared } else { Some(&field.fields) };
        below.is_some_and(|below| loses(section, below, high, version))
    })
}

#[test]
fn a_set_field_that_a_version_lacks_is_an_error_unless_it_may_be_lost() {
    let (mut refused, mut carried) = (0, 0);
    every_version(|section, functions, version| {
        let name = &section.name;
        let high = section.versions.high;
        let bytes = Bytes::from(make(section, high, Content::EveryField, 9));
        let written = (functions.transcode)(bytes, high, version).expect("it was just made");
        match (written, loses(section, &section.fields, high, version)) {
            (Ok(_), false) => carried += 1,
            (Err(EncodeError::FieldNotInVersion { .. }), true) => refused += 1,
            (written, loses) => panic!("{name} v{version}: {written:?}, should lose: {loses}"),
        }
    });
    assert!(refused > 100 && carried > 300, "{refused} {carried}");
}

#[test]
fn a_version_that_does_not_exist_is_refused_both_ways() {
    for section in sections().values() {
        let functions = with_message(&section.name, FunctionsOf).expect("it is generated");
        for version in [section.versions.low - 1, section.versions.high + 1, i16::MAX, i16::MIN] {
            let read = (functions.transcode)(Bytes::new(), version, version);
            assert!(matches!(read, Err(DecodeError::UnknownVersion { .. })), "{read:?}");
            let written = (functions.default)(version);
            assert!(matches!(written, Err(EncodeError::UnknownVersion { .. })), "{written:?}");
            (functions.reckless)(Bytes::from_static(&[1; 64]), version);
        }
    }
}
