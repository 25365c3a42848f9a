//! Who should have which task: Kafka's `sticky` assignor.
//!
//! Active tasks stay with the member that had them, as long as it has no more than its share; what
//! is over goes to a member that held it as standby, and the rest to the least loaded process and
//! there to its least loaded member. Standby tasks then go the same way, never to a process that has
//! the task already. Shares are of equal size, and of what remains once a member has its own.
//!
//! Warm-up tasks are never given out, as in Kafka 4.3.
//!
//! Where several are loaded alike, who comes first is settled by [`Heap`], which behaves as the heap
//! that Kafka uses, so that the same members get the same tasks.

use std::collections::{BTreeMap, BTreeSet};

use base::Str;

use super::configure::ConfiguredSubtopology;
use super::tasks::{TaskSet, Tasks};

/// A member as the assignor sees it: where it runs, and the tasks that it was meant to have.
pub(super) struct MemberSpec<'a> {
    pub process_id: &'a Str,
    pub assigned: &'a Tasks,
}

/// Assigns the tasks of all subtopologies to the members.
///
/// # Panics
/// Without members: tasks can only be given to somebody.
pub(super) fn assign(
    members: &BTreeMap<Str, MemberSpec<'_>>,
    subtopologies: &BTreeMap<Str, ConfiguredSubtopology>,
    standby_replicas: usize,
) -> BTreeMap<Str, Tasks> {
    assert!(!members.is_empty(), "tasks can only be given to members");
    let mut assignor = Assignor::new(members, subtopologies, standby_replicas);
    assignor.assign_active();
    if standby_replicas > 0 {
        assignor.assign_standby();
    }
    assignor.into_assignment(members, subtopologies)
}

/// A subtopology, by its place in the order of ids, and a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Task {
    subtopology: usize,
    partition: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Active,
    Standby,
}

/// A member by its place in the order of ids.
struct Member {
    process: usize,
    tasks: usize,
    active: BTreeSet<Task>,
    standby: BTreeSet<Task>,
}

#[derive(Default)]
struct Process {
    members: Vec<usize>,
    /// Of its members, in every role.
    tasks: BTreeSet<Task>,
    task_count: usize,
    /// Its members by load; made anew once a member got a task past it.
    by_load: Option<Heap>,
}

/// Tasks per member, compared without division.
#[derive(Clone, Copy)]
struct Load {
    tasks: usize,
    members: usize,
}

impl Load {
    fn is_below(self, other: Load) -> bool {
        self.tasks * other.members < other.tasks * self.members
    }
}

impl Process {
    fn load(&self) -> Load {
        Load { tasks: self.task_count, members: self.members.len() }
    }
}

/// What a member may have at most before others come first, as shares of what is not taken yet.
struct Share {
    tasks: usize,
    members: usize,
}

impl Share {
    fn per_member(&self) -> usize {
        if self.members == 0 { 0 } else { self.tasks.div_ceil(self.members) }
    }

    /// A member that has reached its share leaves the others to share the rest.
    fn took(&mut self, tasks: usize) {
        if tasks == self.per_member() && self.members > 0 {
            self.members -= 1;
            self.tasks -= tasks;
        }
    }
}

struct Assignor {
    members: Vec<Member>,
    processes: Vec<Process>,
    had_active: BTreeMap<Task, usize>,
    had_standby: BTreeMap<Task, Vec<usize>>,
    /// Every task, in order, with whether it has state.
    tasks: Vec<(Task, State)>,
    standby_replicas: usize,
    active_share: Share,
    total_share: Share,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stateless,
    Stateful,
}

impl Assignor {
    fn new(
        specs: &BTreeMap<Str, MemberSpec<'_>>,
        subtopologies: &BTreeMap<Str, ConfiguredSubtopology>,
        standby_replicas: usize,
    ) -> Assignor {
        let mut tasks = Vec::new();
        for (subtopology, configured) in subtopologies.values().enumerate() {
            let state = if configured.is_stateful() { State::Stateful } else { State::Stateless };
            for partition in 0..configured.tasks {
                tasks.push((Task { subtopology, partition }, state));
            }
        }
        let ids: BTreeSet<&Str> = specs.values().map(|spec| spec.process_id).collect();
        let process_of: BTreeMap<&Str, usize> =
            ids.into_iter().enumerate().map(|(place, id)| (id, place)).collect();
        let mut processes: Vec<Process> = process_of.iter().map(|_| Process::default()).collect();
        let mut members = Vec::new();
        let (mut had_active, mut had_standby) = (BTreeMap::new(), BTreeMap::new());
        let place: BTreeMap<&Str, usize> =
            subtopologies.keys().enumerate().map(|(place, id)| (id, place)).collect();
        let of = |set: &TaskSet| -> Vec<Task> {
            let known =
                set.iter().filter_map(|(id, partitions)| Some((*place.get(id)?, partitions)));
            let tasks = known.flat_map(|(subtopology, partitions)| {
                partitions.iter().map(move |&partition| Task { subtopology, partition })
            });
            tasks.collect()
        };
        for (member, spec) in specs.values().enumerate() {
            let process = process_of[spec.process_id];
            processes[process].members.push(member);
            members.push(Member {
                process,
                tasks: 0,
                active: BTreeSet::new(),
                standby: BTreeSet::new(),
            });
            had_active.extend(of(&spec.assigned.active).into_iter().map(|task| (task, member)));
            for task in of(&spec.assigned.standby) {
                had_standby.entry(task).or_insert_with(Vec::new).push(member);
            }
        }
        let stateful = tasks.iter().filter(|(_, state)| *state == State::Stateful).count();
        let share = |tasks| Share { tasks, members: members.len() };
        Assignor {
            active_share: share(tasks.len()),
            total_share: share(tasks.len() + stateful * standby_replicas),
            members,
            processes,
            had_active,
            had_standby,
            tasks,
            standby_replicas,
        }
    }

