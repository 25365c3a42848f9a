//! The simulated broker: partitions, and the shards of its coordinators.
//!
//! It does what the handlers of the real one do, around the same machines. It can be killed, lose its
//! power, lose its disk, and start again on what is left; what was on its way is then nobody's. The
//! leadership of a coordinator's partition can move on while the one before has not heard of it.
//!
//! - [`coordinators`]: shards, who leads them, and how they are asked.
//! - [`appends`]: what is appended, synced, and read.
//! - [`transactions`]: what is written in a transaction, and its markers.
//! - [`sharing`]: the partitions that share groups consume.
//! - [`layout`]: topics and settings.

mod appends;
mod coordinators;
mod layout;
mod sharing;
mod transactions;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use base::config::ServerConfig;
use base::{MonoMs, ProducerId, Str};
use coordinator::group::GroupShard;
use coordinator::share::{SharePartitionKey, ShareShard};
use coordinator::transaction::TransactionShard;
use metadata::Image;
use storage::{Disk, MemoryDisk};

use crate::flaw::Flaw;
use crate::partition::{DiskFailed, SimPartition};
use crate::world::World;

pub use appends::Produce;
pub use coordinators::{Address, Hosts};
pub use layout::Layout;
pub use sharing::{DELIVERIES_MAX, Delivered, LOCK_MS, Sharing};
pub use transactions::{Protocol, Transactional};

/// What comes of an ask. Dropped without a call where the node goes down first.
pub type Answer<T> = Box<dyn FnOnce(Result<T, base::ErrorCode>)>;

/// A broker. Cloning shares it.
#[derive(Clone)]
pub struct Node(Rc<RefCell<Inner>>);

struct Inner {
    world: World,
    config: Arc<ServerConfig>,
    image: Arc<Image>,
    layout: Layout,
    /// Every partition by its name, `topic-index`. The place in this list is how it is known here.
    names: Vec<String>,
    disk: MemoryDisk,
    flaw: Option<Flaw>,
    /// Counts the starts. What belongs to an earlier life is dropped.
    life: u32,
    /// The newest epoch in which anything is led here.
    epoch: i32,
    running: Option<Running>,
    /// Where [`Flaw::RefuseTorn`] is planted and a log was torn: trying again does not help.
    refuses_to_start: bool,
    /// Names calls, seats and whatever else must be told apart.
    next_number: u64,
    next_producer_id: i64,
    newest_member: coordinators::NewestMember,
    /// How often each record of a shared partition was delivered, as nobody in the world knows.
    delivered: BTreeMap<(i32, i64), u32>,
}

struct Running {
    partitions: Vec<SimPartition>,
    /// Those for which a sync is on the agenda.
    syncing: BTreeSet<usize>,
    coordinators: coordinators::Coordinators,
    /// Which attempt to write the markers of a transaction is the one that counts.
    marking: BTreeMap<(i32, Str), u64>,
    /// By partition and the epoch of its leader.
    shared: BTreeMap<(SharePartitionKey, i32), sharing::Shared>,
}

impl Node {
    /// A node with the given topics. It is down.
    pub fn new(world: &World, layout: Layout, flaw: Option<Flaw>) -> Node {
        Node(Rc::new(RefCell::new(Inner {
            world: world.clone(),
            config: layout::config(),
            image: layout.image(),
            names: layout.names(),
            layout,
            disk: MemoryDisk::new(),
            flaw,
            life: 0,
            epoch: 0,
            running: None,
            refuses_to_start: false,
            next_number: 0,
            next_producer_id: 1_000,
            newest_member: coordinators::NewestMember::default(),
            delivered: BTreeMap::new(),
        })))
    }

    // ---- up and down ----

