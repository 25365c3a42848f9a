//! `vltava bench floor-server`: acknowledges everything at once and keeps nothing.
//!
//! What `bench latency` shows against it is the cost of the client, the sockets and the scheduler:
//! the floor under every broker's figure. With `--write` the records' bytes are written to a file
//! for each partition, unchecked and unread: what `bench produce` shows then is as much as the
//! machine can do with the same bytes and no Kafka in between. It answers what a producer asks and
//! no more; topics are whatever is asked for, with partition 0 to `--partitions` led by itself.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base::{ErrorCode, Str, Uuid};
use clap::Args;
use io::FrameReader;
use protocol::frame::{RequestHeader, encode_response};
use protocol::messages::ApiVersionsResponse;
use protocol::messages::create_topics_response::CreatableTopicResult;
use protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use protocol::messages::{
    CreateTopicsResponse, InitProducerIdResponse, MetadataResponse, ProduceResponse,
};
use protocol::{ApiKey, Payload, Reader, Request, Response, Segment};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::failure::{Failure, Outcome};
use crate::output::print_line;

/// What the server answers.
const SERVED: [ApiKey; 5] = [
    ApiKey::ApiVersions,
    ApiKey::Metadata,
    ApiKey::InitProducerId,
    ApiKey::Produce,
    ApiKey::CreateTopics,
];

/// Acknowledge everything at once and keep nothing
#[derive(Debug, Args)]
pub struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 9099)]
    port: u16,
    #[arg(long, default_value_t = 1)]
    partitions: i32,
    /// Write the records' bytes to files of this folder, which is made if it is not there
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

struct Floor {
    port: u16,
    partitions: i32,
    next_producer: AtomicI64,
    written: Option<Written>,
}

pub async fn run(arguments: Arguments) -> Outcome {
    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).await.map_err(|error| {
        Failure::failed(format!(
            "could not listen on 127.0.0.1:{}: {error}; choose another --port",
            arguments.port
        ))
    })?;
    let port = listener.local_addr()?.port();
    print_line(&format!("listening on 127.0.0.1:{port}"))?;
    let partitions = arguments.partitions;
    let written = arguments.write.map(Written::in_folder).transpose()?;
    let floor = Arc::new(Floor { port, partitions, next_producer: AtomicI64::new(0), written });
    loop {
        let (socket, _) = listener.accept().await?;
        let _ = socket.set_nodelay(true);
        let floor = floor.clone();
        // A connection that breaks concerns nobody but its client.
        tokio::spawn(async move { floor.serve(socket).await });
    }
}

impl Floor {
    async fn serve(&self, mut socket: TcpStream) -> Option<()> {
        let mut frames = FrameReader::new(i32::MAX);
        loop {
            let frame = frames.next(&mut socket).await.ok()?;
            let mut reader = Reader::new(frame);
            let header = RequestHeader::decode(&mut reader).ok()?;
            let key = ApiKey::from_code(header.api_key)?;
            let request = Request::decode(key, header.api_version, &mut reader).ok()?;
            let Some(response) = self.answer(&request, header.api_version) else { continue };
            let encoded =
                encode_response(&response, header.api_version, header.correlation_id).ok()?;
            for segment in encoded.segments() {
                if let Segment::Bytes(bytes) = segment {
                    socket.write_all(&bytes).await.ok()?;
                }
            }
        }
    }

