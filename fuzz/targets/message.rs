//! Every message and record of Kafka, each in every version: two bytes choose the message, two the
//! version, and the rest is decoded. What decodes encodes, in as many bytes as it says, to what decodes
//! to the same.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::Reader;
use protocol::catalogue::{NAMES, Visit, with_message};
use protocol::wire::{TopLevel, decode_checked, to_encoded};

struct RoundTrip(Bytes, i16);

impl Visit for RoundTrip {
    type Output = ();

    fn visit<M: TopLevel + Clone + PartialEq + std::fmt::Debug>(self) {
        let RoundTrip(bytes, version) = self;
        let Ok(message) = decode_checked::<M>(&mut Reader::new(bytes), version) else { return };
        let Ok(encoded) = to_encoded(&message, version) else { return };
        assert_eq!(encoded.len(), message.size(version));
        let Some(encoded) = encoded.into_contiguous() else { return };
        let again = decode_checked::<M>(&mut Reader::new(encoded.clone()), version);
        let again = to_encoded(&again.expect("what was encoded decodes"), version);
        // Bytes are compared, because a number that is none is not equal to itself.
        assert_eq!(again.expect("and encodes").into_contiguous(), Some(encoded));
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((chosen, rest)) = data.split_first_chunk::<4>() else { return };
    let name = NAMES[usize::from(u16::from_be_bytes([chosen[0], chosen[1]])) % NAMES.len()];
    let version = i16::from_be_bytes([chosen[2], chosen[3]]);
    with_message(name, RoundTrip(Bytes::copy_from_slice(rest), version));
});
