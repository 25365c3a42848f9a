//! What a heartbeat's reply says of the group besides tasks.

use protocol::messages::streams_group_heartbeat_response as response;

/// The codes of KIP-1071.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    StaleTopology,
    MissingSourceTopics,
    IncorrectlyPartitionedTopics,
    MissingInternalTopics,
    ShutdownApplication,
    AssignmentDelayed,
}

impl Status {
    fn code(self) -> i8 {
        match self {
            Status::StaleTopology => 0,
            Status::MissingSourceTopics => 1,
            Status::IncorrectlyPartitionedTopics => 2,
            Status::MissingInternalTopics => 3,
            Status::ShutdownApplication => 4,
            Status::AssignmentDelayed => 5,
        }
    }

    pub fn with(self, detail: impl AsRef<str>) -> response::Status {
        response::Status {
            status_code: self.code(),
            status_detail: detail.as_ref().into(),
            ..response::Status::default()
        }
    }
}
