//! A node that is killed while clients work with it, and comes back on the same directory and port.
//!
//! A suite runs against it as against any other. Beside it a thread waits, kills the node as a crash
//! would, starts it again, and waits once more. That the node really fell in the middle of the suite
//! is a check of its own: a suite that was over before has shown nothing.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::Run;
use super::node::{Node, Settings};
use super::report::Check;
use super::workshop::Workshop;

/// When the node falls: after each of these pauses, counted from its last start.
pub type Pauses = [Duration];

pub fn every(pause_s: u64, times: usize) -> Vec<Duration> {
    vec![Duration::from_secs(pause_s); times]
}

impl Run<'_> {
    /// As `with_node`, with a node that falls. Without a pause it is a node like any other.
    pub fn with_falling_node(
        &self,
        name: &str,
        settings: &Settings,
        pauses: &Pauses,
        suite: impl FnOnce(&str) -> Result<Vec<Check>, String>,
    ) -> Result<Vec<Check>, String> {
        if pauses.is_empty() {
            return self.with_node(name, settings, suite);
        }
        if self.options.bootstrap.is_some() {
            let reason = "a broker of --bootstrap is not ours to kill";
            return Ok(vec![Check::not_run(name, reason)]);
        }
        let home = self.workshop.folder(&format!("node-{name}"))?;
        let mut node = Node::start(self.options.kind, self.workshop, &home, settings)?;
        let bootstrap = node.bootstrap.clone();
        let (over, ended) = channel::<()>();
        let (found, falls) = thread::scope(|scope| {
            let falling = scope.spawn(|| fall(&mut node, self.workshop, settings, pauses, ended));
            let found = suite(&bootstrap);
            drop(over);
            (found, falling.join().unwrap_or_else(|_| Err("the thread that kills it died".into())))
        });
        let fell = falls.and_then(|falls| match falls == pauses.len() {
            true => Ok(()),
            false => Err(format!("it fell {falls} times before the clients were done")),
        });
        let fell_check = format!("{name}: the node fell {} times and came back", pauses.len());
        let mut checks = self.close(name, &mut node, found);
        checks.push(Check::of(fell_check, fell));
        Ok(checks)
    }
}

/// How often the node fell before the suite was over.
fn fall(
    node: &mut Node,
    workshop: &Workshop,
    settings: &Settings,
    pauses: &Pauses,
    ended: Receiver<()>,
) -> Result<usize, String> {
    for (falls, pause) in pauses.iter().enumerate() {
        if ended.recv_timeout(*pause) != Err(RecvTimeoutError::Timeout) {
            return Ok(falls);
        }
        node.kill();
        node.restart(workshop, settings)?;
    }
    Ok(pauses.len())
}
