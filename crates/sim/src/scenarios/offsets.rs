//! A group's committed offsets, as its members ask for them, and what everybody who looks from outside
//! knows of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::{ErrorCode, Str};
use coordinator::group::{Asked, FetchOffsets, GroupShard, Stability};
use protocol::messages::OffsetCommitRequest;
use protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};

use super::Stage;
use crate::client::Client;

/// The newest version of OffsetFetch with topic names.
const FETCH_VERSION: i16 = 9;

/// Whose offsets.
#[derive(Clone, Copy, Debug)]
pub struct Of {
    pub group: &'static str,
    pub topic: &'static str,
    pub partition: i32,
}

/// Who commits, by which version of OffsetCommit.
pub struct Committer<'a> {
    pub member: &'a Str,
    /// Its generation or its epoch.
    pub epoch: i32,
    pub version: i16,
}

/// The highest offset of each partition that somebody was told is committed.
#[derive(Clone, Default)]
pub struct Ledger(Rc<RefCell<BTreeMap<i32, i64>>>);

impl Ledger {
    /// Reads how far a partition has come. What was acknowledged before is never taken back.
    pub async fn read(&self, stage: &Stage, client: &Client, of: Of) -> Option<i64> {
        let before = self.0.borrow().get(&of.partition).copied().unwrap_or(0);
        let found = fetch(client, of, Stability::Any).await?;
        if found < before {
            stage.violated(format!(
                "partition {} is committed up to {found} after {before} was acknowledged",
                of.partition
            ));
        }
        Some(found)
    }

    /// Commits, and takes note of it.
    ///
    /// # Errors
    /// The partition's code, or nothing is known.
    pub async fn commit(
        &self,
        client: &Client,
        of: Of,
        committer: Committer<'_>,
        offset: i64,
    ) -> Result<(), Option<ErrorCode>> {
        let next = OffsetCommitRequestPartition {
            partition_index: of.partition,
            committed_offset: offset,
            ..OffsetCommitRequestPartition::default()
        };
        let topic = OffsetCommitRequestTopic {
            name: of.topic.into(),
            partitions: vec![next],
            ..OffsetCommitRequestTopic::default()
        };
        let body = OffsetCommitRequest {
            group_id: of.group.into(),
            generation_id_or_member_epoch: committer.epoch,
            member_id: committer.member.clone(),
            topics: vec![topic],
            ..OffsetCommitRequest::default()
        };
        let asked = Asked { client: Default::default(), version: committer.version, body };
        let Ok(Ok(reply)) = client.ask::<GroupShard, _>(asked).await else { return Err(None) };
        match ErrorCode::from_code(reply.topics[0].partitions[0].error_code) {
            ErrorCode::None => {}
            code => return Err(Some(code)),
        }
        let mut known = self.0.borrow_mut();
        let known = known.entry(of.partition).or_default();
        *known = (*known).max(offset);
        Ok(())
    }
}

/// How far a partition has come: 0 where nobody has committed.
pub async fn fetch(client: &Client, of: Of, stability: Stability) -> Option<i64> {
    let topic = OffsetFetchRequestTopics {
        name: of.topic.into(),
        partition_indexes: vec![of.partition],
        ..OffsetFetchRequestTopics::default()
    };
    let group = OffsetFetchRequestGroup {
        group_id: of.group.into(),
        topics: Some(vec![topic]),
        ..OffsetFetchRequestGroup::default()
    };
    let body = FetchOffsets { group, stability };
    let asked = Asked { client: Default::default(), version: FETCH_VERSION, body };
    let Ok(Ok(reply)) = client.ask::<GroupShard, _>(asked).await else { return None };
    let found = &reply.topics.first()?.partitions[0];
    let is_known = found.error_code == 0 && reply.error_code == 0;
    is_known.then_some(found.committed_offset.max(0))
}

/// How far a partition has come, once no transaction can change it any more.
pub async fn fetch_stable(client: &Client, of: Of) -> Option<i64> {
    for _ in 0..400 {
        if let Some(offset) = fetch(client, of, Stability::Required).await {
            return Some(offset);
        }
        client.world.sleep_ms(50 + client.world.below(50)).await;
    }
    None
}
