//! Secrets, such as the keys of services.

/// The secret of that name, or a placeholder for it; `None` where none was granted.
///
/// Whether the plugin sees the value is up to the operator. Use a placeholder like the value, in a
/// header of a [request](crate::http): the host puts the value in its place where the request goes
/// to a host that the secret is for. Placeholders differ from call to call: don't keep them.
pub fn get(name: &str) -> Option<String> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::stepwell::task::secrets::get(name);
    #[cfg(not(target_family = "wasm"))]
    crate::local::with(|host| host.secrets.get(name).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_there_once_it_is_set() {
        assert_eq!(get("key"), None);
        crate::local::set_secret("key", "s3cret");
        assert_eq!(get("key").as_deref(), Some("s3cret"));
    }
}
