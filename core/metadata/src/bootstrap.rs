//! What a new cluster starts with.
//!
//! Formatting settles the levels and writes them as records into `bootstrap.checkpoint`
//! ([`Format::plan`]). The first controller of the cluster finds an empty log and writes those
//! records to it ([`activation_records`]), as one metadata transaction where the level knows them,
//! so that a controller that dies in between leaves nothing half done.

use std::collections::BTreeMap;
use std::fmt;

use base::Str;
use protocol::record_types::metadata::{
    AbortTransactionRecord, BeginTransactionRecord, EndTransactionRecord, MetadataRecord,
};

use crate::feature::FeatureError;
use crate::image::{Image, ScramCredential, config_record, feature, scram_record};
use crate::{ConfigKind, Feature, MetadataVersion, SupportedFeatures};

/// The name of the file that formatting leaves in every log directory.
pub const BOOTSTRAP_FILE: &str = "bootstrap.checkpoint";

/// What somebody wants of a new cluster.
#[derive(Clone, Debug)]
pub struct Format {
    /// `--release-version`.
    pub release_version: Option<MetadataVersion>,
    /// `--feature name=level`, as given.
    pub features: BTreeMap<String, i16>,
    /// Whether voters are records in the log, as `--standalone`, `--initial-controllers` and
    /// `--no-initial-controllers` make them, or stand in `controller.quorum.voters`.
    pub voters: VoterSource,
    /// `--add-scram`, with keys derived already: mechanism (1: SHA-256, 2: SHA-512), user.
    pub scram: Vec<(i8, Str, ScramCredential)>,
    /// What this build supports. A fresh cluster gets the default of each feature as far as it
    /// is supported.
    pub supported: SupportedFeatures,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoterSource {
    /// `controller.quorum.voters`: `kraft.version` 0.
    Static,
    /// Records in the log (KIP-853): `kraft.version` 1.
    Log,
}

/// What formatting writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    pub metadata_version: MetadataVersion,
    /// Goes into the log's control records, never into `records`.
    pub kraft_version: i16,
    /// The content of `bootstrap.checkpoint`.
    pub records: Vec<MetadataRecord>,
}

/// Why a cluster cannot be formatted as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// Both `--release-version` and `--feature metadata.version=`.
    Ambiguous,
    UnknownMetadataVersion(i16),
    Unsupported {
        name: String,
        level: i16,
        supported: String,
    },
    Level(FeatureError),
    KraftVersion {
        level: i16,
        voters: VoterSource,
    },
    ScramNeeds(MetadataVersion),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::Ambiguous => {
                write!(f, "use --release-version or --feature metadata.version, not both")
            }
            FormatError::UnknownMetadataVersion(level) => write!(
                f,
                "there is no metadata.version {level}: levels are {} to {}",
                MetadataVersion::MINIMUM.level(),
                MetadataVersion::LATEST.level()
            ),
            FormatError::Unsupported { name, level, supported } => {
                write!(
                    f,
                    "feature {name} at level {level} is not supported, these are: {supported}"
                )
            }
            FormatError::Level(error) => error.fmt(f),
            FormatError::KraftVersion { level, voters: VoterSource::Log } => write!(
                f,
                "kraft.version {level} does not go with --standalone, --initial-controllers or \
                 --no-initial-controllers: leave out --feature kraft.version"
            ),
            FormatError::KraftVersion { level, voters: VoterSource::Static } => write!(
                f,
                "kraft.version {level} needs voters in the log: use --standalone, \
                 --initial-controllers or --no-initial-controllers, and no controller.quorum.voters"
            ),
            FormatError::ScramNeeds(version) => write!(
                f,
                "SCRAM credentials need metadata.version {version} or later: use a later \
                 --release-version"
            ),
        }
    }
}

impl std::error::Error for FormatError {}

impl Format {
    /// A cluster with the defaults of this build, and its voters in the log.
    pub fn standalone(supported: SupportedFeatures) -> Format {
        Format {
            release_version: None,
            features: BTreeMap::new(),
            voters: VoterSource::Log,
            scram: Vec::new(),
            supported,
        }
    }

    /// Settles all levels and the records that say so.
    ///
    /// # Errors
    /// The wishes contradict each other, or this build.
    pub fn plan(&self) -> Result<Bootstrap, FormatError> {
        let metadata_version = self.metadata_version()?;
        let kraft_version = self.kraft_version()?;
        let mut records =
            vec![feature(Str::from_static(MetadataVersion::FEATURE), metadata_version.level())];
        // In order of their names, as Apache writes them.
        for (name, level) in self.levels(metadata_version)? {
            if level > 0 {
                records.push(feature(Str::from(name), level));
            }
        }
        if !self.scram.is_empty() && !metadata_version.supports_scram() {
            return Err(FormatError::ScramNeeds(MetadataVersion::V3_5_IV2));
        }
        for (mechanism, user, credential) in &self.scram {
            records.push(scram_record(*mechanism, user, credential));
        }
        Ok(Bootstrap { metadata_version, kraft_version, records })
    }

