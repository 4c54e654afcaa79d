//! Returns a string.

lambda::function!("return_bytes_str", |_| Ok("HelloWorld!".into()));
