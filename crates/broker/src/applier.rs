//! Lets this node's partitions follow the metadata: creates logs, assigns leaders, hands out
//! configuration, deletes what is gone.
//!
//! Called by the metadata thread alone, with one delta after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use base::config::{ServerConfig, TopicConfig, alter};
use base::{BrokerId, Offset, PartitionIndex, TopicPartition, Uuid};
use io::Env;
use metadata::image::Topic as TopicImage;
use metadata::{ConfigKind, ConfigResource, Delta, Image, LeaderRecoveryState};
use parking_lot::Mutex;
use protocol::messages::assign_replicas_to_dirs_request::{
    DirectoryData, PartitionData, TopicData,
};
use protocol::messages::{
    AlterPartitionRequest, AssignReplicasToDirsRequest, alter_partition_request,
};
use replication::partition::Assignment;
use storage::{
    CLEANER_OFFSETS, DirectoryState, HIGH_WATERMARKS, LOG_STARTS, Log, LogConfig, RECOVERY_POINTS,
    amend_offsets, directory_name,
};
use tracing::{info, warn};

use crate::coordinator::Coordinators;
use crate::loader::{Found, LogKey};
use crate::log_directory::LogDirectory;
use crate::metrics::Metrics;
use crate::mover::Moves;
use crate::network::Connections;
use crate::partitions::{Replica, Topic, topic_config};
use crate::topic_settings::{LogSettings, log_config};

/// What the applier and the rest of the node share.
#[derive(Clone)]
pub struct Shared {
    pub me: BrokerId,
    pub env: Arc<dyn Env>,
    pub image: Arc<ArcSwap<Image>>,
    pub config: Arc<ArcSwap<ServerConfig>>,
    pub partitions: Arc<crate::partitions::Partitions>,
    pub directories: Vec<Arc<LogDirectory>>,
    pub metrics: Arc<Metrics>,
    /// Directories renamed to `-delete`, and when their files may go.
    pub doomed: Arc<Mutex<Vec<(base::MonoMs, PathBuf)>>>,
    pub moves: Arc<Moves>,
    pub coordinators: Coordinators,
    pub connections: Connections,
}

pub struct Applier {
    shared: Shared,
    /// Replicas whose directory the controller does not know yet.
    assignments: Vec<(Uuid, Uuid, PartitionIndex)>,
    /// Partitions that this node leads in recovery.
    recovering: Vec<(Uuid, PartitionIndex)>,
    /// Replicas whose logs are on disk and not open yet. Nothing is created in their place.
    awaited: BTreeSet<LogKey>,
    /// Deleted, and where; the checkpoints still have them.
    gone: Vec<(Arc<LogDirectory>, TopicPartition)>,
}

/// A log that was found on disk at start.
pub struct FoundLog {
    pub log: Log,
    pub directory: Arc<LogDirectory>,
    pub high_watermark: Offset,
}

impl Applier {
    /// Gives the node the dynamic settings that the metadata holds: what opens the logs next reads
    /// them.
    pub fn new(shared: Shared, image: &Image) -> Applier {
        let applier = Applier {
            shared,
            assignments: Vec::new(),
            recovering: Vec::new(),
            awaited: BTreeSet::new(),
            gone: Vec::new(),
        };
        applier.reconfigure_node(image);
        applier
    }

    /// Only the image's offset moved.
    pub fn advance(&mut self, image: &Image) {
        self.shared.image.store(Arc::new(image.clone()));
    }

