//! Random cases, made smaller when one fails.

use std::hash::{BuildHasher, Hasher, RandomState};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// The seed that a failure printed stands here while its cause is looked for.
const SEED: Option<u64> = None;

/// Runs the test on random cases of the strategy.
pub(super) fn check<S: Strategy>(name: &str, cases: u32, shrinks: u32, strategy: &S, test: impl AsyncFn(S::Value)) {
    let seed = SEED.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let config = Config {
        cases,
        max_shrink_iters: shrinks,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let result = TestRunner::new(config).run(strategy, |case| {
        block_in_place(|| Handle::current().block_on(test(case)));
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{name}, seed {seed}: {failure}");
    }
}
