//! What becomes of the attempt to write a marker into a partition.

use base::ErrorCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// The partition has it, or will never need one.
    Written,
    /// To be tried again, for as long as it takes.
    Retriable,
    /// The partition has seen a later epoch of the producer or of the coordinator: somebody else has
    /// ended the transaction, or will. A marker that is only repeated is not refused.
    Ended,
    /// Nothing that could get better: a mistake of ours.
    Impossible,
}

impl Became {
    /// What a partition's answer means to the coordinator that sent the marker.
    pub fn of(code: ErrorCode) -> Became {
        match code {
            ErrorCode::None
            // No producer can have written to such a partition.
            | ErrorCode::UnsupportedForMessageFormat
            | ErrorCode::UnsupportedVersion => Became::Written,
            ErrorCode::UnknownTopicOrPartition
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::NotEnoughReplicas
            | ErrorCode::NotEnoughReplicasAfterAppend
            | ErrorCode::RequestTimedOut
            | ErrorCode::KafkaStorageError
            // From a partition in which a coordinator lives.
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::NotCoordinator => Became::Retriable,
            ErrorCode::InvalidProducerEpoch | ErrorCode::TransactionCoordinatorFenced => {
                Became::Ended
            }
            _ => Became::Impossible,
        }
    }
}
