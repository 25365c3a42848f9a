//! `vltava storage`: formats log directories and tells about them, with the flags of
//! `kafka-storage.sh`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::config::server::Given;
use base::config::{Properties, ServerConfig};
use base::{BrokerId, Str, Uuid};
use broker::format::{
    Bootstrap, Feature, FeatureError, Format, Formatting, MetadataVersion, Voter, VoterSet,
    VoterSource, format, standalone_voter,
};
use clap::{Args, Subcommand};
use io::{Env, RealDisk, RealEnv};
use protocol::record_types::metadata::MetadataRecord;
use storage::{Disk, MetaProperties};

use crate::failure::{Failure, Outcome};

/// Format log directories, or look at them
#[derive(Args, Debug)]
pub struct Storage {
    #[command(subcommand)]
    command: StorageCommand,
}

#[derive(Subcommand, Debug)]
enum StorageCommand {
    /// Make the log directories of a configuration those of a cluster
    Format(FormatArguments),
    /// Print a random id, for a new cluster or a directory
    RandomUuid,
    /// Show whose log directories a configuration names
    Info(ConfigArgument),
    /// Show which feature levels belong to a release
    VersionMapping {
        /// A release or metadata version, as 4.3 or 4.3-IV0
        #[arg(long, short, value_name = "VERSION")]
        release_version: Option<String>,
    },
    /// Show what feature levels depend on
    FeatureDependencies {
        /// As name=level; may be repeated
        #[arg(long, short, value_name = "NAME=LEVEL", required = true, value_parser = name_level)]
        feature: Vec<(String, i16)>,
    },
}

#[derive(Args, Debug)]
struct ConfigArgument {
    /// The node's server.properties
    #[arg(long, short, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Args, Debug)]
struct FormatArguments {
    #[command(flatten)]
    config: ConfigArgument,
    /// The cluster's id, as `vltava storage random-uuid` makes one
    #[arg(long, short = 't', value_name = "ID")]
    cluster_id: String,
    /// Leave directories alone that are formatted already
    #[arg(long, short = 'g')]
    ignore_formatted: bool,
    /// The release whose feature levels the cluster starts with
    #[arg(long, short, value_name = "VERSION")]
    release_version: Option<String>,
    /// A feature level, as name=level; may be repeated
    #[arg(long, short, value_name = "NAME=LEVEL", value_parser = name_level)]
    feature: Vec<(String, i16)>,
    /// This node is the only voter of a dynamic quorum
    #[arg(long, short, group = "voters")]
    standalone: bool,
    /// The voters of a dynamic quorum, as id@host:port:directory-id, separated by commas
    #[arg(long, short = 'I', value_name = "VOTERS", group = "voters")]
    initial_controllers: Option<String>,
    /// The voters of a dynamic quorum are found when the node starts
    #[arg(long, short = 'N', group = "voters")]
    no_initial_controllers: bool,
    /// SCRAM credentials, which are not built yet and are refused
    #[arg(long, short = 'S', value_name = "SCRAM")]
    add_scram: Vec<String>,
}

fn name_level(text: &str) -> Result<(String, i16), String> {
    let wrong = || format!("write `name=level`, for example `metadata.version=30`, got `{text}`");
    let (name, level) = text.split_once('=').ok_or_else(wrong)?;
    Ok((name.trim().to_owned(), level.trim().parse().map_err(|_| wrong())?))
}

impl Storage {
    pub fn run(self) -> Outcome {
        match self.command {
            StorageCommand::Format(arguments) => arguments.run(),
            StorageCommand::RandomUuid => {
                println!("{}", fresh_id());
                Ok(())
            }
            StorageCommand::Info(argument) => info(&argument.config),
            StorageCommand::VersionMapping { release_version } => version_mapping(release_version),
            StorageCommand::FeatureDependencies { feature } => dependencies(&feature),
        }
    }
}

fn fresh_id() -> Uuid {
    let env = RealEnv::new();
    loop {
        if let Some(id) = Uuid::from_random(env.random()) {
            return id;
        }
    }
}

fn load(path: &Path) -> Result<ServerConfig, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::failed(format!("could not read {}: {error}", path.display())))?;
    let file = Properties::parse(&bytes)
        .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    let given = Given { file: Some(&file), environment: &[], settings: &[] };
    Ok(ServerConfig::load(&given).map_err(Failure::failed)?.config)
}

