//! The only door to the operating system: files, sockets, the real clocks and real entropy.
//!
//! Everything else in `crates/` reaches the world through here, so that the simulator can stand
//! in for it: [`Env`] gives time and entropy, [`RealDisk`] implements `storage::Disk`.

mod disk;
mod env;
mod frames;
mod listen;
mod process;

pub use disk::{DirectoryLock, RealDisk};
pub use env::{Env, RealEnv, Sleep};
pub use frames::{FrameError, FrameReader};
pub use listen::{ListenError, bind, tune};
pub use process::{
    canonical_host_name, cpu_count, has_address, raise_open_file_limit, refuse_huge_pages,
    resident_bytes,
};
