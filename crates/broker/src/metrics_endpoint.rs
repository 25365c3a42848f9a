//! The HTTP port for those who watch the node: `/metrics` for Prometheus, `/healthz` for whoever
//! restarts processes.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::sync::watch;

use crate::node::Node;

/// Serves until the broker stops.
pub async fn serve(
    listener: TcpListener,
    node: Arc<Node>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new()
        .route("/metrics", get(move || metrics(node.clone())))
        .route("/healthz", get(|| async { "ok\n" }));
    let stopped = async move {
        // An error means that the sender is gone, which is a stop as well.
        let _ = stop.wait_for(|stopping| *stopping).await;
    };
    axum::serve(listener, router).with_graceful_shutdown(stopped).await
}

async fn metrics(node: Arc<Node>) -> String {
    node.coordinators.take_stock(node.id, &node.metrics.coordinators).await;
    node.metrics.text()
}
