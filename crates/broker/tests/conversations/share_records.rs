//! How the members of a share group get records and say what became of them: ShareFetch and
//! ShareAcknowledge (KIP-932, KIP-1206, KIP-1222).

use base::{Str, Uuid};
use protocol::messages::*;
use protocol::messages::{share_acknowledge_request as acknowledge, share_fetch_request as fetch};

use super::Conversation;
use super::partitions::append;
use super::share_groups::{member, set_of_group};
use super::talk::Talk;

pub const ALL: &[Conversation] = &[
    ("shared-records-are-acknowledged", are_acknowledged),
    ("shared-records-are-acknowledged-with-the-next-fetch", are_acknowledged_with_the_next_fetch),
    ("shared-records-come-again", come_again),
    ("shared-records-are-given-up", are_given_up),
    ("shared-records-are-locked-for-a-while", are_locked_for_a_while),
    ("shared-records-stay-locked", stay_locked),
    ("shared-records-are-many", are_many),
    ("shared-acknowledgements-are-refused", acknowledgements_are_refused),
    ("shared-acknowledgements-come-twice-and-late", acknowledgements_come_twice_and_late),
    ("shared-fetches-are-refused", fetches_are_refused),
    ("shared-sessions-are-checked", sessions_are_checked),
    ("shared-sessions-remember-partitions", sessions_remember_partitions),
    ("shared-records-begin-with-the-latest", begin_with_the_latest),
    ("shared-records-wait-for-members", wait_for_members),
];

const GAP: i8 = 0;
const ACCEPT: i8 = 1;
const RELEASE: i8 = 2;
const REJECT: i8 = 3;
const RENEW: i8 = 4;

/// First and last offset, and what is said of them.
type Said<'a> = (i64, i64, &'a [i8]);

/// One topic, one partition of which is read by a group from its beginning.
struct Shared {
    group: Str,
    topic: Str,
    id: Uuid,
}

impl Shared {
    fn new(talk: &mut Talk, settings: &[(&str, &str)], values: &[&str]) -> Shared {
        let (topic, id) = talk.topic_for_groups("t", 1);
        append(talk, &topic, 0, values);
        let group = talk.group("g");
        let mut settings = settings.to_vec();
        settings.push(("share.auto.offset.reset", "earliest"));
        set_of_group(talk, &group, &settings);
        member(talk, &group, &topic, 1);
        Shared { group, topic, id }
    }

    /// Waits for records for as long as it takes.
    fn fetches(&self, member: &str, epoch: i32) -> ShareFetchRequest {
        ShareFetchRequest {
            group_id: Some(self.group.clone()),
            member_id: Some(member.into()),
            share_session_epoch: epoch,
            max_wait_ms: 25_000,
            min_bytes: 1,
            max_bytes: 1 << 20,
            max_records: 100,
            batch_size: 100,
            ..Default::default()
        }
    }

    /// Opens a session, and waits for records.
    fn opens(&self, member: &str) -> ShareFetchRequest {
        ShareFetchRequest { topics: self.said(&[]), ..self.fetches(member, 0) }
    }

    /// Says something, and waits for nothing.
    fn says(&self, member: &str, epoch: i32, said: &[Said]) -> ShareFetchRequest {
        ShareFetchRequest {
            topics: self.said(said),
            max_wait_ms: 0,
            min_bytes: 0,
            ..self.fetches(member, epoch)
        }
    }

    fn said(&self, said: &[Said]) -> Vec<fetch::FetchTopic> {
        let batch = |&(first_offset, last_offset, types): &Said| fetch::AcknowledgementBatch {
            first_offset,
            last_offset,
            acknowledge_types: types.to_vec(),
            ..Default::default()
        };
        let partition = fetch::FetchPartition {
            partition_index: 0,
            acknowledgement_batches: said.iter().map(batch).collect(),
            ..Default::default()
        };
        vec![fetch::FetchTopic {
            topic_id: self.id,
            partitions: vec![partition],
            ..Default::default()
        }]
    }