    pub fn apply(&mut self, delta: &Delta, image: &Image) {
        if delta.configs.iter().any(|resource| resource.kind == ConfigKind::Broker) {
            self.reconfigure_node(image);
        }
        let local = delta.local(self.shared.me);
        for topic in &local.deleted {
            self.delete_topic(topic.id);
        }
        for partition in &local.removed {
            self.delete_replica(partition.topic.id, partition.index);
        }
        self.forget_offsets();
        let changed = local.leading.iter().chain(&local.following);
        let mut by_topic: BTreeMap<Uuid, (&Arc<TopicImage>, Vec<PartitionIndex>)> = BTreeMap::new();
        for partition in changed {
            let entry =
                by_topic.entry(partition.topic.id).or_insert((&partition.topic, Vec::new()));
            entry.1.push(partition.index);
        }
        let mut touched = vec![false; self.shared.directories.len()];
        for (topic, indexes) in by_topic.values() {
            self.follow(topic, indexes, image, &mut BTreeMap::new(), &mut touched);
        }
        self.sync_new_directories(&touched);
        self.reconfigure_topics(delta, image);
        if !(local.deleted.is_empty() && local.removed.is_empty() && by_topic.is_empty()) {
            self.count_leaders(image);
        }
        self.shared.metrics.topics.set(image.topics().len() as i64);
        self.publish(image, delta);
    }

    /// Last: who sees the image must find the partitions it names.
    fn publish(&self, image: &Image, delta: &Delta) {
        let image = Arc::new(image.clone());
        self.shared.image.store(image.clone());
        self.shared.coordinators.metadata_changed(&image, &Arc::new(delta.clone()));
    }

    /// Brings all replicas up at start: with the logs that were found on disk, and without those that
    /// are `awaited`.
    pub fn load(&mut self, image: &Image, mut found: Found, awaited: BTreeSet<LogKey>) {
        self.awaited = awaited;
        let mut touched = vec![false; self.shared.directories.len()];
        for topic in image.topics().iter() {
            let here = topic.partitions.iter().filter(|(_, p)| p.is_replica(self.shared.me));
            let indexes: Vec<PartitionIndex> = here.map(|(index, _)| *index).collect();
            if !indexes.is_empty() {
                self.follow(topic, &indexes, image, &mut found, &mut touched);
            }
        }
        self.sync_new_directories(&touched);
        self.count_leaders(image);
        self.shared.metrics.topics.set(image.topics().len() as i64);
        self.publish(image, &Delta::default());
    }

    fn count_leaders(&self, image: &Image) {
        let partitions = image.topics().iter().flat_map(|topic| topic.partitions.iter());
        let led = partitions.filter(|(_, partition)| partition.leader == self.shared.me);
        self.shared.metrics.leaders.set(led.count() as i64);
    }

    /// Brings up replicas that were awaited.
    pub fn adopt(&mut self, mut found: Found) {
        let image = self.shared.image.load_full();
        let mut by_topic: BTreeMap<Uuid, Vec<PartitionIndex>> = BTreeMap::new();
        for (topic, index) in found.keys() {
            self.awaited.remove(&(*topic, *index));
            by_topic.entry(*topic).or_default().push(*index);
        }
        let mut has_shards = false;
        let mut touched = vec![false; self.shared.directories.len()];
        for (topic, indexes) in by_topic {
            // Topics are not deleted meanwhile: the metadata thread holds such requests back.
            let Some(topic) = image.topics().by_id(topic) else { continue };
            has_shards |= base::topic::is_internal(&topic.name);
            self.follow(topic, &indexes, &image, &mut found, &mut touched);
        }
        if has_shards {
            self.shared.coordinators.metadata_changed(&image, &Arc::new(Delta::default()));
        }
    }

    /// Returns when a replica has moved, of which [`Applier::take_assignments`] tells then.
    pub async fn moved(&self) {
        self.shared.moves.moved.notified().await;
    }

    /// The request that tells the controller which directories were chosen.
    pub fn take_assignments(&mut self, broker_epoch: i64) -> Option<AssignReplicasToDirsRequest> {
        self.assignments.extend(self.shared.moves.take_moved());
        if self.assignments.is_empty() {
            return None;
        }
        let mut by_directory: BTreeMap<Uuid, BTreeMap<Uuid, Vec<PartitionData>>> = BTreeMap::new();
        for (directory, topic, index) in std::mem::take(&mut self.assignments) {
            let partition = PartitionData { partition_index: index.0, ..PartitionData::default() };
            by_directory.entry(directory).or_default().entry(topic).or_default().push(partition);
        }
        let topic =
            |(topic_id, partitions)| TopicData { topic_id, partitions, ..TopicData::default() };
        let directories = by_directory.into_iter().map(|(id, topics)| DirectoryData {
            id,
            topics: topics.into_iter().map(topic).collect(),
            ..DirectoryData::default()
        });
        Some(AssignReplicasToDirsRequest {
            broker_id: self.shared.me.0,
            broker_epoch,
            directories: directories.collect(),
            ..AssignReplicasToDirsRequest::default()
        })
    }

