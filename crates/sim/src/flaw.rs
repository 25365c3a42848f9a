//! Mistakes that can be planted, to see that the checkers would notice them.

/// One mistake. Each is of a kind that real systems have shipped (see the scenarios' own notes).
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
}
