//! A connection to one broker that speaks typed messages.
//!
//! Connecting asks for the broker's API versions first (KIP-35); every later call uses the newest
//! version that both sides know. Any number of callers may use one connection at a time: requests
//! are pipelined, and replies come in order. The bytes are moved by the task in [`crate::link`],
//! which ends when the connection breaks or its last handle is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use base::{ErrorCode, Str};
use bytes::Bytes;
use protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};
use protocol::{ApiKey, ApiRequest, Segment, frame};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::config::{Address, ClientConfig};
use crate::error::{Error, Result};
use crate::link::{self, Call, Fate, Until};

/// How long the broker may take for one request, where that is more than `request.timeout.ms`:
/// a fetch that waits for data, an admin request with a time limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// A handle; clones share the connection.
#[derive(Clone, Debug)]
pub struct Connection {
    calls: mpsc::Sender<Call>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    broker: Arc<str>,
    client_id: Str,
    request_timeout: Duration,
    next_correlation: AtomicI32,
    fate: Fate,
    versions: BrokerVersions,
}

/// What a broker said about itself when the connection was made.
#[derive(Clone, Debug, Default)]
pub struct BrokerVersions {
    ranges: BTreeMap<i16, (i16, i16)>,
    /// Levels of the features that the cluster has finalised, by name.
    pub finalized_features: BTreeMap<Str, (i16, i16)>,
    /// Levels of the features that the broker supports, by name.
    pub supported_features: BTreeMap<Str, (i16, i16)>,
    /// The offset of the last change of a finalised feature in the metadata log; -1 if unknown.
    pub finalized_features_epoch: i64,
}

impl Connection {
    /// Connects and negotiates.
    ///
    /// # Errors
    /// [`Error::Unreachable`] or [`Error::TimedOut`] if there is no broker, [`Error::Corrupt`] if
    /// what answers is none.
    pub async fn open(address: &Address, config: &ClientConfig) -> Result<Connection> {
        let broker: Arc<str> = address.to_string().into();
        let connect = TcpStream::connect((address.host.as_str(), address.port));
        let socket = timeout(config.connection_setup_timeout, connect)
            .await
            .map_err(|_| Error::TimedOut {
                during: format!("connect to {broker}").into(),
                after: config.connection_setup_timeout,
                limit: "socket.connection.setup.timeout.ms",
            })?
            .map_err(|reason| Error::unreachable(broker.clone(), "connect", reason))?;
        // A request is written whole: there is nothing to wait for.
        let _ = socket.set_nodelay(true);

        let (calls, queue) = mpsc::channel(link::QUEUE_MAX);
        let fate = Fate::default();
        tokio::spawn(link::run(socket, queue, broker.clone(), fate.clone()));
        let mut shared = Shared {
            broker,
            client_id: Str::from(config.client_id.as_str()),
            request_timeout: config.request_timeout,
            next_correlation: AtomicI32::new(0),
            fate,
            versions: BrokerVersions::default(),
        };
        shared.versions = negotiate(&calls, &shared).await?;
        Ok(Connection { calls, shared: Arc::new(shared) })
    }

    /// The address, as errors show it.
    pub fn broker(&self) -> &str {
        &self.shared.broker
    }

    pub fn versions(&self) -> &BrokerVersions {
        &self.shared.versions
    }

    /// Whether calls can still succeed.
    pub fn is_open(&self) -> bool {
        !self.calls.is_closed()
    }

    /// The newest version of the API that both sides speak.
    ///
    /// # Errors
    /// [`Error::Unsupported`]
    pub fn version<R: ApiRequest>(&self) -> Result<i16> {
        let stable = R::KEY.stable_versions();
        let ours = (*stable.start(), *stable.end());
        let offered = self.shared.versions.ranges.get(&(R::KEY as i16)).copied();
        offered
            .and_then(|(low, high)| {
                let newest = high.min(ours.1);
                (newest >= low.max(ours.0)).then_some(newest)
            })
            .ok_or_else(|| Error::Unsupported {
                api: R::KEY.name(),
                broker: self.shared.broker.clone(),
                offered,
                ours,
            })
    }

    /// Calls the API in the newest common version.
    ///
    /// # Errors
    /// Of the connection only: codes in the response are for the caller to read.
    pub async fn call<R: ApiRequest>(&self, request: &R) -> Result<R::Response> {
        self.call_patiently(request, self.version::<R>()?, Patience(Duration::ZERO)).await
    }

    /// Calls the API in a version that the caller has chosen and within its own time.
    ///
    /// # Errors
    /// Of the connection; [`Error::Invalid`] if the version cannot say what the request says.
    pub async fn call_patiently<R: ApiRequest>(
        &self,
        request: &R,
        version: i16,
        patience: Patience,
    ) -> Result<R::Response> {
        let time = self.shared.request_timeout + patience.0;
        let frame = exchange(&self.calls, &self.shared, request, version, time).await?;
        decode::<R>(frame, version)
    }

