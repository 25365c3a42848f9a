//! OffsetForLeaderEpoch, key 23, versions 2-4 (0-1 for old clients).
//!
//! Behaviour: tells where a leader epoch ended in this log (KIP-101, KIP-320), so that a client finds
//! out whether it read what was taken back. An epoch that nothing is known of gives -1.
//!
//! Versions: 1 the epoch found · 2 the leader epoch that the client knows · 3 replica id · 4 flexible.

use base::LeaderEpoch;
use protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::Call;

pub fn handle(call: &Call, request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| {
            let mut answer = EpochEndOffset {
                partition: asked.partition,
                leader_epoch: -1,
                end_offset: -1,
                ..EpochEndOffset::default()
            };
            let known = LeaderEpoch(asked.current_leader_epoch);
            let wanted = LeaderEpoch(asked.leader_epoch);
            let found = call.node().replica(&topic.topic, asked.partition);
            match found
                .and_then(|replica| replica.look_up(known, |log, _| Ok(log.end_of_epoch(wanted))))
            {
                Ok(Some(ended)) => {
                    answer.leader_epoch = ended.epoch.0;
                    answer.end_offset = ended.start.0;
                }
                Ok(None) => {}
                Err(code) => answer.error_code = code.code(),
            }
            answer
        });
        OffsetForLeaderTopicResult {
            partitions: partitions.collect(),
            topic: topic.topic,
            ..OffsetForLeaderTopicResult::default()
        }
    });
    OffsetForLeaderEpochResponse {
        topics: topics.collect(),
        ..OffsetForLeaderEpochResponse::default()
    }
}
