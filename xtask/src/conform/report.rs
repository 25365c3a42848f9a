//! What a suite found: one line per check, and the tally at the end.
//!
//! A client program prints `CHECK <TAB> name <TAB> passed|failed|not-run <TAB> detail` for each
//! check and `DONE` as its last line. A program that ends without `DONE` has died half way, and that
//! is a failure of its own, however many checks had passed by then.

use super::child::Finished;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed(String),
    /// Not tried here, and why: an interpreter that this machine lacks, for instance.
    NotRun(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    pub outcome: Outcome,
}

impl Check {
    pub fn passed(name: impl Into<String>) -> Check {
        Check { name: name.into(), outcome: Outcome::Passed }
    }

    pub fn failed(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check { name: name.into(), outcome: Outcome::Failed(detail.into()) }
    }

    pub fn not_run(name: impl Into<String>, reason: impl Into<String>) -> Check {
        Check { name: name.into(), outcome: Outcome::NotRun(reason.into()) }
    }

    pub fn of(name: impl Into<String>, result: Result<(), String>) -> Check {
        match result {
            Ok(()) => Check::passed(name),
            Err(detail) => Check::failed(name, detail),
        }
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

/// The checks that a client program printed, each named `client: check`.
pub fn checks_of(client: &str, finished: &Finished) -> Vec<Check> {
    let text = finished.stdout_text();
    let mut checks: Vec<Check> = text.lines().filter_map(|line| parse_line(client, line)).collect();
    let done = text.lines().any(|line| line == "DONE");
    if !finished.ending.is_success() || !done {
        let detail = format!("the program {}\n{}", finished.ending, finished.tail(25));
        checks.push(Check::failed(format!("{client}: runs to its end"), detail));
    }
    checks
}

fn parse_line(client: &str, line: &str) -> Option<Check> {
    let mut fields = line.strip_prefix("CHECK\t")?.splitn(3, '\t');
    let name = format!("{client}: {}", fields.next()?);
    let word = fields.next()?;
    let detail = fields.next().unwrap_or("").to_string();
    Some(match word {
        "passed" => Check::passed(name),
        "not-run" => Check::not_run(name, detail),
        "failed" => Check::failed(name, detail),
        other => Check::failed(name, format!("the program printed the outcome {other:?}")),
    })
}

/// Counts over all suites of a run.
#[derive(Debug, Default)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub not_run: usize,
}

impl Tally {
    /// Prints one line per check and adds it up.
    pub fn add(&mut self, checks: &[Check]) {
        for check in checks {
            match &check.outcome {
                Outcome::Passed => {
                    self.passed += 1;
                    println!("  passed   {}", check.name);
                }
                Outcome::NotRun(reason) => {
                    self.not_run += 1;
                    println!("  NOT RUN  {}: {reason}", check.name);
                }
                Outcome::Failed(detail) => {
                    self.failed += 1;
                    println!(
                        "  FAILED   {}: {}",
                        check.name,
                        detail.replace('\n', "\n           ")
                    );
                }
            }
        }
    }

    /// The closing line in the form that test runners are read by.
    pub fn closing_line(&self) -> String {
        match self.not_run {
            0 => format!("{} passed, {} failed", self.passed, self.failed),
            n => format!("{} passed, {} failed, {n} skipped", self.passed, self.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conform::child::Ending;
    use std::fs;
    use std::path::PathBuf;

    fn finished(name: &str, text: &str, ending: Ending) -> (PathBuf, Finished) {
        let folder = std::env::temp_dir().join(format!("conform-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let stdout = folder.join("out");
        fs::write(&stdout, text).expect("the temporary folder can be written");
        (folder.clone(), Finished { ending, stdout, stderr: folder.join("err") })
    }

    #[test]
    fn a_program_that_says_done_has_the_checks_it_printed() {
        let text =
            "noise\nCHECK\ta\tpassed\t\nCHECK\tb\tfailed\tgot 1\nCHECK\tc\tnot-run\tno\nDONE\n";
        let (folder, finished) = finished("done", text, Ending::Exited(0));
        let checks = checks_of("x", &finished);
        fs::remove_dir_all(folder).expect("the temporary folder can be removed");
        assert_eq!(
            checks,
            [Check::passed("x: a"), Check::failed("x: b", "got 1"), Check::not_run("x: c", "no")]
        );
    }

    #[test]
    fn a_program_that_dies_half_way_has_failed_although_its_checks_passed() {
        let (folder, finished) = finished("died", "CHECK\ta\tpassed\t\n", Ending::Exited(0));
        let checks = checks_of("x", &finished);
        fs::remove_dir_all(folder).expect("the temporary folder can be removed");
        assert_eq!(checks.len(), 2);
        assert!(matches!(checks[1].outcome, Outcome::Failed(_)));
    }
}
