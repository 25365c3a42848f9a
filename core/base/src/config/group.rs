//! The configuration of one group: what the group sets itself, within what its broker allows, and
//! what the broker says where the group sets nothing (KIP-848, KIP-932, KIP-1071).
//!
//! A value that was allowed when it was set may lie outside the broker's bounds later, after the
//! broker was given narrower ones. It then counts as the bound, as with Kafka.

use super::alter::{Bounds, GROUP_BOUNDS};
use super::key::{Invalid, Key};
use super::keys::group;
use super::server::ServerConfig;
use super::settings::{Source, read, settings};
use super::topic::effective_text;

settings! {
    /// What holds for one group.
    GroupConfig {
        consumer_assignment_interval_ms: i32 = group::CONSUMER_ASSIGNMENT_INTERVAL_MS,
        consumer_heartbeat_interval_ms: i32 = group::CONSUMER_HEARTBEAT_INTERVAL_MS,
        consumer_session_timeout_ms: i32 = group::CONSUMER_SESSION_TIMEOUT_MS,
        share_assignment_interval_ms: i32 = group::SHARE_ASSIGNMENT_INTERVAL_MS,
        /// `latest`, `earliest`, or `by_duration:` and an ISO 8601 duration.
        share_auto_offset_reset: String = group::SHARE_AUTO_OFFSET_RESET,
        share_delivery_count_limit: i32 = group::SHARE_DELIVERY_COUNT_LIMIT,
        share_heartbeat_interval_ms: i32 = group::SHARE_HEARTBEAT_INTERVAL_MS,
        /// `read_committed` or `read_uncommitted`.
        share_isolation_level: String = group::SHARE_ISOLATION_LEVEL,
        share_partition_max_record_locks: i32 = group::SHARE_PARTITION_MAX_RECORD_LOCKS,
        share_record_lock_duration_ms: i32 = group::SHARE_RECORD_LOCK_DURATION_MS,
        share_renew_acknowledge_enable: bool = group::SHARE_RENEW_ACKNOWLEDGE_ENABLE,
        share_session_timeout_ms: i32 = group::SHARE_SESSION_TIMEOUT_MS,
        streams_assignment_interval_ms: i32 = group::STREAMS_ASSIGNMENT_INTERVAL_MS,
        streams_heartbeat_interval_ms: i32 = group::STREAMS_HEARTBEAT_INTERVAL_MS,
        streams_initial_rebalance_delay_ms: i32 = group::STREAMS_INITIAL_REBALANCE_DELAY_MS,
        streams_num_standby_replicas: i32 = group::STREAMS_NUM_STANDBY_REPLICAS,
        streams_session_timeout_ms: i32 = group::STREAMS_SESSION_TIMEOUT_MS,
    }
}

impl ServerConfig {
    /// What holds for a group; `own` gives the text that it sets for a key.
    pub fn group<'a>(&self, own: impl Fn(&str) -> Option<&'a str>) -> GroupConfig {
        GroupConfig::read(&Effective { server: self, own })
            .expect("texts that do not parse are passed over, and defaults parse")
    }
}

struct Effective<'s, F> {
    server: &'s ServerConfig,
    own: F,
}

impl<'a, F: Fn(&str) -> Option<&'a str>> Source for Effective<'_, F> {
    fn text(&self, key: &'static Key) -> Option<String> {
        match (self.own)(key.name) {
            // Another release may have stored what this one cannot read.
            Some(text) if key.parse(text).is_ok() => Some(within_bounds(self.server, key, text)),
            _ => effective_text(&self.server.layers, key),
        }
    }
}

fn within_bounds(server: &ServerConfig, key: &'static Key, text: &str) -> String {
    let bounds = GROUP_BOUNDS.iter().find(|bounds| bounds.key.name == key.name);
    let (Some(bounds), Ok(number)) = (bounds, text.trim().parse::<i32>()) else {
        return text.to_owned();
    };
    let Ok((low, high)) = limits(server, bounds) else { return text.to_owned() };
    number.min(high).max(low).to_string()
}

fn limits(server: &ServerConfig, bounds: &Bounds) -> Result<(i32, i32), Invalid> {
    let low = bounds.low.map_or(Ok(i32::MIN), |low| read(&server.layers, low))?;
    Ok((low, read(&server.layers, bounds.high)?))
}

#[cfg(test)]
mod tests {
    use crate::config::{Given, ServerConfig};

    fn broker(settings: &[(&str, &str)]) -> ServerConfig {
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let given = Given { settings: &settings, ..Given::default() };
        ServerConfig::load(&given).expect("a valid configuration").config
    }

    #[test]
    fn a_group_that_sets_nothing_has_what_its_broker_says() {
        let broker = broker(&[("group.share.heartbeat.interval.ms", "7000")]);
        let group = broker.group(|_| None);
        assert_eq!(group.share_heartbeat_interval_ms, 7000);
        assert_eq!(group.share_session_timeout_ms, 45_000);
        assert_eq!(group.share_auto_offset_reset, "latest");
    }

    #[test]
    fn a_value_outside_the_brokers_bounds_counts_as_the_bound() {
        let own = |name: &str| (name == "share.delivery.count.limit").then_some("99");
        assert_eq!(broker(&[]).group(own).share_delivery_count_limit, 10);
        let own = |name: &str| (name == "share.session.timeout.ms").then_some("1");
        assert_eq!(broker(&[]).group(own).share_session_timeout_ms, 45_000);
    }

    #[test]
    fn a_text_that_cannot_be_read_is_passed_over() {
        let own = |name: &str| (name == "share.delivery.count.limit").then_some("many");
        assert_eq!(broker(&[]).group(own).share_delivery_count_limit, 5);
    }
}
