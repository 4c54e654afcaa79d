//! Randomness: fresh for each call, or the same in all of them, for results that can be repeated.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use wasmtime_wasi::WasiCtxBuilder;

/// Has the guest see the random numbers that follow from `seed`.
pub(crate) fn configure(seed: u64, wasi: &mut WasiCtxBuilder) {
    let mut all = StdRng::seed_from_u64(seed);
    let insecure_seed = u128::from(all.next_u64()) << 64 | u128::from(all.next_u64());
    wasi.insecure_random(StdRng::from_rng(&mut all))
        .insecure_random_seed(insecure_seed)
        .secure_random(all);
}