    /// Opens what the disk holds and serves it, unless the power fails again meanwhile.
    pub fn start(&self) {
        let mut inner = self.0.borrow_mut();
        if inner.refuses_to_start {
            return;
        }
        inner.life += 1;
        inner.epoch += 1;
        let (world, life, epoch) = (inner.world.clone(), inner.life, inner.epoch);
        inner.disk.set_now(world.wall());
        let open = |name: &String| SimPartition::open(&world, &inner.disk, name, epoch, inner.flaw);
        let partitions: Result<Vec<SimPartition>, DiskFailed> =
            inner.names.iter().map(open).collect();
        world.say(|| format!("start {life}: {:?}", partitions.as_ref().map(Vec::len)));
        let Ok(partitions) = partitions else {
            let has_power = inner.disk.stat(Path::new("/")).is_ok();
            inner.refuses_to_start = inner.flaw == Some(Flaw::RefuseTorn) && has_power;
            inner.disk = inner.disk.restart(world.entropy() as u64);
            return;
        };
        inner.running = Some(Running {
            partitions,
            syncing: BTreeSet::new(),
            coordinators: coordinators::Coordinators::default(),
            marking: BTreeMap::new(),
            shared: BTreeMap::new(),
        });
        drop(inner);
        self.take_seat::<GroupShard>(life, epoch);
        self.take_seat::<TransactionShard>(life, epoch);
        self.take_seat::<ShareShard>(life, epoch);
    }

    /// Ends the process; what the kernel holds of it is written.
    pub fn kill(&self) {
        let mut inner = self.0.borrow_mut();
        inner.world.say(|| "killed".into());
        inner.running = None;
        inner.disk = inner.disk.kill();
    }

    /// Cuts the power: what was not synced is lost, kept or torn.
    pub fn cut_power(&self) {
        let mut inner = self.0.borrow_mut();
        let seed = inner.world.entropy() as u64;
        inner.world.say(|| "the power is gone".into());
        inner.running = None;
        inner.disk = inner.disk.restart(seed);
    }

    /// Lets the power fail in the middle of a change of the disk that is to come.
    pub fn cut_power_after(&self, changes: u64) {
        self.0.borrow().disk.cut_power_after(changes);
    }

    /// The power that was to fail does not.
    pub fn keep_power(&self) {
        self.cut_power_after(u64::MAX);
    }

    /// From now on the disk takes no writes.
    pub fn refuse_writes(&self) {
        self.0.borrow().disk.set_failing_writes(true);
    }

    /// From now on the disk cannot be synced.
    pub fn refuse_syncs(&self) {
        self.0.borrow().disk.set_failing_syncs(true);
    }

    /// Lets one of the partitions have too few replicas for a while.
    pub fn lose_replicas_until(&self, moment: MonoMs) {
        let mut inner = self.0.borrow_mut();
        let nth = inner.world.below(inner.names.len() as u64) as usize;
        if let Some(running) = &mut inner.running {
            running.partitions[nth].has_too_few_replicas_until(moment);
        }
    }

    pub fn is_up(&self) -> bool {
        self.0.borrow().running.is_some()
    }

    /// Whether the node is up and its disk works.
    pub fn is_sound(&self) -> bool {
        let inner = self.0.borrow();
        let running = inner.running.as_ref();
        running.is_some_and(|running| running.partitions.iter().all(SimPartition::is_online))
    }

    pub fn image(&self) -> Arc<Image> {
        self.0.borrow().image.clone()
    }

    pub fn layout(&self) -> Layout {
        self.0.borrow().layout.clone()
    }

    pub fn fresh_producer_id(&self) -> ProducerId {
        let mut inner = self.0.borrow_mut();
        inner.next_producer_id += 1;
        ProducerId(inner.next_producer_id)
    }

    fn flaw(&self) -> Option<Flaw> {
        self.0.borrow().flaw
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw() == Some(flaw)
    }

    fn world(&self) -> World {
        self.0.borrow().world.clone()
    }
}

impl Inner {
    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// What is running, if it still is the life that somebody means.
    fn running_in(&mut self, life: u32) -> Option<&mut Running> {
        self.running.as_mut().filter(|_| self.life == life)
    }

    fn find(&self, topic: &str, index: i32) -> Option<usize> {
        self.layout.find(topic, index)
    }
}
