//! A node of the built binary in a folder of its own, and the command line against it.

#![allow(dead_code)] // Each test file uses its part of this.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take on a machine that is busy with other things.
const DEADLINE: Duration = Duration::from_secs(30);

/// A node that runs until it is dropped.
pub struct Node {
    process: Child,
    pub bootstrap: String,
    pub dir: PathBuf,
}

impl Node {
    /// Starts a node in a new folder and waits until it serves.
    pub fn start(name: &str) -> Node {
        let dir = std::env::temp_dir().join(format!("vltava-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Node::start_in(dir, "127.0.0.1:0")
    }

    fn start_in(dir: PathBuf, address: &str) -> Node {
        let mut process = Command::new(env!("CARGO_BIN_EXE_vltava"))
            .args(["serve", "--set", &format!("listeners=PLAINTEXT://{address}")])
            .args(["--set", "vltava.metrics.listener="])
            .current_dir(&dir)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = process.stderr.take().unwrap();
        let (found, port) = std::sync::mpsc::channel();
        // Goes on reading to the end, so that the node never waits for its log.
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("serving on PLAINTEXT://") {
                    let _ = found.send(rest.split(' ').next().unwrap_or_default().to_owned());
                }
            }
        });
        let bootstrap = port.recv_timeout(DEADLINE).expect("the node serves within the deadline");
        Node { process, bootstrap, dir }
    }

    /// Ends the node with SIGTERM and starts it again on the same folder and port.
    pub fn restart(mut self) -> Node {
        self.terminate();
        let dir = std::mem::take(&mut self.dir);
        Node::start_in(dir, &self.bootstrap)
    }

    /// Ends the node as a crash would and starts it again on the same folder and port.
    pub fn crash(mut self) -> Node {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let dir = std::mem::take(&mut self.dir);
        Node::start_in(dir, &self.bootstrap)
    }

    fn terminate(&mut self) {
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            match self.process.try_wait() {
                Ok(None) => std::thread::yield_now(),
                _ => return,
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Runs a client command against the node.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = vltava(arguments)
            .args(["--bootstrap", &self.bootstrap])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Standard output of a command that must succeed.
    pub fn output(&self, arguments: &[&str]) -> String {
        text(&self.run(arguments), arguments)
    }

    pub fn produce(&self, arguments: &[&str], input: &str) {
        let arguments = [&["produce"], arguments].concat();
        text(&self.run_with_input(&arguments, input), &arguments);
    }

    /// The folder of a partition.
    pub fn partition(&self, name: &str) -> PathBuf {
        self.dir.join("vltava-data").join(name)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // A node that was restarted has given its folder away.
        if self.dir != Path::new("") {
            self.terminate();
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

pub fn vltava(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vltava"));
    command.args(arguments);
    command
}

/// Standard output, if the command succeeded.
pub fn text(output: &Output, arguments: &[&str]) -> String {
    assert!(
        output.status.success(),
        "{arguments:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}
