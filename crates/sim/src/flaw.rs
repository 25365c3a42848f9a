//! Mistakes that can be planted, to see that the checkers would notice them.

/// One mistake. Each is of a kind that real systems have shipped (see the table in the README).
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Flaw {
    /// Replies leave when their records are appended, before they are durable.
    AnswerBeforeCommit,
    /// A coordinator that loads does not take note of offsets whose transaction is still open.
    ForgetPending,
    /// Whoever writes in the name of a transactional id is let in, whatever epoch it has.
    SkipFence,
    /// Markers go to the first partition of a transaction alone, and all are said to be written.
    LoseMarker,
    /// A coordinator that loads does not send the markers of what it finds decided.
    ForgetDecided,
    /// Partitions take what a transaction writes whether its coordinator's word is still good or not;
    /// where the producer adds partitions itself they do not ask at all.
    SkipVerification,
    /// Every producer speaks the protocol of transaction version 0 on a network that repeats and delays
    /// requests: Kafka's own mistake until KIP-890.
    SameEpoch,
    /// A coordinator that loads stops short of the last batch: committed offsets go back.
    OffsetBack,
    /// A coordinator that others have succeeded may still write.
    AcceptStaleCoordinator,
    /// A commit counts whoever it comes from.
    SkipGeneration,
    /// A member that was asked to give up partitions or tasks is taken to have done so.
    TwoOwners,
    /// The leader of a shared partition does not take note of what its group is done with.
    RedeliverAcknowledged,
    /// A lock on shared records runs out long before its time.
    TwoHolders,
    /// The leader of a shared partition forgets how often records were delivered.
    ForgetDeliveries,
    /// Shared records that are released are not available again.
    LoseReleased,
    /// A leader of a shared partition that others have succeeded may still have changes written.
    AcceptStaleLeader,
    /// A batch that a producer sends again is appended again.
    AppendTwice,
    /// A reply names another offset than the one that the record got.
    WrongOffset,
    /// A produce that could not be served now is told UNKNOWN_SERVER_ERROR.
    UnknownError,
    /// A partition that is opened again does not tell its log which markers have committed.
    ForgetMarkers,
    /// A partition is not opened whose last batch a crash has torn.
    RefuseTorn,
    /// The group coordinator never looks at its clock: members that are gone stay members.
    ForgetSessions,
}
