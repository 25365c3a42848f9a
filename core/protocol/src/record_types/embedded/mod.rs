//! Structures inside bytes fields and files of other messages.
//!
//! Generated from `definitions/` by `cargo gen`.

pub mod consumer_protocol_assignment;
pub mod consumer_protocol_subscription;
pub mod default_principal_data;
pub mod producer_snapshot;
pub mod subscription_info_data;

pub use consumer_protocol_assignment::ConsumerProtocolAssignment;
pub use consumer_protocol_subscription::ConsumerProtocolSubscription;
pub use default_principal_data::DefaultPrincipalData;
pub use producer_snapshot::ProducerSnapshot;
pub use subscription_info_data::SubscriptionInfoData;
