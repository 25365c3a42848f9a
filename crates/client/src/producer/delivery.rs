//! How the sender of a record learns what became of it.
//!
//! All records of a batch share one [`Outcome`]; a record's [`Delivery`] is a pointer to it and an
//! index, so that sending costs no allocation per record, and a delivery that nobody awaits costs
//! nothing more.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use base::{Offset, Str, WallMs};

use crate::error::{Error, Result};

/// Where an acknowledged record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    pub topic: Str,
    pub partition: i32,
    /// `None` with `acks=0`, and where the broker recognised a duplicate whose offset it has
    /// forgotten.
    pub offset: Option<Offset>,
    /// The record's time: that of `send`, or the broker's under LogAppendTime.
    pub timestamp: WallMs,
    /// When the acknowledgement came in, for latency measurements: a delivery may be awaited
    /// long after it.
    pub acknowledged_at: Instant,
}

/// A record on its way. Resolves once the record is acknowledged or has failed for good.
#[derive(Debug)]
#[must_use = "a record that failed is only known from its delivery"]
pub struct Delivery {
    pub(super) outcome: Arc<Outcome>,
    pub(super) index: i32,
    pub(super) timestamp: WallMs,
}

/// What became of a batch.
#[derive(Debug)]
pub(super) struct Outcome {
    pub topic: Str,
    pub partition: i32,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Waiting(Vec<Waker>),
    Done(Result<Acknowledged>, Instant),
    Split(Parts),
}

/// The batches that a batch was split into, each with the number of records before it.
type Parts = [(i32, Arc<Outcome>); 2];

/// What has become of a batch.
enum Fate {
    Done(Result<Acknowledged>, Instant),
    Split(Parts),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Acknowledged {
    pub base_offset: Option<Offset>,
    /// Set under LogAppendTime.
    pub append_time: Option<WallMs>,
}

impl Outcome {
    pub fn new(topic: Str, partition: i32) -> Arc<Outcome> {
        let state = Mutex::new(State::Waiting(Vec::new()));
        Arc::new(Outcome { topic, partition, state })
    }

    /// Settles the batch; the first call decides.
    pub fn settle(&self, result: Result<Acknowledged>) {
        self.decide(State::Done(result, Instant::now()));
    }

    /// The records are in other batches now: their outcomes are these records'.
    pub fn split(&self, parts: Parts) {
        self.decide(State::Split(parts));
    }

    fn decide(&self, decided: State) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Waiting(wakers) = &mut *state {
            let wakers = std::mem::take(wakers);
            *state = decided;
            drop(state);
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Resolves once the batch is settled, and whatever it was split into.
    pub async fn settled(self: Arc<Self>) {
        let mut waiting = vec![self];
        while let Some(outcome) = waiting.pop() {
            if let Fate::Split(parts) = std::future::poll_fn(|context| outcome.poll(context)).await
            {
                waiting.extend(parts.map(|(_, part)| part));
            }
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Fate> {
        match &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Done(result, at) => Poll::Ready(Fate::Done(result.clone(), *at)),
            State::Split(parts) => Poll::Ready(Fate::Split(parts.clone())),
            State::Waiting(wakers) => {
                if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                    wakers.push(context.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

impl Future for Delivery {
    type Output = Result<Delivered>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Delivered>> {
        let (result, acknowledged_at) = loop {
            match ready!(self.outcome.poll(context)) {
                Fate::Done(result, at) => break (result, at),
                Fate::Split([(_, first), (before, _)]) if self.index < before => {
                    self.outcome = first;
                }
                Fate::Split([_, (before, second)]) => {
                    self.outcome = second;
                    self.index -= before;
                }
            }
        };
        Poll::Ready(result.map(|acknowledged| Delivered {
            topic: self.outcome.topic.clone(),
            partition: self.outcome.partition,
            offset: acknowledged.base_offset.map(|base| base.plus(i64::from(self.index))),
            timestamp: acknowledged.append_time.unwrap_or(self.timestamp),
            acknowledged_at,
        }))
    }
}

/// A batch that is dropped unsettled (its producer is gone) must not leave anyone waiting.
pub(super) struct SettleOnDrop(pub Arc<Outcome>);

impl Drop for SettleOnDrop {
    fn drop(&mut self) {
        self.0.settle(Err(Error::Closed));
    }
}
