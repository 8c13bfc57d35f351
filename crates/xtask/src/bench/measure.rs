//! Measures a scenario in rounds. Each client has one turn per round and each round starts with
//! another client, so whatever slows the machine slows all of them. The median of the rounds
//! counts.

use std::time::Instant;

use super::process::{Figures, figures};
use super::scenarios::{Measure, Scenario};
use super::setup::Setup;
use crate::process::{Result, cache, program};

/// Requests of a burst, and those of a quick run, which only shows that the measurement works.
const BURST: (u32, u32) = (1_000, 100);
/// Bursts on existing connections.
const WARM_BURSTS: (u32, u32) = (7, 1);
/// Samples that take longer, in seconds, are taken at most so many times.
const SLOW: [(f64, usize); 2] = [(SLOWEST, 1), (1.5, 3)];
const SLOWEST: f64 = 8.0;

/// Medians of one client, or the reason why it was not measured.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) client: String,
    pub(super) figures: std::result::Result<Figures, String>,
}

type Sampler<'a> = Box<dyn FnMut() -> Result<Figures> + 'a>;

struct Turn<'a> {
    client: &'a str,
    sampler: Result<Sampler<'a>>,
    samples: Vec<Figures>,
    longest: f64,
}

/// Measures every client of a scenario in some rounds. A peer may fail, this client and the floors
/// in Rust may not.
pub(super) fn rows<'a>(setup: &'a Setup, scenario: &'a Scenario, rounds: usize) -> Result<Vec<Row>> {
    let clients = scenario.clients.iter().filter(|client| setup.wants(client));
    let turn = |client: &'a String| {
        let sampler = sampler(setup, scenario, client);
        Turn { client, sampler, samples: Vec::new(), longest: 0.0 }
    };
    let mut turns: Vec<Turn<'_>> = clients.map(turn).collect();
    // The first round is not counted: it makes connections, compiles hot code and loads files into
    // memory.
    for round in setup.extent.pick(0, 1)..=rounds {
        let count = turns.len();
        turns.rotate_left(round.checked_rem(count).unwrap_or(0));
        for turn in &mut turns {
            turn.take(round > 0, rounds);
        }
        turns.rotate_right(round.checked_rem(count).unwrap_or(0));
    }
    turns.into_iter().map(Turn::row).collect()
}

impl Turn<'_> {
    fn take(&mut self, counted: bool, rounds: usize) {
        let enough = SLOW.iter().find(|(seconds, _)| self.longest > *seconds).map_or(rounds, |(_, times)| *times);
        let Ok(sampler) = &mut self.sampler else { return };
        if self.samples.len() >= enough {
            return;
        }
        let started = Instant::now();
        match sampler() {
            // A slow sample is long enough to count without a round before it.
            Ok(figures) if counted || started.elapsed().as_secs_f64() > SLOWEST => self.samples.push(figures),
            Ok(_) => {}
            Err(error) => self.sampler = Err(error),
        }
        self.longest = self.longest.max(started.elapsed().as_secs_f64());
    }

    fn row(self) -> Result<Row> {
        let Self { client, sampler, samples, .. } = self;
        let figures = match sampler {
            Ok(_) => Ok(medians(&samples)),
            Err(error)
                if client.starts_with("Rust") || client.ends_with(": callfluent") || client.ends_with(": hooks") =>
            {
                return Err(format!("{client}: {error}").into());
            }
            Err(error) => Err(error.to_string()),
        };
        Ok(Row { client: client.to_owned(), figures })
    }
}