    /// Puts a request in line, and returns once it has its place there: requests that one task queues
    /// leave in that order.
    ///
    /// # Errors
    /// Of the connection, as far as they are known by now.
    pub(crate) async fn queue<R: ApiRequest>(
        &self,
        request: &R,
        version: i16,
        until: Until,
    ) -> Result<Queued> {
        let (call, done) =
            self.shared.call(request, version, self.shared.request_timeout, until)?;
        let during = call.during;
        self.calls.send(call).await.map_err(|_| self.shared.ended(during))?;
        Ok(Queued { connection: self.clone(), during, done })
    }
}

/// A request that has its place in line.
#[derive(Debug)]
pub(crate) struct Queued {
    /// Without a handle the connection would end.
    connection: Connection,
    during: &'static str,
    done: oneshot::Receiver<Result<Bytes>>,
}

impl Queued {
    /// The reply as a frame, for [`decode`]; nothing in it if the request has none.
    ///
    /// # Errors
    /// Of the connection.
    pub async fn done(self) -> Result<Bytes> {
        self.done.await.map_err(|_| self.connection.shared.ended(self.during))?
    }
}
impl BrokerVersions {
    /// The versions that the broker offers of an API.
    pub fn range(&self, api: ApiKey) -> Option<(i16, i16)> {
        self.ranges.get(&(api as i16)).copied()
    }

    fn new(response: &ApiVersionsResponse) -> BrokerVersions {
        BrokerVersions {
            ranges: response
                .api_keys
                .iter()
                .map(|api| (api.api_key, (api.min_version, api.max_version)))
                .collect(),
            finalized_features: response
                .finalized_features
                .iter()
                .map(|feature| {
                    (
                        feature.name.detached(),
                        (feature.min_version_level, feature.max_version_level),
                    )
                })
                .collect(),
            supported_features: response
                .supported_features
                .iter()
                .map(|feature| {
                    (feature.name.detached(), (feature.min_version, feature.max_version))
                })
                .collect(),
            finalized_features_epoch: response.finalized_features_epoch,
        }
    }
}

impl Shared {
    fn call<R: ApiRequest>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
        until: Until,
    ) -> Result<(Call, oneshot::Receiver<Result<Bytes>>)> {
        let correlation = self.next_correlation.fetch_add(1, Ordering::Relaxed) & i32::MAX;
        let encoded = frame::encode_request(request, version, correlation, Some(&self.client_id))
            .map_err(|error| {
            Error::invalid(format!(
                "could not write a {} request for {}: {error}",
                R::KEY.name(),
                self.broker
            ))
        })?;
        let pieces = encoded.segments().filter_map(|segment| match segment {
            Segment::Bytes(bytes) => Some(bytes),
            // A client has all its bytes in memory and makes no such segments.
            Segment::External { .. } => None,
        });
        let frame = pieces.collect();
        let (done, receiver) = oneshot::channel();
        Ok((Call { frame, correlation, during: R::KEY.name(), timeout, until, done }, receiver))
    }

    fn ended(&self, during: &'static str) -> Error {
        let error = self.fate.get().cloned().unwrap_or(Error::Closed);
        link::for_call(&error, &self.broker, during)
    }
}

async fn exchange<R: ApiRequest>(
    calls: &mpsc::Sender<Call>,
    shared: &Shared,
    request: &R,
    version: i16,
    time: Duration,
) -> Result<Bytes> {
    let (call, answer) = shared.call(request, version, time, Until::Answered)?;
    calls.send(call).await.map_err(|_| shared.ended(R::KEY.name()))?;
    answer.await.map_err(|_| shared.ended(R::KEY.name()))?
}

pub(crate) fn decode<R: ApiRequest>(frame: Bytes, version: i16) -> Result<R::Response> {
    let (_, response) = frame::decode_response::<R>(frame, version).map_err(|reason| {
        Error::corrupt(format!("the reply to {} version {version}", R::KEY.name()), reason)
    })?;
    Ok(response)
}

/// Asks for the versions. A broker that is older than the question answers in version 0, with
/// UNSUPPORTED_VERSION and at least its range of ApiVersions itself; then it is asked again within
/// that range.
async fn negotiate(calls: &mpsc::Sender<Call>, shared: &Shared) -> Result<BrokerVersions> {
    let request = ApiVersionsRequest {
        client_software_name: Str::from_static("vltava"),
        client_software_version: Str::from_static(env!("CARGO_PKG_VERSION")),
        ..ApiVersionsRequest::default()
    };
    let newest = *ApiKey::ApiVersions.stable_versions().end();
    let mut version = newest;
    loop {
        let frame = exchange(calls, shared, &request, version, shared.request_timeout).await?;
        let code = frame.get(4..6).map(|bytes| i16::from_be_bytes([bytes[0], bytes[1]]));
        let unsupported = code == Some(ErrorCode::UnsupportedVersion.code());
        let response = decode::<ApiVersionsRequest>(frame, if unsupported { 0 } else { version })?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => return Ok(BrokerVersions::new(&response)),
            ErrorCode::UnsupportedVersion if version > 0 => {
                let offered = BrokerVersions::new(&response).range(ApiKey::ApiVersions);
                let high = offered.map_or(0, |(_, high)| high);
                version = high.clamp(0, version - 1);
            }
            code => {
                return Err(Error::refused(
                    format!("ask {} for its API versions", shared.broker),
                    code,
                    None,
                ));
            }
        }
    }
}
