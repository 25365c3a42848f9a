//! Who may connect: how many connections there may be, of one peer, at one listener and at all, and how
//! fast new ones may come (`max.connections`, `max.connections.per.ip` and its overrides,
//! `max.connection.creation.rate`, the first and the last for a listener as well; KIP-402, KIP-612).
//!
//! The listener by which brokers talk to each other is bound by its own limits alone, where the node has
//! others: clients must not crowd out the brokers. As in Kafka a peer that has too many is turned away, and everything else waits: a connection that finds
//! no slot, or that comes too fast, stays with whoever accepted it until it may go on. Where the node has
//! more than it may, because brokers came or the limit went down, the clients' connections that were used
//! least recently are closed. The clock comes in as a value.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::config::ServerConfig;
use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::Notify;

/// What holds when somebody connects to a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub listener: String,
    pub of_listener: Limit,
    /// Of all listeners together.
    pub of_node: Limit,
    /// What is to be done about that limit here.
    pub standing: Standing,
    /// `max.connections.per.ip`.
    pub per_ip_max: usize,
    /// `max.connections.per.ip.overrides`, by host as it is written.
    pub per_ip_overrides: BTreeMap<String, i32>,
    /// `quota.window.num` windows of `quota.window.size.seconds`, over which the rate is reckoned.
    pub window_count: usize,
    pub window_ms: u64,
}

/// What the limits of the node mean for a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its connections wait for a slot of the node, and are closed where it has too many.
    Yields,
    /// They come in all the same, because other brokers connect here and clients elsewhere.
    Exempt,
}

/// How many connections there may be, and how fast they may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `max.connections`.
    pub connections_max: usize,
    /// `max.connection.creation.rate`.
    pub per_second_max: u32,
}

impl Limit {
    fn new(connections: i32, per_second: i32) -> Limit {
        let (connections, per_second) = (connections.max(0), per_second.max(0));
        Limit { connections_max: connections as usize, per_second_max: per_second as u32 }
    }
}

impl Rules {
    pub fn of(config: &ServerConfig, listener: &str) -> Rules {
        let network = &config.network;
        let of_node = Limit::new(network.max_connections, network.max_connection_creation_rate);
        let own = config.listener_limits.get(listener);
        let is_brokers = config.inter_broker_listener_name.eq_ignore_ascii_case(listener);
        let standing = match is_brokers && config.broker_listeners().count() > 1 {
            true => Standing::Exempt,
            false => Standing::Yields,
        };
        Rules {
            listener: listener.to_owned(),
            of_listener: own.map_or(of_node, |own| {
                Limit::new(own.max_connections, own.max_connection_creation_rate)
            }),
            of_node,
            standing,
            per_ip_max: network.max_connections_per_ip.max(0) as usize,
            per_ip_overrides: config.max_connections_per_ip_overrides.clone(),
            window_count: config.quotas.quota_window_num.max(1) as usize,
            window_ms: config.quotas.quota_window_size_seconds.max(1) as u64 * 1000,
        }
    }
}

/// What is open at a node. Broker and controller count for themselves, as in Kafka: clients that fill
/// the one do not shut out the other.
#[derive(Clone)]
pub struct Connections {
    pub of_broker: Arc<Open>,
    pub of_controller: Arc<Open>,
}

impl Connections {
    /// `count` shows how many are open on both sides.
    pub fn counted_by(count: &Gauge) -> Connections {
        let open = || Arc::new(Open { count: count.clone(), ..Open::default() });
        Connections { of_broker: open(), of_controller: open() }
    }

    /// A limit may have changed.
    pub fn limits_changed(&self, config: &ServerConfig) {
        for open in [&self.of_broker, &self.of_controller] {
            open.limits_changed(config);
        }
    }
}

/// Connections that are open on all threads: of the broker's listeners, or of the controller's.
#[derive(Default)]
pub struct Open {
    table: Mutex<Table>,
    count: Gauge,
    /// Told when one ends or a limit changes.
    pub freed: Notify,
}

#[derive(Default)]
struct Table {
    all: Counted,
    /// Those that can be told to make room, by the order in which they came.
    yielding: BTreeMap<u64, Arc<Use>>,
    /// How many have been told so and are not gone yet.
    leaving: usize,
    /// How many have ever come.
    entered: u64,
    by_listener: BTreeMap<String, Counted>,
    by_ip: BTreeMap<IpAddr, usize>,
    /// The overrides as they were last resolved, and what they were resolved from.
    overrides: (BTreeMap<String, i32>, BTreeMap<IpAddr, usize>),
}

