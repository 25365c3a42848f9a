//! Groups: list, describe, delete; their committed offsets; their members.
//!
//! What concerns one group is asked of its coordinator; what concerns all is asked of every broker.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base::{BrokerId, ErrorCode, Str, TopicPartition};
use protocol::messages::consumer_group_describe_response::{
    Assignment as ModernAssignment, DescribedGroup as DescribedModernGroup,
};
use protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use protocol::messages::leave_group_request::MemberIdentity;
use protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use protocol::messages::{
    ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest, LeaveGroupRequest,
    ListGroupsRequest, OffsetDeleteRequest,
};

use super::{Admin, check, missing};
use crate::cluster::AutoCreate;
use crate::config::Address;
use crate::connection::{Connection, Patience};
use crate::consumer::group::coordinator::Coordinator;
use crate::consumer::group::embedded;
use crate::consumer::group::offsets::{self, Identity, Offsets, Stability};
use crate::coordinators::CoordinatorType;
use crate::error::{Error, Result};

/// A group, as the list of all groups shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    pub id: Str,
    /// `consumer` for groups of consumers, empty for one that only has offsets.
    pub protocol_type: Str,
    /// As Kafka names states: `Stable`, `Empty`, `PreparingRebalance`. Empty from an old broker.
    pub state: Str,
    /// `classic`, `consumer`, `share` or `streams`. Empty from an old broker.
    pub kind: Str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    pub id: Str,
    pub state: Str,
    pub kind: GroupKind,
    pub protocol_type: Str,
    /// The assignor that the group uses.
    pub assignor: Str,
    pub coordinator: BrokerId,
    pub coordinator_address: Address,
    pub members: Vec<MemberDescription>,
    /// Of the newer protocol: the group's epoch and that of its target assignment.
    pub epochs: Option<(i32, i32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    Classic,
    Consumer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDescription {
    pub id: Str,
    pub instance: Option<Str>,
    pub client_id: Str,
    /// As brokers write it: a slash and the address.
    pub host: Str,
    pub assigned: BTreeSet<TopicPartition>,
    /// Of the newer protocol: what it is to have, its epoch, and whether it speaks the older one.
    pub target: Option<BTreeSet<TopicPartition>>,
    pub epoch: Option<i32>,
    pub is_upgraded: Option<bool>,
}

/// Which groups are listed; empty lists mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter {
    pub states: Vec<String>,
    pub kinds: Vec<String>,
}

/// What came of each partition.
pub type PartitionResults = BTreeMap<TopicPartition, Result<()>>;

impl Admin {
    /// All groups of the cluster, by id.
    ///
    /// # Errors
    /// Of a connection, or a broker's.
    pub async fn list_groups(&self, filter: &GroupFilter) -> Result<Vec<GroupListing>> {
        let brokers: Vec<BrokerId> = self.cluster.metadata().brokers.keys().copied().collect();
        let mut groups = BTreeMap::new();
        for broker in brokers {
            let listed = self
                .cluster
                .retry(self.patience(), "list groups", || self.list_groups_of(broker, filter))
                .await?;
            groups.extend(listed.into_iter().map(|group| (group.id.clone(), group)));
        }
        Ok(groups.into_values().collect())
    }

    async fn list_groups_of(
        &self,
        broker: BrokerId,
        filter: &GroupFilter,
    ) -> Result<Vec<GroupListing>> {
        let connection = self.cluster.broker(broker).await?;
        let version = connection.version::<ListGroupsRequest>()?;
        if (version < 4 && !filter.states.is_empty()) || (version < 5 && !filter.kinds.is_empty()) {
            return Err(Error::invalid(format!(
                "broker {broker} is too old to list groups by state or type; list them all"
            )));
        }
        let texts = |texts: &[String]| texts.iter().map(|text| text.as_str().into()).collect();
        let request = ListGroupsRequest {
            states_filter: texts(&filter.states),
            types_filter: texts(&filter.kinds),
            ..ListGroupsRequest::default()
        };
        let response = connection.call(&request).await?;
        check("list groups", response.error_code, None)?;
        let groups = response.groups.iter().map(|group| GroupListing {
            id: group.group_id.detached(),
            protocol_type: group.protocol_type.detached(),
            state: group.group_state.detached(),
            kind: group.group_type.detached(),
        });
        Ok(groups.collect())
    }

    /// A group with its members: by the newer protocol if it speaks that, else by the older one.
    ///
    /// # Errors
    /// GROUP_ID_NOT_FOUND, from brokers that say so; older ones call such a group dead.
    pub async fn describe_group(&self, group: &str) -> Result<GroupDescription> {
        self.at_coordinator(group, "describe a group", async |connection, found| {
            if connection.version::<ConsumerGroupDescribeRequest>().is_ok()
                && let Some(described) = describe_modern(&connection, group).await?
            {
                return Ok(modern_description(&described, found));
            }
            let described = describe_classic(&connection, group).await?;
            classic_description(described, found)
        })
        .await
    }

