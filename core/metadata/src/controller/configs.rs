//! IncrementalAlterConfigs 0-1 (44), AlterConfigs 0-2 (33).
//!
//! Each resource succeeds or fails by itself; its error stands in its own result. What the node
//! asked must check for itself (its own dynamic keys, log levels) is the handler's; here the change
//! is merged with what is set already and checked as a whole, so that two keys that exclude each
//! other are caught however they came together.

use std::collections::{BTreeMap, BTreeSet};

use base::config::alter;
use base::{BrokerId, ErrorCode, Str};
use protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, alter_configs_response, incremental_alter_configs_response,
};
use protocol::record_types::metadata::{ClearElrRecord, MetadataRecord};

use super::{ConfigRules, Context, Controller, Decision, Refusal};
use crate::image::config_record;
use crate::{ConfigKind, ConfigMap, ConfigResource};

/// Kafka writes a value with a length of two bytes.
const VALUE_LENGTH_MAX: usize = i16::MAX as usize;
const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";
const CORDONED_LOG_DIRS: &str = "cordoned.log.dirs";

/// What becomes of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Set(Str),
    Delete,
    /// Adds the items of a comma-separated list that are not in the value yet.
    Append(Str),
    /// Takes the items of a comma-separated list out of the value.
    Subtract(Str),
}

/// Whether the resource must exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existence {
    Required,
    /// It is created by the same batch.
    New,
}

impl<C: ConfigRules> Controller<C> {
    pub(super) fn incremental_alter_configs(
        &mut self,
        _context: &Context,
        request: &IncrementalAlterConfigsRequest,
    ) -> Decision<IncrementalAlterConfigsResponse> {
        let keys = request.resources.iter().map(|r| (r.resource_type, &r.resource_name));
        let repeated = repeated(keys);
        let mut records = Vec::new();
        let mut responses = Vec::new();
        for resource in &request.resources {
            let key = (resource.resource_type, &resource.resource_name);
            let ops = || {
                let ops = resource.configs.iter();
                ops.map(|config| {
                    (&config.name, change(config.config_operation, config.value.as_ref()))
                })
            };
            let planned = not_repeated(&repeated, &key)
                .and_then(|()| config_resource(key))
                .and_then(|resource| {
                    let changes = changes(ops())?;
                    self.plan_config(&resource, &changes, Existence::Required)
                });
            let (code, message) = outcome(planned, &mut records);
            responses.push(incremental_alter_configs_response::AlterConfigsResourceResponse {
                error_code: code.code(),
                error_message: message,
                resource_type: resource.resource_type,
                resource_name: resource.resource_name.clone(),
                ..Default::default()
            });
        }
        if request.validate_only {
            records.clear();
        }
        let reply = IncrementalAlterConfigsResponse { responses, ..Default::default() };
        Decision::atomic(records, reply)
    }

    pub(super) fn alter_configs(
        &mut self,
        _context: &Context,
        request: &AlterConfigsRequest,
    ) -> Decision<AlterConfigsResponse> {
        let keys = request.resources.iter().map(|r| (r.resource_type, &r.resource_name));
        let repeated = repeated(keys);
        let mut records = Vec::new();
        let mut responses = Vec::new();
        for resource in &request.resources {
            let key = (resource.resource_type, &resource.resource_name);
            let ops = || {
                let ops = resource.configs.iter();
                ops.map(|config| (&config.name, change(SET, config.value.as_ref())))
            };
            let planned = not_repeated(&repeated, &key)
                .and_then(|()| config_resource(key))
                .and_then(|resource| {
                    let mut changes = changes(ops())?;
                    // This API replaces: what is not named is deleted.
                    for name in self.image.config(&resource).keys() {
                        changes.entry(name.clone()).or_insert(Change::Delete);
                    }
                    self.plan_config(&resource, &changes, Existence::Required)
                });
            let (code, message) = outcome(planned, &mut records);
            responses.push(alter_configs_response::AlterConfigsResourceResponse {
                error_code: code.code(),
                error_message: message,
                resource_type: resource.resource_type,
                resource_name: resource.resource_name.clone(),
                ..Default::default()
            });
        }
        if request.validate_only {
            records.clear();
        }
        Decision::atomic(records, AlterConfigsResponse { responses, ..Default::default() })
    }

