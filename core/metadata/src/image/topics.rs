//! The topics of an image.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::{PartitionIndex, ShardedMap, Str, Uuid};

use crate::Partition;

/// One topic. Shared between images until one of its partitions changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub name: Str,
    pub id: Uuid,
    pub partitions: BTreeMap<PartitionIndex, Arc<Partition>>,
}

impl Topic {
    pub fn partition(&self, index: PartitionIndex) -> Option<&Arc<Partition>> {
        self.partitions.get(&index)
    }

    /// How many replicas its first partition has: what "the replication factor of the topic"
    /// means to min.insync.replicas.
    pub fn replication_factor(&self) -> usize {
        self.partitions.values().next().map_or(0, |partition| partition.replicas.len())
    }
}

/// All topics, by id and by name.
///
/// The topic itself stands in the map by id alone: a second owner would make every change of a
/// large topic copy its whole map of partitions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topics {
    by_id: ShardedMap<Uuid, Arc<Topic>>,
    by_name: ShardedMap<Str, Uuid>,
    /// From a name with every '.' turned into '_' to the names that it stands for; names without
    /// either are not in here. Clusters upgraded from before KAFKA-13743 may hold several.
    collisions: ShardedMap<Str, BTreeSet<Str>>,
}

impl Topics {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub fn by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    pub fn by_name(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_id.get(self.by_name.get(name)?)
    }

    pub fn id_of(&self, name: &str) -> Option<Uuid> {
        self.by_name.get(name).copied()
    }

    pub fn partition(&self, id: Uuid, index: PartitionIndex) -> Option<&Arc<Partition>> {
        self.by_id(id)?.partition(index)
    }

    /// In an order that is fixed for given ids, but means nothing.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.by_id.values()
    }

    /// In order of their names; sorts them all.
    pub fn sorted(&self) -> Vec<&Arc<Topic>> {
        let mut topics: Vec<_> = self.iter().collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        topics
    }

    /// An existing topic whose name differs from `name` in '.' and '_' alone, or is the same.
    pub fn colliding(&self, name: &str) -> Option<&Str> {
        if !has_collision_letters(name) {
            return None;
        }
        self.collisions.get(base::topic::collision_key(name).as_str())?.first()
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Topic> {
        self.by_id.get_mut(&id).map(Arc::make_mut)
    }

    pub(super) fn insert(&mut self, name: Str, id: Uuid) {
        if has_collision_letters(&name) {
            let key = Str::from(base::topic::collision_key(&name));
            let mut names = self.collisions.get(&key).cloned().unwrap_or_default();
            names.insert(name.clone());
            self.collisions.insert(key, names);
        }
        self.by_name.insert(name.clone(), id);
        self.by_id.insert(id, Arc::new(Topic { name, id, partitions: BTreeMap::new() }));
    }

    pub(super) fn remove(&mut self, id: Uuid) -> Option<Arc<Topic>> {
        let topic = self.by_id.remove(&id)?;
        self.by_name.remove(&topic.name);
        if has_collision_letters(&topic.name) {
            let key = base::topic::collision_key(&topic.name);
            if let Some(names) = self.collisions.get_mut(key.as_str()) {
                names.remove(&topic.name);
                if names.is_empty() {
                    self.collisions.remove(key.as_str());
                }
            }
        }
        Some(topic)
    }
}

fn has_collision_letters(name: &str) -> bool {
    name.contains(['.', '_'])
}
