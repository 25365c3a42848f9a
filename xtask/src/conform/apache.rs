//! `cargo conform apache`: Apache Kafka's own integration tests against separate processes.
//!
//! The harness in `tests/apache` makes the published test classes start whatever command it is given
//! (see its README). This file feeds it classes, one Java virtual machine each, and keeps the books:
//! `tests/apache/results.tsv` has a row per test. A test that passed there once and does not pass
//! now is a failure; one that never passed is printed as `failing` and counts for nothing, so that
//! the table can only get better.
//!
//! A run may be interrupted: it goes on after the last finished class of the same list and shard.
//! `cargo conform apache scores` prints what the table says of every list, and runs nothing.
//! With `--node apache` the yardstick itself is measured, and what is new goes into
//! `tests/apache/reference/combined.tsv`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Run;
use super::child::{self, Ending};
use super::node::Kind;
use super::report::Check;
use super::workshop::files_below;

/// A class that takes longer is killed and its tests count as failed.
const CLASS_LIMIT: Duration = Duration::from_secs(1800);

/// How the runner ends when there is no test of the name it was given.
const NO_SUCH_TEST: Ending = Ending::Exited(64);

/// The features, apart from those of every quorum, that this build can run; it grows with the build.
/// The format command refuses the others, whose tests fail.
const FEATURES: &str = "eligible.leader.replicas.version,group.version,share.version,streams.version,transaction.version";

/// One row of the results: what became of a test.
type Outcomes = BTreeMap<(String, String), String>;

pub fn run(run: &Run) -> Result<Vec<Check>, String> {
    if run.options.names == ["scores"] {
        print!("{}", scores(&run.workshop.checkout().join("tests/apache"))?);
        return Ok(Vec::new());
    }
    let harness = Harness::prepare(run)?;
    let committed = run.options.names.is_empty();
    let lists = if committed { vec!["ci.list".to_string()] } else { run.options.names.clone() };
    let mut checks = Vec::new();
    for name in lists {
        let classes = harness.classes_of(&name)?;
        let mut progress = Progress::open(run, &name, &classes)?;
        let mut score = Score::default();
        for selector in classes {
            if progress.finished(&selector) {
                continue;
            }
            let outcomes = harness.run_class(run, &selector)?;
            let known = read_results(&harness.results)?;
            checks.extend(judge(&selector, &known, &outcomes, &mut score));
            if !committed && run.options.kind == Kind::Vltava {
                write_results(&harness.results, merge(known, &selector, outcomes))?;
            }
            progress.add(&selector)?;
        }
        progress.close();
        println!("  {name}: {score}");
    }
    Ok(checks)
}

/// The harness, compiled, with its two hundred jars.
struct Harness {
    folder: PathBuf,
    results: PathBuf,
    jars: PathBuf,
    classes: PathBuf,
    node_command: String,
    format_command: String,
    loads_test_jars: bool,
}

impl Harness {
    fn prepare(run: &Run) -> Result<Harness, String> {
        let workshop = run.workshop;
        let folder = workshop.checkout().join("tests/apache");
        let jars = workshop.jars("apache-suites-jars", &folder.join("pom.xml"))?;
        let script = |name: &str, into: &Path| {
            let mut command = child::command("sh", [folder.join(name)]);
            command.env("LIB", &jars).env("CLASSES", into);
            let finished = child::run(command, into, name, Duration::from_secs(300))?;
            match finished.ending.is_success() {
                true => Ok(()),
                false => Err(format!("{name} {}\n{}", finished.ending, finished.tail(20))),
            }
        };
        let mut sources = files_below(&folder.join("src"))?;
        // The jars, too, have a part in what is compiled: their names stand in the pom.
        let others = ["reference/StandIn.java", "build.sh", "pom.xml"];
        sources.extend(others.map(|name| folder.join(name)));
        let classes = workshop
            .environment("apache-suites-classes", &sources, |into| script("build.sh", into))?;
        let (node_command, format_command) = commands(run, &folder, &jars, &classes);
        Ok(Harness {
            results: folder.join("results.tsv"),
            folder,
            jars,
            classes,
            node_command,
            format_command,
            loads_test_jars: run.options.kind != Kind::Vltava,
        })
    }

