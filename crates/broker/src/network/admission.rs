//! Who may connect: how many connections there may be, of one peer and of all, and how fast new ones may
//! come (`max.connections`, `max.connections.per.ip` and its overrides, `max.connection.creation.rate`).
//!
//! As in Kafka a peer that has too many is turned away, and everything else waits: a connection that finds
//! no slot, or that comes too fast, stays with whoever accepted it until it may go on. The clock comes
//! in as a value.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use base::config::ServerConfig;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// What holds when somebody connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `max.connections`.
    pub connections_max: usize,
    /// `max.connections.per.ip`.
    pub per_ip_max: usize,
    /// `max.connections.per.ip.overrides`, by host as it is written.
    pub per_ip_overrides: BTreeMap<String, i32>,
    /// `max.connection.creation.rate`.
    pub per_second_max: u32,
    /// `quota.window.num` windows of `quota.window.size.seconds`, over which the rate is reckoned.
    pub window_count: usize,
    pub window_ms: u64,
}

impl Rules {
    pub fn of(config: &ServerConfig) -> Rules {
        let network = &config.network;
        Rules {
            connections_max: network.max_connections.max(0) as usize,
            per_ip_max: network.max_connections_per_ip.max(0) as usize,
            per_ip_overrides: config.max_connections_per_ip_overrides.clone(),
            per_second_max: network.max_connection_creation_rate.max(0) as u32,
            window_count: config.quotas.quota_window_num.max(1) as usize,
            window_ms: config.quotas.quota_window_size_seconds.max(1) as u64 * 1000,
        }
    }
}

/// Connections that are open on all threads.
#[derive(Default)]
pub struct Open {
    table: Mutex<Table>,
    /// Told when one ends.
    pub freed: Notify,
}

#[derive(Default)]
struct Table {
    total: usize,
    by_ip: BTreeMap<IpAddr, usize>,
    created: Creations,
    /// The overrides as they were last resolved, and what they were resolved from.
    overrides: (BTreeMap<String, i32>, BTreeMap<IpAddr, usize>),
}

/// What becomes of a connection that has been accepted.
pub enum Admission {
    Entered(Entered),
    /// Too many are open: another has to end first.
    Full,
    /// Too many of this peer are open: it is turned away.
    TooManyOfPeer {
        max: usize,
    },
}

impl Open {
    /// How long a connection that has come now has to wait, for the sake of the rate.
    pub fn delay(&self, rules: &Rules, now_ms: u64) -> Duration {
        Duration::from_millis(self.table.lock().created.record(rules, now_ms))
    }

    pub fn enter(self: &Arc<Self>, ip: IpAddr, rules: &Rules) -> Admission {
        let mut table = self.table.lock();
        if table.total >= rules.connections_max {
            return Admission::Full;
        }
        let max = table.max_of(ip, rules);
        let count = table.by_ip.entry(ip).or_default();
        if *count >= max {
            if *count == 0 {
                table.by_ip.remove(&ip);
            }
            return Admission::TooManyOfPeer { max };
        }
        *count += 1;
        table.total += 1;
        Admission::Entered(Entered { open: self.clone(), ip })
    }
}

impl Table {
    fn max_of(&mut self, ip: IpAddr, rules: &Rules) -> usize {
        if self.overrides.0 != rules.per_ip_overrides {
            // A host that has no address is nobody who could connect.
            let addresses = rules.per_ip_overrides.iter().flat_map(|(host, max)| {
                let found = (host.as_str(), 0).to_socket_addrs().into_iter().flatten();
                found.map(|address| (address.ip(), (*max).max(0) as usize))
            });
            self.overrides = (rules.per_ip_overrides.clone(), addresses.collect());
        }
        self.overrides.1.get(&ip).copied().unwrap_or(rules.per_ip_max)
    }
}

