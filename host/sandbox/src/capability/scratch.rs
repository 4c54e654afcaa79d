//! A directory of the call's own, which is gone when the call is over.

/// The path at which the guest sees it.
pub const GUEST: &str = "/scratch";