impl FormatArguments {
    fn run(self) -> Outcome {
        if !self.add_scram.is_empty() {
            return Err(Failure::failed(
                "--add-scram: SCRAM is not built yet; leave the flag out and use a PLAINTEXT listener",
            ));
        }
        let config = load(&self.config.config)?;
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(64));
        let voter_source = self.voter_source(&config)?;
        let plan = Format {
            release_version: self.release_version.as_deref().map(release).transpose()?,
            features: self.feature.iter().cloned().collect::<BTreeMap<_, _>>(),
            voters: voter_source,
            ..Format::standalone(broker::supported_features(&config))
        };
        let bootstrap = plan.plan().map_err(Failure::said)?;
        let (unformatted, formatted) = self.sort_directories(&*disk, &config)?;
        if unformatted.is_empty() {
            println!("All of the log directories are already formatted.");
            return Ok(());
        }
        let metadata_dir = PathBuf::from(&config.metadata_log_dir);
        let voters = self.voters(&config)?;
        let own = voters.as_ref().and_then(|voters| voters.get(config.node_id)).map(|own| own.key);
        let own_directory = own.and_then(|key| key.directory);
        let directories: Vec<(PathBuf, Uuid)> = unformatted
            .iter()
            .map(|dir| match own_directory {
                Some(id) if *dir == metadata_dir => (dir.clone(), id),
                _ => (dir.clone(), fresh_id()),
            })
            .collect();
        println!("{}", bootstrap_line(&bootstrap));
        let metadata_kind = match (&voters, own) {
            (None, _) => "metadata",
            (Some(_), None) => "dynamic metadata",
            (Some(_), Some(_)) => "dynamic metadata voter",
        };
        for dir in &unformatted {
            let kind = if *dir == metadata_dir { metadata_kind } else { "data" };
            let version = bootstrap.metadata_version;
            println!(
                "Formatting {kind} directory {} with metadata.version {version}.",
                dir.display()
            );
        }
        let formatting = Formatting {
            cluster_id: self.cluster_id.clone(),
            node_id: config.node_id,
            directories,
            voters: if formatted.contains(&metadata_dir) { None } else { voters },
            metadata_dir,
            bootstrap: &bootstrap,
        };
        format(&*disk, &formatting, RealEnv::new().wall()).map_err(Failure::failed)
    }

    /// The directories that are to be formatted, and those that are.
    fn sort_directories(
        &self,
        disk: &dyn Disk,
        config: &ServerConfig,
    ) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
        let all = directories(config);
        let (mut unformatted, mut formatted) = (Vec::new(), Vec::new());
        for dir in all {
            match MetaProperties::read(disk, &dir).map_err(Failure::failed)? {
                None => unformatted.push(dir),
                Some(meta) => {
                    self.check_owner(&meta, &dir, config.node_id)?;
                    formatted.push(dir);
                }
            }
        }
        if let Some(first) = formatted.first()
            && !self.ignore_formatted
        {
            return Err(Failure::said(format!(
                "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format the others.",
                first.display()
            )));
        }
        Ok((unformatted, formatted))
    }

    /// A directory of another cluster or node is never left beside new ones of this.
    fn check_owner(&self, meta: &MetaProperties, dir: &Path, node: BrokerId) -> Outcome {
        let file = dir.join("meta.properties");
        match (&meta.cluster_id, meta.node_id) {
            (Some(cluster), _) if *cluster != self.cluster_id => Err(Failure::said(format!(
                "Invalid cluster.id in: {}. Expected {}, but read {cluster}",
                file.display(),
                self.cluster_id
            ))),
            (_, Some(other)) if other != node => Err(Failure::said(format!(
                "Stored node id {other} doesn't match previous node id {node} in {}. If you moved your data, make sure your configured node id matches. If you intend to create a new node, you should remove all data in your data directories.",
                file.display()
            ))),
            _ => Ok(()),
        }
    }

    fn voter_source(&self, config: &ServerConfig) -> Result<VoterSource, Failure> {
        let names_voters = self.standalone || self.initial_controllers.is_some();
        match (config.quorum_voters.is_empty(), names_voters) {
            (false, true) => Err(Failure::said(
                "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.",
            )),
            (false, false) => Ok(VoterSource::Static),
            (true, true) if self.standalone && !config.roles.controller => {
                Err(Failure::said("You can only use --standalone on a controller."))
            }
            (true, false) if config.roles.controller && !self.no_initial_controllers => {
                Err(Failure::said(
                    "Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.",
                ))
            }
            (true, _) => Ok(VoterSource::Log),
        }
    }

    fn voters(&self, config: &ServerConfig) -> Result<Option<VoterSet>, Failure> {
        if self.standalone {
            let endpoints = broker::controller_endpoints(config);
            let voter = standalone_voter(config.node_id, fresh_id(), &endpoints);
            return Ok(Some(VoterSet::new([voter])));
        }
        let Some(list) = &self.initial_controllers else { return Ok(None) };
        let listener =
            config.controller_listener_names.first().map_or("CONTROLLER", String::as_str);
        let voters: Result<Vec<Voter>, Failure> =
            list.split(',').map(|text| initial_controller(text.trim(), listener)).collect();
        Ok(Some(VoterSet::new(voters?)))
    }
}

