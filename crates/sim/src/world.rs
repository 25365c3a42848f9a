//! Time, chance and tasks of a simulated world.
//!
//! A world is one thread, a clock that jumps from event to event, and tasks: futures that sleep and
//! wait for replies. Whoever takes part (clients, faults, checkers) is a task, written as one would
//! write it for real. Everything that is decided by chance is decided by the seed, so that a seed
//! names a schedule: the same seed gives the same trace, which [`World::trace`] sums up.

use std::cell::{Cell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{self, AtomicBool};
use std::task::{Context, Poll, Waker};

use base::{MonoMs, WallMs};
use metadata::Entropy;

/// Where the clocks of a world begin.
const MONO_START: MonoMs = MonoMs(1_000);
const WALL_START: i64 = 1_800_000_000_000;

/// Whether worlds say aloud what happens in them, for whoever looks into a seed.
static ALOUD: AtomicBool = AtomicBool::new(false);

/// Has all worlds say aloud what happens in them.
pub fn speak_up() {
    ALOUD.store(true, atomic::Ordering::Relaxed);
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Numbers a task; tasks that are ready at one moment run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct TaskId(u64);

/// A world. Cloning shares it.
#[derive(Clone)]
pub struct World(Rc<Inner>);

struct Inner {
    now: Cell<MonoMs>,
    chance: RefCell<Entropy>,
    /// What happens when; the number keeps apart what happens at one moment.
    agenda: RefCell<BinaryHeap<Entry>>,
    next_number: Cell<u64>,
    tasks: RefCell<BTreeMap<TaskId, Option<Task>>>,
    current: Cell<TaskId>,
    trace: RefCell<Trace>,
}

enum Agendum {
    Run(TaskId),
    Do(Box<dyn FnOnce(&World)>),
}

/// One thing on the agenda. The heap has its greatest first, which is what is due first.
struct Entry {
    due: Reverse<(MonoMs, u64)>,
    agendum: Agendum,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.due == other.due
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        self.due.cmp(&other.due)
    }
}

impl World {
    pub fn new(seed: u64) -> World {
        World(Rc::new(Inner {
            now: Cell::new(MONO_START),
            chance: RefCell::new(Entropy::new(u128::from(seed))),
            agenda: RefCell::default(),
            next_number: Cell::new(0),
            tasks: RefCell::default(),
            current: Cell::new(TaskId(0)),
            trace: RefCell::default(),
        }))
    }

    // ---- time ----

    pub fn now(&self) -> MonoMs {
        self.0.now.get()
    }

    pub fn wall(&self) -> WallMs {
        WallMs(WALL_START + self.now().0 as i64)
    }

    pub async fn sleep_ms(&self, ms: u64) {
        let wakes_at = self.now().plus_ms(ms);
        self.enter(wakes_at, Agendum::Run(self.0.current.get()));
        // What is left in a mailbox that nobody looks into any more wakes the task as well.
        Until(|| (self.now() >= wakes_at).then_some(())).await;
    }

    /// Has something done at a moment.
    pub fn at(&self, moment: MonoMs, what: impl FnOnce(&World) + 'static) {
        self.enter(moment, Agendum::Do(Box::new(what)));
    }

    fn enter(&self, moment: MonoMs, agendum: Agendum) {
        let number = self.0.next_number.get();
        self.0.next_number.set(number + 1);
        self.0.agenda.borrow_mut().push(Entry { due: Reverse((moment, number)), agendum });
    }

    // ---- chance ----

    /// A number below `bound`.
    pub fn below(&self, bound: u64) -> u64 {
        self.0.chance.borrow_mut().below(bound as usize) as u64
    }

    /// True once in `times`.
    pub fn once_in(&self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn entropy(&self) -> u128 {
        let mut chance = self.0.chance.borrow_mut();
        (u128::from(chance.bits()) << 64) | u128::from(chance.bits())
    }

    // ---- tasks ----

    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let id = TaskId(self.0.next_number.get());
        self.0.next_number.set(id.0 + 1);
        self.0.tasks.borrow_mut().insert(id, Some(Box::pin(task)));
        self.run_soon(id);
    }

    /// A place where one value is left for the task that calls this.
    pub fn mailbox<T: 'static>(&self) -> Mailbox<T> {
        Mailbox { world: self.clone(), task: self.0.current.get(), slot: Rc::default() }
    }

    fn run_soon(&self, task: TaskId) {
        self.enter(self.now(), Agendum::Run(task));
    }

    /// Runs until `end`, or until nothing is left to do.
    pub fn run_until(&self, end: MonoMs) {
        loop {
            let is_due = |entry: &Entry| entry.due.0.0 <= end;
            if !self.0.agenda.borrow().peek().is_some_and(is_due) {
                return;
            }
            let first = self.0.agenda.borrow_mut().pop();
            let Some(Entry { due: Reverse((moment, number)), agendum }) = first else { return };
            self.0.now.set(moment);
            self.0.trace.borrow_mut().note(&[moment.0, number]);
            match agendum {
                Agendum::Do(what) => what(self),
                Agendum::Run(task) => self.poll(task),
            }
        }
    }

    fn poll(&self, id: TaskId) {
        // Taken out while it runs: it may spawn others.
        let task = self.0.tasks.borrow_mut().get_mut(&id).and_then(Option::take);
        let Some(mut task) = task else { return };
        self.0.current.set(id);
        let done = task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        let mut tasks = self.0.tasks.borrow_mut();
        match done {
            true => drop(tasks.remove(&id)),
            false => drop(tasks.insert(id, Some(task))),
        }
    }

    /// Ends all tasks, which hold this world in turn.
    pub fn end(&self) {
        self.0.agenda.borrow_mut().clear();
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        drop(tasks);
    }

    // ---- trace ----

    /// Puts numbers that should be the same in every run of a seed into the trace.
    pub fn note(&self, numbers: &[u64]) {
        self.0.trace.borrow_mut().note(numbers);
    }

    /// Says what happens, if anybody listens.
    pub fn say(&self, what: impl FnOnce() -> String) {
        if ALOUD.load(atomic::Ordering::Relaxed) {
            println!("{:>6} {}", self.now().0, what());
        }
    }

    /// Everything that has happened, in one number.
    pub fn trace(&self) -> u64 {
        self.0.trace.borrow().0
    }
}

