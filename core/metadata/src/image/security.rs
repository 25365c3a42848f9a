//! What an image holds for authentication, authorization and quotas.

use std::collections::BTreeMap;

use base::{Str, Uuid};
use bytes::Bytes;

/// A SCRAM credential of one user for one mechanism (1: SHA-256, 2: SHA-512).
#[derive(Clone, PartialEq, Eq)]
pub struct ScramCredential {
    pub salt: Bytes,
    pub stored_key: Bytes,
    pub server_key: Bytes,
    pub iterations: i32,
}

impl std::fmt::Debug for ScramCredential {
    /// Keys never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScramCredential(iterations={})", self.iterations)
    }
}

/// One access control entry, with Kafka's codes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acl {
    pub resource_type: i8,
    pub resource_name: Str,
    pub pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission: i8,
}

/// A delegation token (KIP-48). Its secret is derived from the cluster's master key, not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationToken {
    pub owner: Str,
    pub requester: Str,
    pub renewers: Vec<Str>,
    /// Milliseconds since the Unix epoch, as the two below.
    pub issued_ms: i64,
    pub max_ms: i64,
    pub expires_ms: i64,
}

/// What a quota is attached to: entity type (`user`, `client-id`, `ip`) to name; None is the
/// default of that type.
pub type QuotaEntity = BTreeMap<Str, Option<Str>>;

/// Quota key to value.
pub type Quotas = BTreeMap<Str, f64>;

/// By entity.
pub type QuotaMap = BTreeMap<QuotaEntity, Quotas>;

/// By mechanism and user.
pub type ScramMap = BTreeMap<(i8, Str), ScramCredential>;

/// By id.
pub type AclMap = BTreeMap<Uuid, Acl>;

/// By token id.
pub type TokenMap = BTreeMap<Str, DelegationToken>;
