//! 128-bit ids as Kafka writes them: two big-endian longs on the wire, URL-safe base64 without
//! padding in files, flags and messages (`org.apache.kafka.common.Uuid`, KIP-516).

use std::fmt;
use std::str::FromStr;

/// A topic id, directory id or cluster id.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Uuid {
    /// "No id". On the wire: the topic id of a request that names its topic.
    pub const ZERO: Uuid = Uuid([0; 16]);
    /// The topic id of `__cluster_metadata` (also called ONE).
    pub const METADATA_TOPIC: Uuid = Uuid::from_halves(0, 1);
    /// Directory id: the replica lives before JBOD support or on a single-directory broker
    /// (KIP-858).
    pub const DIRECTORY_MIGRATING: Uuid = Uuid::from_halves(0, 0);
    /// Directory id: the replica has no assigned log directory yet (KIP-858).
    pub const DIRECTORY_UNASSIGNED: Uuid = Uuid::from_halves(0, 1);
    /// Directory id: the replica's log directory is offline (KIP-858).
    pub const DIRECTORY_LOST: Uuid = Uuid::from_halves(0, 2);

    /// Whether the id is one of the first hundred, which are reserved: no topic and no directory
    /// of a broker has one of them.
    pub fn is_reserved(&self) -> bool {
        u128::from_be_bytes(self.0) < 100
    }

    pub const fn from_halves(most: u64, least: u64) -> Uuid {
        Uuid((((most as u128) << 64) | least as u128).to_be_bytes())
    }

    pub fn is_zero(&self) -> bool {
        *self == Uuid::ZERO
    }

    /// Makes a fresh id from 128 random bits. Kafka never hands out the first hundred ids (they
    /// are reserved) nor one whose text starts with a dash (it would look like a flag); `random`
    /// must then be drawn again, which `None` says.
    pub fn from_random(random: u128) -> Option<Uuid> {
        // Version 4, variant 2 as RFC 9562 lays them out, because Java's UUID.randomUUID does.
        let mut bytes = random.to_be_bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let id = Uuid(bytes);
        (!id.to_string().starts_with('-')).then_some(id)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 22];
        let value = u128::from_be_bytes(self.0);
        for (index, letter) in text.iter_mut().enumerate() {
            // 128 bits are 21 full sextets and one of two bits, padded on the right.
            let shift = 122 - 6 * index as i32;
            let sextet = if shift >= 0 { value >> shift } else { value << -shift };
            *letter = ALPHABET[(sextet & 0x3f) as usize];
        }
        f.pad(std::str::from_utf8(&text).expect("base64 letters are ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidUuid(String);

impl fmt::Display for InvalidUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an id is 22 letters of URL-safe base64 (`vltava storage random-uuid` makes one), got `{}`",
            self.0
        )
    }
}

impl std::error::Error for InvalidUuid {}

impl FromStr for Uuid {
    type Err = InvalidUuid;

    fn from_str(text: &str) -> Result<Uuid, InvalidUuid> {
        let invalid = || InvalidUuid(text.to_owned());
        let letters = text.trim_end_matches('=').as_bytes();
        if letters.len() != 22 {
            return Err(invalid());
        }
        let mut value: u128 = 0;
        for (index, letter) in letters.iter().enumerate() {
            let sextet = ALPHABET.iter().position(|known| known == letter).ok_or_else(invalid)?;
            value = if index < 21 {
                (value << 6) | sextet as u128
            } else {
                (value << 2) | (sextet >> 4) as u128
            };
        }
        Ok(Uuid(value.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_agree_with_kafka() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid::METADATA_TOPIC.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        let id: Uuid = "vPeOCWypqUOSepEvx0cbog".parse().unwrap();
        assert_eq!(id.to_string(), "vPeOCWypqUOSepEvx0cbog");
        assert_eq!(Uuid::from_halves(u64::MAX, u64::MAX).to_string(), "_____________________w");
    }

    #[test]
    fn a_text_of_the_wrong_length_or_alphabet_is_refused() {
        assert!("".parse::<Uuid>().is_err());
        assert!("AAAAAAAAAAAAAAAAAAAAA+".parse::<Uuid>().is_err());
        assert!("AAAAAAAAAAAAAAAAAAAAAAA".parse::<Uuid>().is_err());
    }

    #[test]
    fn a_fresh_id_never_looks_like_a_flag() {
        let starts_with_dash = 0xf8u128 << 120;
        assert_eq!(Uuid::from_random(starts_with_dash), None);
        assert!(Uuid::from_random(1 << 127).is_some());
    }
}
