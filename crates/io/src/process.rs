//! Facts and limits of the process itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one and returns what holds afterwards. Every
/// client is a descriptor; the usual soft limit of 1,024 would refuse the thousandth.
pub fn raise_open_file_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let held =
        if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    held.unwrap_or(u64::MAX)
}

/// Asks the kernel for pages of the usual size from here on. The allocator marks its arena as fit
/// for huge pages, and a node that does nothing then holds 12 MiB of 2 MiB pages of which it uses
/// two; a huge page that has to be cleared in a fault is also a pause that a small one is not.
/// Where the kernel does not know the wish there is nothing to refuse.
pub fn refuse_huge_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// How many cores this process may use; at least 1.
pub fn cpu_count() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get())
}

/// Resident memory of this process in bytes; 0 where the system does not tell.
pub fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

/// The name by which others may know this machine: its host name if that resolves, else
/// `localhost`. 0.0.0.0 must never be told to a client.
pub fn canonical_host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if has_address(&name) && !name.is_empty() { name } else { "localhost".to_owned() }
}

/// Whether `host` is an address, or a name that resolves to one. May ask the network and take
/// seconds: not for a thread that serves connections.
pub fn has_address(host: &str) -> bool {
    std::net::ToSocketAddrs::to_socket_addrs(&(host, 0)).is_ok()
}