    /// What a name on the command line stands for: a list in `tests/apache` or its `lists` folder,
    /// or a class or test itself.
    fn classes_of(&self, name: &str) -> Result<Vec<String>, String> {
        let candidates =
            [self.folder.join(name), self.folder.join("lists").join(name), name.into()];
        let Some(file) = candidates.iter().find(|path| path.is_file()) else {
            if name.contains('.') {
                return Ok(vec![name.to_string()]);
            }
            return Err(format!("there is no list and no class {name}: see tests/apache/lists"));
        };
        let text = fs::read_to_string(file)
            .map_err(|e| format!("could not read {}: {e}", file.display()))?;
        let lines = text.lines().map(str::trim);
        Ok(lines.filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_string).collect())
    }

    /// Runs one class or test in a virtual machine of its own.
    fn run_class(&self, run: &Run, selector: &str) -> Result<Outcomes, String> {
        let short = selector.rsplit('.').next().unwrap_or(selector).replace('#', "-");
        let folder = run.workshop.folder(&format!("apache-{short}"))?;
        let out = folder.join("out");
        let mut command = child::command("sh", [self.folder.join("run.sh")]);
        command
            .arg(&out)
            .arg(selector)
            .env("LIB", &self.jars)
            .env("CLASSES", &self.classes)
            .env("NODE_CMD", &self.node_command)
            .env("FORMAT_CMD", &self.format_command)
            .env("NODE_COMBINED", "true")
            .env("NODE_LOADS_TEST_JARS", self.loads_test_jars.to_string())
            .env("NODE_WORK", folder.join("nodes"));
        if run.options.kind == Kind::Vltava {
            command.env("NODE_FEATURES", FEATURES);
        }
        println!("  {selector}");
        let finished = child::run(command, &folder, "run", CLASS_LIMIT)?;
        if finished.ending == NO_SUCH_TEST {
            return Err(format!("could not run {selector}: {}", finished.tail(1)));
        }
        let mut outcomes = read_tests(&out.with_extension("tests"), selector);
        if !finished.ending.is_success() {
            let how = match finished.ending {
                Ending::TimedOut(_) => "timed out",
                _ => "crashed",
            };
            println!("  {selector} {}\n{}", finished.ending, finished.tail(10));
            outcomes.insert((class_of(selector).into(), "(the class itself)".into()), how.into());
        }
        if run.options.kind == Kind::Apache && !selector.contains('#') {
            self.add_reference(selector, &out.with_extension("classes"))?;
        }
        Ok(outcomes)
    }

    /// Adds the row of a class to the yardstick's table if it has none.
    fn add_reference(&self, class: &str, classes: &Path) -> Result<(), String> {
        let file = self.folder.join("reference/combined.tsv");
        let table = child::text_of(&file);
        let known = table.lines().any(|line| line.split('\t').next() == Some(class));
        let row = child::text_of(classes);
        if known || row.trim().is_empty() {
            return Ok(());
        }
        fs::write(&file, table + row.trim_end() + "\n")
            .map_err(|e| format!("could not write {}: {e}", file.display()))
    }
}

/// The commands that format and start a node, as the harness wants them.
fn commands(run: &Run, folder: &Path, jars: &Path, classes: &Path) -> (String, String) {
    if run.options.kind == Kind::Vltava {
        let binary = run.workshop.vltava();
        let binary = binary.display();
        return (
            format!("'{binary}' serve --config {{config}}"),
            format!(
                "'{binary}' storage format --config {{config}} --cluster-id {{cluster_id}} {{flags}}"
            ),
        );
    }
    let log = folder.join("reference/log4j2.properties");
    (
        format!(
            "java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile={} \
             -cp '{}:{}/*' StandIn {{config}}",
            log.display(),
            classes.display(),
            jars.display()
        ),
        "printf \"%s\\n\" --cluster-id {cluster_id} {flags} > {config}.format".to_string(),
    )
}

fn class_of(selector: &str) -> &str {
    selector.split('#').next().unwrap_or(selector)
}

