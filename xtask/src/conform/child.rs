//! Foreign programs as child processes: run to the end under a time limit, or kept running and
//! ended politely.
//!
//! Every child leads a process group of its own, so that a client which starts children of its own
//! (Maven, `go run`, a shell) cannot leave one behind. Output goes to files, never to pipes: a pipe
//! that nobody reads in time stops the child, and the files are what a person wants after a failure.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It ended by itself with this exit code.
    Exited(i32),
    /// A signal ended it.
    Signalled,
    /// It was still running at its limit and was killed.
    TimedOut(Duration),
}

impl Ending {
    pub fn is_success(self) -> bool {
        self == Ending::Exited(0)
    }

    fn of(status: ExitStatus) -> Ending {
        status.code().map_or(Ending::Signalled, Ending::Exited)
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ending::Exited(code) => write!(out, "ended with code {code}"),
            Ending::Signalled => write!(out, "was ended by a signal"),
            Ending::TimedOut(limit) => {
                write!(out, "was still running after {} s", limit.as_secs())
            }
        }
    }
}

/// A program that has ended, and where its output lies.
pub struct Finished {
    pub ending: Ending,
    pub stdout: PathBuf,
    pub stderr: PathBuf,
}

impl Finished {
    pub fn stdout_text(&self) -> String {
        text_of(&self.stdout)
    }

    /// The last lines of both outputs, for a message about a failure.
    pub fn tail(&self, lines: usize) -> String {
        let mut all = last_lines(&self.stdout, lines);
        let errors = last_lines(&self.stderr, lines);
        if !all.is_empty() && !errors.is_empty() {
            all.push('\n');
        }
        all.push_str(&errors);
        all
    }
}

/// Text of a file that a foreign program wrote: whatever is not UTF-8 is shown as replaced.
pub fn text_of(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

pub fn last_lines(path: &Path, count: usize) -> String {
    let text = text_of(path);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A command with the program's name, its arguments and nothing on standard input.
pub fn command<I, A>(program: impl AsRef<OsStr>, arguments: I) -> Command
where
    I: IntoIterator<Item = A>,
    A: AsRef<OsStr>,
{
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs `command` to its end, at most `limit`, with its output in `folder/name.out` and `.err`.
pub fn run(
    mut command: Command,
    folder: &Path,
    name: &str,
    limit: Duration,
) -> Result<Finished, String> {
    let stdout = folder.join(format!("{name}.out"));
    let stderr = folder.join(format!("{name}.err"));
    let mut running = Running::start(&mut command, &stdout, &stderr)?;
    let ending = running.wait(limit);
    Ok(Finished { ending, stdout, stderr })
}

/// A child that is still running. Dropping it kills its whole process group.
pub struct Running {
    child: Child,
    ended: Option<Ending>,
}

impl Running {
    pub fn start(command: &mut Command, stdout: &Path, stderr: &Path) -> Result<Running, String> {
        let program = command.get_program().to_string_lossy().into_owned();
        let open = |path: &Path| {
            File::create(path).map_err(|e| format!("could not create {}: {e}", path.display()))
        };
        command.stdout(open(stdout)?).stderr(open(stderr)?);
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.spawn().map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => format!("{program} is not installed on this machine"),
            _ => format!("could not start {program}: {e}"),
        })?;
        Ok(Running { child, ended: None })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The ending, if there is one already.
    pub fn poll(&mut self) -> Option<Ending> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten().map(Ending::of);
        }
        self.ended
    }

    /// Waits for the end, at most `limit`; then kills the group and says so.
    pub fn wait(&mut self, limit: Duration) -> Ending {
        let deadline = Instant::now() + limit;
        let mut pause = Duration::from_millis(2);
        while Instant::now() < deadline {
            if let Some(ending) = self.poll() {
                return ending;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
        self.kill();
        Ending::TimedOut(limit)
    }

    /// Asks for a clean end by SIGTERM, waits for it at most `limit`, then kills.
    pub fn terminate(&mut self, limit: Duration) -> Ending {
        if self.poll().is_none() {
            signal("TERM", &self.pid().to_string());
        }
        self.wait(limit)
    }

    /// Ends the whole group at once, as a crash would.
    pub fn kill(&mut self) {
        if self.poll().is_none() {
            signal("KILL", &format!("-{}", self.pid()));
            self.ended = self.child.wait().ok().map(Ending::of);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// std can only send SIGKILL, and only to one process. bash's own `kill` does the rest: that of
/// some shells takes no `--`, and without it a process group looks like an option.
fn signal(name: &str, target: &str) {
    let _ = Command::new("bash")
        .args(["-c", &format!("kill -s {name} -- {target}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}
