//! The HTTP port for those who watch the node: `/metrics` for Prometheus, `/healthz` for whoever
//! restarts processes.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::sync::watch;

use crate::network::Stopping;
use crate::node::Node;

/// Serves until the broker stops; what is being answered then has a moment to leave.
pub async fn serve(
    listener: TcpListener,
    node: Arc<Node>,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new()
        .route("/metrics", get(move || metrics(node.clone())))
        .route("/healthz", get(|| async { "ok\n" }));
    let (mut stopping, mut at_last) = (Stopping::new(stop.clone()), Stopping::new(stop));
    let stopped = async move { stopping.told().await };
    tokio::select! {
        served = axum::serve(listener, router).with_graceful_shutdown(stopped) => served,
        () = at_last.grace_is_over() => Ok(()),
    }
}

async fn metrics(node: Arc<Node>) -> String {
    node.coordinators.take_stock(node.id, &node.metrics.coordinators).await;
    node.metrics.text()
}
