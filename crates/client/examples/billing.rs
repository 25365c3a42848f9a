//! Reads orders as a member of the group `billing`, each of them at least once.
//!
//! Offsets are committed after the work is done: a member that dies in between leaves its records to the next one, which does them again.
//! Start it twice, and each of the two gets its share of the partitions.
//!
//! ```text
//! cargo run --release -p vltava-client --example billing -- localhost:9092
//! ```

use std::time::Duration;

use client::config::ConsumerConfig;
use client::{Consumer, ConsumerRecord, Result};

/// How long no order may come before this member goes home.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the number of orders it has read.
pub async fn bill(bootstrap: &str) -> Result<usize> {
    let mut config = ConsumerConfig::default();
    config.set("bootstrap.servers", bootstrap)?;
    config.set("group.id", "billing")?;
    config.set("auto.offset.reset", "earliest")?;
    config.set("enable.auto.commit", "false")?;
    let mut consumer = Consumer::connect(config).await?;
    consumer.subscribe(["orders"])?;

    let mut billed = 0;
    loop {
        let orders = consumer.poll(PATIENCE).await?;
        if orders.is_empty() {
            break;
        }
        for order in &orders {
            bill_one(order);
        }
        billed += orders.len();
        consumer.commit().await?;
    }
    // Tells the group, so that others have the partitions at once and not after `session.timeout.ms`.
    consumer.close().await?;
    Ok(billed)
}

fn bill_one(order: &ConsumerRecord) {
    let text = |bytes: &Option<_>| {
        bytes.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned()
    };
    println!(
        "{}-{} {}: {} owes us for {}",
        order.topic,
        order.partition,
        order.offset,
        text(&order.key),
        text(&order.value)
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let bootstrap = std::env::args().nth(1).unwrap_or_else(|| "localhost:9092".to_owned());
    let billed = bill(&bootstrap).await?;
    println!("{billed} orders are billed");
    Ok(())
}
