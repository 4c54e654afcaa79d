//! Plugins in OCI registries: pushed, pulled, signed and checked.
