//! Who holds what, as the members of a group themselves believe: from the moment a member hears of it
//! until the moment it says that it has given it up, or its session has ended by its own clock.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::rc::Rc;

use base::{MonoMs, Str};

use super::Stage;

/// The tenures of a group's members. `T` is what they hold.
pub struct Tenures<T>(Rc<RefCell<BTreeMap<Str, Tenure<T>>>>);

struct Tenure<T> {
    holds: BTreeSet<T>,
    /// After this the member must believe that it has been put out.
    until: MonoMs,
}

impl<T> Clone for Tenures<T> {
    fn clone(&self) -> Self {
        Tenures(self.0.clone())
    }
}

impl<T> Default for Tenures<T> {
    fn default() -> Self {
        Tenures(Rc::default())
    }
}

impl<T: Ord + Clone + Debug> Tenures<T> {
    /// The member has heard that it is alive until a moment, and has what it owns. Nobody else may
    /// have it.
    pub fn hold(&self, stage: &Stage, member: &Str, owned: &BTreeSet<T>, until: MonoMs) {
        let now = stage.world.now();
        let mut all = self.0.borrow_mut();
        let before = all.get(member).map(|tenure| &tenure.holds);
        let gained = owned.iter().filter(|one| before.is_none_or(|before| !before.contains(one)));
        for one in gained {
            for (other, tenure) in &*all {
                if other != member && tenure.until > now && tenure.holds.contains(one) {
                    stage.violated(format!("{one:?} was given to {member} while {other} holds it"));
                }
            }
            stage.count("assigned");
        }
        all.insert(member.clone(), Tenure { holds: owned.clone(), until });
    }

    /// The member holds nothing any more.
    pub fn give_up(&self, member: &Str) {
        self.0.borrow_mut().remove(member);
    }

    /// Whether the member has to believe that its session is over.
    pub fn has_ended(&self, member: &Str, now: MonoMs) -> bool {
        self.0.borrow().get(member).is_some_and(|tenure| tenure.until <= now)
    }

    /// Whether somebody else holds it.
    pub fn is_held_by_another(&self, member: &Str, one: &T, now: MonoMs) -> bool {
        let all = self.0.borrow();
        let mut others = all.iter().filter(|(other, _)| *other != member);
        others.any(|(_, tenure)| tenure.until > now && tenure.holds.contains(one))
    }
}
