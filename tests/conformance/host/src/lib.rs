//! Checks whether a host keeps the contract.
