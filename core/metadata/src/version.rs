//! `metadata.version`: which metadata records, at which versions, a cluster may write
//! (KIP-584, KIP-778).
//!
//! A level is finalised by a FeatureLevelRecord at the head of the log and of every snapshot, so
//! that whoever reads on knows what may follow. This file knows the levels, their names and what
//! each one allows; who may change the level is the controller's business (`controller::features`).

use std::fmt;

/// A level of `metadata.version`, 7 (3.3-IV3) to 31 (4.4-IV0).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataVersion(i16);

/// Name, and whether this level brought record types or fields that older levels cannot read: a
/// downgrade across such a level loses metadata.
const LEVELS: [(&str, bool); 25] = [
    ("3.3-IV3", true),
    ("3.4-IV0", true),
    ("3.5-IV0", false),
    ("3.5-IV1", false),
    ("3.5-IV2", true),
    ("3.6-IV0", false),
    ("3.6-IV1", true),
    ("3.6-IV2", true),
    ("3.7-IV0", true),
    ("3.7-IV1", false),
    ("3.7-IV2", true),
    ("3.7-IV3", false),
    ("3.7-IV4", false),
    ("3.8-IV0", false),
    ("3.9-IV0", false),
    ("4.0-IV0", false),
    ("4.0-IV1", true),
    ("4.0-IV2", false),
    ("4.0-IV3", false),
    ("4.1-IV0", false),
    ("4.1-IV1", false),
    ("4.2-IV0", false),
    ("4.2-IV1", false),
    ("4.3-IV0", true),
    ("4.4-IV0", false),
];

impl MetadataVersion {
    /// The name of the feature in FeatureLevelRecords, ApiVersions and flags.
    pub const FEATURE: &'static str = "metadata.version";

    /// The oldest level that 4.x can start from.
    pub const MINIMUM: MetadataVersion = MetadataVersion(7);
    /// What a fresh cluster finalises.
    pub const LATEST_PRODUCTION: MetadataVersion = MetadataVersion(30);
    /// The newest level known, which a cluster takes only when it is asked to.
    pub const LATEST: MetadataVersion = MetadataVersion(31);

    pub const V3_4_IV0: MetadataVersion = MetadataVersion(8);
    pub const V3_5_IV2: MetadataVersion = MetadataVersion(11);
    pub const V3_6_IV0: MetadataVersion = MetadataVersion(12);
    pub const V3_6_IV1: MetadataVersion = MetadataVersion(13);
    pub const V3_6_IV2: MetadataVersion = MetadataVersion(14);
    pub const V3_7_IV0: MetadataVersion = MetadataVersion(15);
    pub const V3_7_IV2: MetadataVersion = MetadataVersion(17);
    pub const V3_9_IV0: MetadataVersion = MetadataVersion(21);
    pub const V4_0_IV0: MetadataVersion = MetadataVersion(22);
    pub const V4_0_IV1: MetadataVersion = MetadataVersion(23);
    pub const V4_0_IV2: MetadataVersion = MetadataVersion(24);
    pub const V4_1_IV0: MetadataVersion = MetadataVersion(26);
    pub const V4_2_IV0: MetadataVersion = MetadataVersion(28);
    pub const V4_2_IV1: MetadataVersion = MetadataVersion(29);
    pub const V4_3_IV0: MetadataVersion = MetadataVersion(30);

    /// The version of a level, if this program knows it.
    pub fn from_level(level: i16) -> Option<MetadataVersion> {
        let version = MetadataVersion(level);
        (Self::MINIMUM..=Self::LATEST).contains(&version).then_some(version)
    }

    /// Reads what `--release-version` accepts: `4.3-IV0`, `4.3`, `4.3.1`. A release without a
    /// suffix means its newest production level; everything after the second dot is ignored, as
    /// in Apache's tool.
    ///
    /// # Errors
    /// Lists the levels that exist.
    pub fn parse(text: &str) -> Result<MetadataVersion, UnknownMetadataVersion> {
        let end = text.match_indices('.').nth(1).map_or(text.len(), |(index, _)| index);
        let wanted = &text[..end];
        let mut all = (Self::MINIMUM.0..=Self::LATEST.0).map(MetadataVersion);
        all.clone()
            .find(|version| version.name() == wanted)
            .or_else(|| all.rfind(|v| v.is_production() && v.release() == wanted))
            .ok_or_else(|| UnknownMetadataVersion(text.to_owned()))
    }

