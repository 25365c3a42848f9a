//! Quotas of users, client ids and addresses: describe and alter (KIP-546).

use std::collections::BTreeMap;

use base::Str;
use protocol::messages::alter_client_quotas_request as altered;
use protocol::messages::describe_client_quotas_request::ComponentData;
use protocol::messages::{AlterClientQuotasRequest, DescribeClientQuotasRequest};

use super::{Admin, check, missing};
use crate::error::Result;

/// What a quota is attached to: entity types (`user`, `client-id`, `ip`) with names; None is the
/// default of the type.
pub type QuotaEntity = BTreeMap<Str, Option<Str>>;

/// Which names of an entity type are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuotaNames {
    One(Str),
    /// The default of the type, not every name that has none of its own.
    Default,
    Any,
}

impl Admin {
    /// The quotas of all entities that have the types of `filter` and no other, with the values by
    /// key.
    ///
    /// # Errors
    /// Of the connection; INVALID_REQUEST for types that do not go together.
    pub async fn describe_client_quotas(
        &self,
        filter: &BTreeMap<Str, QuotaNames>,
    ) -> Result<BTreeMap<QuotaEntity, BTreeMap<Str, f64>>> {
        let components = filter.iter().map(|(kind, names)| {
            let (match_type, name) = match names {
                QuotaNames::One(name) => (0, Some(name.clone())),
                QuotaNames::Default => (1, None),
                QuotaNames::Any => (2, None),
            };
            ComponentData {
                entity_type: kind.clone(),
                match_type,
                r#match: name,
                ..ComponentData::default()
            }
        });
        let request = DescribeClientQuotasRequest {
            components: components.collect(),
            strict: true,
            ..DescribeClientQuotasRequest::default()
        };
        let response = self.cluster.ask_any(&request).await?;
        check("describe quotas", response.error_code, response.error_message.as_deref())?;
        let entries = response.entries.unwrap_or_default();
        let entries = entries.iter().map(|entry| {
            let parts = entry.entity.iter().map(|part| {
                (part.entity_type.detached(), part.entity_name.as_ref().map(Str::detached))
            });
            let values = entry.values.iter().map(|value| (value.key.detached(), value.value));
            (parts.collect(), values.collect())
        });
        Ok(entries.collect())
    }

    /// Sets quotas of one entity, and takes away those without a value; its others stay as they are.
    ///
    /// # Errors
    /// INVALID_REQUEST with the broker's reason.
    pub async fn alter_client_quotas(
        &self,
        entity: &QuotaEntity,
        changes: &BTreeMap<Str, Option<f64>>,
    ) -> Result<()> {
        let parts = entity.iter().map(|(kind, name)| altered::EntityData {
            entity_type: kind.clone(),
            entity_name: name.clone(),
            ..altered::EntityData::default()
        });
        let ops = changes.iter().map(|(key, value)| altered::OpData {
            key: key.clone(),
            value: value.unwrap_or_default(),
            remove: value.is_none(),
            ..altered::OpData::default()
        });
        let entry = altered::EntryData {
            entity: parts.collect(),
            ops: ops.collect(),
            ..altered::EntryData::default()
        };
        let request = AlterClientQuotasRequest {
            entries: vec![entry],
            ..AlterClientQuotasRequest::default()
        };
        let response = self.cluster.ask_any(&request).await?;
        let during = "alter quotas";
        let result =
            response.entries.first().ok_or_else(|| missing("AlterClientQuotas", during))?;
        check(during, result.error_code, result.error_message.as_deref())
    }
}
