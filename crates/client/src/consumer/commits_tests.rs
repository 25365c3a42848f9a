use protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use protocol::messages::{
    ConsumerGroupHeartbeatResponse, JoinGroupResponse, LeaveGroupResponse, OffsetCommitResponse,
    OffsetFetchResponse, SyncGroupResponse,
};
use protocol::{Request, Response};

use super::super::tests::{DEADLINE, offsets, partition, records};
use super::*;
use crate::consumer::group::embedded;
use crate::scripted_broker::{Asked, ScriptedBroker};

async fn member(broker: &ScriptedBroker, keys: &[(&str, &str)]) -> Consumer {
    let mut config = ConsumerConfig::default();
    for (key, value) in keys {
        config.set(key, value).unwrap();
    }
    config.set("bootstrap.servers", &broker.bootstrap).unwrap();
    config.set("group.id", "g").unwrap();
    Consumer::connect(config).await.unwrap()
}

/// The group's answers: the member has partition 0, and no offset of it is committed but 0.
fn of_the_group(request: &Request) -> Option<Response> {
    match request {
        Request::JoinGroup(_) => Some(Response::JoinGroup(JoinGroupResponse {
            generation_id: 1,
            protocol_name: Some("range".into()),
            leader: "another".into(),
            member_id: "m".into(),
            ..JoinGroupResponse::default()
        })),
        Request::SyncGroup(_) => Some(Response::SyncGroup(SyncGroupResponse {
            assignment: embedded::assignment(&[partition(0)].into()),
            ..SyncGroupResponse::default()
        })),
        Request::OffsetFetch(_) => {
            let topic = OffsetFetchResponseTopics {
                name: "t".into(),
                partitions: vec![OffsetFetchResponsePartitions::default()],
                ..OffsetFetchResponseTopics::default()
            };
            let group = OffsetFetchResponseGroup {
                group_id: "g".into(),
                topics: vec![topic],
                ..OffsetFetchResponseGroup::default()
            };
            let groups = vec![group];
            Some(Response::OffsetFetch(OffsetFetchResponse {
                groups,
                ..OffsetFetchResponse::default()
            }))
        }
        _ => None,
    }
}

/// The next request that is not the group's, and no fetch either: there are three records more.
async fn next(broker: &mut ScriptedBroker) -> Asked {
    loop {
        let asked = broker.next().await;
        match of_the_group(&asked.request) {
            Some(response) => asked.answer(response),
            None if matches!(asked.request, Request::Fetch(_)) => asked.answer(records(0, 3..6)),
            None => return asked,
        }
    }
}

/// Joins the group and reads the first three records of partition 0.
async fn read_three(consumer: &mut Consumer, broker: &mut ScriptedBroker) {
    consumer.subscribe(["t"]).unwrap();
    let script = async {
        loop {
            let asked = broker.next().await;
            match of_the_group(&asked.request) {
                Some(response) => asked.answer(response),
                None => return asked.answer(records(0, 0..3)),
            }
        }
    };
    let (polled, ()) = tokio::join!(consumer.poll(DEADLINE), script);
    assert_eq!(offsets(&polled.unwrap()), [0, 1, 2]);
}

/// The offset that an OffsetCommit names, or nothing if it is another request.
fn commits(asked: &Asked) -> Option<i64> {
    match &asked.request {
        Request::OffsetCommit(request) => Some(request.topics[0].partitions[0].committed_offset),
        _ => None,
    }
}

fn committed(code: ErrorCode) -> Response {
    let partition = OffsetCommitResponsePartition {
        error_code: code.code(),
        ..OffsetCommitResponsePartition::default()
    };
    let topic = OffsetCommitResponseTopic {
        name: "t".into(),
        partitions: vec![partition],
        ..OffsetCommitResponseTopic::default()
    };
    Response::OffsetCommit(OffsetCommitResponse {
        topics: vec![topic],
        ..OffsetCommitResponse::default()
    })
}