    fn metadata_version(&self) -> Result<MetadataVersion, FormatError> {
        let by_feature = self.features.get(MetadataVersion::FEATURE);
        let version = match (by_feature, self.release_version) {
            (Some(_), Some(_)) => return Err(FormatError::Ambiguous),
            (Some(level), None) => MetadataVersion::from_level(*level)
                .ok_or(FormatError::UnknownMetadataVersion(*level))?,
            (None, Some(version)) => version,
            (None, None) => MetadataVersion::LATEST_PRODUCTION,
        };
        let range = self.supported.range(MetadataVersion::FEATURE);
        match range.contains(version.level()) {
            true => Ok(version),
            false => Err(self.unsupported(MetadataVersion::FEATURE, version.level())),
        }
    }

    fn kraft_version(&self) -> Result<i16, FormatError> {
        let fitting = match self.voters {
            VoterSource::Static => 0,
            VoterSource::Log => 1,
        };
        match self.features.get(Feature::KraftVersion.name()) {
            Some(level) if *level != fitting => {
                Err(FormatError::KraftVersion { level: *level, voters: self.voters })
            }
            _ => Ok(fitting),
        }
    }

    fn levels(&self, version: MetadataVersion) -> Result<BTreeMap<&'static str, i16>, FormatError> {
        for (name, level) in &self.features {
            let known = name == MetadataVersion::FEATURE || Feature::from_name(name).is_some();
            if !known {
                return Err(self.unsupported(name, *level));
            }
        }
        let mut levels = BTreeMap::new();
        for feature in Feature::ALL.into_iter().filter(|f| *f != Feature::KraftVersion) {
            let range = self.supported.range(feature.name());
            let level = match self.features.get(feature.name()) {
                Some(level) if range.contains(*level) => *level,
                Some(level) => return Err(self.unsupported(feature.name(), *level)),
                None => feature.default_level(version).min(range.max),
            };
            feature.check_level(level, version).map_err(FormatError::Level)?;
            levels.insert(feature.name(), level);
        }
        Ok(levels)
    }

    fn unsupported(&self, name: &str, level: i16) -> FormatError {
        let ranges = self
            .supported
            .iter()
            .map(|(name, range)| format!("{name} {} to {}", range.min, range.max));
        let supported = ranges.collect::<Vec<_>>().join(", ");
        FormatError::Unsupported { name: name.to_owned(), level, supported }
    }
}

impl Bootstrap {
    /// Takes up what a `bootstrap.checkpoint` holds.
    ///
    /// # Errors
    /// None of the records sets `metadata.version`, or to a level this program does not know.
    pub fn from_records(records: Vec<MetadataRecord>) -> Result<Bootstrap, BootstrapError> {
        let level = last_level(&records, MetadataVersion::FEATURE)
            .ok_or(BootstrapError::NoMetadataVersion)?;
        let metadata_version =
            MetadataVersion::from_level(level).ok_or(BootstrapError::MetadataVersion(level))?;
        Ok(Bootstrap { metadata_version, kraft_version: 0, records })
    }

    /// The level that the records set, 0 if they do not.
    pub fn feature_level(&self, feature: Feature) -> i16 {
        last_level(&self.records, feature.name()).unwrap_or(0)
    }
}

/// Why a `bootstrap.checkpoint` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BootstrapError {
    NoMetadataVersion,
    MetadataVersion(i16),
}

impl fmt::Display for BootstrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BootstrapError::NoMetadataVersion => {
                write!(f, "{BOOTSTRAP_FILE} sets no metadata.version: format the directory again")
            }
            BootstrapError::MetadataVersion(level) => {
                write!(f, "{BOOTSTRAP_FILE} sets metadata.version {level}, which is unknown")
            }
        }
    }
}

impl std::error::Error for BootstrapError {}

fn last_level(records: &[MetadataRecord], name: &str) -> Option<i16> {
    let levels = records.iter().filter_map(|record| match record {
        MetadataRecord::FeatureLevelRecord(feature) if feature.name == *name => {
            Some(feature.feature_level)
        }
        _ => None,
    });
    levels.last()
}