/// A value on its way to a task.
pub struct Mailbox<T> {
    world: World,
    task: TaskId,
    slot: Rc<Cell<Option<T>>>,
}

impl<T> Clone for Mailbox<T> {
    fn clone(&self) -> Self {
        Mailbox { world: self.world.clone(), task: self.task, slot: self.slot.clone() }
    }
}

impl<T: 'static> Mailbox<T> {
    /// Leaves a value, and has the task look. A later value replaces one that was not taken.
    pub fn put(&self, value: T) {
        self.slot.set(Some(value));
        self.world.run_soon(self.task);
    }

    pub async fn take(&self) -> T {
        Until(|| self.slot.take()).await
    }
}

/// Waits until a look finds something. Who puts it there has the task run again.
struct Until<F>(F);

impl<T, F: FnMut() -> Option<T> + Unpin> Future for Until<F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<T> {
        match (self.0)() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        }
    }
}

/// A sum over what happened: not for secrets, only to tell two runs apart.
struct Trace(u64);

impl Default for Trace {
    fn default() -> Trace {
        Trace(0xcbf2_9ce4_8422_2325)
    }
}

impl Trace {
    fn note(&mut self, numbers: &[u64]) {
        for number in numbers {
            // The rotation lets the high bits of a product reach the low ones of the next.
            self.0 = (self.0.rotate_left(29) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64) -> (Vec<(u64, u64)>, u64) {
        let world = World::new(seed);
        let seen: Rc<RefCell<Vec<(u64, u64)>>> = Rc::default();
        for task in 0..3 {
            let (world, seen) = (world.clone(), seen.clone());
            world.clone().spawn(async move {
                for _ in 0..5 {
                    world.sleep_ms(1 + world.below(10)).await;
                    seen.borrow_mut().push((world.now().0, task));
                }
            });
        }
        world.run_until(MonoMs(10_000));
        let seen = seen.borrow().clone();
        (seen, world.trace())
    }

    #[test]
    fn a_seed_names_a_schedule() {
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert_eq!(run(1).0.len(), 15);
    }

    #[test]
    fn a_task_waits_for_what_another_leaves() {
        let world = World::new(1);
        let heard: Rc<Cell<Option<(u64, u32)>>> = Rc::default();
        let (inside, told) = (world.clone(), heard.clone());
        world.spawn(async move {
            let mailbox = inside.mailbox();
            let sent = mailbox.clone();
            inside.at(inside.now().plus_ms(7), move |_| sent.put(42));
            let value = mailbox.take().await;
            told.set(Some((inside.now().0, value)));
        });
        world.run_until(MonoMs::NEVER);
        assert_eq!(heard.get(), Some((1_007, 42)));
    }
}