/// Reads `id@host:port:directory-id`.
fn initial_controller(text: &str, listener: &str) -> Result<Voter, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "--initial-controllers takes `id@host:port:directory-id`, got `{text}`"
        ))
    };
    let (id, rest) = text.split_once('@').ok_or_else(wrong)?;
    let (rest, directory) = rest.rsplit_once(':').ok_or_else(wrong)?;
    let (host, port) = rest.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let id = BrokerId(id.parse().map_err(|_| wrong())?);
    let port = port.parse().map_err(|_| wrong())?;
    let directory: Uuid = directory.parse().map_err(|_| wrong())?;
    Ok(standalone_voter(id, directory, &[(Str::from(listener), Str::from(host), port)]))
}

fn release(text: &str) -> Result<MetadataVersion, Failure> {
    MetadataVersion::parse(text).map_err(Failure::said)
}

/// The log directories of a configuration with that of the metadata log, in order, each once.
fn directories(config: &ServerConfig) -> Vec<PathBuf> {
    let all = config.log_dirs.iter().chain([&config.metadata_log_dir]);
    all.map(PathBuf::from).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a cluster starts with, in the words of Apache's tool.
fn bootstrap_line(bootstrap: &Bootstrap) -> String {
    let records = bootstrap.records.iter().map(|record| match record {
        MetadataRecord::FeatureLevelRecord(feature) => format!(
            "ApiMessageAndVersion(FeatureLevelRecord(name='{}', featureLevel={}) at version 0)",
            feature.name, feature.feature_level
        ),
        other => format!("{other:?}"),
    });
    format!(
        "Bootstrap metadata: BootstrapMetadata(records=[{}], metadataVersionLevel={}, source=format command)",
        records.collect::<Vec<_>>().join(", "),
        bootstrap.metadata_version.level()
    )
}

fn info(path: &Path) -> Outcome {
    let config = load(path)?;
    let disk = RealDisk::new(64);
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let mut first: Option<MetaProperties> = None;
    for dir in directories(&config) {
        if !dir.is_dir() {
            let what = if dir.exists() { "is not a directory" } else { "does not exist" };
            problems.push(format!("{} {what}", dir.display()));
            continue;
        }
        match MetaProperties::read(&disk, &dir) {
            Ok(None) => problems.push(format!("{} is not formatted.", dir.display())),
            Err(error) => problems.push(error.to_string()),
            Ok(Some(meta)) => match &first {
                None => first = Some(meta),
                Some(first) if first.cluster_id != meta.cluster_id => {
                    problems.push("Mismatched cluster IDs between storage directories.".to_owned());
                }
                Some(first) if first.node_id != meta.node_id => {
                    problems.push("Mismatched node IDs between storage directories.".to_owned());
                }
                Some(_) => {}
            },
        }
        found.push(dir);
    }
    list("Found log director", ("y", "ies"), found.iter().map(|dir| dir.display().to_string()));
    if let Some(meta) = first {
        let pairs = [
            meta.cluster_id.map(|id| format!("cluster.id={id}")),
            meta.directory_id.map(|id| format!("directory.id={id}")),
            meta.node_id.map(|id| format!("node.id={id}")),
            Some("version=1".to_owned()),
        ];
        let pairs: Vec<String> = pairs.into_iter().flatten().collect();
        println!("Found metadata: {{{}}}\n", pairs.join(", "));
    }
    let has_problems = !problems.is_empty();
    list("Found problem", ("", "s"), problems.into_iter());
    if has_problems { Err(Failure::Reported) } else { Ok(()) }
}

/// A heading in the singular or the plural and its lines, or nothing.
fn list(heading: &str, (one, many): (&str, &str), lines: impl ExactSizeIterator<Item = String>) {
    if lines.len() == 0 {
        return;
    }
    println!("{heading}{}:", if lines.len() == 1 { one } else { many });
    for line in lines {
        println!("  {line}");
    }
    println!();
}

fn version_mapping(text: Option<String>) -> Outcome {
    let text = text.unwrap_or_else(|| MetadataVersion::LATEST_PRODUCTION.to_string());
    let version = release(&text)?;
    println!("metadata.version={} ({text})", version.level());
    for feature in Feature::ALL {
        println!("{}={}", feature.name(), feature.default_level(version));
    }
    Ok(())
}

fn dependencies(features: &[(String, i16)]) -> Outcome {
    for (name, level) in features {
        if name == MetadataVersion::FEATURE {
            let version = MetadataVersion::from_level(*level)
                .ok_or_else(|| Failure::said(format!("Unknown metadata.version {level}")))?;
            println!("{name}={level} ({version}) has no dependencies.");
            continue;
        }
        let feature = Feature::from_name(name)
            .ok_or_else(|| Failure::said(format!("Unknown feature: {name}")))?;
        match feature.check_level(*level, MetadataVersion::MINIMUM) {
            Ok(()) => println!("{name}={level} has no dependencies."),
            Err(FeatureError::Requires { version, .. }) => {
                println!("{name}={level} requires:");
                println!("    {}={} ({version})", MetadataVersion::FEATURE, version.level());
            }
            Err(FeatureError::UnknownLevel { .. }) => {
                let text = format!("Feature level {level} is not supported for feature {name}");
                return Err(Failure::said(text));
            }
        }
    }
    Ok(())
}
