//! The versioned features of a cluster other than `metadata.version` (KIP-584, KIP-1022): which
//! levels each has, what a level depends on, and which level a fresh cluster gets.
//!
//! What is listed here is what can be named. What this build *supports* is a smaller set, handed
//! in by the server as [`SupportedFeatures`]: a feature without a handler is not supported, and so
//! never finalised.

use std::collections::BTreeMap;
use std::fmt;

use base::Str;

use crate::MetadataVersion;

/// A feature with levels of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// 1: voters are records in the log and can change (KIP-853). Lives in the log's control
    /// records, never in a FeatureLevelRecord.
    KraftVersion,
    /// 2: epoch bump with every transaction (KIP-890).
    TransactionVersion,
    /// 1: the consumer group protocol (KIP-848).
    GroupVersion,
    /// 1: eligible leader replicas (KIP-966).
    EligibleLeaderReplicasVersion,
    /// 1: share groups (KIP-932).
    ShareVersion,
    /// 1: streams groups (KIP-1071).
    StreamsVersion,
}

/// One level above 0 of a feature.
struct Level {
    /// A cluster formatted at this `metadata.version` or a later one starts with this level.
    bootstrap: MetadataVersion,
    /// The least `metadata.version` that the level works with.
    requires: MetadataVersion,
}

const fn level(bootstrap: MetadataVersion) -> Level {
    Level { bootstrap, requires: MetadataVersion::MINIMUM }
}

impl Feature {
    pub const ALL: [Feature; 6] = [
        Feature::KraftVersion,
        Feature::TransactionVersion,
        Feature::GroupVersion,
        Feature::EligibleLeaderReplicasVersion,
        Feature::ShareVersion,
        Feature::StreamsVersion,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Feature::KraftVersion => "kraft.version",
            Feature::TransactionVersion => "transaction.version",
            Feature::GroupVersion => "group.version",
            Feature::EligibleLeaderReplicasVersion => "eligible.leader.replicas.version",
            Feature::ShareVersion => "share.version",
            Feature::StreamsVersion => "streams.version",
        }
    }

    pub fn from_name(name: &str) -> Option<Feature> {
        Feature::ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// The newest level.
    pub fn latest(self) -> i16 {
        self.levels().len() as i16
    }

    /// The level that a cluster formatted at `version` starts with.
    pub fn default_level(self, version: MetadataVersion) -> i16 {
        // Levels are listed in order, and so are the versions they came with.
        self.levels().iter().take_while(|level| level.bootstrap <= version).count() as i16
    }

    /// Whether `level` may be finalised beside `metadata.version` at `version`.
    ///
    /// # Errors
    /// The level does not exist, or needs a later `metadata.version`.
    pub fn check_level(self, level: i16, version: MetadataVersion) -> Result<(), FeatureError> {
        if level == 0 {
            return Ok(());
        }
        let unknown = FeatureError::UnknownLevel { feature: self, level };
        let index = usize::try_from(level).ok().and_then(|level| level.checked_sub(1));
        let found = index.and_then(|index| self.levels().get(index)).ok_or(unknown)?;
        if version < found.requires {
            return Err(FeatureError::Requires { feature: self, level, version: found.requires });
        }
        Ok(())
    }

    fn levels(self) -> &'static [Level] {
        const KRAFT: [Level; 1] = [level(MetadataVersion::V3_9_IV0)];
        const TRANSACTION: [Level; 2] =
            [level(MetadataVersion::V4_0_IV2), level(MetadataVersion::V4_0_IV2)];
        const GROUP: [Level; 1] = [level(MetadataVersion::V4_0_IV0)];
        const ELR: [Level; 1] =
            [Level { bootstrap: MetadataVersion::V4_1_IV0, requires: MetadataVersion::V4_0_IV1 }];
        const SHARE: [Level; 1] = [level(MetadataVersion::V4_2_IV0)];
        const STREAMS: [Level; 1] = [level(MetadataVersion::V4_2_IV1)];
        match self {
            Feature::KraftVersion => &KRAFT,
            Feature::TransactionVersion => &TRANSACTION,
            Feature::GroupVersion => &GROUP,
            Feature::EligibleLeaderReplicasVersion => &ELR,
            Feature::ShareVersion => &SHARE,
            Feature::StreamsVersion => &STREAMS,
        }
    }
}