    /// The request by which this node, leading partitions in recovery, says that it has recovered.
    pub fn take_recovered(&mut self, broker_epoch: i64) -> Option<AlterPartitionRequest> {
        if self.recovering.is_empty() {
            return None;
        }
        let image = self.shared.image.load();
        let mut topics: BTreeMap<Uuid, Vec<alter_partition_request::PartitionData>> =
            BTreeMap::new();
        for (topic, index) in std::mem::take(&mut self.recovering) {
            let Some(partition) = image.topics().partition(topic, index) else { continue };
            if partition.leader_recovery_state != LeaderRecoveryState::Recovering {
                continue;
            }
            let member = |id: &BrokerId| alter_partition_request::BrokerState {
                broker_id: id.0,
                broker_epoch: if *id == self.shared.me { broker_epoch } else { -1 },
                ..Default::default()
            };
            topics.entry(topic).or_default().push(alter_partition_request::PartitionData {
                partition_index: index.0,
                leader_epoch: partition.leader_epoch.0,
                partition_epoch: partition.partition_epoch.0,
                new_isr_with_epochs: partition.isr.iter().map(member).collect(),
                leader_recovery_state: LeaderRecoveryState::Recovered.code(),
                ..Default::default()
            });
        }
        let topic = |(topic_id, partitions)| alter_partition_request::TopicData {
            topic_id,
            partitions,
            ..Default::default()
        };
        (!topics.is_empty()).then(|| AlterPartitionRequest {
            broker_id: self.shared.me.0,
            broker_epoch,
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        })
    }

    /// Creates what is missing of a topic here and assigns its replicas.
    fn follow(
        &mut self,
        topic: &Arc<TopicImage>,
        indexes: &[PartitionIndex],
        image: &Image,
        found: &mut Found,
        touched: &mut [bool],
    ) {
        let known = self.shared.partitions.topic_by_id(topic.id);
        let here = known.clone().unwrap_or_else(|| self.new_topic(topic, image));
        let settings = self.log_settings();
        let config = Arc::new(log_config(&here.config.load(), &settings));
        let mut added = Vec::new();
        for index in indexes {
            let Some(partition) = topic.partition(*index) else { continue };
            if self.awaited.contains(&(topic.id, *index)) {
                continue;
            }
            let replica = match here.replica(index.0) {
                Some(replica) => replica,
                None => {
                    let wanted = partition.directory(self.shared.me);
                    let opened = match found.remove(&(topic.id, *index)) {
                        Some(found) => Some(found),
                        None => self.create_log(&here, *index, wanted, config.clone(), touched),
                    };
                    let Some(FoundLog { mut log, directory, high_watermark }) = opened else {
                        continue;
                    };
                    // One that was found may have been opened before a change of the settings.
                    log.set_config(config.clone());
                    if wanted != Some(directory.id) {
                        self.assignments.push((directory.id, topic.id, *index));
                    }
                    let me = self.shared.me;
                    let replica = Replica::new(me, &here, *index, log, directory, high_watermark);
                    added.push(replica.clone());
                    replica
                }
            };
            if partition.leader == self.shared.me
                && partition.leader_recovery_state == LeaderRecoveryState::Recovering
            {
                self.recovering.push((topic.id, *index));
            }
            replica.assign(
                Assignment {
                    leader: partition.leader,
                    leader_epoch: partition.leader_epoch,
                    partition_epoch: partition.partition_epoch,
                    replicas: partition.replicas.to_vec(),
                    isr: partition.isr.to_vec(),
                },
                self.shared.env.mono(),
            );
        }
        self.shared.metrics.partitions.inc_by(added.len() as i64);
        here.add(added);
        if known.is_none() {
            self.shared.partitions.add([here]);
        }
    }

