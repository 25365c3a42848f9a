//! UpdateFeatures 0-2 (57).
//!
//! All updates of a request succeed, or none does: the error code and message are those of the
//! whole, and versions up to 1 repeat a success for each feature.

use std::collections::BTreeMap;

use base::{BrokerId, ErrorCode, Str};
use protocol::messages::update_features_request::FeatureUpdateKey;
use protocol::messages::update_features_response::UpdatableFeatureResult;
use protocol::messages::{UpdateFeaturesRequest, UpdateFeaturesResponse};
use protocol::record_types::metadata::{MetadataRecord, NoOpRecord};

use super::{ConfigRules, Context, Controller, Decision, Refusal};
use crate::image::feature;
use crate::{Feature, LevelRange, MetadataVersion};

/// What the client allows the update to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Upgrade,
    SafeDowngrade,
    UnsafeDowngrade,
}

impl Direction {
    /// By `UpgradeType`; none if there is no such type.
    fn of(upgrade_type: i8) -> Option<Direction> {
        match upgrade_type {
            1 => Some(Direction::Upgrade),
            2 => Some(Direction::SafeDowngrade),
            3 => Some(Direction::UnsafeDowngrade),
            _ => None,
        }
    }
}

impl<C: ConfigRules> Controller<C> {
    pub(super) fn update_features(
        &mut self,
        context: &Context,
        request: &UpdateFeaturesRequest,
    ) -> Decision<UpdateFeaturesResponse> {
        match self.plan_features(context, &request.feature_updates) {
            Ok(records) => {
                let records = if request.validate_only { Vec::new() } else { records };
                let updates =
                    if context.api_version <= 1 { &request.feature_updates[..] } else { &[] };
                let kraft_version = self.raised_kraft_version(context, request);
                let results = updates.iter().map(|update| UpdatableFeatureResult {
                    feature: update.feature.clone(),
                    error_code: ErrorCode::None.code(),
                    // Apache names the error here even where there is none.
                    error_message: Some(Str::from_static(ErrorCode::None.name())),
                    ..Default::default()
                });
                let response = UpdateFeaturesResponse {
                    error_message: None,
                    results: results.collect(),
                    ..Default::default()
                };
                Decision { kraft_version, ..Decision::atomic(records, response) }
            }
            Err(refusal) => Decision::reply(UpdateFeaturesResponse {
                error_code: refusal.code.code(),
                error_message: Some(Str::from(format!(
                    "The update failed for all features since the following feature had an error: {}",
                    refusal.message.as_deref().unwrap_or_default()
                ))),
                ..Default::default()
            }),
        }
    }

    fn plan_features(
        &self,
        context: &Context,
        updates: &[FeatureUpdateKey],
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        // Dependencies are checked against the levels as they would be after all updates.
        let proposed: BTreeMap<&str, i16> =
            updates.iter().map(|update| (&*update.feature, update.max_version_level)).collect();
        let mut records = Vec::new();
        let elr = Feature::EligibleLeaderReplicasVersion.name();
        if proposed.get(elr).is_some_and(|level| *level > 0) {
            records.extend(self.elr_safety_records());
        }
        for update in updates {
            records.push(self.plan_feature(context, update, &proposed)?);
        }
        Ok(records)
    }