    fn answer(&self, request: &Request, version: i16) -> Option<Response> {
        Some(match request {
            Request::ApiVersions(_) => Response::ApiVersions(ApiVersionsResponse {
                api_keys: SERVED.map(ApiKey::stable_range).to_vec(),
                ..ApiVersionsResponse::default()
            }),
            Request::InitProducerId(_) => Response::InitProducerId(InitProducerIdResponse {
                producer_id: self.next_producer.fetch_add(1, Ordering::Relaxed),
                ..InitProducerIdResponse::default()
            }),
            Request::CreateTopics(request) => Response::CreateTopics(CreateTopicsResponse {
                topics: request
                    .topics
                    .iter()
                    .map(|topic| CreatableTopicResult {
                        name: topic.name.clone(),
                        topic_id: topic_id(&topic.name),
                        ..CreatableTopicResult::default()
                    })
                    .collect(),
                ..CreateTopicsResponse::default()
            }),
            Request::Metadata(request) => {
                let topics = request.topics.iter().flatten();
                Response::Metadata(MetadataResponse {
                    brokers: vec![MetadataResponseBroker {
                        host: Str::from_static("127.0.0.1"),
                        port: i32::from(self.port),
                        ..MetadataResponseBroker::default()
                    }],
                    controller_id: 0,
                    topics: topics.map(|topic| self.topic(topic.name.as_ref())).collect(),
                    ..MetadataResponse::default()
                })
            }
            Request::Produce(request) if request.acks == 0 => return None,
            Request::Produce(request) => Response::Produce(ProduceResponse {
                responses: request
                    .topic_data
                    .iter()
                    .map(|topic| TopicProduceResponse {
                        name: topic.name.clone(),
                        topic_id: if version >= 13 { topic.topic_id } else { Uuid::ZERO },
                        partition_responses: topic
                            .partition_data
                            .iter()
                            .map(|partition| PartitionProduceResponse {
                                index: partition.index,
                                error_code: self.keep(topic, version, partition) as i16,
                                ..PartitionProduceResponse::default()
                            })
                            .collect(),
                        ..TopicProduceResponse::default()
                    })
                    .collect(),
                ..ProduceResponse::default()
            }),
            _ => return None,
        })
    }

    fn keep(
        &self,
        topic: &TopicProduceData,
        version: i16,
        partition: &PartitionProduceData,
    ) -> ErrorCode {
        let bytes = partition.records.as_ref().and_then(Payload::bytes);
        let (Some(written), Some(bytes)) = (&self.written, bytes) else { return ErrorCode::None };
        // Until version 12 topics have names.
        let id = if version >= 13 { topic.topic_id } else { topic_id(&topic.name) };
        match written.append(id, partition.index, bytes) {
            Ok(()) => ErrorCode::None,
            Err(error) => {
                eprintln!("could not write to {}: {error}", written.folder.display());
                ErrorCode::KafkaStorageError
            }
        }
    }

    fn topic(&self, name: Option<&Str>) -> MetadataResponseTopic {
        let partitions = (0..self.partitions).map(|partition_index| MetadataResponsePartition {
            partition_index,
            leader_id: 0,
            leader_epoch: 0,
            replica_nodes: vec![0],
            isr_nodes: vec![0],
            ..MetadataResponsePartition::default()
        });
        MetadataResponseTopic {
            name: name.cloned(),
            topic_id: topic_id(name.map_or("", |name| name)),
            partitions: partitions.collect(),
            ..MetadataResponseTopic::default()
        }
    }
}

/// Files to which bytes are added, one for each partition.
struct Written {
    folder: PathBuf,
    files: Mutex<HashMap<(Uuid, i32), Arc<Appended>>>,
}

/// A file and where it ends.
struct Appended {
    file: File,
    end: AtomicU64,
}

impl Written {
    fn in_folder(folder: PathBuf) -> std::io::Result<Written> {
        fs::create_dir_all(&folder)?;
        Ok(Written { folder, files: Mutex::default() })
    }

    fn append(&self, topic: Uuid, partition: i32, bytes: &[u8]) -> std::io::Result<()> {
        let appended = self.file(topic, partition)?;
        let at = appended.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        appended.file.write_all_at(bytes, at)
    }

    fn file(&self, topic: Uuid, partition: i32) -> std::io::Result<Arc<Appended>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(&(topic, partition)) {
            return Ok(file.clone());
        }
        let file = File::create(self.folder.join(format!("{topic}-{partition}")))?;
        let appended = Arc::new(Appended { file, end: AtomicU64::new(0) });
        files.insert((topic, partition), appended.clone());
        Ok(appended)
    }
}

/// An id that depends on the name alone, so that nothing has to be remembered (FNV-1a).
fn topic_id(name: &str) -> Uuid {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Uuid::from_halves(hash, !hash)
}