/// What a controller appends before it serves its first request: the bootstrap records if the log
/// is empty, and the end of a transaction that the controller before it left open.
/// `min_insync_replicas` is this node's static value, which becomes the cluster's when ELR is on.
pub fn activation_records(
    image: &Image,
    bootstrap: &Bootstrap,
    min_insync_replicas: i32,
) -> Vec<MetadataRecord> {
    let mut records = Vec::new();
    if image.transaction_start().is_some() {
        records.push(MetadataRecord::AbortTransactionRecord(AbortTransactionRecord {
            reason: Some(Str::from_static("Controller failover")),
            ..Default::default()
        }));
    }
    // Inside an unfinished bootstrap transaction the level is set already, but not for good.
    if image.stable().metadata_version().is_some() {
        return records;
    }
    let in_transaction = bootstrap.metadata_version.supports_transactions();
    if in_transaction {
        records.push(MetadataRecord::BeginTransactionRecord(BeginTransactionRecord {
            name: Some(Str::from_static("Bootstrap records")),
            ..Default::default()
        }));
    }
    records.extend(bootstrap.records.iter().cloned());
    if bootstrap.feature_level(Feature::EligibleLeaderReplicasVersion) > 0 {
        let name = Str::from_static("min.insync.replicas");
        let value = Str::from(min_insync_replicas.to_string());
        let broker = ConfigKind::Broker.code();
        records.push(config_record(broker, &Str::EMPTY, &name, Some(&value)));
    }
    if in_transaction {
        records.push(MetadataRecord::EndTransactionRecord(EndTransactionRecord::default()));
    }
    records
}

#[cfg(test)]
mod tests {
    use base::Offset;

    use super::*;

    fn levels(bootstrap: &Bootstrap) -> Vec<(String, i16)> {
        let levels = bootstrap.records.iter().filter_map(|record| match record {
            MetadataRecord::FeatureLevelRecord(f) => Some((f.name.to_string(), f.feature_level)),
            _ => None,
        });
        levels.collect()
    }

    #[test]
    fn a_fresh_cluster_gets_apaches_defaults_as_far_as_there_are_handlers() {
        let all = Format::standalone(SupportedFeatures::all()).plan().unwrap();
        assert_eq!(all.kraft_version, 1);
        let expected = [
            ("metadata.version", 30),
            ("eligible.leader.replicas.version", 1),
            ("group.version", 1),
            ("share.version", 1),
            ("streams.version", 1),
            ("transaction.version", 2),
        ];
        assert_eq!(levels(&all), expected.map(|(name, level)| (name.to_owned(), level)));

        let few = SupportedFeatures::new(
            (MetadataVersion::MINIMUM, MetadataVersion::LATEST),
            &[(Feature::TransactionVersion, 2), (Feature::ShareVersion, 0)],
        );
        let few = Format::standalone(few).plan().unwrap();
        assert_eq!(few.feature_level(Feature::TransactionVersion), 2);
        assert_eq!(few.feature_level(Feature::ShareVersion), 0);
    }

    #[test]
    fn wishes_that_contradict_each_other_are_refused() {
        let format = Format::standalone(SupportedFeatures::all());
        let with = |features: &[(&str, i16)], release: Option<&str>| {
            let features = features.iter().map(|(n, l)| ((*n).to_owned(), *l)).collect();
            let release_version = release.map(|text| MetadataVersion::parse(text).unwrap());
            Format { features, release_version, ..format.clone() }.plan()
        };
        assert_eq!(with(&[("metadata.version", 20)], Some("3.8")), Err(FormatError::Ambiguous));
        assert!(matches!(
            with(&[("kraft.version", 0)], None),
            Err(FormatError::KraftVersion { .. })
        ));
        assert!(matches!(
            with(&[("group.version", 2)], None),
            Err(FormatError::Unsupported { .. })
        ));
        assert!(matches!(with(&[("no.such", 1)], None), Err(FormatError::Unsupported { .. })));
        let elr = [("eligible.leader.replicas.version", 1)];
        assert!(matches!(with(&elr, Some("3.9")), Err(FormatError::Level(_))));
        assert_eq!(with(&[], Some("3.3-IV3")).unwrap().records.len(), 1);
    }

    #[test]
    fn a_controller_that_died_while_it_bootstrapped_leaves_nothing_half_done() {
        let bootstrap = Format::standalone(SupportedFeatures::all()).plan().unwrap();
        let first = activation_records(&Image::empty(), &bootstrap, 1);
        let mut image = Image::empty();
        for (offset, record) in first[..4].iter().enumerate() {
            image.apply(record, Offset(offset as i64)).unwrap();
        }
        assert_eq!(image.stable().metadata_version(), None);
        assert_eq!((image.stable().offset(), image.offset()), (Offset(-1), Offset(3)));
        assert!(image.snapshot_records().is_empty());

        let second = activation_records(&image, &bootstrap, 1);
        assert!(matches!(second[0], MetadataRecord::AbortTransactionRecord(_)));
        assert_eq!(second[1..], first[..]);
        for (offset, record) in second.iter().enumerate() {
            image.apply(record, Offset(4 + offset as i64)).unwrap();
        }
        assert_eq!(image.stable().metadata_version(), Some(MetadataVersion::LATEST_PRODUCTION));
        assert!(image.elr_enabled());
        assert!(activation_records(&image, &bootstrap, 1).is_empty());
    }
}