    pub fn level(self) -> i16 {
        self.0
    }

    /// `4.3-IV0`.
    pub fn name(self) -> &'static str {
        LEVELS[self.index()].0
    }

    /// `4.3`.
    pub fn release(self) -> &'static str {
        let name = self.name();
        name.split_once('-').map_or(name, |(release, _)| release)
    }

    /// Whether the records of this level are final; later ones may still change upstream.
    pub fn is_production(self) -> bool {
        self <= Self::LATEST_PRODUCTION
    }

    /// Whether going from one level to the other crosses a level that changed the records. Such
    /// a downgrade would have to drop metadata, and is refused.
    pub fn metadata_changed_between(self, other: MetadataVersion) -> bool {
        let (low, high) = (self.min(other), self.max(other));
        (low.index() + 1..=high.index()).any(|index| LEVELS[index].1)
    }

    pub fn supports_scram(self) -> bool {
        self >= Self::V3_5_IV2
    }

    /// Before 3.6-IV0 every shrink of an ISR bumped the leader epoch (KAFKA-15021).
    pub fn bumps_leader_epoch_on_isr_shrink(self) -> bool {
        self < Self::V3_6_IV0
    }

    /// BeginTransactionRecord and its kin (KIP-868).
    pub fn supports_transactions(self) -> bool {
        self >= Self::V3_6_IV1
    }

    pub fn supports_delegation_tokens(self) -> bool {
        self >= Self::V3_6_IV2
    }

    /// RegisterControllerRecord (KIP-919).
    pub fn supports_controller_registration(self) -> bool {
        self >= Self::V3_7_IV0
    }

    /// Log directories in the metadata (KIP-858).
    pub fn supports_directory_assignment(self) -> bool {
        self >= Self::V3_7_IV2
    }

    /// Eligible leader replicas in partition records (KIP-966).
    pub fn supports_elr(self) -> bool {
        self >= Self::V4_0_IV1
    }

    pub fn supports_cordoned_log_dirs(self) -> bool {
        self >= Self::V4_3_IV0
    }

    /// The version at which this level writes a RegisterBrokerRecord.
    pub fn register_broker_record_version(self) -> i16 {
        if self.supports_cordoned_log_dirs() {
            4
        } else if self.supports_directory_assignment() {
            3
        } else if self >= Self::V3_4_IV0 {
            2
        } else {
            1
        }
    }

    /// The version at which this level writes PartitionRecords and PartitionChangeRecords.
    pub fn partition_record_version(self) -> i16 {
        if self.supports_elr() {
            2
        } else if self.supports_directory_assignment() {
            1
        } else {
            0
        }
    }

    fn index(self) -> usize {
        // The constructors admit 7 to 31 only.
        (self.0 - Self::MINIMUM.0) as usize
    }
}

impl fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.0, self.name())
    }
}

/// A text that names no level of `metadata.version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMetadataVersion(pub String);

impl fmt::Display for UnknownMetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown metadata.version `{}`: it is one of {}",
            self.0,
            LEVELS.map(|(name, _)| name).join(", ")
        )
    }
}

impl std::error::Error for UnknownMetadataVersion {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_levels_agree_with_apache() {
        for (text, level) in [
            ("3.3-IV3", 7),
            ("3.7-IV4", 19),
            ("3.9", 21),
            ("3.9.1", 21),
            ("4.0", 25),
            ("4.1-IV0", 26),
            ("4.2", 29),
            ("4.3", 30),
            ("4.3-IV0", 30),
            ("4.4-IV0", 31),
        ] {
            assert_eq!(
                MetadataVersion::parse(text).map(MetadataVersion::level),
                Ok(level),
                "{text}"
            );
        }
        assert!(MetadataVersion::parse("4.4").is_err(), "no level of 4.4 is production yet");
        assert!(MetadataVersion::parse("2.8").is_err());
        assert_eq!(MetadataVersion::from_level(6), None);
        assert_eq!(MetadataVersion::from_level(32), None);
    }

    #[test]
    fn a_downgrade_loses_metadata_only_across_a_level_that_changed_the_records() {
        let at = |level| MetadataVersion::from_level(level).unwrap();
        assert!(at(30).metadata_changed_between(at(29)));
        assert!(!at(29).metadata_changed_between(at(23)));
        assert!(at(29).metadata_changed_between(at(22)));
        assert!(!at(25).metadata_changed_between(at(25)));
        assert!(!at(31).metadata_changed_between(at(30)));
    }
}
