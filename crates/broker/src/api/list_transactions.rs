//! ListTransactions, key 66, versions 0-2 (KIP-664).
//!
//! Behaviour: the transactional ids that this node coordinates, narrowed by state, producer, how long
//! the transaction has been open and, by a regular expression of RE2, by id. States that nobody knows are
//! named in the reply. COORDINATOR_LOAD_IN_PROGRESS while a part of them is loading.
//!
//! Versions: 1 duration (KIP-994) · 2 pattern (KIP-1152).

use std::sync::Arc;

use base::{ErrorCode, ProducerId, Str};
use coordinator::transaction::{IdPattern, ListTransactions, TransactionState as State};
use protocol::messages::list_transactions_response::TransactionState;
use protocol::messages::{ListTransactionsRequest, ListTransactionsResponse};

use super::Call;

pub async fn handle(call: Call, request: ListTransactionsRequest) -> ListTransactionsResponse {
    let mut response = ListTransactionsResponse::default();
    let mut states = Vec::new();
    for name in &request.state_filters {
        match State::from_name(name) {
            Some(state) if states.contains(&state) => {}
            Some(state) => states.push(state),
            None => response.unknown_state_filters.push(name.clone()),
        }
    }
    let pattern = request.transactional_id_pattern.filter(|pattern| !pattern.is_empty());
    let pattern = match pattern.as_deref().map(IdPattern::parse).transpose() {
        Ok(pattern) => pattern,
        Err(_) => return refused(ErrorCode::InvalidRegularExpression),
    };
    let asked = ListTransactions {
        producer_ids: Arc::new(request.producer_id_filters.into_iter().map(ProducerId).collect()),
        states: (!request.state_filters.is_empty()).then_some(states),
        duration_ms: (request.duration_filter >= 0).then_some(request.duration_filter),
    };
    let transactions = &call.node().coordinators.transactions;
    let shards = transactions.shards(call.node().id).into_iter();
    for listed in transactions.ask_each(shards.map(|shard| (shard, asked.clone()))).await {
        match listed {
            Ok(listed) => {
                let listed = listed.0.into_iter().map(|listed| TransactionState {
                    transactional_id: listed.transactional_id,
                    producer_id: listed.producer_id.0,
                    transaction_state: Str::from_static(listed.state.name()),
                    ..TransactionState::default()
                });
                response.transaction_states.extend(listed);
            }
            // It has moved away since the list of shards was made.
            Err(ErrorCode::NotCoordinator) => {}
            Err(code) => return refused(code),
        }
    }
    if let Some(pattern) = pattern {
        response.transaction_states = matching(pattern, response.transaction_states).await;
    }
    response
}

/// An expression can be slow, so it runs where that holds up no other connection.
async fn matching(pattern: IdPattern, mut listed: Vec<TransactionState>) -> Vec<TransactionState> {
    let work = move || {
        listed.retain(|listed| pattern.matches(&listed.transactional_id));
        listed
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

fn refused(code: ErrorCode) -> ListTransactionsResponse {
    ListTransactionsResponse { error_code: code.code(), ..ListTransactionsResponse::default() }
}
