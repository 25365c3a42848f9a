//! Stories of transactions.

mod bench;
mod ending;
mod expiring;
mod initialising;
mod recording;
