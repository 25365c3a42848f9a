//! `vltava storage`, whose texts and exit codes are those of Apache's tool.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CLUSTER: &str = "abcdefghijklmnopqrstuv";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("vltava-storage-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn dir(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Runs the tool on a configuration of two log directories.
    fn storage(&self, arguments: &[&str]) -> Output {
        self.storage_of(
            "process.roles=broker,controller\n\
             controller.quorum.bootstrap.servers=127.0.0.1:19093\n\
             listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093\n",
            arguments,
        )
    }

    /// Likewise, of a node with other roles or another quorum.
    fn storage_of(&self, node: &str, arguments: &[&str]) -> Output {
        let config = self.0.join("server.properties");
        let text = format!(
            "{node}node.id=1\ncontroller.listener.names=CONTROLLER\nlog.dirs={},{}\n",
            self.dir("a"),
            self.dir("b")
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_vltava"));
        command.arg("storage").args(arguments).arg("--config").arg(config).output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn property(file: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_default().to_owned()
}

#[test]
fn formatting_leaves_what_apache_leaves_and_refuses_to_do_it_twice() {
    let folder = Folder::new("format");
    let format = ["format", "-t", CLUSTER, "--standalone"];
    let output = folder.storage(&format);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.starts_with("Bootstrap metadata: BootstrapMetadata(records=[ApiMessageAndVersion(FeatureLevelRecord(name='metadata.version', featureLevel=30) at version 0)"), "{said}");
    let lines: Vec<&str> = said.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            format!(
                "Formatting dynamic metadata voter directory {} with metadata.version 4.3-IV0.",
                folder.dir("a")
            ),
            format!("Formatting data directory {} with metadata.version 4.3-IV0.", folder.dir("b")),
        ]
    );
    let (a, b) = (folder.0.join("a"), folder.0.join("b"));
    let checkpoint = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint";
    assert!(a.join(checkpoint).exists() && !b.join(checkpoint).exists());
    for dir in [&a, &b] {
        let meta = dir.join("meta.properties");
        assert!(dir.join("bootstrap.checkpoint").exists());
        assert_eq!(property(&meta, "cluster.id"), CLUSTER);
        assert_eq!(
            (property(&meta, "node.id"), property(&meta, "version")),
            ("1".into(), "1".into())
        );
    }
    let id = |dir: &Path| property(&dir.join("meta.properties"), "directory.id");
    assert_ne!(id(&a), id(&b));

    let again = folder.storage(&format);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(
        text(&again.stderr),
        format!(
            "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format the others.\n",
            folder.dir("a")
        )
    );
    let ignored = folder.storage(&["format", "-t", CLUSTER, "--standalone", "-g"]);
    assert_eq!(text(&ignored.stdout), "All of the log directories are already formatted.\n");

    let before = id(&a);
    std::fs::remove_dir_all(&b).unwrap();
    let rest = folder.storage(&["format", "-t", CLUSTER, "--standalone", "-g"]);
    assert_eq!(rest.status.code(), Some(0));
    assert_eq!(id(&a), before, "a formatted directory is left as it is");
    assert!(b.join("meta.properties").exists());
}

#[test]
fn a_directory_of_another_cluster_is_never_joined() {
    let folder = Folder::new("cluster");
    folder.storage(&["format", "-t", CLUSTER, "--standalone"]);
    let output = folder.storage(&["format", "-t", "another-cluster-000001", "--standalone", "-g"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("Invalid cluster.id in: "));
}

#[test]
fn a_controller_without_static_voters_must_say_where_its_voters_come_from() {
    let folder = Folder::new("voters");
    let output = folder.storage(&["format", "-t", CLUSTER]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.\n"
    );
    assert!(!folder.0.join("a").exists(), "nothing is written before everything is checked");
}

#[test]
fn static_voters_need_no_initial_controllers() {
    let folder = Folder::new("static");
    let node = "process.roles=broker,controller\ncontroller.quorum.voters=1@127.0.0.1:19093\n\
                listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093\n";
    let refused = folder.storage_of(node, &["format", "-t", CLUSTER, "--standalone"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).starts_with("You cannot specify controller.quorum.voters and"));
    let output = folder.storage_of(node, &["format", "-t", CLUSTER, "--no-initial-controllers"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(property(&folder.0.join("a/meta.properties"), "cluster.id"), CLUSTER);
}

#[test]
fn only_a_controller_stands_alone() {
    let folder = Folder::new("broker");
    let node = "process.roles=broker\nlisteners=PLAINTEXT://127.0.0.1:19092\n\
                controller.quorum.bootstrap.servers=127.0.0.1:19093\n";
    let output = folder.storage_of(node, &["format", "-t", CLUSTER, "--standalone"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "You can only use --standalone on a controller.\n");
    assert!(!folder.0.join("a").exists());
}

#[test]
fn info_tells_what_is_there_and_what_is_wrong() {
    let folder = Folder::new("info");
    let nothing = folder.storage(&["info"]);
    assert_eq!(nothing.status.code(), Some(1));
    let (a, b) = (folder.dir("a"), folder.dir("b"));
    assert_eq!(
        text(&nothing.stdout),
        format!("Found problems:\n  {a} does not exist\n  {b} does not exist\n\n")
    );
    folder.storage(&["format", "-t", CLUSTER, "--standalone"]);
    let formatted = folder.storage(&["info"]);
    assert_eq!(formatted.status.code(), Some(0));
    let said = text(&formatted.stdout);
    let start = format!(
        "Found log directories:\n  {a}\n  {b}\n\nFound metadata: {{cluster.id={CLUSTER}, directory.id="
    );
    assert!(said.starts_with(&start), "{said}");
}

#[test]
fn releases_and_features_are_explained_as_apache_explains_them() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vltava"));
        command.arg("storage").args(arguments).output().unwrap()
    };
    assert_eq!(
        text(&run(&["version-mapping", "-r", "3.9"]).stdout),
        "metadata.version=21 (3.9)\nkraft.version=1\ntransaction.version=0\ngroup.version=0\n\
         eligible.leader.replicas.version=0\nshare.version=0\nstreams.version=0\n"
    );
    assert_eq!(
        text(&run(&["feature-dependencies", "-f", "eligible.leader.replicas.version=1"]).stdout),
        "eligible.leader.replicas.version=1 requires:\n    metadata.version=23 (4.0-IV1)\n"
    );
    let unknown = run(&["feature-dependencies", "-f", "share.version=9"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(
        text(&unknown.stderr),
        "Feature level 9 is not supported for feature share.version\n"
    );
    let id = text(&run(&["random-uuid"]).stdout);
    assert_eq!(id.trim().len(), 22);
}
