//! Who leads, who follows, what is committed.

pub mod fetch_session;
pub mod partition;
pub mod quorum;