    /// The records that change the configuration of one resource.
    pub(super) fn plan_config(
        &self,
        resource: &ConfigResource,
        changes: &BTreeMap<Str, Change>,
        existence: Existence,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let old = self.image.config(resource);
        let mut new = old.clone();
        let mut records = Vec::new();
        for (name, change) in changes {
            let value = self.new_value(resource, name, old.get(name), change)?;
            // A broker key is written even if nothing differs: setting a keystore's path again is
            // how a broker is told to read the file again (KAFKA-14136).
            if value.as_ref() != old.get(name) || resource.kind == ConfigKind::Broker {
                self.check_change(resource, name, value.as_ref())?;
                let kind = resource.kind.code();
                records.push(config_record(kind, &resource.name, name, value.as_ref()));
            }
            match value {
                Some(value) => new.insert(name.clone(), value),
                None => new.remove(name),
            };
        }
        // A topic that is created without configuration has nothing to check.
        if existence == Existence::Required || !changes.is_empty() {
            self.rules.check(resource, &new, old)?;
        }
        if existence == Existence::Required {
            self.check_exists(resource)?;
        }
        records.extend(self.elr_clearings(resource, &records));
        Ok(records)
    }

    fn new_value(
        &self,
        resource: &ConfigResource,
        name: &Str,
        old: Option<&Str>,
        change: &Change,
    ) -> Result<Option<Str>, Refusal> {
        let (items, appends) = match change {
            Change::Set(value) => return Ok(Some(value.clone())),
            Change::Delete => return Ok(None),
            Change::Append(items) => (items, true),
            Change::Subtract(items) => (items, false),
        };
        if !self.rules.is_list(resource.kind, name) {
            return Err(Refusal::new(
                ErrorCode::InvalidConfig,
                format_args!("`{name}` is not a list: its value can be set, not added to"),
            ));
        }
        let default = self.rules.default_value(resource.kind, name);
        let current = old.or(default.as_ref()).map_or("", |value| value.as_str());
        let list = match appends {
            true => alter::appended(current, items),
            false => alter::subtracted(current, items),
        };
        Ok(Some(Str::from(list)))
    }

    /// What no rule about the key alone can say.
    fn check_change(
        &self,
        resource: &ConfigResource,
        name: &str,
        value: Option<&Str>,
    ) -> Result<(), Refusal> {
        let refuse =
            |text: std::fmt::Arguments<'_>| Err(Refusal::new(ErrorCode::InvalidConfig, text));
        let of_broker = resource.kind == ConfigKind::Broker;
        if of_broker && name == MIN_INSYNC_REPLICAS && self.image.elr_enabled() {
            // The controller decides who is eligible to lead by this value, so there can be but
            // one for the whole cluster (KIP-966).
            if !resource.name.is_empty() {
                return refuse(format_args!(
                    "with eligible leader replicas, `{name}` is set for all brokers or for a \
                     topic, not for one broker"
                ));
            }
            if value.is_none() {
                return refuse(format_args!(
                    "with eligible leader replicas, `{name}` of all brokers cannot be removed: \
                     set another value"
                ));
            }
        }
        let cordons = self.metadata_version().supports_cordoned_log_dirs();
        if of_broker && name == CORDONED_LOG_DIRS && !cordons {
            return refuse(format_args!("`{name}` needs metadata.version 4.3-IV0 or later"));
        }
        match value {
            Some(value) if value.len() > VALUE_LENGTH_MAX => refuse(format_args!(
                "the value of `{name}` has {} bytes, at most {VALUE_LENGTH_MAX} are possible",
                value.len()
            )),
            _ => Ok(()),
        }
    }

    fn check_exists(&self, resource: &ConfigResource) -> Result<(), Refusal> {
        let name = &resource.name;
        match resource.kind {
            ConfigKind::Topic if self.image.topic(name).is_none() => Err(Refusal::new(
                ErrorCode::UnknownTopicOrPartition,
                format_args!("there is no topic `{name}`"),
            )),
            ConfigKind::Broker if !name.is_empty() => {
                let id = name.parse().map(BrokerId).map_err(|_| {
                    Refusal::new(
                        ErrorCode::InvalidRequest,
                        format_args!("a broker is named by its number, got `{name}`"),
                    )
                })?;
                let is_node = self.image.broker(id).is_some()
                    || self.settings.quorum_nodes.contains(&id)
                    || self.image.controllers().any(|node| node.id == id);
                match is_node {
                    true => Ok(()),
                    false => Err(Refusal::new(
                        ErrorCode::BrokerIdNotRegistered,
                        format_args!("there is no node {id}"),
                    )),
                }
            }
            _ => Ok(()),
        }
    }