    fn assign_active(&mut self) {
        let mut tasks: Vec<Task> = self.tasks.iter().map(|(task, _)| *task).collect();
        // What was assigned pairs the partitions of subtopologies; partition by partition, the
        // pairs stay together when not all of them can.
        tasks.sort_by_key(|task| (task.partition, task.subtopology));
        tasks.retain(|task| {
            let had = self.had_active.get(task).copied();
            !had.is_some_and(|member| self.keep_active(member, *task))
        });
        tasks.retain(|task| {
            let had = self.least_loaded_of_standby(*task, None);
            !had.is_some_and(|member| self.keep_active(member, *task))
        });
        // A first assignment gives each member a range of a subtopology.
        tasks.sort();
        let mut by_load = self.processes_by_load();
        for task in tasks {
            let process = by_load.pop(&self.below_by_process()).expect("there are processes");
            let member = self.least_loaded_member(process);
            let count = self.give(member, task, Role::Active);
            self.active_share.took(count);
            self.total_share.took(count);
            by_load.push(process, &self.below_by_process());
        }
    }

    /// Gives an active task to a member that knows it, if it has not had its share.
    fn keep_active(&mut self, member: usize, task: Task) -> bool {
        if self.members[member].tasks >= self.active_share.per_member() {
            return false;
        }
        let count = self.give_past_heap(member, task, Role::Active);
        self.active_share.took(count);
        self.total_share.took(count);
        true
    }

    fn assign_standby(&mut self) {
        let stateful = self.tasks.iter().filter(|(_, state)| *state == State::Stateful);
        let mut tasks: Vec<Task> = stateful.map(|(task, _)| *task).collect();
        tasks.sort_by_key(|task| std::cmp::Reverse((task.partition, task.subtopology)));
        let mut open = Vec::new();
        for task in tasks {
            for given in 0..self.standby_replicas {
                if !self.keep_standby(task) {
                    open.push((task, self.standby_replicas - given));
                    break;
                }
            }
        }
        open.sort_by_key(|(task, _)| std::cmp::Reverse(*task));
        let mut by_load = self.processes_by_load();
        for (task, replicas) in open {
            for _ in 0..replicas {
                // Without a process that lacks the task the group runs with fewer copies.
                if !self.give_standby(&mut by_load, task) {
                    break;
                }
            }
        }
    }

    /// Gives a standby task to a member that knows it, if it has not had its share and its process
    /// does not hold the task.
    fn keep_standby(&mut self, task: Task) -> bool {
        if let Some(&member) = self.had_active.get(&task) {
            let process = &self.processes[self.members[member].process];
            if !process.tasks.contains(&task) && self.has_room(member) {
                let count = self.give_past_heap(member, task, Role::Standby);
                self.total_share.took(count);
                return true;
            }
        }
        let Some(member) = self.least_loaded_of_standby(task, Some(task)) else { return false };
        if !self.has_room(member) {
            return false;
        }
        let count = self.give_past_heap(member, task, Role::Standby);
        self.total_share.took(count);
        true
    }

    fn has_room(&self, member: usize) -> bool {
        self.members[member].tasks < self.total_share.per_member()
    }

    /// Gives a standby task to the least loaded process that does not hold it.
    fn give_standby(&mut self, by_load: &mut Heap, task: Task) -> bool {
        let mut passed = Vec::new();
        let mut found = false;
        loop {
            let Some(process) = by_load.pop(&self.below_by_process()) else { break };
            passed.push(process);
            if !self.processes[process].tasks.contains(&task) {
                let member = self.least_loaded_member(process);
                let count = self.give(member, task, Role::Standby);
                self.total_share.took(count);
                found = true;
                break;
            }
        }
        for process in passed.into_iter().rev() {
            by_load.push(process, &self.below_by_process());
        }
        found
    }

