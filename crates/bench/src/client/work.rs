//! The tasks of a benchmark client, and their cost in wall time and processor time.

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
        other => return Err(format!("unknown task {other:?}").into()),
    }
    let processor = processor.try_elapsed()?;
    Ok(json!({ "wall": clock.elapsed().as_secs_f64(), "cpu": processor.as_secs_f64() }))
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