    fn new_topic(&self, topic: &TopicImage, image: &Image) -> Arc<Topic> {
        let config = self.topic_config(&topic.name, image);
        let metrics = self.shared.metrics.topic(&topic.name);
        Topic::new(topic.name.detached(), topic.id, config, metrics)
    }

    fn topic_config(&self, name: &str, image: &Image) -> TopicConfig {
        let own = image.config(&ConfigResource::topic(name));
        let defaults = self.shared.config.load().topic_defaults();
        topic_config(name, own, &defaults)
    }

    fn create_log(
        &self,
        topic: &Topic,
        index: PartitionIndex,
        wanted: Option<Uuid>,
        config: Arc<LogConfig>,
        touched: &mut [bool],
    ) -> Option<FoundLog> {
        let partition = TopicPartition { topic: topic.name.clone(), partition: index };
        // Where the metadata says, or where AlterReplicaLogDirs wished it before it existed.
        let wish = self.shared.moves.take_wish(&partition);
        let at = match wanted {
            None | Some(Uuid::DIRECTORY_UNASSIGNED) => self.choose_directory(wish),
            Some(placed) => self.directory_of(placed, wish),
        }?;
        let directory = self.shared.directories[at].clone();
        let name = directory_name(&partition, DirectoryState::Current, Uuid::ZERO);
        let dir = directory.path.join(name);
        let now = self.shared.env.wall();
        match Log::create(directory.disk.clone(), &dir, config, Some(topic.id), now) {
            Ok(log) => {
                touched[at] = true;
                Some(FoundLog { log, directory, high_watermark: Offset(0) })
            }
            Err(reason) => {
                directory.fail(&reason);
                None
            }
        }
    }

    /// The directories of this node that take no new replicas.
    pub fn cordoned(&self) -> Vec<Uuid> {
        let (config, image) = (self.shared.config.load(), self.shared.image.load());
        let directories = self.shared.directories.iter();
        let cordoned = directories.filter(|directory| directory.is_cordoned(&config, &image));
        cordoned.map(|directory| directory.id).collect()
    }

    /// The directories of this node that do not work.
    pub fn offline(&self) -> Vec<Uuid> {
        let directories = self.shared.directories.iter();
        directories
            .filter(|directory| directory.is_offline())
            .map(|directory| directory.id)
            .collect()
    }

    /// The directory of a replica that has been given to one. Where that is none of ours, or it was given
    /// to a node that had a single one (MIGRATING), it may be in one that is offline and cannot even be
    /// read: an empty log beside the one that is there would be lost data.
    fn directory_of(&self, placed: Uuid, wish: Option<Uuid>) -> Option<usize> {
        let directories = &self.shared.directories;
        match directories.iter().position(|directory| directory.id == placed) {
            Some(at) => Some(at).filter(|at| !directories[*at].is_offline()),
            None if directories.iter().any(|directory| directory.is_offline()) => None,
            None => self.choose_directory(wish),
        }
    }

    /// The directory that was wished for, else the online one with the fewest partitions, cordoned ones
    /// last: the controller has placed the replica here before it knew.
    fn choose_directory(&self, wish: Option<Uuid>) -> Option<usize> {
        let directories = &self.shared.directories;
        let online = |at: &usize| !directories[*at].is_offline();
        if let Some(at) = directories.iter().position(|dir| Some(dir.id) == wish) {
            return Some(at).filter(online);
        }
        let cordoned = self.cordoned();
        (0..directories.len()).filter(online).min_by_key(|at| {
            (cordoned.contains(&directories[*at].id), directories[*at].replica_count())
        })
    }

    /// One sync for everything that was created, before anyone hears of it.
    fn sync_new_directories(&self, touched: &[bool]) {
        for (directory, touched) in self.shared.directories.iter().zip(touched) {
            if *touched && let Err(source) = directory.disk.sync_everything(&directory.path) {
                let path = directory.path.clone();
                directory.fail(&storage::LogError::Disk { verb: "sync", path, source });
            }
        }
    }

    fn delete_topic(&mut self, id: Uuid) {
        let Some(topic) = self.shared.partitions.remove(id) else { return };
        for replica in topic.replicas() {
            self.doom(&replica);
        }
        self.shared.metrics.forget_topic(&topic.name);
        info!(topic = %topic.name, "deleted the topic");
    }

