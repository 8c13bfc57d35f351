//! Uploading a file of 1 GiB by its path: how long it takes beside curl, and how much memory at its peak.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use super::Extent;
use super::contender::Server;
use super::fresh::{figures, fresh};
use super::places::Places;
use super::report::{Report, Table};
use super::rounds::median;
use super::target::{Target, rounded};
use crate::process::{Result, cache, program};

const MIB: f64 = 1024.0 * 1024.0;

/// Measures and judges.
pub(crate) fn measure(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    let size = extent.pick(1_u32 << 30, 1 << 26);
    println!("\n== uploads");
    let path = cache("bench").join("upload.bin");
    let made = File::create(&path).and_then(|file| file.set_len(size.into()));
    made.map_err(|error| format!("{}: {error}", path.display()))?;
    let mut curl = Vec::new();
    let mut ours = [("Python", Vec::new()), ("Node", Vec::new())];
    // Brings the file into memory.
    let _ = curl_upload(&path, &server.base_url);
    for _ in 0..extent.pick(5, 1) {
        curl.extend(curl_upload(&path, &server.base_url));
        for (language, found) in &mut ours {
            let mut command = fresh(places, language, "upload", "callfluent", &server.base_url);
            command.arg(&path);
            let figures = figures(command).map_err(|reason| format!("{language}, upload: {reason}"))?;
            let figure = |name: &str| figures.get(name).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
            found.push((figure("seconds"), figure("bytes")));
        }
    }
    let _ = std::fs::remove_file(&path);

    let what = if extent.is_quick() { "An upload of 64 MiB" } else { "An upload of 1 GiB" };
    let mut table =
        Table::new(what, "MiB a second, and the MiB by which memory grew at its peak.", &["", "speed", "memory"]);
    let speed = |seconds: f64| rounded(f64::from(size) / MIB / seconds);
    let curl = (!curl.is_empty()).then(|| median(curl));
    match curl {
        Some(seconds) => table.row(["curl".into(), speed(seconds), String::new()]),
        None => table.not_run("curl", "it is not there or fails"),
    }
    for (language, found) in ours {
        let seconds = median(found.iter().map(|(seconds, _)| *seconds));
        let memory = median(found.iter().map(|(_, bytes)| bytes / MIB));
        report.judge(Target::at_most(format!("{language}, {}: memory", lower(what)), 16.0, "MiB", Some(memory)));
        let title = format!("{language}, {}: time", lower(what));
        report.judge(Target::at_most_times(title, 1.0, "curl", Some(seconds), curl));
        table.row([format!("{language}: callfluent"), speed(seconds), rounded(memory)]);
    }
    report.add(table);
    Ok(())
}

fn lower(what: &str) -> String {
    what.replacen("An ", "an ", 1)
}

/// The time that curl takes; `None` where it fails.
fn curl_upload(path: &Path, base_url: &str) -> Option<f64> {
    let form = format!("files=@{}", path.display());
    let mut command = program("curl");
    command.args(["--silent", "--fail", "--output"]).arg(cache("bench").join("curl.txt"));
    command.args(["--request", "PUT", "--form", &form, &format!("{base_url}/agent/knowledge/7")]);
    let started = Instant::now();
    command.status().ok().filter(std::process::ExitStatus::success)?;
    Some(started.elapsed().as_secs_f64())
}
