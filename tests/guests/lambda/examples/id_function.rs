//! Returns its input.

lambda::function!("id_function", Ok);