    /// Deletes a group without members, and its offsets.
    ///
    /// # Errors
    /// NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND.
    pub async fn delete_group(&self, group: &str) -> Result<()> {
        let during = format!("delete group {group}");
        self.at_coordinator(group, "delete a group", async |connection, _| {
            let request = DeleteGroupsRequest {
                groups_names: vec![group.into()],
                ..DeleteGroupsRequest::default()
            };
            let response = connection.call(&request).await?;
            let result = response.results.first().ok_or_else(|| missing("DeleteGroups", group))?;
            check(&during, result.error_code, None)
        })
        .await
    }

    /// Removes the members that these instance ids name, or all.
    ///
    /// # Errors
    /// UNKNOWN_MEMBER_ID for an instance that the group does not have.
    pub async fn remove_members(&self, group: &str, instances: Option<&[String]>) -> Result<()> {
        let members: Vec<MemberIdentity> = match instances {
            Some(instances) => instances
                .iter()
                .map(|instance| MemberIdentity {
                    group_instance_id: Some(instance.as_str().into()),
                    reason: Some("removed by an administrator".into()),
                    ..MemberIdentity::default()
                })
                .collect(),
            None => self
                .describe_group(group)
                .await?
                .members
                .into_iter()
                .map(|member| MemberIdentity {
                    member_id: member.id,
                    group_instance_id: member.instance,
                    reason: Some("removed by an administrator".into()),
                    ..MemberIdentity::default()
                })
                .collect(),
        };
        self.at_coordinator(group, "remove members", async |connection, _| {
            let request = LeaveGroupRequest {
                group_id: group.into(),
                members: members.clone(),
                ..LeaveGroupRequest::default()
            };
            let response = connection.call(&request).await?;
            let during = format!("remove members of group {group}");
            check(&during, response.error_code, None)?;
            for member in &response.members {
                let who = member.group_instance_id.as_ref().unwrap_or(&member.member_id);
                check(&format!("remove member {who} of group {group}"), member.error_code, None)?;
            }
            Ok(())
        })
        .await
    }

    /// Everything that a group has committed.
    ///
    /// # Errors
    /// Of the connection, or the coordinator's. A group that does not exist has no offsets.
    pub async fn group_offsets(&self, group: &str, stability: Stability) -> Result<Offsets> {
        let coordinator = Coordinator::new(self.cluster.clone(), group);
        self.cluster
            .retry(self.patience(), "read committed offsets", || async {
                offsets::fetch(&coordinator, &Identity::NOBODY, None, stability).await
            })
            .await
    }

    /// Sets offsets of a group that has no members.
    ///
    /// # Errors
    /// UNKNOWN_MEMBER_ID where the group has members; UNKNOWN_TOPIC_OR_PARTITION.
    pub async fn alter_group_offsets(&self, group: &str, offsets: &Offsets) -> Result<()> {
        let coordinator = Coordinator::new(self.cluster.clone(), group);
        self.cluster
            .retry(self.patience(), "set committed offsets", || async {
                offsets::commit(&coordinator, &Identity::NOBODY, offsets).await
            })
            .await
    }

    /// Forgets offsets of a group.
    ///
    /// # Errors
    /// Of the group as a whole: GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. GROUP_SUBSCRIBED_TO_TOPIC and its
    /// like stand in the result.
    pub async fn delete_group_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<PartitionResults> {
        let mut topics: BTreeMap<Str, Vec<OffsetDeleteRequestPartition>> = BTreeMap::new();
        for partition in partitions {
            topics
                .entry(partition.topic.clone())
                .or_default()
                .push(OffsetDeleteRequestPartition { partition_index: partition.partition.0 });
        }
        let topics = topics
            .into_iter()
            .map(|(name, partitions)| OffsetDeleteRequestTopic { name, partitions });
        let request = OffsetDeleteRequest { group_id: group.into(), topics: topics.collect() };
        self.at_coordinator(group, "delete offsets", async |connection, _| {
            let response = connection.call(&request).await?;
            check(&format!("delete offsets of group {group}"), response.error_code, None)?;
            let mut results = PartitionResults::new();
            for topic in &response.topics {
                for result in &topic.partitions {
                    let index = result.partition_index;
                    let partition = TopicPartition::new(topic.name.detached(), index);
                    let during = format!("delete the offset of {partition}");
                    results.insert(partition, check(&during, result.error_code, None));
                }
            }
            Ok(results)
        })
        .await
    }

