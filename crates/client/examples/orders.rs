//! Sends a hundred orders and says where each of them is kept.
//!
//! Orders of one customer have one key, so they stand in one partition, in the order they were sent. The producer numbers its batches
//! (`enable.idempotence`, the default): one that has to be sent twice is kept once.
//!
//! ```text
//! cargo run --release -p vltava-client --example orders -- localhost:9092
//! ```

use client::config::ProducerConfig;
use client::{Producer, ProducerRecord, Result};

/// Returns the records that the broker has acknowledged.
pub async fn send(bootstrap: &str) -> Result<usize> {
    let mut config = ProducerConfig::default();
    config.set("bootstrap.servers", bootstrap)?;
    config.set("compression.type", "zstd")?;
    let producer = Producer::connect(config).await?;

    // `send` returns once the record is in a batch, so that many are on their way at once.
    let mut deliveries = Vec::new();
    for number in 0..100 {
        let order = ProducerRecord::new("orders", format!("order {number}"))
            .key(format!("customer {}", number % 7))
            .header("source", "web");
        deliveries.push(producer.send(order).await?);
    }
    let mut kept = 0;
    for delivery in deliveries {
        // An error here is final: the producer has tried again as long as `delivery.timeout.ms` allows.
        let delivered = delivery.await?;
        if let Some(offset) = delivered.offset {
            println!("{}-{} at offset {offset}", delivered.topic, delivered.partition);
        }
        kept += 1;
    }
    producer.close().await;
    Ok(kept)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let bootstrap = std::env::args().nth(1).unwrap_or_else(|| "localhost:9092".to_owned());
    let kept = send(&bootstrap).await?;
    println!("{kept} orders are kept");
    Ok(())
}