/// The rows of `OUT.tests`: method, display name, outcome, seconds, remark. Two tests of the same
/// method and display name are told apart by a number.
fn read_tests(file: &Path, selector: &str) -> Outcomes {
    let class = class_of(selector).to_string();
    let mut outcomes = Outcomes::new();
    for line in child::text_of(file).lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, display, outcome, ..] = fields[..] else { continue };
        let method = name.rsplit_once('#').map_or("(the class itself)", |(_, method)| method);
        let base = format!("{method} {}", steady(display));
        let mut test = base.clone();
        let mut number = 2;
        while outcomes.contains_key(&(class.clone(), test.clone())) {
            test = format!("{base} ({number})");
            number += 1;
        }
        outcomes.insert((class.clone(), test), outcome.to_string());
        if outcome == "failed" {
            println!("  failing  {name} {display}: {}", fields.get(4).unwrap_or(&""));
        }
    }
    outcomes
}

/// A display name without what changes from run to run: object hashes, ports and temporary paths.
fn steady(display: &str) -> String {
    let mut text = String::new();
    let mut letters = display.chars().peekable();
    while let Some(letter) = letters.next() {
        text.push(letter);
        let digits_follow = letters.peek().is_some_and(char::is_ascii_hexdigit);
        if letter == '@' && digits_follow {
            while letters.next_if(char::is_ascii_hexdigit).is_some() {}
        }
    }
    text
}

#[derive(Default)]
struct Score {
    outcomes: BTreeMap<String, usize>,
}

impl std::fmt::Display for Score {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> =
            self.outcomes.iter().map(|(name, count)| format!("{count} {name}")).collect();
        write!(
            out,
            "{}",
            if parts.is_empty() { "nothing left to run".into() } else { parts.join(", ") }
        )
    }
}

/// One check per test that passes now or passed before.
fn judge(selector: &str, known: &Outcomes, now: &Outcomes, score: &mut Score) -> Vec<Check> {
    let mut checks = Vec::new();
    for ((class, test), outcome) in now {
        *score.outcomes.entry(outcome.clone()).or_default() += 1;
        if outcome == "passed" {
            checks.push(Check::passed(format!("{class}#{test}")));
        }
    }
    for (key, before) in known {
        if before != "passed" || !is_selected(selector, key) {
            continue;
        }
        let outcome = now.get(key).map_or("did not run", String::as_str);
        if outcome != "passed" {
            let name = format!("{}#{}", key.0, key.1);
            checks.push(Check::failed(name, format!("passed before, now: {outcome}")));
        }
    }
    checks
}

fn is_selected(selector: &str, key: &(String, String)) -> bool {
    match selector.split_once('#') {
        None => key.0 == selector,
        Some((class, method)) => key.0 == class && key.1.split([' ', '(']).next() == Some(method),
    }
}

/// The table with everything about `selector` replaced.
fn merge(mut known: Outcomes, selector: &str, now: Outcomes) -> Outcomes {
    known.retain(|key, _| !is_selected(selector, key));
    known.extend(now);
    known
}

fn read_results(file: &Path) -> Result<Outcomes, String> {
    if !file.exists() {
        return Ok(Outcomes::new());
    }
    let text =
        fs::read_to_string(file).map_err(|e| format!("could not read {}: {e}", file.display()))?;
    let mut outcomes = Outcomes::new();
    for line in text.lines().filter(|line| !line.starts_with("class\t")) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [class, test, outcome] = fields[..] else {
            return Err(format!("{}: a row wants three columns: {line}", file.display()));
        };
        outcomes.insert((class.to_string(), test.to_string()), outcome.to_string());
    }
    Ok(outcomes)
}

/// A line for every list: how many of its classes have been run, and what became of their tests.
fn scores(folder: &Path) -> Result<String, String> {
    let results = read_results(&folder.join("results.tsv"))?;
    let lists = folder.join("lists");
    let unreadable = |e| format!("could not read {}: {e}", lists.display());
    let mut files: Vec<PathBuf> = fs::read_dir(&lists)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(unreadable)?;
    files.sort();
    let mut table = String::from(
        "| list | classes run | passed | failed | needs a cluster | not black-box | no cluster |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = child::text_of(&file);
        let classes: BTreeSet<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let rows: Vec<_> =
            results.iter().filter(|((class, _), _)| classes.contains(class.as_str())).collect();
        let run: BTreeSet<&str> = rows.iter().map(|((class, _), _)| class.as_str()).collect();
        let count = |wanted: &[&str]| {
            rows.iter().filter(|(_, outcome)| wanted.contains(&outcome.as_str())).count()
        };
        table.push_str(&format!(
            "| {name} | {} of {} | {} | {} | {} | {} | {} |\n",
            run.len(),
            classes.len(),
            count(&["passed"]),
            count(&["failed", "timed out", "crashed"]),
            count(&["needs-cluster"]),
            count(&["not-black-box"]),
            count(&["no-cluster"]),
        ));
    }
    Ok(table)
}