    fn plan_feature(
        &self,
        context: &Context,
        update: &FeatureUpdateKey,
        proposed: &BTreeMap<&str, i16>,
    ) -> Result<MetadataRecord, Refusal> {
        let (name, level) = (&*update.feature, update.max_version_level);
        let refuse = |text: std::fmt::Arguments<'_>| {
            Refusal::new(
                ErrorCode::InvalidUpdateVersion,
                format_args!("Invalid update version {level} for feature {name}. {text}"),
            )
        };
        let direction = Direction::of(update.upgrade_type).ok_or_else(|| {
            let other = update.upgrade_type;
            refuse(format_args!("The controller does not support the given upgrade type, {other}."))
        })?;
        if level < 0 {
            return Err(refuse(format_args!("A feature version cannot be less than 0.")));
        }
        if let Some(who) = self.lacks_support(name, level) {
            return Err(refuse(format_args!("{who}")));
        }
        let known = Feature::from_name(name);
        let current = match known {
            _ if name == MetadataVersion::FEATURE => self.metadata_version().level(),
            Some(Feature::KraftVersion) => context.kraft_version,
            Some(feature) => self.image.feature_level(feature),
            None => 0,
        };
        match direction {
            Direction::Upgrade if level < current => {
                return Err(refuse(format_args!(
                    "Can't downgrade the version of this feature without setting the upgrade type \
                     to either safe or unsafe downgrade."
                )));
            }
            Direction::SafeDowngrade | Direction::UnsafeDowngrade if level > current => {
                return Err(refuse(format_args!("Can't downgrade to a newer version.")));
            }
            _ => {}
        }
        match known {
            _ if name == MetadataVersion::FEATURE => {
                self.check_metadata_version(level, direction)?;
                Ok(feature(update.feature.clone(), level))
            }
            Some(Feature::KraftVersion) if level < current => {
                Err(refuse(format_args!("Can't downgrade the version of this feature.")))
            }
            Some(Feature::KraftVersion) if level > context.kraft_version_limit => {
                Err(Refusal::new(
                    ErrorCode::InvalidUpdateVersion,
                    format_args!(
                        "Invalid upgrade of {name} to {level} because not all of the voters support it"
                    ),
                ))
            }
            // The quorum writes the level; something of the cluster's must be appended all the same,
            // or there is nothing to wait for.
            Some(Feature::KraftVersion) => Ok(MetadataRecord::NoOpRecord(NoOpRecord::default())),
            Some(known) => {
                let version = proposed
                    .get(MetadataVersion::FEATURE)
                    .and_then(|level| MetadataVersion::from_level(*level))
                    .unwrap_or(self.metadata_version());
                known
                    .check_level(level, version)
                    .map_err(|error| refuse(format_args!("{error}")))?;
                Ok(feature(update.feature.clone(), level))
            }
            None => Err(refuse(format_args!("There is no such feature."))),
        }
    }

    /// What updates that hold do to the level that is not the image's to keep.
    fn raised_kraft_version(
        &self,
        context: &Context,
        request: &UpdateFeaturesRequest,
    ) -> Option<i16> {
        let name = Feature::KraftVersion.name();
        let mut updates = request.feature_updates.iter();
        let update = updates.find(|update| &*update.feature == name)?;
        let level = update.max_version_level;
        (!request.validate_only && level > context.kraft_version).then_some(level)
    }

    /// Which node cannot run the level, if one cannot.
    fn lacks_support(&self, name: &str, level: i16) -> Option<String> {
        let lacks = |who: String, range: LevelRange| match range.contains(level) {
            true => None,
            false if range.max == 0 => Some(format!("{who} does not support this feature.")),
            false => Some(format!("{who} only supports versions {}-{}", range.min, range.max)),
        };
        let range_of = |features: &BTreeMap<Str, LevelRange>| {
            features.get(name).copied().unwrap_or(LevelRange::DISABLED)
        };
        let own = self.settings.node_id;
        if let Some(lack) =
            lacks(format!("Local controller {own}"), self.settings.supported.range(name))
        {
            return Some(lack);
        }
        for broker in self.image.brokers() {
            let who = format!("Broker {}", broker.id);
            if let Some(lack) = lacks(who, range_of(&broker.features)) {
                return Some(lack);
            }
        }
        if !self.metadata_version().supports_controller_registration() {
            return None;
        }
        let mut registered: Vec<BrokerId> = vec![own];
        for node in self.image.controllers().filter(|node| node.id != own) {
            let who = format!("Controller {}", node.id);
            if let Some(lack) = lacks(who, range_of(&node.features)) {
                return Some(lack);
            }
            registered.push(node.id);
        }
        let missing = self.settings.quorum_nodes.iter().find(|id| !registered.contains(id))?;
        Some(format!("controller {missing} has not registered, and may not support this feature"))
    }

    fn check_metadata_version(&self, level: i16, direction: Direction) -> Result<(), Refusal> {
        let current = self.metadata_version();
        let refuse = |text: String| Err(Refusal::new(ErrorCode::InvalidUpdateVersion, text));
        let Some(version) = MetadataVersion::from_level(level) else {
            let (first, last) = (MetadataVersion::MINIMUM.level(), MetadataVersion::LATEST.level());
            return refuse(format!(
                "Invalid metadata.version {level}. Valid versions are from {first} to {last}."
            ));
        };
        if version >= current || !current.metadata_changed_between(version) {
            return Ok(());
        }
        let reason = match direction {
            Direction::UnsafeDowngrade => {
                "Unsafe metadata downgrade is not supported in this version."
            }
            _ => {
                "Refusing to perform the requested downgrade because it might delete metadata \
                 information."
            }
        };
        let from = current.level();
        refuse(format!("Unsupported metadata.version downgrade from {from} to {level}. {reason}"))
    }
}
