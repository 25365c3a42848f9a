//! `__transaction_state`: one shard of the transaction coordinator (KIP-98, 360, 890).
