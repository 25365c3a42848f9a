//! Data directories that travel: what this node wrote, Apache Kafka must read, and the reverse.
//!
//! 1. This node is filled and stopped; Kafka's own dump tool reads every file of the directory, with
//!    its checks of indexes on.
//! 2. Apache Kafka is started on that directory and must serve the same records, then writes more.
//! 3. This node is started on what Apache left and must serve all of it, then is killed at once
//!    (a crash) and started again.
//! 4. A directory that Apache made from nothing is served by this node.
//!
//! What coordinators keep travels likewise in `handover.rs`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Run;
use super::child::{self, Finished};
use super::node::{Kind, Node, Settings, log4j_flag};
use super::report::Check;
use super::suites::{java_command, run_to_success};
use super::workshop::{Workshop, files_below};

const STEP_LIMIT: Duration = Duration::from_secs(180);
const PREFIX: &str = "disk-";

pub fn run(run: &Run) -> Result<Vec<Check>, String> {
    let travel = Travel { workshop: run.workshop, ours: run.options.kind };
    let mut checks = Vec::new();
    // A journey that breaks off keeps what it has found so far.
    let there = travel.ours_to_apache_and_back(&mut checks);
    checks.push(Check::of("our directory makes the whole journey", there));
    let back = travel.apache_to_ours(&mut checks);
    checks.push(Check::of("Apache's directory makes the whole journey", back));
    Ok(checks)
}

struct Travel<'a> {
    workshop: &'a Workshop,
    ours: Kind,
}

impl Travel<'_> {
    fn ours_to_apache_and_back(&self, checks: &mut Vec<Check>) -> Result<(), String> {
        let home = self.workshop.folder("disk-ours")?;

        let mut node = self.start(self.ours, &home)?;
        self.fill(&node, 1)?;
        let written = self.read(&node)?;
        checks.push(Check::of("what was written is there", holds_records(&written)));
        checks.push(Check::of("the node that wrote stops cleanly", node.stop().map(drop)));
        checks.extend(self.dump(&node.data())?);

        let mut apache = self.start(Kind::Apache, &home)?;
        let served = self.read(&apache);
        checks
            .push(Check::of("Apache serves every record of our directory", same(&written, served)));
        self.fill(&apache, 2)?;
        let written = self.read(&apache)?;
        checks.push(Check::of("Apache stops cleanly on our directory", apache.stop().map(drop)));

        let mut node = self.start(self.ours, &home)?;
        let served = self.read(&node);
        checks
            .push(Check::of("we serve what Apache added to our directory", same(&written, served)));
        self.fill(&node, 3)?;
        let written = self.read(&node)?;
        node.kill();

        let mut node = self.start(self.ours, &home)?;
        let served = self.read(&node);
        checks.push(Check::of(
            "a killed node has every record after its restart",
            same(&written, served),
        ));
        checks.push(Check::of("it stops cleanly after the recovery", node.stop().map(drop)));
        checks.extend(
            self.dump(&node.data())?
                .into_iter()
                .map(|check| Check { name: format!("{} (after a kill)", check.name), ..check }),
        );
        Ok(())
    }

    fn apache_to_ours(&self, checks: &mut Vec<Check>) -> Result<(), String> {
        let home = self.workshop.folder("disk-apache")?;
        let mut apache = self.start(Kind::Apache, &home)?;
        self.fill(&apache, 4)?;
        let written = self.read(&apache)?;
        apache.stop()?;

        let mut node = self.start(self.ours, &home)?;
        let served = self.read(&node);
        checks
            .push(Check::of("we serve every record of Apache's directory", same(&written, served)));
        self.fill(&node, 5)?;
        let written = self.read(&node)?;
        checks.push(Check::of("we stop cleanly on Apache's directory", node.stop().map(drop)));

        let mut apache = self.start(Kind::Apache, &home)?;
        let served = self.read(&apache);
        checks.push(Check::of("Apache takes its directory back", same(&written, served)));
        apache.stop()?;
        Ok(())
    }

    fn start(&self, kind: Kind, home: &Path) -> Result<Node, String> {
        // The records are older than any retention; that they are kept is what is looked at.
        let settings = Settings::common().with("log.retention.ms", "-1");
        Node::start(kind, self.workshop, home, &settings)
    }

    fn fill(&self, node: &Node, seed: u32) -> Result<(), String> {
        let finished = self.java(node, "Filler", &[PREFIX, &seed.to_string()])?;
        match finished.stdout_text().contains("FILLED") {
            true => Ok(()),
            false => Err(format!("the filler did not finish\n{}", finished.tail(20))),
        }
    }

    /// Count and digest of every partition.
    fn read(&self, node: &Node) -> Result<String, String> {
        Ok(self.java(node, "Reader", &["digest", PREFIX])?.stdout_text())
    }

    fn java(&self, node: &Node, class: &str, arguments: &[&str]) -> Result<Finished, String> {
        let jars = self.workshop.kafka_jars()?;
        let source = format!("{class}.java");
        let mut command = java_command(self.workshop, class, &[&source], &jars)?;
        command.arg(&node.bootstrap).args(arguments);
        run_to_success(command, &node.home, class, STEP_LIMIT)
            .map_err(|e| format!("against {}: {e}\n{}", node.kind.name(), node.log_tail(20)))
    }

    /// Kafka's dump tool over every file of a stopped node.
    fn dump(&self, data: &Path) -> Result<Vec<Check>, String> {
        let all = files_below(data)?;
        let of = |endings: &[&str]| -> Vec<PathBuf> {
            let has = |path: &&PathBuf| {
                path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending))
            };
            all.iter().filter(has).cloned().collect()
        };
        let (metadata, data): (Vec<_>, Vec<_>) = of(&["log"])
            .into_iter()
            .partition(|path| path.to_string_lossy().contains("__cluster_metadata"));
        let checkpoints = of(&["checkpoint"]);
        let runs = [
            ("segments, deep", data, vec!["--deep-iteration"]),
            ("offset and time indexes", of(&["index", "timeindex"]), vec![]),
            ("offset index sanity", of(&["index"]), vec!["--index-sanity-check"]),
            ("transaction indexes and producer snapshots", of(&["txnindex", "snapshot"]), vec![]),
            ("the metadata log", metadata, vec!["--cluster-metadata-decoder", "--deep-iteration"]),
            ("metadata snapshots", checkpoints, vec!["--cluster-metadata-decoder"]),
        ];
        let mut checks = Vec::new();
        for (what, files, flags) in runs {
            let name = format!("dump: {what}");
            if files.is_empty() {
                continue;
            }
            checks.push(Check::of(name, self.dump_files(&files, &flags)));
        }
        Ok(checks)
    }

    fn dump_files(&self, files: &[PathBuf], flags: &[&str]) -> Result<(), String> {
        let class_path = self.workshop.broker_class_path(Kind::Apache)?;
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let mut command = child::command("java", ["-Xmx512m", "-XX:TieredStopAtLevel=1"]);
        command
            .arg(log4j_flag(self.workshop))
            .args(["-cp", &class_path, "org.apache.kafka.tools.DumpLogSegments"])
            .args(flags)
            .args(["--files", &names.join(",")]);
        let finished = run_to_success(command, &self.workshop.scratch, "dump", STEP_LIMIT)?;
        let text = format!("{}\n{}", finished.stdout_text(), child::text_of(&finished.stderr));
        let complaints: Vec<&str> =
            text.lines().filter(|line| is_complaint(line)).take(10).collect();
        match complaints.is_empty() {
            true => Ok(()),
            false => Err(complaints.join("\n")),
        }
    }
}

