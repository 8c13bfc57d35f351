//! Time and memory of a client, measured in this process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use callfluent::CallFluent;

/// Memory is the whole process', so one test measures at a time.
static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// At most 0.2 ms and 20 KB. Figures: `cargo test --release -p callfluent --test cost --
/// --nocapture`.
#[test]
fn an_additional_client_is_cheap() {
    let _alone = ONE.blocking_lock();
    const CLIENTS: u32 = 1_000;
    const BATCH: u32 = 5;
    let make = || CallFluent::builder().api_key("some-key").base_url("https://api.callfluent.ai/api").build().unwrap();
    let _first = make();
    let before = resident();
    // The quickest of many short batches: whatever else the machine does can only make one slower.
    let (mut clients, mut time) = (Vec::with_capacity(CLIENTS as usize), Duration::MAX);
    for _ in 0..CLIENTS / BATCH {
        let started = Instant::now();
        clients.extend(std::iter::repeat_with(make).take(BATCH as usize));
        time = time.min(started.elapsed() / BATCH);
    }
    let memory = resident().saturating_sub(before) / u64::from(CLIENTS);
    println!("a further client: {time:?}, {memory} bytes");
    assert_eq!(clients.len(), CLIENTS as usize);
    assert!(memory <= 20 * 1024, "{memory} bytes for each client");
    assert!(time <= Duration::from_micros(200), "{time:?} for each client");
}

#[tokio::test]
async fn a_large_upload_is_streamed() {
    const MIB: u64 = 1024 * 1024;
    let _alone = ONE.lock().await;
    let sandbox = callfluent_sandbox::Sandbox::start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    let agent = callfluent::AgentCreateParams::builder()
        .workspace_id(1)
        .format("inbound")
        .timezone("UTC+00:00")
        .name("a")
        .lang("en")
        .voice("alloy")
        .agent_type("support")
        .background("b")
        .goal("g")
        .tone("t")
        .instructions("i")
        .build();
    let agent = client.agents().create(&agent).await.unwrap();
    let path = std::env::temp_dir().join(format!("callfluent-large-{}.bin", std::process::id()));
    std::fs::File::create(&path).unwrap().set_len(256 * MIB).unwrap();
    client.knowledge().upload(&agent.id, [("small.txt", "warm-up")]).await.unwrap();
    let before = resident();
    let sent = client.knowledge().upload(&agent.id, [path.as_path()]);
    let peak = Arc::new(AtomicU64::new(before));
    let sampler = Arc::clone(&peak);
    let sampling = tokio::spawn(async move {
        loop {
            sampler.fetch_max(resident(), Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    sent.await.unwrap();
    sampling.abort();
    std::fs::remove_file(&path).unwrap();
    let grown = peak.load(Ordering::Relaxed) - before;
    println!("uploading 256 MiB: memory grew by {} KiB", grown / 1024);
    let size = client.agents().get(&agent.id).await.unwrap().files[1].get::<u64>("size");
    assert_eq!(size, Some(256 * MIB));
    assert!(grown < 16 * MIB, "{grown} bytes");
}

/// This process' memory in bytes, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or_default() * 1024
}