/// Returns the function that takes one sample of a client.
fn sampler<'a>(setup: &'a Setup, scenario: &'a Scenario, client: &'a str) -> Result<Sampler<'a>> {
    let server = scenario.server.as_str();
    Ok(match &scenario.measure {
        &Measure::Concurrent(concurrency) => {
            let mut process = setup.start(client, server)?;
            let fewest = concurrency.max(100);
            let mut times = fewest;
            // Rounds of all clients take about the same time. The first order only makes the
            // connections.
            for _ in 0..2 {
                let wall = process.ask("agent", times, concurrency, None)?.get("wall").copied().unwrap_or(1.0);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let fitting = (setup.extent.pick(0.4, 0.1) / wall.max(1e-7)) as u32;
                times = fitting.clamp(fewest, setup.extent.pick(40_000, 2_000).max(fewest));
            }
            Box::new(move || process.ask("agent", times, concurrency, None))
        }
        Measure::Burst => Box::new(move || {
            let mut process = setup.start(client, server)?;
            process.ask("agent", 1, 1, None)?;
            let burst = setup.extent.pick(BURST.0, BURST.1);
            let mut rate = || Ok(1.0 / process.ask("agent", burst, burst, None)?.get("wall").unwrap_or(&f64::NAN));
            let cold = rate()?;
            let warm_bursts = setup.extent.pick(WARM_BURSTS.0, WARM_BURSTS.1);
            let warm = (0..warm_bursts).map(|_| rate()).collect::<Result<Vec<f64>>>()?;
            Ok(Figures::from([("cold".into(), cold), ("warm".into(), median(warm))]))
        }),
        &Measure::InFlight(concurrency) => Box::new(move || {
            let concurrency = setup.extent.pick(concurrency, concurrency.min(200));
            let mut process = setup.start(client, server)?;
            process.ask("agent", 1, 1, None)?;
            let bytes = process.ask("agent", concurrency, concurrency, None)?.remove("bytes");
            let mut figures = process.ask("agent", concurrency * 4, concurrency, None)?;
            figures.insert("bytes".into(), bytes.unwrap_or(f64::NAN));
            Ok(figures)
        }),
        Measure::Task(task, times) => {
            let (mut process, times) = (setup.start(client, server)?, setup.extent.pick(*times, 3));
            Box::new(move || process.ask(task, times, 1, None))
        }
        Measure::Lengths(task, records, lengths) => {
            let mut process = setup.start(client, server)?;
            let longest = lengths.iter().copied().max().unwrap_or(1);
            Box::new(move || {
                let each = |&length: &u32| {
                    // Every length is asked for as often as it takes to reach the same number of
                    // records. A quick run asks once, for a tenth.
                    let (times, asked) = setup.extent.pick((longest * 2 / length, length), (1, length.div_ceil(10)));
                    let wall = process.ask(task, times, 1, Some(asked))?.get("wall").copied().unwrap_or(f64::NAN);
                    Ok(((length * records).to_string(), wall / f64::from(asked * records)))
                };
                lengths.iter().map(each).collect()
            })
        }
        Measure::Fresh(what) => Box::new(move || fresh(setup, client, what, server)),
        Measure::Import => Box::new(move || {
            let started = Instant::now();
            if !setup.import(client).status()?.success() {
                return Err("the import failed".into());
            }
            Ok(Figures::from([("wall".into(), started.elapsed().as_secs_f64())]))
        }),
        Measure::Upload if client == "curl" => Box::new(move || curl_upload(setup)),
        Measure::Upload => Box::new(move || fresh(setup, client, "upload", server)),
        Measure::Size => Box::new(move || setup.package_size(client)),
    })
}

/// Runs one measurement of `fresh.py` or `fresh.mjs` in a process of its own.
fn fresh(setup: &Setup, client: &str, what: &str, server: &str) -> Result<Figures> {
    let output = setup.fresh(client, what, server)?.output()?;
    if output.status.success() {
        return figures(&String::from_utf8_lossy(&output.stdout));
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let error = errors.lines().rfind(|line| line.contains("rror")).unwrap_or("it failed without an error message");
    Err(error.chars().take(200).collect::<String>().into())
}

fn curl_upload(setup: &Setup) -> Result<Figures> {
    let form = format!("files=@{}", setup.upload_file()?.display());
    let mut curl = program("curl");
    curl.args(["--silent", "--fail", "--output"]).arg(cache("bench/curl.txt"));
    curl.args(["--request", "PUT", "--form", &form, &format!("{}/agent/knowledge/7", setup.address("plain")?)]);
    let started = Instant::now();
    if !curl.status()?.success() {
        return Err("curl failed".into());
    }
    Ok(Figures::from([("seconds".into(), started.elapsed().as_secs_f64())]))
}

/// Returns each client with the medians of all passes. A client that failed in one of them was not
/// measured.
pub(super) fn medians_of_passes(passes: &[&[Row]]) -> Vec<Row> {
    let merged = |row: &Row| {
        let same = passes.iter().filter_map(|rows| rows.iter().find(|other| other.client == row.client));
        let figures = same.map(|row| row.figures.clone()).collect::<std::result::Result<Vec<_>, _>>();
        Row { client: row.client.clone(), figures: figures.map(|samples| medians(&samples)) }
    };
    passes.first().into_iter().flat_map(|rows| rows.iter()).map(merged).collect()
}

fn medians(samples: &[Figures]) -> Figures {
    let names = samples.first().into_iter().flat_map(Figures::keys);
    let values = |name| samples.iter().filter_map(|figures| figures.get(name).copied()).collect();
    names.map(|name| (name.clone(), median(values(name)))).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { f64::midpoint(at(middle.wrapping_sub(1)), at(middle)) } else { at(middle) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_have_one_median_each() {
        let row = |wall: std::result::Result<f64, &str>| Row {
            client: "Node: fetch".to_owned(),
            figures: wall.map(|wall| [("wall".to_owned(), wall)].into()).map_err(str::to_owned),
        };
        let passes = [[row(Ok(3.0))], [row(Ok(9.0))], [row(Ok(4.0))]];
        let merged = medians_of_passes(&passes.each_ref().map(|rows| &rows[..]));
        assert!((merged[0].figures.as_ref().unwrap()["wall"] - 4.0).abs() < 1e-9);
        let failed = medians_of_passes(&[&[row(Ok(3.0))], &[row(Err("refused"))]]);
        assert_eq!(failed[0].figures.as_ref().unwrap_err(), "refused");
    }

    #[test]
    fn the_median_is_the_middle_value() {
        assert!((median(vec![3.0, 1.0, 20.0]) - 3.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0, 2.0, 90.0]) - 3.0).abs() < 1e-9);
        assert!(median(Vec::new()).is_nan());
    }
}
