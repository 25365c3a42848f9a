//! AlterClientQuotas 0-1 (49): how much of the cluster users, client ids and addresses may use
//! (KIP-546, KIP-612).
//!
//! Each entity succeeds or fails by itself. Whether a host name resolves is not asked here: whoever
//! hands the request in has done that. What a quota does to a client is the brokers' business.

use std::collections::{BTreeMap, BTreeSet};

use base::{ErrorCode, Str};
use protocol::messages::alter_client_quotas_request as asked;
use protocol::messages::alter_client_quotas_response::{EntityData, EntryData};
use protocol::messages::{AlterClientQuotasRequest, AlterClientQuotasResponse};
use protocol::record_types::metadata::MetadataRecord;

use super::{ConfigRules, Context, Controller, Decision, Refusal};
use crate::image::{QuotaEntity, quota_record};

/// What a quota can be attached to: the entity types.
pub const USER: &str = "user";
pub const CLIENT_ID: &str = "client-id";
pub const IP: &str = "ip";

/// The largest value of each key that an entity can have. Those without a fraction count bytes or
/// connections.
const OF_USERS_AND_CLIENTS: [(&str, Values); 4] = [
    ("producer_byte_rate", Values::WholeTo(i64::MAX as f64)),
    ("consumer_byte_rate", Values::WholeTo(i64::MAX as f64)),
    ("request_percentage", Values::Any),
    ("controller_mutation_rate", Values::Any),
];
const OF_ADDRESSES: [(&str, Values); 1] =
    [("connection_creation_rate", Values::WholeTo(i32::MAX as f64))];

#[derive(Clone, Copy)]
enum Values {
    Any,
    WholeTo(f64),
}

/// Key to new value; None takes the quota away.
type Changes = BTreeMap<Str, Option<f64>>;

impl<C: ConfigRules> Controller<C> {
    pub(super) fn alter_client_quotas(
        &mut self,
        _context: &Context,
        request: &AlterClientQuotasRequest,
    ) -> Decision<AlterClientQuotasResponse> {
        let mut seen = BTreeSet::new();
        let keys: Vec<QuotaEntity> = request.entries.iter().map(key_of).collect();
        let repeated: BTreeSet<&QuotaEntity> =
            keys.iter().filter(|key| !seen.insert(*key)).collect();
        let mut records = Vec::new();
        let mut entries = Vec::new();
        let mut answered = BTreeSet::new();
        for (entry, key) in request.entries.iter().zip(&keys) {
            // One answer for an entity, however often it is named.
            if !answered.insert(key) {
                continue;
            }
            let planned = match repeated.contains(key) {
                true => Err(refuse("the entity stands in the request more than once")),
                false => self.plan_quotas(entry, key),
            };
            let (error_code, error_message) = match planned {
                Ok(planned) => {
                    records.extend(planned);
                    (ErrorCode::None, None)
                }
                Err(refusal) => (refusal.code, refusal.message),
            };
            let entity = entry.entity.iter().map(|part| EntityData {
                entity_type: part.entity_type.clone(),
                entity_name: part.entity_name.clone(),
                ..EntityData::default()
            });
            entries.push(EntryData {
                error_code: error_code.code(),
                error_message,
                entity: entity.collect(),
                ..EntryData::default()
            });
        }
        if request.validate_only {
            records.clear();
        }
        Decision::atomic(records, AlterClientQuotasResponse { entries, ..Default::default() })
    }

    /// The records that change what has changed.
    fn plan_quotas(
        &self,
        entry: &asked::EntryData,
        entity: &QuotaEntity,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let changes = changes(&entry.ops)?;
        let known = keys_for(&entry.entity, entity)?;
        let current = self.image.quotas().get(entity);
        let current = |key: &Str| current.and_then(|quotas| quotas.get(key)).copied();
        let mut records = Vec::new();
        for (key, value) in changes {
            if let Some(value) = value {
                check_value(known, &key, value)?;
            }
            if value != current(&key) {
                records.push(quota_record(entity, &key, value));
            }
        }
        Ok(records)
    }
}

fn refuse(message: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, message)
}

fn key_of(entry: &asked::EntryData) -> QuotaEntity {
    let parts = entry.entity.iter();
    parts
        .map(|part| (part.entity_type.detached(), part.entity_name.as_ref().map(Str::detached)))
        .collect()
}

fn changes(ops: &[asked::OpData]) -> Result<Changes, Refusal> {
    let mut changes = Changes::new();
    for op in ops {
        let value = (!op.remove).then_some(op.value);
        if changes.insert(op.key.detached(), value).is_some() {
            return Err(refuse(format_args!("the quota `{}` is altered more than once", op.key)));
        }
    }
    Ok(changes)
}

/// The quotas that an entity can have, or what is wrong with the entity.
fn keys_for(
    parts: &[asked::EntityData],
    entity: &QuotaEntity,
) -> Result<&'static [(&'static str, Values)], Refusal> {
    if entity.is_empty() {
        return Err(refuse("Invalid empty client quota entity"));
    }
    if parts.len() > entity.len() {
        return Err(refuse("an entity has at most one name of each type"));
    }
    for (kind, name) in entity {
        if ![USER, CLIENT_ID, IP].contains(&&**kind) {
            return Err(refuse(format_args!("Unhandled client quota entity type: {kind}")));
        }
        if name.as_ref().is_some_and(|name| name.is_empty()) {
            return Err(refuse(format_args!(
                "Empty {kind} not supported: leave it null for the default"
            )));
        }
    }
    match entity.contains_key(IP) {
        true if entity.len() > 1 => Err(refuse(
            "Invalid quota entity combination: an IP entity cannot be combined with a user or client id",
        )),
        true => Ok(&OF_ADDRESSES),
        false => Ok(&OF_USERS_AND_CLIENTS),
    }
}

fn check_value(known: &[(&str, Values)], key: &str, value: f64) -> Result<(), Refusal> {
    let Some((_, values)) = known.iter().find(|(name, _)| *name == key) else {
        return Err(refuse(format_args!("Invalid configuration key {key}")));
    };
    if value.is_nan() || value <= 0.0 {
        return Err(refuse(format_args!("Quota {key} must be greater than 0, got {value}")));
    }
    match values {
        Values::WholeTo(most) if value > *most => {
            Err(refuse(format_args!("the value {value} for {key} is more than {most}")))
        }
        Values::WholeTo(_) if value % 1.0 > FRACTION_MAX => {
            Err(refuse(format_args!("{key} cannot be a fractional value, got {value}")))
        }
        _ => Ok(()),
    }
}

/// What may be left over by arithmetic on the way here.
const FRACTION_MAX: f64 = 1e-6;
