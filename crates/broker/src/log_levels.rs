//! The levels of this node's loggers, as BROKER_LOGGER resources set them: kept by this process only, gone
//! with it.
//!
//! A logger is a module, written with dots: `broker.network.connection`, `coordinator`; `root` is what no
//! other says something about. Names of Kafka's own loggers are accepted and described as well. Those
//! in [`OF_KAFKA`] have a module here that logs the same things; any other has nothing to act on.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use tracing::Level;

/// The name of the logger that all others take their level from.
pub const ROOT: &str = "root";

/// What a level may be called. FATAL is that of log4j; nothing here is more severe than ERROR.
pub const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// Beginnings of the names of Kafka's loggers, and the modules that log in their place. The first
/// one that fits counts.
const OF_KAFKA: &[(&str, &str)] = &[
    ("kafka.network", "broker::network"),
    ("kafka.request", "broker::api"),
    ("kafka.server.KafkaApis", "broker::api"),
    ("kafka.server.metadata", "broker::metadata_thread"),
    ("kafka.controller", "broker::metadata_thread"),
    ("org.apache.kafka.controller", "broker::metadata_thread"),
    ("kafka.coordinator", "broker::coordinator"),
    ("org.apache.kafka.coordinator", "broker::coordinator"),
    ("kafka.log", "broker::housekeeping"),
    ("org.apache.kafka.storage.internals.log", "broker::housekeeping"),
    ("kafka", "broker"),
    ("org.apache.kafka", "broker"),
];

/// What the log is to show from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Of every module that is not named.
    pub root: Level,
    /// By module, as `tracing` writes its targets.
    pub modules: BTreeMap<String, Level>,
}

/// The levels, and who is told of a change.
pub struct LogLevels {
    root: Level,
    set: Mutex<BTreeMap<String, String>>,
    changed: Box<dyn Fn(&Wanted) + Send + Sync>,
}

impl LogLevels {
    /// Levels that begin with `root` for everything.
    pub fn new(root: Level, changed: impl Fn(&Wanted) + Send + Sync + 'static) -> LogLevels {
        LogLevels { root, set: Mutex::default(), changed: Box::new(changed) }
    }

    /// Levels that nobody listens to.
    pub fn unheard() -> LogLevels {
        LogLevels::new(Level::INFO, |_| {})
    }

    /// Every logger that has a level of its own, the root among them.
    pub fn all(&self) -> BTreeMap<String, String> {
        let root = (ROOT.to_owned(), self.root.to_string());
        let mut all = BTreeMap::from([root]);
        all.extend(self.set.lock().iter().map(|(name, level)| (name.clone(), level.clone())));
        all
    }

    /// Lets `change` look at the levels that are set and say what they are to be.
    ///
    /// # Errors
    /// What `change` says; the levels stay.
    pub fn change<E>(
        &self,
        change: impl FnOnce(&BTreeMap<String, String>) -> Result<Option<BTreeMap<String, String>>, E>,
    ) -> Result<(), E> {
        let mut set = self.set.lock();
        if let Some(after) = change(&set)? {
            *set = after;
            (self.changed)(&wanted(self.root, &set));
        }
        Ok(())
    }
}

fn wanted(root: Level, set: &BTreeMap<String, String>) -> Wanted {
    let level = |name: &str| set.get(name).map_or(root, |level| level_of(level));
    let mut modules = BTreeMap::new();
    // Kafka's names first: a module that is named itself has the last word.
    let named = set.iter().filter(|(name, _)| *name != ROOT);
    let (kafkas, own): (Vec<_>, Vec<_>) = named.partition(|(name, _)| of_kafka(name).is_some());
    for (name, level) in kafkas {
        modules.extend(of_kafka(name).map(|module| (module.to_owned(), level_of(level))));
    }
    for (name, level) in own {
        modules.insert(name.replace('.', "::"), level_of(level));
    }
    Wanted { root: level(ROOT), modules }
}

fn of_kafka(name: &str) -> Option<&'static str> {
    let fits = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    OF_KAFKA.iter().find(|(prefix, _)| fits(prefix)).map(|(_, module)| *module)
}

fn level_of(name: &str) -> Level {
    match name {
        "TRACE" => Level::TRACE,
        "DEBUG" => Level::DEBUG,
        "WARN" => Level::WARN,
        "ERROR" | "FATAL" => Level::ERROR,
        _ => Level::INFO,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn set(levels: &LogLevels, name: &str, level: &str) {
        let changed: Result<(), ()> = levels.change(|before| {
            let mut after = before.clone();
            after.insert(name.into(), level.into());
            Ok(Some(after))
        });
        changed.unwrap();
    }

    #[test]
    fn a_level_that_is_set_is_heard_of_and_described() {
        let heard = Arc::new(Mutex::new(None));
        let hears = heard.clone();
        let levels =
            LogLevels::new(Level::INFO, move |wanted| *hears.lock() = Some(wanted.clone()));
        assert_eq!(levels.all(), BTreeMap::from([("root".into(), "INFO".into())]));

        set(&levels, "kafka.network.Processor", "DEBUG");
        set(&levels, "broker.network.connection", "TRACE");
        set(&levels, "root", "FATAL");
        let wanted = heard.lock().take().unwrap();
        assert_eq!(wanted.root, Level::ERROR);
        let modules =
            [("broker::network", Level::DEBUG), ("broker::network::connection", Level::TRACE)];
        assert_eq!(wanted.modules, modules.map(|(name, level)| (name.to_owned(), level)).into());
        assert_eq!(levels.all().len(), 3);
    }

    #[test]
    fn a_logger_of_kafka_stands_for_the_module_that_logs_in_its_place() {
        assert_eq!(of_kafka("kafka.server.KafkaApis"), Some("broker::api"));
        assert_eq!(of_kafka("kafka.server.KafkaServer"), Some("broker"));
        assert_eq!(of_kafka("kafkaesque"), None);
        assert_eq!(of_kafka("org.apache.zookeeper"), None);
    }
}