/// Why a level of a feature cannot be finalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureError {
    UnknownLevel { feature: Feature, level: i16 },
    Requires { feature: Feature, level: i16, version: MetadataVersion },
}

impl fmt::Display for FeatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FeatureError::UnknownLevel { feature, level } => write!(
                f,
                "{} has no level {level}: its levels are 0 to {}",
                feature.name(),
                feature.latest()
            ),
            FeatureError::Requires { feature, level, version } => write!(
                f,
                "{} {level} depends on metadata.version {} ({version}) or later: raise that first",
                feature.name(),
                version.level()
            ),
        }
    }
}

impl std::error::Error for FeatureError {}

/// The levels of a feature that a node can run with, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelRange {
    pub min: i16,
    pub max: i16,
}

impl LevelRange {
    /// What a node that never mentions a feature supports of it.
    pub const DISABLED: LevelRange = LevelRange { min: 0, max: 0 };

    pub const fn new(min: i16, max: i16) -> LevelRange {
        LevelRange { min, max }
    }

    pub fn contains(self, level: i16) -> bool {
        (self.min..=self.max).contains(&level)
    }
}

/// What this build supports of every feature it names, `metadata.version` included: registered
/// with the controller, reported by ApiVersions, checked before a level is finalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportedFeatures(BTreeMap<Str, LevelRange>);

impl SupportedFeatures {
    /// `metadata.version` in the given range, and of every listed feature all levels up to the
    /// given one. A feature with the highest level 0 is left out: naming it would promise a
    /// handler.
    pub fn new(
        metadata_version: (MetadataVersion, MetadataVersion),
        highest: &[(Feature, i16)],
    ) -> SupportedFeatures {
        let (min, max) = metadata_version;
        let mut ranges = BTreeMap::new();
        ranges.insert(
            Str::from_static(MetadataVersion::FEATURE),
            LevelRange::new(min.level(), max.level()),
        );
        for &(feature, level) in highest.iter().filter(|(_, level)| *level > 0) {
            ranges.insert(Str::from_static(feature.name()), LevelRange::new(0, level));
        }
        SupportedFeatures(ranges)
    }

    /// Everything that Apache Kafka 4.3 supports.
    pub fn all() -> SupportedFeatures {
        SupportedFeatures::new(
            (MetadataVersion::MINIMUM, MetadataVersion::LATEST),
            &Feature::ALL.map(|feature| (feature, feature.latest())),
        )
    }

    pub fn range(&self, name: &str) -> LevelRange {
        self.0.get(name).copied().unwrap_or(LevelRange::DISABLED)
    }

    /// In order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&Str, LevelRange)> {
        self.0.iter().map(|(name, range)| (name, *range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_cluster_gets_the_levels_that_came_with_its_metadata_version() {
        let levels = |version: &str| {
            let version = MetadataVersion::parse(version).unwrap();
            Feature::ALL.map(|feature| feature.default_level(version))
        };
        assert_eq!(levels("4.3"), [1, 2, 1, 1, 1, 1]);
        assert_eq!(levels("4.1"), [1, 2, 1, 1, 0, 0]);
        assert_eq!(levels("4.0"), [1, 2, 1, 0, 0, 0]);
        assert_eq!(levels("3.8"), [0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_level_that_needs_a_later_metadata_version_is_refused() {
        let elr = Feature::EligibleLeaderReplicasVersion;
        let version = |text| MetadataVersion::parse(text).unwrap();
        assert_eq!(elr.check_level(1, version("4.0-IV1")), Ok(()));
        assert!(matches!(
            elr.check_level(1, version("4.0-IV0")),
            Err(FeatureError::Requires { level: 1, .. })
        ));
        assert_eq!(elr.check_level(0, version("3.3-IV3")), Ok(()));
        assert!(elr.check_level(2, version("4.3")).is_err());
        assert!(elr.check_level(-1, version("4.3")).is_err());
    }
}
