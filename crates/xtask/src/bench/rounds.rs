//! Rounds: every contender has its turn in each, so that what slows the machine for a while slows all of them; of the
//! rounds the medians count.

use serde_json::Value;

use super::contender::{Contender, Cost};
use crate::process::Result;

/// What one contender came to, for one operation; or why it did not.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) cost: std::result::Result<Cost, String>,
}

/// What a contender is to do in every round, and how many operations that is.
pub(crate) struct Turn {
    pub(crate) order: Value,
    pub(crate) operations: u32,
}

/// Has all contenders do their turns, so many rounds; each round begins with another one.
pub(crate) fn in_turns(contenders: &mut [Contender], turns: &[Turn], rounds: usize) -> Vec<Row> {
    let turns: Vec<_> = turns.iter().map(std::slice::from_ref).collect();
    let mut tasks = in_turns_with_several(contenders, &turns, rounds);
    tasks.pop().unwrap_or_default()
}

/// Has all contenders do the turns of several tasks in each round, so that the tasks can be compared, too. The rows of each
/// task are in their order.
pub(crate) fn in_turns_with_several<T: AsRef<[Turn]>>(
    contenders: &mut [Contender],
    turns: &[T],
    rounds: usize,
) -> Vec<Vec<Row>> {
    let tasks = turns.first().map_or(0, |turns| turns.as_ref().len());
    let mut costs: Vec<Vec<Vec<Cost>>> = contenders.iter().map(|_| vec![Vec::new(); tasks]).collect();
    for round in 0..rounds {
        let mut order: Vec<_> = contenders.iter_mut().zip(turns).zip(&mut costs).collect();
        let first = round.checked_rem(order.len()).unwrap_or(0);
        order.rotate_left(first);
        for ((contender, turns), costs) in order {
            for (turn, costs) in turns.as_ref().iter().zip(costs) {
                if contender.failure().is_none()
                    && let Ok(cost) = contender.ask(&turn.order)
                {
                    costs.push(cost.of_each(turn.operations));
                }
            }
        }
    }
    let rows = |task: usize| {
        let rows = contenders.iter().zip(&costs).map(|(contender, costs)| Row {
            name: contender.name.clone(),
            cost: match contender.failure() {
                Some(reason) => Err(reason.to_owned()),
                None => Ok(medians(costs.get(task).map_or(&[], Vec::as_slice))),
            },
        });
        rows.collect()
    };
    (0..tasks).map(rows).collect()
}

/// Other clients may fail; ours and what it is compared with in Rust may not.
pub(crate) fn ours_ran(rows: &[Row]) -> Result {
    let failed = rows.iter().filter(|row| row.name.ends_with(": callfluent") || row.name.starts_with("Rust"));
    failed.into_iter().try_for_each(|row| match &row.cost {
        Ok(_) => Ok(()),
        Err(reason) => Err(format!("{}: {reason}", row.name).into()),
    })
}

fn medians(costs: &[Cost]) -> Cost {
    let loops: Option<Vec<f64>> = costs.iter().map(|cost| cost.event_loop).collect();
    Cost {
        wall: median(costs.iter().map(|cost| cost.wall)),
        cpu: median(costs.iter().map(|cost| cost.cpu)),
        event_loop: loops.map(median),
    }
}

/// The value in the middle; 0 of none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    if values.len().is_multiple_of(2) { f64::midpoint(at(middle.saturating_sub(1)), at(middle)) } else { at(middle) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_value_in_the_middle() {
        assert!((median([3.0, 1.0, 20.0]) - 3.0).abs() < 1e-9);
        assert!((median([4.0, 1.0, 2.0, 90.0]) - 3.0).abs() < 1e-9);
        assert!((median([5.0]) - 5.0).abs() < 1e-9);
    }
}
