//! Who leads, who follows, what is committed.

pub mod partition;