    /// Of the members that held a task as standby, one on a process that is loaded least; `unless`
    /// its process holds that task now.
    fn least_loaded_of_standby(&self, task: Task, unless: Option<Task>) -> Option<usize> {
        let mut best: Option<usize> = None;
        for &member in self.had_standby.get(&task)? {
            let process = &self.processes[self.members[member].process];
            if unless.is_some_and(|task| process.tasks.contains(&task)) {
                continue;
            }
            let is_better = best.is_none_or(|best| {
                let best_process = &self.processes[self.members[best].process];
                process.load().is_below(best_process.load())
                    && self.members[member].tasks < self.members[best].tasks
            });
            if is_better {
                best = Some(member);
            }
        }
        best
    }

    fn processes_by_load(&self) -> Heap {
        let mut heap = Heap::default();
        for process in 0..self.processes.len() {
            heap.push(process, &self.below_by_process());
        }
        heap
    }

    fn below_by_process(&self) -> impl Fn(usize, usize) -> bool {
        |a, b| self.processes[a].load().is_below(self.processes[b].load())
    }

    /// The least loaded member of a process. It stands in the heap again when it got its task.
    fn least_loaded_member(&mut self, process: usize) -> usize {
        let members = &self.members;
        let below = |a: usize, b: usize| members[a].tasks < members[b].tasks;
        let process = &mut self.processes[process];
        let heap = process.by_load.get_or_insert_with(|| {
            let mut heap = Heap::default();
            process.members.iter().for_each(|member| heap.push(*member, &below));
            heap
        });
        heap.pop(&below).expect("a process has members")
    }

    /// Gives a task to the member that was taken from its process's heap.
    fn give(&mut self, member: usize, task: Task, role: Role) -> usize {
        let count = self.record(member, task, role);
        let members = &self.members;
        if let Some(heap) = &mut self.processes[members[member].process].by_load {
            heap.push(member, &|a, b| members[a].tasks < members[b].tasks);
        }
        count
    }

    /// Gives a task to a member of choice.
    fn give_past_heap(&mut self, member: usize, task: Task, role: Role) -> usize {
        self.processes[self.members[member].process].by_load = None;
        self.record(member, task, role)
    }

    /// Returns how many tasks the member has now.
    fn record(&mut self, member: usize, task: Task, role: Role) -> usize {
        let member = &mut self.members[member];
        match role {
            Role::Active => member.active.insert(task),
            Role::Standby => member.standby.insert(task),
        };
        member.tasks += 1;
        let process = &mut self.processes[member.process];
        process.tasks.insert(task);
        process.task_count += 1;
        member.tasks
    }

    fn into_assignment(
        self,
        specs: &BTreeMap<Str, MemberSpec<'_>>,
        subtopologies: &BTreeMap<Str, ConfiguredSubtopology>,
    ) -> BTreeMap<Str, Tasks> {
        let ids: Vec<&Str> = subtopologies.keys().collect();
        let set = |tasks: BTreeSet<Task>| {
            let mut set = TaskSet::new();
            for task in tasks {
                set.entry(ids[task.subtopology].clone()).or_default().insert(task.partition);
            }
            set
        };
        let assigned = self.members.into_iter().map(|member| Tasks {
            active: set(member.active),
            standby: set(member.standby),
            warmup: TaskSet::new(),
        });
        specs.keys().cloned().zip(assigned).collect()
    }
}

/// A binary heap of places whose order lies outside of it. Equals come out as they do of
/// `java.util.PriorityQueue`.
#[derive(Default)]
struct Heap(Vec<usize>);

impl Heap {
    fn push(&mut self, item: usize, is_below: &impl Fn(usize, usize) -> bool) {
        let mut at = self.0.len();
        self.0.push(item);
        while at > 0 {
            let parent = (at - 1) / 2;
            if !is_below(item, self.0[parent]) {
                break;
            }
            self.0[at] = self.0[parent];
            at = parent;
        }
        self.0[at] = item;
    }

    fn pop(&mut self, is_below: &impl Fn(usize, usize) -> bool) -> Option<usize> {
        let last = self.0.pop()?;
        let Some(&first) = self.0.first() else { return Some(last) };
        let length = self.0.len();
        let mut at = 0;
        while at < length / 2 {
            let mut child = 2 * at + 1;
            if child + 1 < length && is_below(self.0[child + 1], self.0[child]) {
                child += 1;
            }
            if !is_below(self.0[child], last) {
                break;
            }
            self.0[at] = self.0[child];
            at = child;
        }
        self.0[at] = last;
        Some(first)
    }
}
