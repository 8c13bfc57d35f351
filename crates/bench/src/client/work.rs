//! What a contender is asked to do, and what that costs: time by the clock and by the processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cpu_time::ProcessTime;
use serde_json::{Value, json};

use crate::contender::{Contender, Failure};

/// Does what is asked for; returns seconds.
pub(crate) async fn measured(contender: &Contender, order: &Value) -> Result<Value, Failure> {
    let number = |name: &str| order.get(name).and_then(Value::as_u64).unwrap_or(1);
    let (times, argument) = (number("times"), number("argument"));
    let (clock, processor) = (Instant::now(), ProcessTime::try_now()?);
    match order.get("task").and_then(Value::as_str) {
        Some("agent") if contender.waits() => {
            for _ in 0..times {
                contender.agent().await?;
            }
        }
        Some("agent") => agents_at_once(contender, number("concurrency"), times).await?,
        Some("page") => {
            for _ in 0..times {
                contender.page().await?;
            }
        }
        Some("agents") => {
            for _ in 0..times {
                contender.agents(argument).await?;
            }
        }
        other => return Err(format!("there is no task {other:?}").into()),
    }
    let processor = processor.try_elapsed()?;
    Ok(json!({ "wall": clock.elapsed().as_secs_f64(), "cpu": processor.as_secs_f64() }))
}

/// Fetches an agent so many times, never more than so many at once.
async fn agents_at_once(contender: &Contender, concurrency: u64, times: u64) -> Result<(), Failure> {
    let started = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..concurrency)
        .map(|_| {
            let (contender, started) = (contender.clone(), Arc::clone(&started));
            tokio::spawn(async move {
                while started.fetch_add(1, Ordering::Relaxed) < times {
                    contender.agent().await?;
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
