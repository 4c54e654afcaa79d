//! Returns its input.

lambda::function!("echo_function", Ok);
