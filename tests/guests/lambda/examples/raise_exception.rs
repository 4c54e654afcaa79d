//! Raises Python's own exception.

lambda::function!("raise_exception", |_| {
    let message = "Some exception was raised.";
    let statement = "raise Exception(\"Some exception was raised.\")";
    Err(lambda::raised("Exception", message, 2, statement))
});
