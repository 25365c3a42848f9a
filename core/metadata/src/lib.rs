//! The cluster's metadata as a pure state machine: records in, an image out; requests in,
//! decisions out.
//!
//! Nothing here writes a log, waits for a commit or reads a clock. The life of a change: a request
//! reaches the [`Controller`], which reads its image and decides; the decision's records are
//! appended to `__cluster_metadata` by whoever owns the log and applied to the image at once; the
//! reply leaves when they have committed. Brokers apply the same records to their own [`Image`]
//! and act on the [`Delta`].

pub mod bootstrap;
pub mod cluster;
pub mod config;
pub mod controller;
pub mod entropy;
pub mod feature;
pub mod image;
pub mod partition;
pub mod placement;
pub mod record;
pub mod version;

pub use cluster::{Broker, ControllerNode, Endpoint};
pub use config::{ConfigKind, ConfigMap, ConfigResource};
pub use controller::{ConfigRules, Context, Controller, Decision, Grouping, Refusal, Settings};
pub use entropy::Entropy;
pub use feature::{Feature, LevelRange, SupportedFeatures};
pub use image::{Delta, Image};
pub use partition::{LeaderRecoveryState, Partition, PartitionChange};
pub use record::{encode_records, record_version};
pub use version::MetadataVersion;
