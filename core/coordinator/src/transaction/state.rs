//! The states of a transaction, and which may follow which.

/// Where a transactional id stands. The names and numbers are Kafka's: both leave the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub enum TransactionState {
    /// A producer was initialised and has written nothing yet.
    Empty = 0,
    Ongoing = 1,
    /// The decision to commit stands in the log; markers are on their way to the partitions.
    PrepareCommit = 2,
    PrepareAbort = 3,
    /// Every partition has its marker.
    CompleteCommit = 4,
    CompleteAbort = 5,
    /// The id is being forgotten. Only ever in memory, and here not even there.
    Dead = 6,
    /// An older producer is being fenced. Only ever in memory, on the way to `PrepareAbort`.
    PrepareEpochFence = 7,
}

impl TransactionState {
    pub const ALL: [TransactionState; 8] = [
        TransactionState::Empty,
        TransactionState::Ongoing,
        TransactionState::PrepareCommit,
        TransactionState::PrepareAbort,
        TransactionState::CompleteCommit,
        TransactionState::CompleteAbort,
        TransactionState::Dead,
        TransactionState::PrepareEpochFence,
    ];

    /// The number in the record.
    pub fn id(self) -> i8 {
        self as i8
    }

    pub fn from_id(id: i8) -> Option<TransactionState> {
        TransactionState::ALL.into_iter().find(|state| state.id() == id)
    }

    /// What DescribeTransactions and ListTransactions call it.
    pub fn name(self) -> &'static str {
        match self {
            TransactionState::Empty => "Empty",
            TransactionState::Ongoing => "Ongoing",
            TransactionState::PrepareCommit => "PrepareCommit",
            TransactionState::PrepareAbort => "PrepareAbort",
            TransactionState::CompleteCommit => "CompleteCommit",
            TransactionState::CompleteAbort => "CompleteAbort",
            TransactionState::Dead => "Dead",
            TransactionState::PrepareEpochFence => "PrepareEpochFence",
        }
    }

    pub fn from_name(name: &str) -> Option<TransactionState> {
        TransactionState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The transaction is decided and its markers are being written. Nothing else may begin.
    pub fn is_prepared(self) -> bool {
        matches!(self, TransactionState::PrepareCommit | TransactionState::PrepareAbort)
    }

    /// No transaction is open, so a new one may begin and an idle id may be forgotten.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            TransactionState::Empty
                | TransactionState::CompleteCommit
                | TransactionState::CompleteAbort
        )
    }

    /// Whether a transaction in this state may come to be in `next`.
    pub fn may_become(self, next: TransactionState) -> bool {
        use TransactionState::*;
        match next {
            Empty | Dead => self.is_settled(),
            Ongoing => self == Ongoing || self.is_settled(),
            PrepareCommit | PrepareEpochFence => self == Ongoing,
            // A client of transaction version 2 may abort what it never began: it cannot know
            // whether a partition had been added (KIP-890).
            PrepareAbort => matches!(self, Ongoing | PrepareEpochFence) || self.is_settled(),
            CompleteCommit => self == PrepareCommit,
            CompleteAbort => self == PrepareAbort,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_lead_back_to_their_state() {
        for state in TransactionState::ALL {
            assert_eq!(TransactionState::from_id(state.id()), Some(state));
            assert_eq!(TransactionState::from_name(state.name()), Some(state));
        }
        assert_eq!(TransactionState::from_id(8), None);
    }

    #[test]
    fn a_transaction_is_decided_once() {
        use TransactionState::*;
        assert!(Ongoing.may_become(PrepareCommit));
        assert!(!PrepareAbort.may_become(PrepareCommit));
        assert!(!PrepareCommit.may_become(PrepareAbort));
        assert!(!PrepareCommit.may_become(CompleteAbort));
        assert!(!Empty.may_become(PrepareCommit));
        assert!(!Ongoing.may_become(Dead));
    }
}
