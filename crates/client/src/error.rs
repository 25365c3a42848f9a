//! What can go wrong, by what the caller does about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base::ErrorCode;
use base::error::Retry;

/// Why a call failed. Every text names what was attempted, what stood in the way and the remedy.
///
/// Errors are cheap to clone: one failed batch hands the same error to each of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The call or the configuration is wrong: change it.
    Invalid(Arc<str>),
    /// No connection could be made, or one broke before the reply came: check the address and
    /// the broker; a request that changes something may or may not have taken effect.
    Unreachable { broker: Arc<str>, during: Arc<str>, reason: Arc<str> },
    /// The time allowed is over: raise the named limit or find out why the cluster is slow. The
    /// outcome of a request that changes something is unknown.
    TimedOut { during: Arc<str>, after: Duration, limit: &'static str },
    /// The broker answered with an error of Kafka's.
    Refused { during: Arc<str>, code: ErrorCode, message: Option<Arc<str>> },
    /// Client and broker have no version of this API in common: use a newer broker or a newer
    /// client.
    Unsupported {
        api: &'static str,
        broker: Arc<str>,
        offered: Option<(i16, i16)>,
        ours: (i16, i16),
    },
    /// What the broker sent cannot be read: it is damaged, or one side has a bug.
    Corrupt { what: Arc<str>, reason: Arc<str> },
    /// The client was closed while the call waited.
    Closed,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn invalid(text: impl Into<Arc<str>>) -> Error {
        Error::Invalid(text.into())
    }

    pub(crate) fn unreachable(
        broker: impl Into<Arc<str>>,
        during: impl Into<Arc<str>>,
        reason: impl fmt::Display,
    ) -> Error {
        Error::Unreachable {
            broker: broker.into(),
            during: during.into(),
            reason: reason.to_string().into(),
        }
    }

    pub(crate) fn corrupt(what: impl Into<Arc<str>>, reason: impl fmt::Display) -> Error {
        Error::Corrupt { what: what.into(), reason: reason.to_string().into() }
    }

    /// The broker's refusal of `during`; `message` is the broker's own explanation.
    pub(crate) fn refused(
        during: impl Into<Arc<str>>,
        code: ErrorCode,
        message: Option<&str>,
    ) -> Error {
        let message = message.filter(|text| !text.is_empty()).map(Arc::from);
        Error::Refused { during: during.into(), code, message }
    }

    /// Kafka's error code, where a broker gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Error::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// What has to happen before the same call may succeed.
    pub fn retry(&self) -> Retry {
        match self {
            Error::Refused { code, .. } => code.retry(),
            Error::Unreachable { .. } | Error::TimedOut { .. } => Retry::RefreshMetadata,
            Error::Corrupt { .. } => Retry::Yes,
            Error::Invalid(_) | Error::Unsupported { .. } | Error::Closed => Retry::No,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Invalid(text) => f.write_str(text),
            Error::Unreachable { broker, during, reason } => {
                write!(
                    f,
                    "could not {during} at broker {broker}: {reason}; check that it runs and that the address is right"
                )
            }
            Error::TimedOut { during, after, limit } => {
                write!(
                    f,
                    "could not {during} within {} ms; raise `{limit}` or look at the load of the cluster",
                    after.as_millis()
                )
            }
            Error::Refused { during, code, message: Some(message) } => {
                write!(f, "could not {during}: {code}: {message}")
            }
            Error::Refused { during, code, message: None } => {
                write!(f, "could not {during}: {code}{}", remedy(*code))
            }
            Error::Unsupported { api, broker, offered: Some((low, high)), ours } => write!(
                f,
                "could not call {api} at broker {broker}: it speaks versions {low} to {high}, this client {} to {}; upgrade the older of the two",
                ours.0, ours.1
            ),
            Error::Unsupported { api, broker, offered: None, .. } => {
                write!(
                    f,
                    "could not call {api} at broker {broker}: it does not offer this API; use a broker that does"
                )
            }
            Error::Corrupt { what, reason } => {
                write!(
                    f,
                    "could not read {what}: {reason}; fetch it again, and if it stays so, check the broker's disk and logs"
                )
            }
            Error::Closed => write!(f, "the client is closed; make a new one"),
        }
    }
}

impl std::error::Error for Error {}

/// What to do about the codes that users meet most, as a half sentence to append.
fn remedy(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::UnknownTopicOrPartition => "; create the topic, or check its name",
        ErrorCode::UnknownTopicId => "; the topic was deleted or created anew: look it up again",
        ErrorCode::LeaderNotAvailable => "; the partition has no leader now: try again",
        ErrorCode::NotLeaderOrFollower => "; the leader moved: refresh the metadata, try again",
        ErrorCode::OffsetOutOfRange => {
            "; seek to an offset that the partition still has, or set `auto.offset.reset`"
        }
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge => {
            "; send smaller records or raise `max.message.bytes` of the topic"
        }
        ErrorCode::TopicAlreadyExists => "; choose another name or delete the old topic first",
        ErrorCode::NotEnoughReplicas | ErrorCode::NotEnoughReplicasAfterAppend => {
            "; too few replicas are in sync: wait, or lower `min.insync.replicas`"
        }
        ErrorCode::InvalidReplicationFactor => {
            "; it must be between 1 and the number of brokers that are alive"
        }
        ErrorCode::InvalidTopicException => {
            "; a name has 1 to 249 letters, digits, '.', '_' or '-'"
        }
        ErrorCode::TopicAuthorizationFailed
        | ErrorCode::ClusterAuthorizationFailed
        | ErrorCode::TransactionalIdAuthorizationFailed => "; ask for an ACL that allows it",
        ErrorCode::UnsupportedCompressionType => {
            "; this broker cannot read that `compression.type`: choose another"
        }
        _ => "",
    }
}
