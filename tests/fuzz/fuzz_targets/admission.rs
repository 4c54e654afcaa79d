#![no_main]

//! Files that want to be plugins: each is admitted or refused by what it is, and none breaks the
//! host.

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use stepwell_sandbox::{Options, Sandbox};
use tokio::runtime::{Builder, Runtime};

fn host() -> &'static (Runtime, Sandbox) {
    static HOST: OnceLock<(Runtime, Sandbox)> = OnceLock::new();
    HOST.get_or_init(|| {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let options = Options { concurrency: 1, ..Options::default() };
        (runtime, Sandbox::new(&options).expect("a sandbox"))
    })
}

fuzz_target!(|data: &[u8]| {
    let (runtime, sandbox) = host();
    if let Err(error) = runtime.block_on(sandbox.admit(data)) {
        let why = error.to_string();
        assert!(!why.contains("panicked"), "{why}");
    }
});
