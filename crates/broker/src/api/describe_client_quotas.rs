//! DescribeClientQuotas, key 48, versions 0-1.
//!
//! Behaviour: the quotas of all entities that the filter lets through, from this node's image. A
//! component of the filter asks for one name of a type, for the default of the type, or for any
//! name of it; `strict` leaves out entities that have other types besides.
//!
//! Versions: 1 flexible.

use std::collections::BTreeMap;

use ::metadata::controller::{CLIENT_ID, IP, USER};
use ::metadata::image::{QuotaEntity, Quotas};
use base::{ErrorCode, Str};
use protocol::messages::describe_client_quotas_request::ComponentData;
use protocol::messages::describe_client_quotas_response::{EntityData, EntryData, ValueData};
use protocol::messages::{DescribeClientQuotasRequest, DescribeClientQuotasResponse};

use super::Call;

/// What a filter wants of one entity type.
enum Wanted {
    /// None is the default of the type.
    Name(Option<Str>),
    Any,
}

pub fn handle(call: &Call, request: DescribeClientQuotasRequest) -> DescribeClientQuotasResponse {
    match filter(&request.components) {
        Ok(filter) => {
            let image = call.node().image.load();
            let found = image.quotas().iter().filter(|(entity, _)| {
                let may_have_more = !request.strict || entity.len() == filter.len();
                may_have_more && lets_through(&filter, entity)
            });
            DescribeClientQuotasResponse {
                error_message: None,
                entries: Some(found.map(|(entity, quotas)| entry(entity, quotas)).collect()),
                ..DescribeClientQuotasResponse::default()
            }
        }
        Err((code, message)) => DescribeClientQuotasResponse {
            error_code: code.code(),
            error_message: Some(Str::from(message)),
            entries: None,
            ..DescribeClientQuotasResponse::default()
        },
    }
}

fn filter(components: &[ComponentData]) -> Result<BTreeMap<Str, Wanted>, (ErrorCode, String)> {
    let invalid = |message: String| (ErrorCode::InvalidRequest, message);
    let mut filter = BTreeMap::new();
    for component in components {
        let kind = &component.entity_type;
        if kind.is_empty() {
            return Err(invalid("Invalid empty entity type.".to_owned()));
        }
        if ![USER, CLIENT_ID, IP].contains(&&**kind) {
            let message = format!("Unsupported entity type {kind}");
            return Err((ErrorCode::UnsupportedVersion, message));
        }
        let wanted = match (component.match_type, &component.r#match) {
            (0, Some(name)) => Wanted::Name(Some(name.clone())),
            (0, None) => return Err(invalid(format!("an exact match of {kind} wants a name"))),
            (1, None) => Wanted::Name(None),
            (2, None) => Wanted::Any,
            (1 | 2, Some(name)) => {
                return Err(invalid(format!(
                    "only an exact match of {kind} has a name, got {name}"
                )));
            }
            (other, _) => return Err(invalid(format!("Unknown match type {other}"))),
        };
        if filter.insert(kind.clone(), wanted).is_some() {
            return Err(invalid(format!(
                "Entity type {kind} cannot appear more than once in the filter."
            )));
        }
    }
    if filter.contains_key(IP) && filter.len() > 1 {
        let message = "Invalid entity filter component combination. IP filter component should \
                       not be used with user or clientId filter component.";
        return Err(invalid(message.to_owned()));
    }
    Ok(filter)
}

fn lets_through(filter: &BTreeMap<Str, Wanted>, entity: &QuotaEntity) -> bool {
    filter.iter().all(|(kind, wanted)| match (entity.get(kind), wanted) {
        (None, _) => false,
        (Some(_), Wanted::Any) => true,
        (Some(name), Wanted::Name(wanted)) => name == wanted,
    })
}

fn entry(entity: &QuotaEntity, quotas: &Quotas) -> EntryData {
    let parts = entity.iter().map(|(kind, name)| EntityData {
        entity_type: kind.clone(),
        entity_name: name.clone(),
        ..EntityData::default()
    });
    let values = quotas.iter().map(|(key, value)| ValueData {
        key: key.clone(),
        value: *value,
        ..ValueData::default()
    });
    EntryData { entity: parts.collect(), values: values.collect(), ..EntryData::default() }
}