/// Subscribes and polls until the broker is asked what is not the group's to answer.
async fn join_until(
    consumer: &mut Consumer,
    broker: &mut ScriptedBroker,
    wanted: impl Fn(&Request) -> bool,
) -> Asked {
    consumer.subscribe(["t"]).unwrap();
    let script = async {
        loop {
            let asked = broker.next().await;
            match of_the_group(&asked.request) {
                Some(response) if !wanted(&asked.request) => asked.answer(response),
                _ => return asked,
            }
        }
    };
    tokio::select! {
        polled = consumer.poll(DEADLINE) => panic!("{polled:?}"),
        asked = script => asked,
    }
}

#[tokio::test]
async fn a_member_that_is_joining_leaves_without_waiting_for_the_group() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    let is_join = |request: &Request| matches!(request, Request::JoinGroup(_));
    let first = join_until(&mut consumer, &mut broker, is_join).await;
    first.answer(Response::JoinGroup(JoinGroupResponse {
        error_code: ErrorCode::MemberIdRequired.code(),
        member_id: "m".into(),
        ..JoinGroupResponse::default()
    }));
    let _unanswered = join_until(&mut consumer, &mut broker, is_join).await;

    let script = async {
        let asked = broker.next().await;
        let Request::LeaveGroup(request) = &asked.request else { panic!("it stays") };
        assert_eq!(request.members[0].member_id.as_str(), "m");
        asked.answer(Response::LeaveGroup(LeaveGroupResponse::default()));
    };
    let (closed, ()) = tokio::join!(consumer.close(), script);
    closed.unwrap();
}

#[tokio::test]
async fn heartbeats_begin_with_the_generation_and_not_with_the_next_poll() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[("heartbeat.interval.ms", "10")]).await;
    let is_sync = |request: &Request| matches!(request, Request::SyncGroup(_));
    let sync = join_until(&mut consumer, &mut broker, is_sync).await;
    let assigned = of_the_group(&sync.request).unwrap();
    sync.answer(assigned);
    let asked = broker.next().await;
    assert!(matches!(asked.request, Request::Heartbeat(_)), "{:?}", asked.request);
}

#[tokio::test]
async fn kip_848_a_member_leaves_before_it_has_heard_that_it_has_joined() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[("group.protocol", "consumer")]).await;
    let join = join_until(&mut consumer, &mut broker, |_| true).await;
    let script = async {
        let leave = broker.next().await;
        let Request::ConsumerGroupHeartbeat(request) = &leave.request else { panic!("it stays") };
        assert_eq!(request.member_epoch, -1);
        // It has not joined, as it turns out.
        let refused = || ConsumerGroupHeartbeatResponse {
            error_code: ErrorCode::GroupIdNotFound.code(),
            ..ConsumerGroupHeartbeatResponse::default()
        };
        join.answer(Response::ConsumerGroupHeartbeat(refused()));
        leave.answer(Response::ConsumerGroupHeartbeat(refused()));
    };
    let (closed, ()) = tokio::join!(consumer.close(), script);
    closed.unwrap();
}

#[tokio::test]
async fn a_partition_that_goes_is_not_read_on_after_a_poll_that_was_dropped() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    read_three(&mut consumer, &mut broker).await;

    consumer.subscribe(["u"]).unwrap();
    let first = tokio::select! {
        polled = consumer.poll(DEADLINE) => panic!("{polled:?}"),
        asked = next(&mut broker) => asked,
    };
    assert_eq!(commits(&first), Some(3));

    let script = async {
        first.answer(committed(ErrorCode::None));
        let again = next(&mut broker).await;
        assert_eq!(commits(&again), Some(3), "it is committed before anything else");
        again.answer(committed(ErrorCode::None));
    };
    let (polled, ()) = tokio::join!(consumer.poll(Duration::ZERO), script);
    assert!(polled.unwrap().is_empty());
    assert!(consumer.assignment().next().is_none());
}

