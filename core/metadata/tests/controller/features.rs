use base::Str;
use metadata::bootstrap::Format;
use metadata::{ConfigResource, Feature, MetadataVersion, SupportedFeatures};
use protocol::messages::UpdateFeaturesRequest;
use protocol::messages::update_features_request::FeatureUpdateKey;

use crate::{Cluster, name_of, send};

const UPGRADE: i8 = 1;
const SAFE: i8 = 2;
const UNSAFE: i8 = 3;

fn update(cluster: &mut Cluster, updates: &[(&str, i16, i8)]) -> &'static str {
    let feature_updates = updates
        .iter()
        .map(|(feature, level, upgrade_type)| FeatureUpdateKey {
            feature: Str::from(*feature),
            max_version_level: *level,
            upgrade_type: *upgrade_type,
            ..Default::default()
        })
        .collect();
    let request = UpdateFeaturesRequest { feature_updates, ..Default::default() };
    name_of(send!(cluster, UpdateFeatures, request).error_code)
}

fn at(version: &str) -> Cluster {
    Cluster::formatted(Format {
        release_version: Some(MetadataVersion::parse(version).unwrap()),
        ..Format::standalone(SupportedFeatures::all())
    })
}

#[test]
fn levels_go_up_when_everyone_can_follow_and_down_only_when_asked_to() {
    let mut cluster = at("4.0-IV3");
    cluster.start_broker(0);
    let refused = "INVALID_UPDATE_VERSION";
    assert_eq!(update(&mut cluster, &[("metadata.version", 30, UPGRADE)]), "NONE");
    assert_eq!(cluster.image().metadata_version(), Some(MetadataVersion::LATEST_PRODUCTION));
    assert_eq!(update(&mut cluster, &[("metadata.version", 29, UPGRADE)]), refused);
    assert_eq!(
        update(&mut cluster, &[("metadata.version", 29, SAFE)]),
        refused,
        "30 changed records"
    );
    assert_eq!(update(&mut cluster, &[("metadata.version", 29, UNSAFE)]), refused);
    assert_eq!(update(&mut cluster, &[("metadata.version", 32, UPGRADE)]), refused);
    assert_eq!(update(&mut cluster, &[("metadata.version", 31, SAFE)]), refused);
    assert_eq!(update(&mut cluster, &[("no.such.version", 1, UPGRADE)]), refused);
    assert_eq!(update(&mut cluster, &[("group.version", -1, SAFE)]), refused);
    assert_eq!(update(&mut cluster, &[("group.version", 0, SAFE)]), "NONE");
    assert_eq!(cluster.image().feature_level(Feature::GroupVersion), 0);
    assert_eq!(update(&mut cluster, &[("group.version", 1, 9)]), refused);
    assert_eq!(update(&mut cluster, &[("kraft.version", 1, UPGRADE)]), "NONE");
    assert_eq!(update(&mut cluster, &[("kraft.version", 0, SAFE)]), refused);
}

#[test]
fn the_level_of_the_quorum_rises_with_the_others_or_not_at_all() {
    let mut cluster = at("3.8");
    cluster.kraft_version = 0;
    let bad = [("kraft.version", 1, UPGRADE), ("group.version", 7, UPGRADE)];
    assert_eq!(update(&mut cluster, &bad), "INVALID_UPDATE_VERSION");
    assert_eq!(cluster.kraft_version, 0);
    let both = [("kraft.version", 1, UPGRADE), ("metadata.version", 21, UPGRADE)];
    assert_eq!(update(&mut cluster, &both), "NONE");
    assert_eq!(cluster.kraft_version, 1);
    assert_eq!(cluster.image().metadata_version().unwrap().level(), 21);
}

#[test]
fn a_downgrade_between_levels_with_the_same_records_is_safe() {
    let mut cluster = at("4.2-IV1");
    assert_eq!(update(&mut cluster, &[("metadata.version", 23, SAFE)]), "NONE");
    assert_eq!(cluster.image().metadata_version().unwrap().name(), "4.0-IV1");
}

#[test]
fn all_updates_hold_or_none_and_may_depend_on_each_other() {
    let mut cluster = at("3.9");
    let elr = "eligible.leader.replicas.version";
    assert_eq!(update(&mut cluster, &[(elr, 1, UPGRADE)]), "INVALID_UPDATE_VERSION");
    let bad = [("metadata.version", 30, UPGRADE), ("group.version", 7, UPGRADE)];
    assert_eq!(update(&mut cluster, &bad), "INVALID_UPDATE_VERSION");
    assert_eq!(cluster.image().metadata_version().unwrap().level(), 21);

    assert_eq!(
        update(&mut cluster, &[("metadata.version", 30, UPGRADE), (elr, 1, UPGRADE)]),
        "NONE"
    );
    assert!(cluster.image().elr_enabled());
    let all = cluster.image().config(&ConfigResource::all_brokers());
    assert_eq!(all.get("min.insync.replicas"), Some(&Str::from("1")), "one value for everyone");
}
