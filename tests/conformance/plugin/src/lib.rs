//! Checks whether a plugin keeps the contract.
