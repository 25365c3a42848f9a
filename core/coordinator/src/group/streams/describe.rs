//! StreamsGroupDescribe, and a line of ListGroups.

use base::{ErrorCode, Str};
use protocol::messages::streams_group_describe_response::{
    Assignment, DescribedGroup, Endpoint, KeyValue, Member as DescribedMember,
};
use protocol::messages::{StreamsGroupDescribeRequest, StreamsGroupDescribeResponse};

use super::group::StreamsGroup;
use super::member::Member;
use super::tasks::{Tasks, in_description, without_epochs};
use crate::group::kinds::Kind;
use crate::group::{Asked, GroupShard};
use crate::machine::{Call, Output};

impl GroupShard {
    /// Describes groups of this shard, in the order that they are asked for.
    pub(in crate::group) fn streams_group_describe(
        &self,
        call: Call,
        asked: &Asked<StreamsGroupDescribeRequest>,
        out: &mut Output<Self>,
    ) {
        let describe = |id: &Str| match self.streams_group(id) {
            Ok(group) => group.describe(),
            Err(refusal) => DescribedGroup {
                error_code: refusal.code.code(),
                error_message: Some(refusal.message.into()),
                group_id: id.clone(),
                ..DescribedGroup::default()
            },
        };
        out.reply(
            call,
            StreamsGroupDescribeResponse {
                groups: asked.body.group_ids.iter().map(describe).collect(),
                ..StreamsGroupDescribeResponse::default()
            },
        );
    }
}

impl Kind for StreamsGroup {
    fn group_type(&self) -> &'static str {
        "streams"
    }

    fn state_name(&self) -> &'static str {
        self.state().name()
    }

    fn protocol_type(&self) -> Str {
        Str::from_static("streams")
    }
}

impl StreamsGroup {
    fn describe(&self) -> DescribedGroup {
        let ready = self.configured.as_ref().filter(|configured| configured.is_ready());
        let topology = match (ready, &self.topology) {
            (Some(configured), _) => configured.describe(),
            (None, Some(topology)) => topology.describe(),
            // Its topology stands in the same batch as its first member, so half a group was loaded.
            (None, None) => {
                return DescribedGroup {
                    error_code: ErrorCode::UnknownServerError.code(),
                    group_id: self.id.clone(),
                    ..DescribedGroup::default()
                };
            }
        };
        let member = |member: &Member| describe_member(member, self.target.get(&member.id));
        DescribedGroup {
            group_id: self.id.clone(),
            group_state: Str::from_static(self.state().name()),
            group_epoch: self.epoch,
            assignment_epoch: self.assignment_epoch,
            topology: Some(Box::new(topology)),
            members: self.members.values().map(member).collect(),
            ..DescribedGroup::default()
        }
    }
}

fn describe_member(member: &Member, target: Option<&Tasks>) -> DescribedMember {
    let assigned = Assignment {
        active_tasks: in_description(&without_epochs(&member.assigned.active)),
        standby_tasks: in_description(&member.assigned.standby),
        warmup_tasks: in_description(&member.assigned.warmup),
        ..Assignment::default()
    };
    let target = target.map_or_else(Assignment::default, |target| Assignment {
        active_tasks: in_description(&target.active),
        standby_tasks: in_description(&target.standby),
        warmup_tasks: in_description(&target.warmup),
        ..Assignment::default()
    });
    let tag = |(key, value): (&Str, &Str)| KeyValue {
        key: key.clone(),
        value: value.clone(),
        ..KeyValue::default()
    };
    let endpoint = member.user_endpoint.as_ref().map(|endpoint| {
        Box::new(Endpoint {
            host: endpoint.host.clone(),
            port: endpoint.port,
            ..Endpoint::default()
        })
    });
    DescribedMember {
        member_id: member.id.clone(),
        member_epoch: member.epoch,
        instance_id: member.instance_id.clone(),
        rack_id: member.rack_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        topology_epoch: member.topology_epoch,
        process_id: member.process_id.clone(),
        user_endpoint: endpoint,
        client_tags: member.client_tags.iter().map(tag).collect(),
        assignment: assigned,
        target_assignment: target,
        ..DescribedMember::default()
    }
}
