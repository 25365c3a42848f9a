//! Keys that Kafka does not have. They all begin with `vltava.`.

use super::*;

keys! {
    /// Every key of our own on the level of the broker.
    OWN: Broker;

    /// The cluster that this node belongs to, by its id; also `CLUSTER_ID` in the environment, as for
    /// Kafka's container image. A node that formats its directories itself takes it for them, or a random
    /// one while it is not set; directories of another cluster are refused.
    VLTAVA_CLUSTER_ID = Key::unset("vltava.cluster.id", Kind::String).ours();
    /// What an acknowledged write can survive: with `page-cache`, as in Kafka, the end of the
    /// process; with `synced`, because it waits for the disk, also the end of the power.
    VLTAVA_DURABILITY = Key::string("vltava.durability", "page-cache")
        .one_of(&["page-cache", "synced"]).high().cluster_wide().concerns(Concern::Durability)
        .ours();
    /// Serve the versions of the protocol that Kafka 4 no longer serves, for clients older than
    /// 2.1.
    VLTAVA_LEGACY_CLIENTS_ENABLE = Key::boolean("vltava.legacy.clients.enable", "true").ours();
    /// Where metrics are served over HTTP in the format of Prometheus, as `host:port`; nowhere
    /// while it is not set. Without a configuration file it is 127.0.0.1:9644.
    VLTAVA_METRICS_LISTENER = Key::unset("vltava.metrics.listener", Kind::String).ours();
}
