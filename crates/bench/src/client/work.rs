//! The tasks of a benchmark client, and their cost: wall time, processor time and peak memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cpu_time::ProcessTime;
use serde_json::{Value, json};

use crate::client::{BenchClient, Failure};

/// Carries out an order: a task so many times. Returns seconds.
pub(crate) async fn measured(client: &BenchClient, order: &Value) -> Result<Value, Failure> {
    let number = |name: &str| order.get(name).and_then(Value::as_u64).unwrap_or(1);
    let (times, argument) = (number("times"), number("argument"));
    let resident = memory("VmRSS")?;
    let (clock, processor) = (Instant::now(), ProcessTime::try_now()?);
    match order.get("task").and_then(Value::as_str) {
        Some("agent") if client.is_sync() => {
            for _ in 0..times {
                client.agent().await?;
            }
        }
        Some("agent") => concurrent_agents(client, number("concurrency"), times).await?,
        Some("page") => {
            for _ in 0..times {
                client.page().await?;
            }
        }
        Some("agents") => {
            for _ in 0..times {
                client.agents(argument).await?;
            }
        }
        Some("histories") => {
            for _ in 0..times {
                client.histories(argument).await?;
            }
        }
        other => return Err(format!("unknown task {other:?}").into()),
    }
    let (clock, processor) = (clock.elapsed(), processor.try_elapsed()?);
    let growth = memory("VmHWM")?.saturating_sub(resident);
    Ok(json!({ "wall": clock.as_secs_f64(), "cpu": processor.as_secs_f64(), "bytes": growth }))
}

/// Memory of this process in bytes, from a line of its status.
fn memory(name: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or("the status has no such line")?;
    Ok(kilobytes.parse::<u64>()? * 1024)
}

/// Fetches an agent so many times, with a fixed number of requests in flight.
async fn concurrent_agents(client: &BenchClient, concurrency: u64, times: u64) -> Result<(), Failure> {
    let started = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..concurrency)
        .map(|_| {
            let (client, started) = (client.clone(), Arc::clone(&started));
            tokio::spawn(async move {
                while started.fetch_add(1, Ordering::Relaxed) < times {
                    client.agent().await?;
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    for worker in workers {
        worker.await??;
    }
    Ok(())
}