#[tokio::test]
async fn an_auto_commit_that_fails_is_made_again() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[("auto.commit.interval.ms", "50")]).await;
    read_three(&mut consumer, &mut broker).await;
    let script = async {
        let codes = [ErrorCode::CoordinatorLoadInProgress, ErrorCode::None];
        let (mut fetch, mut made) = (None, 0);
        while made < codes.len() {
            let asked = broker.next().await;
            match commits(&asked) {
                Some(offset) => {
                    assert_eq!(offset, 3);
                    asked.answer(committed(codes[made]));
                    made += 1;
                }
                None => fetch = Some(asked),
            }
        }
        fetch.unwrap().answer(records(0, 3..6));
    };
    let (polled, ()) = tokio::join!(consumer.poll(DEADLINE), script);
    assert_eq!(offsets(&polled.unwrap()), [3, 4, 5]);
}

/// As when a poll finds that the interval is over.
fn auto_commit_now(consumer: &mut Consumer) {
    consumer.side().unwrap().next_auto_commit = Instant::now();
    consumer.auto_commit().unwrap();
}

fn at(offset: i64) -> Offsets {
    [(partition(0), Offset(offset).into())].into()
}

#[tokio::test]
async fn an_auto_commit_is_not_made_while_another_is_under_way() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    read_three(&mut consumer, &mut broker).await;
    auto_commit_now(&mut consumer);
    let first = next(&mut broker).await;
    auto_commit_now(&mut consumer);
    let script = async {
        first.answer(committed(ErrorCode::None));
        let asked = next(&mut broker).await;
        assert_eq!(commits(&asked), Some(2));
        asked.answer(committed(ErrorCode::None));
    };
    let (done, ()) = tokio::join!(consumer.commit_offsets(at(2)), script);
    done.unwrap();
}

#[tokio::test]
async fn an_auto_commit_that_is_heard_late_is_not_noted_over_a_later_commit() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    read_three(&mut consumer, &mut broker).await;
    auto_commit_now(&mut consumer);
    let script = async {
        for offset in [3, 2] {
            let asked = next(&mut broker).await;
            assert_eq!(commits(&asked), Some(offset));
            asked.answer(committed(ErrorCode::None));
        }
    };
    let (done, ()) = tokio::join!(consumer.commit_offsets(at(2)), script);
    done.unwrap();
    // The group is at 2 now, behind the position.
    auto_commit_now(&mut consumer);
    assert_eq!(commits(&next(&mut broker).await), Some(3));
}

#[tokio::test]
async fn a_commit_that_was_given_up_before_it_was_sent_is_not_sent_after_a_later_one() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[("request.timeout.ms", "500")]).await;
    let earlier = [1, 2, 3].map(|offset| consumer.commit_offsets_async(at(offset)).unwrap());
    let (mut sent, mut unanswered) = (Vec::new(), Vec::new());
    let script = async {
        loop {
            let asked = next(&mut broker).await;
            match commits(&asked) {
                Some(4) => {
                    // Their connection ends, and the commit that waits behind them comes again.
                    unanswered.clear();
                    asked.answer(committed(ErrorCode::None));
                }
                earlier => {
                    sent.extend(earlier);
                    unanswered.push(asked);
                }
            }
        }
    };
    tokio::select! {
        done = consumer.commit_offsets(at(4)) => done.unwrap(),
        () = script => {}
    }
    assert!(!sent.contains(&3), "{sent:?}");
    for commit in earlier {
        commit.done().await.unwrap_err();
    }
    let _later = consumer.commit_offsets_async(at(5)).unwrap();
    assert_eq!(commits(&next(&mut broker).await), Some(5));
}

fn asks_for_committed(asked: &Asked) -> bool {
    matches!(asked.request, Request::OffsetFetch(_))
}

/// Polls until the group is asked where partition 0 is read from.
async fn assign_until_asked(consumer: &mut Consumer, broker: &mut ScriptedBroker) -> Asked {
    consumer.assign([partition(0)]);
    let asked = tokio::select! {
        polled = consumer.poll(DEADLINE) => panic!("{polled:?}"),
        asked = broker.next() => asked,
    };
    assert!(asks_for_committed(&asked));
    asked
}

