//! ConsumerGroupDescribe: consumer groups as administrators see them.

use base::{ErrorCode, PartitionIndex, Str, Uuid};
use metadata::Image;
use protocol::messages::consumer_group_describe_response::{
    Assignment, DescribedGroup, Member as DescribedMember, TopicPartitions,
};
use protocol::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse};

use super::decision::preferred_assignor;
use super::group::ConsumerGroup;
use super::member::Member;
use crate::group::assignor::Partitions;
use crate::group::kinds::{Kind, place_in_kafkas_table};
use crate::group::{Asked, Group, GroupShard};
use crate::machine::{Call, Context, Output};

impl GroupShard {
    /// Groups of this shard.
    pub(in crate::group) fn consumer_group_describe(
        &self,
        context: &Context<'_>,
        call: Call,
        asked: &Asked<ConsumerGroupDescribeRequest>,
        out: &mut Output<Self>,
    ) {
        let describe = |id: &Str| match self.groups.get(id) {
            Some(Group::Consumer(group)) => described(group, context),
            Some(_) => missing(id, format!("Group {id} is not a consumer group.")),
            None if self.is_simple_group(id) => {
                missing(id, format!("Group {id} is not a consumer group."))
            }
            None => missing(id, format!("Group {id} not found.")),
        };
        let groups = asked.body.group_ids.iter().map(describe).collect();
        let response =
            ConsumerGroupDescribeResponse { groups, ..ConsumerGroupDescribeResponse::default() };
        out.reply(call, response);
    }
}

fn missing(id: &Str, message: String) -> DescribedGroup {
    DescribedGroup {
        group_id: id.clone(),
        error_code: ErrorCode::GroupIdNotFound.code(),
        error_message: Some(message.into()),
        ..DescribedGroup::default()
    }
}

fn described(group: &ConsumerGroup, context: &Context<'_>) -> DescribedGroup {
    let assignor = preferred_assignor(context.config, &group.assignor_votes);
    let mut members: Vec<&Member> = group.members.values().collect();
    members.sort_by_key(|member| place_in_kafkas_table(&member.id));
    let members = members.into_iter().map(|member| described_member(group, member, context.image));
    DescribedGroup {
        group_id: group.id.clone(),
        group_state: group.state().name().into(),
        group_epoch: group.epoch,
        assignment_epoch: group.target.epoch,
        assignor_name: Str::from_static(assignor.name()),
        members: members.collect(),
        ..DescribedGroup::default()
    }
}

fn described_member(group: &ConsumerGroup, member: &Member, image: &Image) -> DescribedMember {
    // What a member is to give back is its own until it has.
    let mut has = Partitions::new();
    for (topic, partitions) in member.assigned.iter().chain(member.pending_revocation.iter()) {
        has.entry(*topic).or_default().extend(partitions.keys());
    }
    let target = group.target.members.get(&member.id);
    DescribedMember {
        member_id: member.id.clone(),
        instance_id: member.instance_id.clone(),
        rack_id: member.rack_id.clone(),
        member_epoch: member.epoch,
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        subscribed_topic_names: member.topic_names.iter().cloned().collect(),
        subscribed_topic_regex: member.topic_regex.clone(),
        assignment: assignment(&has, image),
        target_assignment: target.map(|target| assignment(target, image)).unwrap_or_default(),
        member_type: i8::from(!member.uses_classic_protocol()),
        ..DescribedMember::default()
    }
}

/// Topics that are no longer there have no name, and are left out.
fn assignment(partitions: &Partitions, image: &Image) -> Assignment {
    let named = |topic: &Uuid| image.topic_by_id(*topic).map(|topic| topic.name.clone());
    let topics = partitions.iter().filter_map(|(topic, partitions)| {
        Some(TopicPartitions {
            topic_id: *topic,
            topic_name: named(topic)?,
            partitions: partitions.iter().map(|PartitionIndex(index)| *index).collect(),
            ..TopicPartitions::default()
        })
    });
    Assignment { topic_partitions: topics.collect(), ..Assignment::default() }
}

impl Kind for ConsumerGroup {
    fn group_type(&self) -> &'static str {
        "consumer"
    }

    fn state_name(&self) -> &'static str {
        self.state().name()
    }

    fn protocol_type(&self) -> Str {
        Str::from_static("consumer")
    }
}
