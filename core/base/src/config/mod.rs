//! Every configuration key, declared once, and what follows from the declarations: the typed
//! configuration of a node and of a topic, their checks, and their descriptions.
//!
//! [`keys`] declares. [`ServerConfig`] is a node's configuration, [`TopicConfig`] a topic's. Nothing
//! here opens a file or reads the environment: texts come in as arguments.

pub mod key;
pub mod keys;
pub mod listener;
pub mod server;
pub mod settings;
pub mod topic;
pub mod value;

pub use key::{Invalid, Key};
pub use listener::{HostPort, Listener, SecurityProtocol, Voter};
pub use server::{Layers, Origin, Roles, ServerConfig};
pub use topic::{
    CleanupPolicy, CompressionType, Durability, TimestampType, TopicConfig, TopicDefaults,
};
pub use value::Value;