fn write_results(file: &Path, outcomes: Outcomes) -> Result<(), String> {
    let mut text = String::from("class\ttest\toutcome\n");
    for ((class, test), outcome) in outcomes {
        text.push_str(&format!("{class}\t{test}\t{outcome}\n"));
    }
    let next = file.with_extension("next");
    fs::write(&next, text)
        .and_then(|()| fs::rename(&next, file))
        .map_err(|e| format!("could not write {}: {e}", file.display()))
}

/// Which classes of a list are done, kept in the cache until the list is through.
struct Progress {
    file: PathBuf,
    done: BTreeSet<String>,
}

impl Progress {
    fn open(run: &Run, list: &str, classes: &[String]) -> Result<Progress, String> {
        let (shard, shards) = run.options.shard;
        let name = list.replace(['/', '#'], "-");
        let kind = if run.options.kind == Kind::Vltava { "vltava" } else { "apache" };
        let file = run.workshop.progress_file(&format!("{kind}-{name}-{shard}of{shards}"))?;
        let mut done = BTreeSet::new();
        if run.options.again {
            let _ = fs::remove_file(&file);
        } else if file.exists() {
            println!("  going on where {list} was interrupted; --again begins anew");
            done = child::text_of(&file).lines().map(str::to_string).collect();
        }
        // Classes of other shards are as good as done here.
        let others = classes.iter().enumerate().filter(|(i, _)| i % shards != shard - 1);
        done.extend(others.map(|(_, class)| class.clone()));
        Ok(Progress { file, done })
    }

    fn finished(&self, class: &str) -> bool {
        self.done.contains(class)
    }

    fn add(&mut self, class: &str) -> Result<(), String> {
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.file)
            .map_err(|e| format!("could not write {}: {e}", self.file.display()))?;
        writeln!(file, "{class}")
            .map_err(|e| format!("could not write {}: {e}", self.file.display()))
    }

    fn close(self) {
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(class: &str, test: &str) -> (String, String) {
        (class.to_string(), test.to_string())
    }

    #[test]
    fn a_test_that_passed_before_and_fails_now_is_a_failure() {
        let known = Outcomes::from([(key("C", "a a()"), "passed".into())]);
        let now = Outcomes::from([(key("C", "a a()"), "failed".into())]);
        let checks = judge("C", &known, &now, &mut Score::default());
        assert_eq!(checks, [Check::failed("C#a a()", "passed before, now: failed")]);
    }

    #[test]
    fn a_test_that_never_passed_counts_for_nothing() {
        let now = Outcomes::from([(key("C", "a a()"), "failed".into())]);
        assert_eq!(judge("C", &Outcomes::new(), &now, &mut Score::default()), []);
    }

    #[test]
    fn running_one_method_leaves_the_rows_of_the_others_alone() {
        let known = Outcomes::from([
            (key("C", "a a()"), "passed".into()),
            (key("C", "ab ab()"), "passed".into()),
        ]);
        let now = Outcomes::from([(key("C", "a a()"), "failed".into())]);
        let merged = merge(known, "C#a", now);
        assert_eq!(merged[&key("C", "a a()")], "failed");
        assert_eq!(merged[&key("C", "ab ab()")], "passed");
    }

    #[test]
    fn a_score_counts_the_tests_of_the_classes_of_a_list() {
        let folder = std::env::temp_dir().join(format!("vltava-scores-{}", std::process::id()));
        fs::create_dir_all(folder.join("lists")).unwrap();
        fs::write(folder.join("lists/one"), "A\nB\n").unwrap();
        let rows = "class\ttest\toutcome\nA\ta a()\tpassed\nA\tb b()\tfailed\nC\tc c()\tpassed\n";
        fs::write(folder.join("results.tsv"), rows).unwrap();
        let table = scores(&folder).unwrap();
        assert!(table.ends_with("| one | 1 of 2 | 1 | 1 | 0 | 0 | 0 |\n"), "{table}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_object_hash_is_not_part_of_a_tests_name() {
        assert_eq!(steady("[1] Type@1f3a, x"), "[1] Type@, x");
    }
}
