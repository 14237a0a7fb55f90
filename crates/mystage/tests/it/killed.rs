use std::process::Stdio;
use std::time::Duration;

use crate::data::{differences, entities, free_port, mystage, succeeds};

const KILLS: u32 = 22;

/// Killed at any moment and started again, the run ends in the same entities as an undisturbed one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_by_sigkill() {
    let port = free_port().to_string();
    let run = ["run", "--once", "--scale", "small", "--sample-port", &port];

    let undisturbed = tempfile::tempdir().unwrap();
    succeeds(undisturbed.path(), &run);
    let expected = entities(undisturbed.path()).await;

    let disturbed = tempfile::tempdir().unwrap();
    let mut ended_early = 0;
    for kill in 0..KILLS {
        let mut process = mystage(disturbed.path(), &run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the whole of a start, from before the databases are open to deep in the work.
        tokio::time::sleep(Duration::from_millis(40 + u64::from(kill * 7919 % 23) * 35)).await;
        process.kill().unwrap();
        ended_early += u32::from(process.wait().unwrap().success());
    }
    assert!(ended_early < KILLS / 2, "{ended_early} of {KILLS} runs ended before they were killed");
    succeeds(disturbed.path(), &run);
    let found = entities(disturbed.path()).await;
    let differing = differences(&expected, &found);
    assert!(differing.is_empty(), "{} differences:\n{}", differing.len(), differing.join("\n"));
    assert_eq!(found.len(), expected.len(), "nothing is there twice");
    succeeds(disturbed.path(), &["pipeline", "verify"]);
}