    fn delete_replica(&mut self, topic: Uuid, index: PartitionIndex) {
        let topic = self.shared.partitions.topic_by_id(topic);
        if let Some(replica) = topic.and_then(|topic| topic.remove(index)) {
            self.doom(&replica);
        }
    }

    /// Stops a replica and renames its directory; the files follow after `file.delete.delay.ms`.
    fn doom(&mut self, replica: &Replica) {
        replica.go_offline();
        self.shared.metrics.partitions.dec();
        let directory = replica.directory();
        directory.count_replica(-1);
        let partition =
            TopicPartition { topic: replica.topic_name.clone(), partition: replica.index };
        let unique = crate::metadata_thread::fresh_id(&*self.shared.env);
        let name = directory_name(&partition, DirectoryState::Deleted, unique);
        let target = directory.path.join(name);
        let (renamed, delay_ms) =
            replica.with_log(|log| (log.rename_dir(&target), log.config().file_delete_delay_ms));
        self.gone.push((directory.clone(), partition));
        match renamed {
            Ok(()) => {
                let due = self.shared.env.mono().plus_ms(delay_ms);
                self.shared.doomed.lock().push((due, target));
            }
            Err(reason) => directory.fail(&reason),
        }
    }

    /// Takes what was deleted out of the checkpoints, which know logs by their names: one that is made under
    /// the same name would begin, or count as synced and clean, where the old one was.
    fn forget_offsets(&mut self) {
        if self.gone.is_empty() {
            return;
        }
        let gone = std::mem::take(&mut self.gone);
        let _held = self.shared.partitions.checkpointing();
        for directory in self.shared.directories.iter().filter(|directory| !directory.is_offline())
        {
            let here = gone.iter().filter(|(place, _)| Arc::ptr_eq(place, directory));
            let here: BTreeSet<&TopicPartition> = here.map(|(_, partition)| partition).collect();
            if here.is_empty() {
                continue;
            }
            for file in [LOG_STARTS, RECOVERY_POINTS, HIGH_WATERMARKS, CLEANER_OFFSETS] {
                let forgotten = amend_offsets(&*directory.disk, &directory.path, file, |offsets| {
                    offsets.retain(|partition, _| !here.contains(partition));
                });
                if let Err(reason) = forgotten {
                    directory.fail(&reason);
                }
            }
        }
    }

    fn reconfigure_node(&self, image: &Image) {
        let old = self.shared.config.load_full();
        let texts = |resource: &ConfigResource| {
            let config = image.config(resource);
            config.iter().map(|(key, value)| (String::from(key), String::from(value))).collect()
        };
        let (broker, default) =
            (texts(&ConfigResource::broker(self.shared.me)), texts(&ConfigResource::all_brokers()));
        let (config, ignored) = alter::adopt(&old, &broker, &default);
        for invalid in ignored {
            warn!("a dynamic setting of the broker has no effect: {invalid}");
        }
        if config.layers != old.layers {
            let config = Arc::new(config);
            self.shared.config.store(config.clone());
            self.shared.connections.limits_changed(&config);
        }
    }

    /// Hands changed configuration to the topics it concerns: one topic's own, or all of them when
    /// the broker's changed.
    fn reconfigure_topics(&self, delta: &Delta, image: &Image) {
        let settings = self.log_settings();
        let all = delta.configs.iter().any(|resource| resource.kind == ConfigKind::Broker);
        let topics = match all {
            true => self.shared.partitions.topics(),
            false => {
                let changed = delta.configs.iter().filter(|r| r.kind == ConfigKind::Topic);
                changed.filter_map(|r| self.shared.partitions.topic(&r.name)).collect()
            }
        };
        for topic in topics {
            topic.configure(self.topic_config(&topic.name, image), &settings);
        }
    }

    fn log_settings(&self) -> LogSettings {
        let config = self.shared.config.load();
        LogSettings { producer_id_expiration_ms: i64::from(config.log.producer_id_expiration_ms) }
    }
}