    fn acknowledges(&self, member: &str, epoch: i32, said: &[Said]) -> ShareAcknowledgeRequest {
        let batch =
            |&(first_offset, last_offset, types): &Said| acknowledge::AcknowledgementBatch {
                first_offset,
                last_offset,
                acknowledge_types: types.to_vec(),
                ..Default::default()
            };
        let partition = acknowledge::AcknowledgePartition {
            partition_index: 0,
            acknowledgement_batches: said.iter().map(batch).collect(),
            ..Default::default()
        };
        let topic = acknowledge::AcknowledgeTopic {
            topic_id: self.id,
            partitions: vec![partition],
            ..Default::default()
        };
        ShareAcknowledgeRequest {
            group_id: Some(self.group.clone()),
            member_id: Some(member.into()),
            share_session_epoch: epoch,
            topics: vec![topic],
            ..Default::default()
        }
    }

    fn is_at(&self) -> DescribeShareGroupOffsetsRequest {
        let group = describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup {
            group_id: self.group.clone(),
            topics: None,
            ..Default::default()
        };
        DescribeShareGroupOffsetsRequest { groups: vec![group], ..Default::default() }
    }
}

// ---- the conversations ----

fn are_acknowledged(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b", "c", "d", "e", "f"]);
    talk.ask(2, shared.opens("m1"));
    talk.ask(1, shared.is_at());
    talk.note("one by one, together, each in its own way");
    talk.ask(2, shared.acknowledges("m1", 1, &[(0, 0, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 2, &[(1, 2, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
    talk.ask(2, shared.acknowledges("m1", 3, &[(3, 5, &[REJECT, GAP, ACCEPT])]));
    talk.ask(1, shared.is_at());
    talk.note("nothing is left");
    talk.ask(2, shared.says("m1", 4, &[]));
    append(talk, &shared.topic, 0, &["g"]);
    talk.ask(2, shared.fetches("m1", 5));
    talk.note("the session ends, and what was not acknowledged is free again");
    talk.ask(2, shared.acknowledges("m1", -1, &[]));
    talk.ask(2, shared.opens("m2"));
    talk.ask(1, shared.acknowledges("m2", -1, &[(6, 6, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn are_acknowledged_with_the_next_fetch(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b", "c"]);
    talk.ask(2, shared.opens("m1"));
    talk.ask(2, shared.says("m1", 1, &[(0, 1, &[ACCEPT])]));
    talk.ask(1, shared.says("m1", 2, &[(2, 2, &[REJECT])]));
    talk.ask(1, shared.is_at());
    append(talk, &shared.topic, 0, &["d", "e"]);
    talk.ask(2, shared.fetches("m1", 3));
    talk.note("wrongly");
    talk.ask(2, shared.says("m1", 4, &[(0, 0, &[ACCEPT])]));
    talk.note("with the last fetch");
    let last = shared.says("m1", -1, &[(3, 3, &[ACCEPT]), (4, 4, &[RELEASE])]);
    talk.ask(2, ShareFetchRequest { max_bytes: 0, max_records: 0, batch_size: 0, ..last });
    talk.ask(1, shared.is_at());
    talk.ask(2, shared.opens("m2"));
}

fn come_again(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b", "c"]);
    talk.ask(2, shared.opens("m1"));
    talk.note("they are released, all, and some");
    talk.ask(2, shared.acknowledges("m1", 1, &[(0, 2, &[RELEASE])]));
    talk.ask(2, shared.fetches("m1", 2));
    talk.ask(2, shared.acknowledges("m1", 3, &[(1, 1, &[RELEASE])]));
    talk.ask(2, shared.fetches("m1", 4));
    talk.ask(2, shared.acknowledges("m1", 5, &[(0, 2, &[ACCEPT, RELEASE, RELEASE])]));
    talk.note("another member gets them");
    talk.ask(2, shared.opens("m2"));
    talk.ask(2, shared.acknowledges("m2", 1, &[(1, 2, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn are_given_up(talk: &mut Talk) {
    let shared = Shared::new(talk, &[("share.delivery.count.limit", "2")], &["a", "b"]);
    talk.ask(2, shared.opens("m1"));
    talk.ask(2, shared.acknowledges("m1", 1, &[(0, 1, &[RELEASE])]));
    talk.ask(2, shared.fetches("m1", 2));
    talk.note("twice is enough");
    talk.ask(2, shared.acknowledges("m1", 3, &[(0, 0, &[RELEASE])]));
    talk.ask(2, shared.says("m1", 4, &[]));
    talk.ask(2, shared.acknowledges("m1", 5, &[(1, 1, &[RELEASE])]));
    talk.ask(1, shared.is_at());
    append(talk, &shared.topic, 0, &["c"]);
    talk.ask(2, shared.fetches("m1", 6));
}

fn are_locked_for_a_while(talk: &mut Talk) {
    let shared = Shared::new(talk, &[("share.record.lock.duration.ms", "1000")], &["a", "b"]);
    talk.ask(2, shared.opens("m1"));
    talk.note("another member waits until the lock is lost");
    talk.ask(2, shared.opens("m2"));
    talk.note("the first comes too late");
    talk.ask(2, shared.acknowledges("m1", 1, &[(0, 1, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m2", 1, &[(0, 1, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn stay_locked(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b", "c"]);
    talk.ask(2, shared.opens("m1"));
    let renews = |request: ShareAcknowledgeRequest| ShareAcknowledgeRequest {
        is_renew_ack: true,
        ..request
    };
    talk.ask(2, renews(shared.acknowledges("m1", 1, &[(0, 2, &[RENEW])])));
    talk.note("beside others");
    talk.ask(2, renews(shared.acknowledges("m1", 2, &[(0, 2, &[ACCEPT, RENEW, RELEASE])])));
    talk.ask(2, renews(shared.acknowledges("m1", 3, &[(0, 0, &[RENEW])])));
    talk.note("without saying so, and in the version that has no such thing");
    talk.ask(2, shared.acknowledges("m1", 4, &[(1, 1, &[RENEW])]));
    talk.ask(1, shared.acknowledges("m1", 5, &[(1, 1, &[RENEW])]));
    talk.note("with a fetch: then nothing is fetched, and nothing may be asked for");
    let renews = |epoch: i32| ShareFetchRequest {
        is_renew_ack: true,
        ..shared.says("m1", epoch, &[(1, 1, &[RENEW])])
    };
    talk.ask(2, renews(6));
    talk.ask(2, ShareFetchRequest { max_wait_ms: 5, min_bytes: 1, ..renews(6) });
    talk.ask(2, ShareFetchRequest { max_bytes: 0, max_records: 0, batch_size: 0, ..renews(6) });
    talk.ask(2, shared.says("m1", 7, &[(1, 1, &[RENEW])]));
    talk.ask(2, shared.acknowledges("m1", 8, &[(1, 1, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn are_many(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b", "c", "d", "e"]);
    append(talk, &shared.topic, 0, &["f", "g", "h"]);
    append(talk, &shared.topic, 0, &["i"]);
    talk.note("whole batches of the log, of which the first is enough");
    let few = |request: ShareFetchRequest| ShareFetchRequest { max_records: 2, ..request };
    talk.ask(2, few(shared.opens("m1")));
    talk.ask(2, few(shared.fetches("m1", 1)));
    talk.ask(2, shared.acknowledges("m1", 2, &[(0, 7, &[RELEASE])]));
    talk.note("no more than are asked for");
    let strict =
        |request: ShareFetchRequest| ShareFetchRequest { share_acquire_mode: 1, ..few(request) };
    talk.ask(2, strict(shared.fetches("m1", 3)));
    talk.ask(2, strict(shared.fetches("m1", 4)));
    talk.note("in small batches");
    talk.ask(2, ShareFetchRequest { batch_size: 1, ..shared.fetches("m1", 5) });
    talk.ask(1, shared.is_at());
    talk.note("across the batches they came in");
    talk.ask(2, shared.acknowledges("m1", 6, &[(1, 6, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 7, &[(0, 0, &[ACCEPT]), (7, 8, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn acknowledgements_are_refused(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b", "c", "d"]);
    talk.ask(2, shared.opens("m1"));
    talk.note("what cannot be meant");
    let wrong: &[&[Said]] = &[
        &[(1, 0, &[ACCEPT])],
        &[(0, 1, &[])],
        &[(0, 1, &[ACCEPT, ACCEPT, ACCEPT])],
        &[(0, 3, &[ACCEPT, ACCEPT])],
        &[(0, 1, &[9])],
        &[(0, 1, &[-1])],
        &[(2, 3, &[ACCEPT]), (0, 1, &[ACCEPT])],
        &[(0, 1, &[ACCEPT]), (1, 2, &[ACCEPT])],
        &[(-5, -1, &[ACCEPT])],
    ];
    let mut epoch = 1;
    for said in wrong {
        talk.ask(2, shared.acknowledges("m1", epoch, said));
        epoch += 1;
    }
    talk.note("nothing has happened by that");
    talk.ask(1, shared.is_at());
    talk.note("more than was got, what was not got, a partition and a topic that are not there");
    for said in [(0, 9), (4, 4), (100, 200)] {
        talk.ask(2, shared.acknowledges("m1", epoch, &[(said.0, said.1, &[ACCEPT])]));
        epoch += 1;
    }
    let mut elsewhere = shared.acknowledges("m1", epoch, &[(0, 0, &[ACCEPT])]);
    elsewhere.topics[0].partitions[0].partition_index = 7;
    talk.ask(2, elsewhere);
    let mut elsewhere = shared.acknowledges("m1", epoch + 1, &[(0, 0, &[ACCEPT])]);
    elsewhere.topics[0].topic_id = Uuid::from_halves(1, 2);
    talk.ask(2, elsewhere);
    talk.note("of one who has none");
    talk.ask(2, ShareFetchRequest { max_wait_ms: 0, ..shared.opens("m2") });
    talk.ask(2, shared.acknowledges("m2", 1, &[(0, 0, &[ACCEPT])]));
    talk.note("all the same, and all at once");
    talk.ask(2, shared.acknowledges("m1", epoch + 2, &[(0, 3, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn acknowledgements_come_twice_and_late(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b", "c"]);
    talk.ask(2, shared.opens("m1"));
    talk.note("the same request again: its epoch has passed");
    for _ in 0..2 {
        talk.ask(2, shared.acknowledges("m1", 1, &[(0, 0, &[ACCEPT])]));
    }
    talk.note("the same records again");
    talk.ask(2, shared.acknowledges("m1", 2, &[(0, 0, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 3, &[(1, 1, &[RELEASE])]));
    talk.ask(2, shared.acknowledges("m1", 4, &[(1, 1, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 5, &[(2, 2, &[REJECT])]));
    talk.ask(2, shared.acknowledges("m1", 6, &[(2, 2, &[RELEASE])]));
    talk.note("one good and one bad in one: neither counts");
    talk.ask(2, shared.fetches("m1", 7));
    talk.ask(2, shared.acknowledges("m1", 8, &[(1, 1, &[ACCEPT]), (2, 2, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 9, &[(1, 1, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
    talk.note("after the session");
    talk.ask(2, shared.acknowledges("m1", -1, &[]));
    talk.ask(2, shared.acknowledges("m1", -1, &[]));
    talk.ask(2, shared.acknowledges("m1", 10, &[(1, 1, &[ACCEPT])]));
}

fn fetches_are_refused(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a"]);
    let open = || ShareFetchRequest { max_wait_ms: 0, ..shared.opens("m1") };
    talk.ask(2, ShareFetchRequest { group_id: None, ..open() });
    talk.ask(2, ShareFetchRequest { member_id: None, ..open() });
    talk.ask(2, ShareFetchRequest { member_id: Some(Str::EMPTY), ..open() });
    talk.ask(2, ShareFetchRequest { member_id: Some("x".repeat(37).into()), ..open() });
    talk.note("acknowledgements with the first fetch");
    talk.ask(2, shared.says("m1", 0, &[(0, 0, &[ACCEPT])]));
    talk.note("partitions with the last");
    talk.ask(2, shared.says("m1", -1, &[]));
    talk.note("what is not there");
    let mut elsewhere = open();
    elsewhere.topics[0].partitions[0].partition_index = 7;
    talk.ask(2, elsewhere);
    // Over a topic id that is not there Apache Kafka 4.3.1 stumbles (UNKNOWN_SERVER_ERROR).
    talk.note("acknowledgements of nobody");
    let acknowledges = || shared.acknowledges("m9", 1, &[(0, 0, &[ACCEPT])]);
    talk.ask(2, ShareAcknowledgeRequest { group_id: None, ..acknowledges() });
    talk.ask(2, ShareAcknowledgeRequest { member_id: None, ..acknowledges() });
    talk.ask(2, ShareAcknowledgeRequest { member_id: Some(Str::EMPTY), ..acknowledges() });
    talk.ask(2, acknowledges());
    talk.ask(2, shared.acknowledges("m9", 0, &[(0, 0, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m9", -1, &[]));
}

fn sessions_are_checked(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a", "b"]);
    let says = |epoch: i32| shared.says("m1", epoch, &[]);
    talk.note("no session");
    talk.ask(2, says(1));
    talk.ask(2, ShareFetchRequest { topics: Vec::new(), ..says(-1) });
    talk.ask(2, shared.opens("m1"));
    talk.note("epochs that are not due");
    for epoch in [2, -2, i32::MAX, i32::MIN] {
        talk.ask(2, says(epoch));
    }
    talk.ask(2, says(1));
    talk.note("the response was lost: it comes again");
    talk.ask(2, says(1));
    talk.note("it opens the session anew, and what it had is free again");
    talk.ask(2, shared.opens("m1"));
    talk.ask(2, shared.acknowledges("m1", 2, &[(0, 0, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 1, &[(0, 0, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn sessions_remember_partitions(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a"]);
    let (topic, id) = talk.topic_for_groups("u", 1);
    let join = ShareGroupHeartbeatRequest {
        group_id: shared.group.clone(),
        member_id: "m0".into(),
        subscribed_topic_names: Some(vec![shared.topic.clone(), topic.clone()]),
        ..Default::default()
    };
    talk.until("both are assigned", |talk| {
        let assigned = talk.aside(1, &join).assignment;
        assigned.is_some_and(|assigned| assigned.topic_partitions.len() == 2)
    });
    talk.ask(2, shared.opens("m1"));
    talk.note("one more, which is not told before it has begun");
    let both = Shared { id, ..shared };
    talk.aside(2, &both.says("m1", 1, &[]));
    append(talk, &topic, 0, &["b"]);
    talk.ask(2, both.fetches("m1", 2));
    talk.note("one is forgotten");
    let forgotten =
        fetch::ForgottenTopic { topic_id: id, partitions: vec![0], ..Default::default() };
    let request = ShareFetchRequest {
        forgotten_topics_data: vec![forgotten],
        max_wait_ms: 0,
        ..both.fetches("m1", 3)
    };
    talk.ask(2, request);
    append(talk, &topic, 0, &["c"]);
    talk.ask(2, ShareFetchRequest { max_wait_ms: 0, ..both.fetches("m1", 4) });
    talk.note("what was got of it can be acknowledged all the same");
    talk.ask(2, both.acknowledges("m1", 5, &[(0, 0, &[ACCEPT])]));
}

fn begin_with_the_latest(talk: &mut Talk) {
    let (topic, id) = talk.topic_for_groups("t", 1);
    append(talk, &topic, 0, &["a", "b"]);
    let group = talk.group("g");
    member(talk, &group, &topic, 1);
    let shared = Shared { group, topic, id };
    talk.ask(1, shared.is_at());
    talk.note("it waits for what will not come, while the end of the log is looked up");
    talk.ask(2, ShareFetchRequest { max_wait_ms: 1_000, ..shared.opens("m1") });
    talk.ask(1, shared.is_at());
    append(talk, &shared.topic, 0, &["c"]);
    talk.ask(2, shared.fetches("m1", 1));
    talk.note("records before it are none of its business");
    talk.ask(2, shared.acknowledges("m1", 2, &[(0, 2, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 3, &[(0, 1, &[ACCEPT])]));
    talk.ask(2, shared.acknowledges("m1", 4, &[(2, 2, &[ACCEPT])]));
    talk.ask(1, shared.is_at());
}

fn wait_for_members(talk: &mut Talk) {
    let shared = Shared::new(talk, &[], &["a"]);
    talk.ask(2, shared.opens("m1"));
    talk.note("a fetch waits for a record, and for one that is given back");
    let waiting = talk.begin(2, shared.fetches("m1", 1));
    append(talk, &shared.topic, 0, &["b"]);
    talk.finish(waiting);
    let other = talk.begin(2, shared.opens("m2"));
    talk.ask(2, shared.acknowledges("m1", 2, &[(0, 1, &[ACCEPT, RELEASE])]));
    talk.finish(other);
}
