//! The levels of this node's loggers, as BROKER_LOGGER resources set them: kept by this process only, gone
//! with it.
//!
//! A logger is a module, written with dots: `broker.network.connection`, `coordinator`; `root` is what no
//! other says something about. Names of Kafka's own loggers are accepted as well. Those in [`OF_KAFKA`]
//! have a module here that logs the same things; any other has nothing to act on.
//!
//! Described are the loggers that act on something and those that were set: Kafka's tools set the
//! level of no logger that is not described.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use tracing::Level;

/// The name of the logger that all others take their level from.
pub const ROOT: &str = "root";

/// What a level may be called. FATAL is that of log4j; nothing here is more severe than ERROR.
pub const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// The modules that log.
const OWN: &[&str] = &[
    "broker",
    "broker.api",
    "broker.applier",
    "broker.compactor",
    "broker.coordinator",
    "broker.housekeeping",
    "broker.internal_topics",
    "broker.loader",
    "broker.log_directory",
    "broker.metadata_log",
    "broker.metadata_thread",
    "broker.mover",
    "broker.network",
    "broker.opened",
    "broker.partitions",
    "broker.server",
    "broker.share",
    "broker.transactions",
];

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
    ("org.apache.kafka.storage.internals.log.Cleaner", "broker::compactor"),
    ("org.apache.kafka.storage.internals.log.LogCleaner", "broker::compactor"),
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

impl Wanted {
    /// The level of a module: its own, or that of the nearest module around it that has one.
    fn level_of(&self, module: &str) -> Level {
        let mut around = Some(module);
        while let Some(module) = around {
            if let Some(level) = self.modules.get(module) {
                return *level;
            }
            around = module.rsplit_once("::").map(|(around, _)| around);
        }
        self.root
    }
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

    /// Every logger that acts on something or was set, with its level.
    pub fn all(&self) -> BTreeMap<String, String> {
        let set = self.set.lock();
        let wanted = wanted(self.root, &set);
        let own = OWN.iter().map(|name| (*name, wanted.level_of(&name.replace('.', "::"))));
        let of_kafka = OF_KAFKA.iter().map(|(name, module)| (*name, wanted.level_of(module)));
        let effective = own.chain(of_kafka).chain([(ROOT, wanted.root)]);
        let mut all: BTreeMap<String, String> =
            effective.map(|(name, level)| (name.to_owned(), level.to_string())).collect();
        all.extend(set.iter().map(|(name, level)| (name.clone(), level.clone())));
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
        assert!(levels.all().values().all(|level| level == "INFO"));

        set(&levels, "kafka.network.Processor", "DEBUG");
        set(&levels, "broker.network.connection", "TRACE");
        set(&levels, "root", "FATAL");
        let wanted = heard.lock().take().unwrap();
        assert_eq!(wanted.root, Level::ERROR);
        let modules =
            [("broker::network", Level::DEBUG), ("broker::network::connection", Level::TRACE)];
        assert_eq!(wanted.modules, modules.map(|(name, level)| (name.to_owned(), level)).into());
    }

    #[test]
    fn what_is_described_is_what_the_log_shows() {
        let levels = LogLevels::unheard();
        set(&levels, "kafka.network.Processor", "DEBUG");
        set(&levels, "org.apache.zookeeper", "TRACE");
        set(&levels, "root", "FATAL");
        let all = levels.all();
        let of = |name: &str| all.get(name).map(String::as_str);
        assert_eq!(of("root"), Some("FATAL"));
        assert_eq!(of("kafka.network.Processor"), Some("DEBUG"));
        assert_eq!(of("broker.network"), Some("DEBUG"));
        assert_eq!(of("kafka.network"), Some("DEBUG"));
        assert_eq!(of("broker.api"), Some("ERROR"));
        assert_eq!(of("org.apache.zookeeper"), Some("TRACE"));
        assert_eq!(of("org.apache.zookeeper.server"), None);
    }

    #[test]
    fn every_module_that_logs_is_a_logger() {
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut silent: Vec<String> = Vec::new();
        let mut folders = vec![sources.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let logs = ["error!(", "warn!(", "info!(", "debug!(", "trace!("];
                let first = path.strip_prefix(&sources).unwrap().components().next().unwrap();
                let module = first.as_os_str().to_str().unwrap().trim_end_matches(".rs");
                let name = format!("broker.{module}");
                let is_this_one = module == "log_levels";
                if logs.iter().any(|word| text.contains(word))
                    && !OWN.contains(&&*name)
                    && !is_this_one
                {
                    silent.push(name);
                }
            }
        }
        assert_eq!(silent, Vec::<String>::new());
    }

    #[test]
    fn a_logger_of_kafka_stands_for_the_module_that_logs_in_its_place() {
        assert_eq!(of_kafka("kafka.server.KafkaApis"), Some("broker::api"));
        assert_eq!(of_kafka("kafka.server.KafkaServer"), Some("broker"));
        assert_eq!(of_kafka("kafkaesque"), None);
        assert_eq!(of_kafka("org.apache.zookeeper"), None);
    }
}
