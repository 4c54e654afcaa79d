//! Configuration: values that the operator sets for the plugin and that need not be hidden.

/// The value of that name; `None` where the operator has granted none.
pub fn get(name: &str) -> Option<String> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::stepwell::task::config::get(name);
    #[cfg(not(target_family = "wasm"))]
    crate::local::with(|host| host.config.get(name).cloned())
}

/// The names that have a value, in alphabetical order.
pub fn names() -> Vec<String> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::stepwell::task::config::names();
    #[cfg(not(target_family = "wasm"))]
    crate::local::with(|host| host.config.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_there_once_it_is_set() {
        assert_eq!(get("region"), None);
        crate::local::set_config("region", "north");
        crate::local::set_config("currency", "EUR");
        assert_eq!(get("region").as_deref(), Some("north"));
        assert_eq!(names(), ["currency", "region"]);
    }
}