#[tokio::test]
async fn a_committed_offset_that_comes_after_its_poll_has_ended_is_heard_by_the_next() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    let asked = assign_until_asked(&mut consumer, &mut broker).await;
    let script = async {
        let found = of_the_group(&asked.request).unwrap();
        asked.answer(found);
        let fetch = broker.next().await;
        assert!(!asks_for_committed(&fetch));
        fetch.answer(records(0, 0..3));
    };
    let (polled, ()) = tokio::join!(consumer.poll(DEADLINE), script);
    assert_eq!(offsets(&polled.unwrap()), [0, 1, 2]);
}

#[tokio::test]
async fn a_committed_offset_from_before_a_partition_went_and_came_back_is_asked_for_again() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    let old = assign_until_asked(&mut consumer, &mut broker).await;
    consumer.assign([]);
    consumer.assign([partition(0)]);
    let script = async {
        let found = of_the_group(&old.request).unwrap();
        old.answer(found);
        let new = broker.next().await;
        assert!(asks_for_committed(&new));
        let found = of_the_group(&new.request).unwrap();
        new.answer(found);
        broker.next().await.answer(records(0, 0..3));
    };
    let (polled, ()) = tokio::join!(consumer.poll(DEADLINE), script);
    assert_eq!(offsets(&polled.unwrap()), [0, 1, 2]);
}

/// Reads three records, and gives up waiting for `unsubscribe` when they are to be committed.
async fn unsubscribe_halfway(consumer: &mut Consumer, broker: &mut ScriptedBroker) {
    read_three(consumer, broker).await;
    let first = tokio::select! {
        left = consumer.unsubscribe() => panic!("{left:?}"),
        asked = next(broker) => asked,
    };
    assert_eq!(commits(&first), Some(3));
    first.answer(committed(ErrorCode::None));
}

#[tokio::test]
async fn a_member_whose_leaving_was_dropped_leaves_with_the_next_poll() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    unsubscribe_halfway(&mut consumer, &mut broker).await;
    let script = async {
        let again = next(&mut broker).await;
        assert_eq!(commits(&again), Some(3));
        again.answer(committed(ErrorCode::None));
        let leave = next(&mut broker).await;
        assert!(matches!(leave.request, Request::LeaveGroup(_)), "{:?}", leave.request);
        leave.answer(Response::LeaveGroup(LeaveGroupResponse::default()));
    };
    let (polled, ()) = tokio::join!(consumer.poll(Duration::ZERO), script);
    assert!(polled.unwrap().is_empty());
    assert!(consumer.subscription().next().is_none());
}

#[tokio::test]
async fn a_member_that_subscribes_while_it_leaves_joins_as_a_new_one() {
    let mut broker = ScriptedBroker::start(1).await;
    let mut consumer = member(&broker, &[]).await;
    unsubscribe_halfway(&mut consumer, &mut broker).await;
    consumer.subscribe(["t"]).unwrap();
    let script = async {
        loop {
            let asked = broker.next().await;
            match (&asked.request, of_the_group(&asked.request)) {
                (Request::JoinGroup(join), Some(joined)) => {
                    assert_eq!(join.member_id.as_str(), "");
                    asked.answer(joined);
                }
                (_, Some(response)) => asked.answer(response),
                (Request::LeaveGroup(_), _) => {
                    asked.answer(Response::LeaveGroup(LeaveGroupResponse::default()));
                }
                (Request::Fetch(_), _) => asked.answer(records(0, 0..3)),
                _ => asked.answer(committed(ErrorCode::None)),
            }
        }
    };
    let polled = tokio::select! {
        polled = consumer.poll(DEADLINE) => polled,
        () = script => unreachable!(),
    };
    assert_eq!(offsets(&polled.unwrap()), [0, 1, 2]);
}
