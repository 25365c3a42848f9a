//! Share groups below the group protocol (KIP-932): the state that a share coordinator keeps of each
//! partition, and what the leader of a partition knows of records in flight.
