//! The keys of client metrics subscriptions (KIP-714).

use super::*;

keys! {
    /// Every key of this file, in the order in which they are best read.
    CLIENT_METRICS: ClientMetrics;

    /// How often a client pushes its metrics.
    INTERVAL_MS = Key::int("interval.ms", "300000").ms().since("3.7");
    /// Prefixes of the metrics that clients push; an empty text, alone, means all, and nothing at
    /// all means none.
    METRICS = Key::list("metrics", "").rule(Rule::Distinct).since("3.7");
    /// Which clients the subscription is for, as `name=regular expression` entries.
    MATCH = Key::list("match", "").rule(Rule::Distinct).since("3.7");
}
