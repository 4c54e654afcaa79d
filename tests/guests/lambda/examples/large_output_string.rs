//! Returns more than the data of a state may have.

lambda::function!("large_output_string", |_| Ok("a".repeat(257 << 10).into()));