/// Counts a connection for as long as it lives.
pub struct Entered {
    open: Arc<Open>,
    ip: IpAddr,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut table = self.open.table.lock();
        table.total -= 1;
        if let Some(count) = table.by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                table.by_ip.remove(&self.ip);
            }
        }
        drop(table);
        self.open.freed.notify_waiters();
    }
}

/// Connections by the window in which they came, as Kafka's quotas count: the rate is that of all
/// windows, and the time that has not been lived through yet counts as quiet. So a node takes a burst of as
/// many as its windows allow at once, and a stream no faster than the rate.
#[derive(Default)]
struct Creations {
    /// When each window began, and how many came in it.
    windows: VecDeque<(u64, u32)>,
}

impl Creations {
    /// Counts one, and says how many milliseconds it has to wait: at most one window.
    fn record(&mut self, rules: &Rules, now_ms: u64) -> u64 {
        let Rules { window_ms, window_count, per_second_max, .. } = *rules;
        if per_second_max == i32::MAX as u32 {
            self.windows.clear();
            return 0;
        }
        let all_ms = window_ms * window_count as u64;
        while self.windows.front().is_some_and(|(began, _)| began + all_ms <= now_ms) {
            self.windows.pop_front();
        }
        match self.windows.back_mut() {
            Some((began, count)) if *began + window_ms > now_ms => *count += 1,
            _ => self.windows.push_back((now_ms, 1)),
        }
        let oldest = self.windows.front().map_or(now_ms, |(began, _)| *began);
        let lived_ms = now_ms.saturating_sub(oldest);
        let missing = (window_count as u64 - 1).saturating_sub(lived_ms / window_ms);
        let span_s = (lived_ms + missing * window_ms).max(1) as f64 / 1000.0;
        let count: u32 = self.windows.iter().map(|(_, count)| count).sum();
        let (rate, max) = (f64::from(count) / span_s, f64::from(per_second_max));
        if rate <= max {
            return 0;
        }
        if max == 0.0 {
            return window_ms;
        }
        // After so long without another one the rate would be what it may be.
        (((rate - max) / max * span_s * 1000.0).round() as u64).min(window_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules {
            connections_max: 3,
            per_ip_max: 2,
            per_ip_overrides: BTreeMap::from([("10.0.0.9".into(), 0), ("10.0.0.1".into(), 3)]),
            per_second_max: i32::MAX as u32,
            window_count: 11,
            window_ms: 1000,
        }
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn a_peer_with_too_many_is_turned_away_and_a_full_node_makes_wait() {
        let open = Arc::new(Open::default());
        let enter = |last| open.enter(ip(last), &rules());
        let (Admission::Entered(first), Admission::Entered(_second)) = (enter(2), enter(2)) else {
            panic!("there is room")
        };
        assert!(matches!(enter(2), Admission::TooManyOfPeer { max: 2 }));
        assert!(matches!(enter(9), Admission::TooManyOfPeer { max: 0 }));
        let Admission::Entered(_third) = enter(1) else { panic!("there is room") };
        assert!(matches!(enter(1), Admission::Full));
        drop(first);
        let Admission::Entered(_again) = enter(1) else { panic!("a slot is free") };
    }

    #[test]
    fn a_burst_passes_and_a_stream_is_slowed_down_to_its_rate() {
        let rules = Rules { per_second_max: 10, ..rules() };
        let mut created = Creations::default();
        // Ten quiet windows have room for a hundred.
        for _ in 0..100 {
            assert_eq!(created.record(&rules, 50), 0);
        }
        assert_eq!(created.record(&rules, 50), 100);
        let mut now_ms = 50;
        let mut came = 0;
        while now_ms < 60_000 {
            now_ms += created.record(&rules, now_ms).max(1);
            came += 1;
        }
        assert!((500..=620).contains(&came), "{came} came in a minute at 10 a second");
    }

    #[test]
    fn no_limit_costs_nothing() {
        let mut created = Creations::default();
        assert!((0..10_000).all(|_| created.record(&rules(), 1) == 0));
        assert!(created.windows.is_empty());
    }
}
