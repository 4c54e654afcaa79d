//! Raises an exception of its own.

lambda::function!("raise_custom_exception", |_| {
    let message = "CustomException message";
    Err(lambda::raised("CustomException", message, 9, "raise CustomException()"))
});
