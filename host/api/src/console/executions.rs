//! How many executions there are, and which.
