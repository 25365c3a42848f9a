//! Stories of streams groups.

mod assignor;
mod configure;