    /// Who was eligible under the old min.insync.replicas may not be under the new one.
    fn elr_clearings(
        &self,
        resource: &ConfigResource,
        records: &[MetadataRecord],
    ) -> Option<MetadataRecord> {
        let touched = records.iter().any(|record| match record {
            MetadataRecord::ConfigRecord(config) => config.name == MIN_INSYNC_REPLICAS,
            _ => false,
        });
        if !touched || !self.image.elr_enabled() {
            return None;
        }
        let topic_name = match resource.kind {
            ConfigKind::Topic => resource.name.clone(),
            _ => Str::EMPTY,
        };
        Some(MetadataRecord::ClearElrRecord(ClearElrRecord { topic_name, ..Default::default() }))
    }
}

const SET: i8 = 0;

fn change(operation: i8, value: Option<&Str>) -> Result<Change, Refusal> {
    match (operation, value) {
        (1, _) => Ok(Change::Delete),
        (SET, Some(value)) => Ok(Change::Set(value.clone())),
        (2, Some(value)) => Ok(Change::Append(value.clone())),
        (3, Some(value)) => Ok(Change::Subtract(value.clone())),
        (0 | 2 | 3, None) => {
            Err(Refusal::new(ErrorCode::InvalidRequest, "only a deletion goes without a value"))
        }
        (operation, _) => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            format_args!(
                "unknown operation {operation}: 0 sets, 1 deletes, 2 appends, 3 subtracts"
            ),
        )),
    }
}

fn changes<'a>(
    operations: impl Iterator<Item = (&'a Str, Result<Change, Refusal>)>,
) -> Result<BTreeMap<Str, Change>, Refusal> {
    let mut changes = BTreeMap::new();
    for (name, change) in operations {
        let change = change?;
        if changes.insert(name.clone(), change).is_some() {
            return Err(Refusal::new(
                ErrorCode::InvalidRequest,
                format_args!("`{name}` stands in the request more than once"),
            ));
        }
    }
    Ok(changes)
}

fn config_resource((code, name): (i8, &Str)) -> Result<ConfigResource, Refusal> {
    match ConfigKind::from_code(code) {
        Some(ConfigKind::BrokerLogger) | None => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            format_args!("resources of type {code} have no configuration that can be altered here"),
        )),
        Some(kind) => Ok(ConfigResource { kind, name: name.clone() }),
    }
}

type Key<'a> = (i8, &'a Str);

fn repeated<'a>(keys: impl Iterator<Item = Key<'a>>) -> BTreeSet<Key<'a>> {
    let mut seen = BTreeSet::new();
    keys.filter(|key| !seen.insert(*key)).collect()
}

fn not_repeated(repeated: &BTreeSet<Key<'_>>, key: &Key<'_>) -> Result<(), Refusal> {
    match repeated.contains(key) {
        true => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            format_args!("resource `{}` stands in the request more than once", key.1),
        )),
        false => Ok(()),
    }
}

fn outcome(
    planned: Result<Vec<MetadataRecord>, Refusal>,
    records: &mut Vec<MetadataRecord>,
) -> (ErrorCode, Option<Str>) {
    match planned {
        Ok(planned) => {
            records.extend(planned);
            (ErrorCode::None, None)
        }
        Err(refusal) => (refusal.code, refusal.message),
    }
}

impl<C: ConfigRules> Controller<C> {
    /// The records that make `min.insync.replicas` one value for the whole cluster, before
    /// eligible leader replicas are switched on.
    pub(super) fn elr_safety_records(&self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        let name = Str::from_static(MIN_INSYNC_REPLICAS);
        let broker = ConfigKind::Broker.code();
        let cluster: &ConfigMap = self.image.config(&ConfigResource::all_brokers());
        if !cluster.contains_key(&name) {
            let value = Str::from(self.rules.static_min_insync_replicas().to_string());
            records.push(config_record(broker, &Str::EMPTY, &name, Some(&value)));
        }
        let mut configured: Vec<&ConfigResource> = self
            .image
            .configs()
            .filter(|(resource, config)| {
                resource.kind == ConfigKind::Broker
                    && !resource.name.is_empty()
                    && config.contains_key(&name)
            })
            .map(|(resource, _)| resource)
            .collect();
        configured.sort();
        records.extend(
            configured
                .into_iter()
                .map(|resource| config_record(broker, &resource.name, &name, None)),
        );
        records
    }
}
