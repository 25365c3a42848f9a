//! The image: everything the metadata log says, as of one offset.
//!
//! An image is a value. A clone costs some hundred reference counts whatever the size of the
//! cluster, and shares everything with the original until one of them changes; so the committed
//! state, the state that is still being committed and the state that a broker serves from are
//! simply three images. [`Image::apply`] is the only mutator. Records between a
//! BeginTransactionRecord and its end take effect at once for the controller, which must not
//! decide on stale state, while [`Image::stable`] stays at the state before them, which is what a
//! broker may show; an AbortTransactionRecord puts that state back.

mod apply;
mod delta;
mod security;
mod snapshot;
mod topics;

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{BrokerId, LeaderEpoch, Offset, PartitionIndex, ShardedMap, Str, Uuid};

use crate::config::SharedConfig;
use crate::{
    Broker, ConfigMap, ConfigResource, ControllerNode, Feature, MetadataVersion, Partition,
};

pub use apply::ApplyError;
pub use delta::{Delta, LocalChanges, PartitionDelta, Replay};
pub use security::{
    Acl, AclMap, DelegationToken, QuotaEntity, QuotaMap, Quotas, ScramCredential, ScramMap,
    TokenMap,
};
pub(crate) use snapshot::{
    config_record, feature, partition_change_record, partition_record, quota_record,
    register_broker, scram_record, topic_record,
};
pub use topics::{Topic, Topics};

/// The state of the cluster after all records up to [`Image::offset`].
#[derive(Clone, Debug)]
pub struct Image {
    offset: Offset,
    epoch: LeaderEpoch,
    metadata_version: Option<MetadataVersion>,
    features: BTreeMap<Str, i16>,
    brokers: Arc<BTreeMap<BrokerId, Arc<Broker>>>,
    controllers: Arc<BTreeMap<BrokerId, Arc<ControllerNode>>>,
    topics: Topics,
    configs: ShardedMap<ConfigResource, SharedConfig>,
    quotas: Arc<QuotaMap>,
    next_producer_id: Option<i64>,
    scram: Arc<ScramMap>,
    acls: Arc<AclMap>,
    tokens: Arc<TokenMap>,
    transaction: Option<Box<Transaction>>,
}

/// A metadata transaction that has begun and not ended (KIP-868).
#[derive(Clone, Debug)]
struct Transaction {
    start: Offset,
    /// The image before its first record.
    before: Image,
}

static NO_CONFIG: ConfigMap = ConfigMap::new();

impl Image {
    /// The image of an empty log.
    pub fn empty() -> Image {
        Image {
            offset: Offset(-1),
            epoch: LeaderEpoch(0),
            metadata_version: None,
            features: BTreeMap::new(),
            brokers: Arc::default(),
            controllers: Arc::default(),
            topics: Topics::default(),
            configs: ShardedMap::new(),
            quotas: Arc::default(),
            next_producer_id: None,
            scram: Arc::default(),
            acls: Arc::default(),
            tokens: Arc::default(),
            transaction: None,
        }
    }

    /// The offset of the last record applied; -1 before the first.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The epoch of the batch that held the last record applied.
    pub fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    /// Notes that the log has been read up to `offset` in batches of `epoch`: control batches
    /// advance the image though they hold nothing for it.
    pub fn advance(&mut self, offset: Offset, epoch: LeaderEpoch) {
        self.offset = self.offset.max(offset);
        self.epoch = self.epoch.max(epoch);
    }

    /// The image without the records of an unfinished transaction: what may be shown and acted on.
    pub fn stable(&self) -> &Image {
        match &self.transaction {
            Some(transaction) => &transaction.before,
            None => self,
        }
    }

    /// Where the unfinished transaction begins, if there is one.
    pub fn transaction_start(&self) -> Option<Offset> {
        self.transaction.as_ref().map(|transaction| transaction.start)
    }

    /// None until the log's first FeatureLevelRecord has been applied: an empty log has no
    /// version, and the first controller writes one.
    pub fn metadata_version(&self) -> Option<MetadataVersion> {
        self.metadata_version
    }

    /// The finalised level of a feature other than `metadata.version`; 0 if it is off.
    pub fn feature_level(&self, feature: Feature) -> i16 {
        self.features.get(feature.name()).copied().unwrap_or(0)
    }

    /// All finalised features, `metadata.version` included, in order of their names.
    pub fn finalized_features(&self) -> BTreeMap<Str, i16> {
        let mut levels = self.features.clone();
        if let Some(version) = self.metadata_version {
            levels.insert(Str::from_static(MetadataVersion::FEATURE), version.level());
        }
        levels
    }

    pub fn elr_enabled(&self) -> bool {
        self.feature_level(Feature::EligibleLeaderReplicasVersion) >= 1
    }

    pub fn brokers(&self) -> impl Iterator<Item = &Arc<Broker>> {
        self.brokers.values()
    }

    pub fn broker(&self, id: BrokerId) -> Option<&Arc<Broker>> {
        self.brokers.get(&id)
    }

    /// Registered, not fenced and not shutting down.
    pub fn is_active(&self, id: BrokerId) -> bool {
        self.broker(id).is_some_and(|broker| broker.is_active())
    }

    pub fn controllers(&self) -> impl Iterator<Item = &Arc<ControllerNode>> {
        self.controllers.values()
    }

    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    pub fn topic(&self, name: &str) -> Option<&Arc<Topic>> {
        self.topics.by_name(name)
    }

    pub fn topic_by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.topics.by_id(id)
    }

    pub fn partition(&self, topic: &str, index: PartitionIndex) -> Option<&Arc<Partition>> {
        self.topic(topic)?.partition(index)
    }

    /// What is set on `resource` itself; defaults and overrides are the caller's to add.
    pub fn config(&self, resource: &ConfigResource) -> &ConfigMap {
        self.configs.get(resource).map_or(&NO_CONFIG, |config| config)
    }

    /// Everything that has configuration, in no order that means anything.
    pub fn configs(&self) -> impl Iterator<Item = (&ConfigResource, &ConfigMap)> {
        self.configs.iter().map(|(resource, config)| (resource, &**config))
    }

    pub fn quotas(&self) -> &QuotaMap {
        &self.quotas
    }

    /// The first producer id of the next block; None before the first block was given out.
    pub fn next_producer_id(&self) -> Option<i64> {
        self.next_producer_id
    }

    pub fn scram_credentials(&self) -> &ScramMap {
        &self.scram
    }

    pub fn acls(&self) -> &AclMap {
        &self.acls
    }

    pub fn delegation_tokens(&self) -> &TokenMap {
        &self.tokens
    }

    /// Whether both images say the same of the cluster, whatever offset they say it at.
    pub fn says_the_same_as(&self, other: &Image) -> bool {
        self.metadata_version == other.metadata_version
            && self.features == other.features
            && self.brokers == other.brokers
            && self.controllers == other.controllers
            && self.topics == other.topics
            && self.configs == other.configs
            && self.quotas == other.quotas
            && self.next_producer_id == other.next_producer_id
            && self.scram == other.scram
            && self.acls == other.acls
            && self.tokens == other.tokens
    }
}

impl Default for Image {
    fn default() -> Image {
        Image::empty()
    }
}