/// Words by which the tool complains without ending in an error.
fn is_complaint(line: &str) -> bool {
    let words = [
        "Mismatches in",
        "isvalid: false",
        "Found timestamp mismatch",
        "out of order timestamp",
        " is followed by ",
        "Exception",
        "Could not",
        "corrupt",
        "Error ",
        "Skipping",
        "failed",
    ];
    // Of each segment that does not begin at offset 0 the tool says that -1 is followed by its base.
    let is_first_record = line.trim_start().starts_with("-1 is followed by ");
    words.iter().any(|word| line.contains(word))
        && !is_first_record
        && !line.trim_start().starts_with("| offset:")
        && !line.contains("payload:")
}

fn holds_records(lines: &str) -> Result<(), String> {
    let partitions = lines.lines().count();
    let full = lines.lines().filter(|line| line.split(' ').nth(1).is_some_and(|n| n != "0"));
    match (partitions, full.count()) {
        (15, 15) => Ok(()),
        (all, full) => Err(format!("15 partitions should hold records: {full} of {all} do")),
    }
}

fn same(written: &str, served: Result<String, String>) -> Result<(), String> {
    let served = served?;
    if written == served {
        return Ok(());
    }
    let mut differences = Vec::new();
    for line in written.lines().filter(|line| !served.lines().any(|other| other == *line)) {
        let partition = line.split(' ').next().unwrap_or_default();
        let now = served.lines().find(|other| other.split(' ').next() == Some(partition));
        differences.push(format!("written {line}\nserved  {}", now.unwrap_or("nothing")));
    }
    Err(format!("partition, records, digest:\n{}", differences.join("\n")))
}