    /// Asks the coordinator of a group, again while the error may pass.
    async fn at_coordinator<T>(
        &self,
        group: &str,
        during: &'static str,
        ask: impl AsyncFn(Connection, (BrokerId, Address)) -> Result<T>,
    ) -> Result<T> {
        self.cluster
            .retry(self.patience(), during, || async {
                let (id, address) =
                    self.cluster.find_coordinator(CoordinatorType::Group, group).await?;
                if !self.cluster.metadata().brokers.contains_key(&id) {
                    self.cluster.refresh(&[], AutoCreate::Forbidden).await?;
                }
                let connection = self.cluster.broker(id).await?;
                ask(connection, (id, address)).await
            })
            .await
    }
}

/// None if the group does not speak the newer protocol.
async fn describe_modern(
    connection: &Connection,
    group: &str,
) -> Result<Option<DescribedModernGroup>> {
    let request = ConsumerGroupDescribeRequest {
        group_ids: vec![group.into()],
        ..ConsumerGroupDescribeRequest::default()
    };
    let response = connection.call(&request).await?;
    let described = response.groups.into_iter().next();
    let described = described.ok_or_else(|| missing("ConsumerGroupDescribe", group))?;
    match ErrorCode::from_code(described.error_code) {
        ErrorCode::GroupIdNotFound | ErrorCode::UnsupportedVersion => Ok(None),
        _ => {
            let during = format!("describe group {group}");
            check(&during, described.error_code, described.error_message.as_deref())?;
            Ok(Some(described))
        }
    }
}

fn modern_description(
    described: &DescribedModernGroup,
    (coordinator, coordinator_address): (BrokerId, Address),
) -> GroupDescription {
    let members = described.members.iter().map(|member| MemberDescription {
        id: member.member_id.detached(),
        instance: member.instance_id.as_ref().map(Str::detached),
        client_id: member.client_id.detached(),
        host: member.client_host.detached(),
        assigned: modern_partitions(&member.assignment),
        target: Some(modern_partitions(&member.target_assignment)),
        epoch: Some(member.member_epoch),
        is_upgraded: match member.member_type {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    });
    GroupDescription {
        id: described.group_id.detached(),
        state: described.group_state.detached(),
        kind: GroupKind::Consumer,
        protocol_type: Str::from_static("consumer"),
        assignor: described.assignor_name.detached(),
        coordinator,
        coordinator_address,
        members: members.collect(),
        epochs: Some((described.group_epoch, described.assignment_epoch)),
    }
}

fn modern_partitions(assignment: &ModernAssignment) -> BTreeSet<TopicPartition> {
    let partitions = assignment.topic_partitions.iter().flat_map(|topic| {
        let name = topic.topic_name.detached();
        topic.partitions.iter().map(move |index| TopicPartition::new(name.clone(), *index))
    });
    partitions.collect()
}

async fn describe_classic(connection: &Connection, group: &str) -> Result<DescribedGroup> {
    let request =
        DescribeGroupsRequest { groups: vec![group.into()], ..DescribeGroupsRequest::default() };
    let version = connection.version::<DescribeGroupsRequest>()?;
    let response = connection.call_patiently(&request, version, Patience(Duration::ZERO)).await?;
    let described =
        response.groups.into_iter().next().ok_or_else(|| missing("DescribeGroups", group))?;
    let during = format!("describe group {group}");
    check(&during, described.error_code, described.error_message.as_deref())?;
    Ok(described)
}

fn classic_description(
    described: DescribedGroup,
    (coordinator, coordinator_address): (BrokerId, Address),
) -> Result<GroupDescription> {
    let is_consumer = described.protocol_type == "consumer";
    let mut members = Vec::new();
    for member in described.members {
        let DescribedGroupMember { member_id, group_instance_id, client_id, client_host, .. } =
            &member;
        members.push(MemberDescription {
            id: member_id.detached(),
            instance: group_instance_id.as_ref().map(Str::detached),
            client_id: client_id.detached(),
            host: client_host.detached(),
            assigned: match is_consumer && !member.member_assignment.is_empty() {
                true => embedded::read_assignment(member.member_assignment)?,
                false => BTreeSet::new(),
            },
            target: None,
            epoch: None,
            is_upgraded: None,
        });
    }
    Ok(GroupDescription {
        id: described.group_id.detached(),
        state: described.group_state.detached(),
        kind: GroupKind::Classic,
        protocol_type: described.protocol_type.detached(),
        assignor: described.protocol_data.detached(),
        coordinator,
        coordinator_address,
        members,
        epochs: None,
    })
}
