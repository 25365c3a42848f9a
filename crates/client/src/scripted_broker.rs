//! A broker that answers as a test tells it to: it speaks of itself and of its topics by itself, and
//! hands every other request to the test.

use std::time::Duration;

use base::{Str, Uuid};
use bytes::Bytes;
use protocol::frame::{RequestHeader, encode_response};
use protocol::messages::find_coordinator_response::Coordinator;
use protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use protocol::messages::{
    ApiVersionsResponse, FindCoordinatorResponse, MetadataRequest, MetadataResponse,
};
use protocol::{ApiKey, Reader, Request, Response, Segment};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long anything may take on a machine that is busy with other things.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) const TOPIC_ID: Uuid = Uuid::from_halves(1, 2);

/// Every topic has that many partitions, led by this broker.
pub(crate) struct ScriptedBroker {
    pub bootstrap: String,
    asked: mpsc::UnboundedReceiver<Asked>,
}

/// A request that waits for the test's answer. Those behind it on its connection are handed out
/// meanwhile, and answered after it.
pub(crate) struct Asked {
    pub request: Request,
    reply: oneshot::Sender<Response>,
}

impl Asked {
    pub fn answer(self, response: Response) {
        // The client may have gone.
        let _ = self.reply.send(response);
    }
}

impl ScriptedBroker {
    pub async fn start(partitions: i32) -> ScriptedBroker {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let server = Server { port, partitions, tell: tell.clone() };
                server.serve(socket);
            }
        });
        ScriptedBroker { bootstrap: format!("127.0.0.1:{port}"), asked }
    }

    /// The next request that is the test's to answer.
    pub async fn next(&mut self) -> Asked {
        let next = timeout(DEADLINE, self.asked.recv()).await;
        next.expect("a request comes within the deadline").expect("the broker runs")
    }
}

struct Server {
    port: u16,
    partitions: i32,
    tell: mpsc::UnboundedSender<Asked>,
}

/// What belongs in a response's header, and the response when it comes.
type Owed = (RequestHeader, oneshot::Receiver<Response>);

impl Server {
    fn serve(self, socket: TcpStream) {
        let (read, write) = socket.into_split();
        let (owe, owed) = mpsc::unbounded_channel();
        tokio::spawn(self.read(read, owe));
        tokio::spawn(answer(write, owed));
    }

    async fn read(self, mut socket: OwnedReadHalf, owe: mpsc::UnboundedSender<Owed>) {
        while let Ok(length) = socket.read_i32().await {
            let mut frame = vec![0; length as usize];
            if socket.read_exact(&mut frame).await.is_err() {
                return;
            }
            let mut reader = Reader::new(Bytes::from(frame));
            let header = RequestHeader::decode(&mut reader).unwrap();
            let key = ApiKey::from_code(header.api_key).unwrap();
            let request = Request::decode(key, header.api_version, &mut reader).unwrap();
            let (reply, response) = oneshot::channel();
            let _ = owe.send((header, response));
            let asked = Asked { request, reply };
            match self.usual_answer(&asked.request) {
                Some(response) => asked.answer(response),
                None => {
                    let _ = self.tell.send(asked);
                }
            }
        }
    }

    fn usual_answer(&self, request: &Request) -> Option<Response> {
        match request {
            Request::ApiVersions(_) => Some(Response::ApiVersions(ApiVersionsResponse {
                api_keys: ApiKey::ALL.iter().copied().map(ApiKey::stable_range).collect(),
                ..ApiVersionsResponse::default()
            })),
            Request::Metadata(request) => Some(Response::Metadata(self.metadata(request))),
            Request::FindCoordinator(request) => {
                Some(Response::FindCoordinator(self.coordinator(&request.coordinator_keys)))
            }
            _ => None,
        }
    }

    fn coordinator(&self, keys: &[Str]) -> FindCoordinatorResponse {
        let found = keys.iter().map(|key| Coordinator {
            key: key.clone(),
            host: Str::from_static("127.0.0.1"),
            port: i32::from(self.port),
            ..Coordinator::default()
        });
        FindCoordinatorResponse {
            coordinators: found.collect(),
            ..FindCoordinatorResponse::default()
        }
    }

    fn metadata(&self, request: &MetadataRequest) -> MetadataResponse {
        let topics = request.topics.iter().flatten();
        MetadataResponse {
            brokers: vec![MetadataResponseBroker {
                host: Str::from_static("127.0.0.1"),
                port: i32::from(self.port),
                ..MetadataResponseBroker::default()
            }],
            topics: topics.map(|topic| self.topic(topic.name.clone())).collect(),
            ..MetadataResponse::default()
        }
    }

    fn topic(&self, name: Option<Str>) -> MetadataResponseTopic {
        let partitions = (0..self.partitions).map(|partition_index| MetadataResponsePartition {
            partition_index,
            ..MetadataResponsePartition::default()
        });
        MetadataResponseTopic {
            name,
            topic_id: TOPIC_ID,
            partitions: partitions.collect(),
            ..MetadataResponseTopic::default()
        }
    }
}

async fn answer(mut socket: OwnedWriteHalf, mut owed: mpsc::UnboundedReceiver<Owed>) {
    while let Some((header, response)) = owed.recv().await {
        // A request that the test leaves unanswered keeps those behind it waiting.
        let Ok(response) = response.await else { return };
        let encoded = encode_response(&response, header.api_version, header.correlation_id);
        for segment in encoded.unwrap().segments() {
            if let Segment::Bytes(bytes) = segment
                && socket.write_all(&bytes).await.is_err()
            {
                return;
            }
        }
    }
}
