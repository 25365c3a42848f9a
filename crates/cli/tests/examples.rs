//! The examples of the client do what they say, against a node.

mod common;

#[allow(dead_code, reason = "only `main` is not called")]
#[path = "../../client/examples/billing.rs"]
mod billing;
#[allow(dead_code, reason = "only `main` is not called")]
#[path = "../../client/examples/orders.rs"]
mod orders;

use common::Node;

#[tokio::test]
async fn orders_are_sent_and_billed_once() {
    let node = Node::start("examples");
    assert_eq!(orders::send(&node.bootstrap).await.unwrap(), 100);
    assert_eq!(billing::bill(&node.bootstrap).await.unwrap(), 100);
    assert_eq!(
        billing::bill(&node.bootstrap).await.unwrap(),
        0,
        "what is committed is not read again"
    );
}