#[derive(Default)]
struct Counted {
    open: usize,
    created: Creations,
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
        let mut table = self.table.lock();
        let own = table.of(&rules.listener).created.record(rules.of_listener, rules, now_ms);
        let of_node = match rules.standing {
            Standing::Yields => table.all.created.record(rules.of_node, rules, now_ms),
            Standing::Exempt => 0,
        };
        Duration::from_millis(of_node.max(own))
    }

    pub fn enter(self: &Arc<Self>, ip: IpAddr, rules: &Rules) -> Admission {
        let mut table = self.table.lock();
        let node_is_full =
            rules.standing == Standing::Yields && table.all.open >= rules.of_node.connections_max;
        if node_is_full || table.of(&rules.listener).open >= rules.of_listener.connections_max {
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
        table.all.open += 1;
        self.count.inc();
        table.of(&rules.listener).open += 1;
        let (number, used) = (table.entered, Arc::new(Use::default()));
        table.entered += 1;
        match rules.standing {
            Standing::Yields => {
                table.yielding.insert(number, used.clone());
            }
            Standing::Exempt => table.make_room(rules.of_node.connections_max),
        }
        Admission::Entered(Entered {
            open: self.clone(),
            listener: rules.listener.clone(),
            ip,
            standing: rules.standing,
            number,
            used,
        })
    }

    /// Closes what is too many, and lets those that wait look again.
    fn limits_changed(&self, config: &ServerConfig) {
        self.table.lock().make_room(config.network.max_connections.max(0) as usize);
        self.freed.notify_waiters();
    }
}

impl Table {
    fn of(&mut self, listener: &str) -> &mut Counted {
        if !self.by_listener.contains_key(listener) {
            self.by_listener.insert(listener.to_owned(), Counted::default());
        }
        self.by_listener.get_mut(listener).expect("it was put there if it was not")
    }

