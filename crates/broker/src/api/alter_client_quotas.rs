//! AlterClientQuotas, key 49, versions 0-1.
//!
//! Behaviour: sets and removes quotas of users, client ids and addresses. Whether the name of an
//! address resolves is found out here, away from the thread of the connection; the rest is the
//! controller's. Each entity has an error of its own, and is answered once however often it is
//! named. Quotas are kept and described; nothing is slowed down by them yet.
//!
//! Versions: 1 flexible.

use ::metadata::controller::{IP, Reply, Request};
use base::{ErrorCode, Str};
use protocol::messages::alter_client_quotas_request as asked;
use protocol::messages::alter_client_quotas_response::{EntityData, EntryData};
use protocol::messages::{AlterClientQuotasRequest, AlterClientQuotasResponse};

use super::Call;
use super::forward::forward;

pub async fn handle(call: Call, request: AlterClientQuotasRequest) -> AlterClientQuotasResponse {
    let AlterClientQuotasRequest { entries, validate_only, .. } = request;
    let mut unresolved = Vec::new();
    let mut resolved = Vec::new();
    for entry in entries {
        match host_without_address(&entry).await {
            Some(host) => {
                let message = format!("{host} is not a valid IP or resolvable host.");
                unresolved.push(answer(&entry, ErrorCode::InvalidRequest, Some(message)));
            }
            None => resolved.push(entry),
        }
    }
    let mut reply = AlterClientQuotasResponse::default();
    if !resolved.is_empty() {
        let request = AlterClientQuotasRequest {
            entries: resolved.clone(),
            validate_only,
            ..AlterClientQuotasRequest::default()
        };
        let refuse = |code| AlterClientQuotasResponse {
            entries: resolved.iter().map(|entry| answer(entry, code, None)).collect(),
            ..AlterClientQuotasResponse::default()
        };
        let unwrap = |reply| match reply {
            Reply::AlterClientQuotas(response) => Some(response),
            _ => None,
        };
        reply = forward(&call, Request::AlterClientQuotas(request), unwrap, refuse).await;
    }
    reply.entries.extend(unresolved);
    reply
}

/// The name of the entity's address, if nothing is known by that name.
async fn host_without_address(entry: &asked::EntryData) -> Option<Str> {
    let part = entry.entity.iter().find(|part| part.entity_type == IP)?;
    let host = part.entity_name.as_ref().filter(|host| !host.is_empty())?;
    let name = host.to_string();
    let found = tokio::task::spawn_blocking(move || io::has_address(&name)).await;
    (!found.unwrap_or(false)).then(|| host.clone())
}

fn answer(entry: &asked::EntryData, code: ErrorCode, message: Option<String>) -> EntryData {
    let parts = entry.entity.iter().map(|part| EntityData {
        entity_type: part.entity_type.clone(),
        entity_name: part.entity_name.clone(),
        ..EntityData::default()
    });
    EntryData {
        error_code: code.code(),
        error_message: message.map(Str::from),
        entity: parts.collect(),
        ..EntryData::default()
    }
}
