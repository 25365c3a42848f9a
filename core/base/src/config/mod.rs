//! Every configuration key, declared once, and what follows from the declarations: the typed
//! configuration of a node and of a topic, their checks, and their descriptions.
//!
//! [`keys`] declares. [`ServerConfig`] is a node's configuration, [`TopicConfig`] a topic's. Nothing
//! here opens a file or reads the environment: texts come in as arguments.

pub mod alter;
mod check;
pub mod describe;
pub mod docs;
pub mod environment;
pub mod group;
pub mod key;
pub mod keys;
pub mod listener;
pub mod properties;
pub mod sections;
pub mod server;
pub mod settings;
pub mod status;
pub mod topic;
pub mod value;

pub use group::GroupConfig;
pub use key::{Invalid, Key};
pub use listener::{HostPort, Listener, SecurityProtocol, Voter};
pub use properties::Properties;
pub use server::{Given, Layers, ListenerLimits, Loaded, Origin, Refused, Roles, ServerConfig};
pub use topic::{
    CleanupPolicy, CompressionType, Durability, TimestampType, TopicConfig, TopicDefaults,
};
pub use value::Value;