    /// Tells as many as are too many that they have to go, those first that were used least recently.
    fn make_room(&mut self, connections_max: usize) {
        let excess = (self.all.open - self.leaving).saturating_sub(connections_max);
        if excess == 0 {
            return;
        }
        let last = |used: &Use| used.at_us.load(Ordering::Relaxed);
        let mut oldest: Vec<(u64, u64)> =
            self.yielding.iter().map(|(number, used)| (last(used), *number)).collect();
        oldest.sort_unstable();
        for (_, number) in oldest.into_iter().take(excess) {
            let used = self.yielding.remove(&number).expect("it was found there");
            self.leaving += 1;
            used.told_to_go.notify_one();
        }
    }

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

/// When a connection was used last, and whether it has to go.
#[derive(Default)]
pub struct Use {
    at_us: AtomicU64,
    told_to_go: Notify,
}

impl Use {
    /// Bytes came or went.
    pub fn at(&self, now_us: u64) {
        self.at_us.store(now_us, Ordering::Relaxed);
    }
}

/// Counts a connection for as long as it lives.
pub struct Entered {
    open: Arc<Open>,
    listener: String,
    ip: IpAddr,
    standing: Standing,
    number: u64,
    pub used: Arc<Use>,
}

impl Entered {
    /// Ends when the connection has to make room for others.
    pub async fn told_to_go(&self) {
        self.used.told_to_go.notified().await;
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut table = self.open.table.lock();
        table.all.open -= 1;
        self.open.count.dec();
        if table.yielding.remove(&self.number).is_none() && self.standing == Standing::Yields {
            table.leaving -= 1;
        }
        table.of(&self.listener).open -= 1;
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
    fn record(&mut self, limit: Limit, rules: &Rules, now_ms: u64) -> u64 {
        let Rules { window_ms, window_count, .. } = *rules;
        let per_second_max = limit.per_second_max;
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

    const ENDLESS: u32 = i32::MAX as u32;

    fn rules() -> Rules {
        let limit = Limit { connections_max: 3, per_second_max: ENDLESS };
        Rules {
            listener: "A".into(),
            of_listener: limit,
            of_node: limit,
            standing: Standing::Yields,
            per_ip_max: 2,
            per_ip_overrides: BTreeMap::from([("10.0.0.9".into(), 0), ("10.0.0.1".into(), 3)]),
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
    fn a_listener_has_slots_of_its_own_and_that_of_brokers_no_others() {
        let open = Arc::new(Open::default());
        let few = Limit { connections_max: 1, ..rules().of_listener };
        let clients = Rules { of_listener: few, ..rules() };
        let brokers = Rules { listener: "B".into(), standing: Standing::Exempt, ..rules() };
        let Admission::Entered(first) = open.enter(ip(2), &clients) else { panic!("it is free") };
        assert!(matches!(open.enter(ip(3), &clients), Admission::Full), "the listener is full");
        let enter = |last| match open.enter(ip(last), &brokers) {
            Admission::Entered(entered) => Some(entered),
            _ => None,
        };
        let entered = [enter(3), enter(4), enter(5)];
        assert!(entered.iter().all(Option::is_some), "the node's slots do not count for brokers");
        assert!(enter(6).is_none(), "their own do");
        drop(first);
        assert!(matches!(open.enter(ip(2), &clients), Admission::Full), "the node is full");
        drop(entered);
        assert!(matches!(open.enter(ip(2), &clients), Admission::Entered(_)));
    }

    fn is_told_to_go(entered: &Entered) -> bool {
        let mut told = std::pin::pin!(entered.told_to_go());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::future::Future::poll(told.as_mut(), &mut context).is_ready()
    }

    #[test]
    fn the_client_that_was_used_least_recently_makes_room_for_a_broker() {
        let open = Arc::new(Open::default());
        let brokers = Rules { listener: "B".into(), standing: Standing::Exempt, ..rules() };
        let enter = |last, rules: &Rules| match open.enter(ip(last), rules) {
            Admission::Entered(entered) => entered,
            _ => panic!("there is room"),
        };
        let clients = [2, 3, 4].map(|last| enter(last, &rules()));
        for (client, used_at_us) in clients.iter().zip([30, 10, 20]) {
            client.used.at(used_at_us);
        }
        let told = || [0, 1, 2].map(|client: usize| is_told_to_go(&clients[client]));
        let first = enter(5, &brokers);
        assert_eq!(told(), [false, true, false]);
        let _second = enter(6, &brokers);
        assert_eq!(told(), [false, false, true], "the one before is on its way out");
        assert!(!is_told_to_go(&first), "a broker never goes");
        assert!(matches!(open.enter(ip(7), &rules()), Admission::Full), "one client, two brokers");
        drop(clients);
        let _client = enter(7, &rules());
        assert_eq!(open.table.lock().leaving, 0);
    }

    #[test]
    fn what_is_too_many_when_the_limit_goes_down_is_closed() {
        let open = Arc::new(Open::default());
        let clients = [2, 3, 4].map(|last| match open.enter(ip(last), &rules()) {
            Admission::Entered(entered) => entered,
            _ => panic!("there is room"),
        });
        clients[0].used.at(2);
        clients[2].used.at(1);
        open.table.lock().make_room(1);
        let told = [0, 1, 2].map(|client: usize| is_told_to_go(&clients[client]));
        assert_eq!(told, [false, true, true]);
    }

    #[test]
    fn the_slower_of_listener_and_node_decides() {
        let open = Open::default();
        let at = |per_second_max| Limit { connections_max: 3, per_second_max };
        let slow = Rules { of_listener: at(1), window_count: 2, ..rules() };
        let delays = |rules: &Rules| [0; 3].map(|now_ms| open.delay(rules, now_ms).as_millis());
        assert_eq!(delays(&slow), [0, 1000, 1000]);
        let other = Rules { listener: "B".into(), ..slow.clone() };
        assert_eq!(delays(&Rules { of_listener: at(ENDLESS), ..other.clone() }), [0, 0, 0]);
        let node = Rules { of_listener: at(ENDLESS), of_node: at(1), ..other };
        assert_eq!(delays(&node), [0, 1000, 1000]);
    }

    #[test]
    fn a_burst_passes_and_a_stream_is_slowed_down_to_its_rate() {
        let (rules, limit) = (rules(), Limit { connections_max: 3, per_second_max: 10 });
        let mut created = Creations::default();
        // Ten quiet windows have room for a hundred.
        for _ in 0..100 {
            assert_eq!(created.record(limit, &rules, 50), 0);
        }
        assert_eq!(created.record(limit, &rules, 50), 100);
        let mut now_ms = 50;
        let mut came = 0;
        while now_ms < 60_000 {
            now_ms += created.record(limit, &rules, now_ms).max(1);
            came += 1;
        }
        assert!((500..=620).contains(&came), "{came} came in a minute at 10 a second");
    }

    #[test]
    fn no_limit_costs_nothing() {
        let mut created = Creations::default();
        let rules = rules();
        assert!((0..10_000).all(|_| created.record(rules.of_listener, &rules, 1) == 0));
        assert!(created.windows.is_empty());
    }
}
