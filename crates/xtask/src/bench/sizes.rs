//! How large the packages are.

use std::fs;

use super::places::Places;
use super::report::{Report, Table};
use super::target::Target;
use crate::process::Result;

const MEGABYTE: f64 = 1e6;
const MOST: f64 = 3.5;

/// Weighs the wheel and the npm packages.
pub(crate) fn measure(places: &Places, report: &mut Report) -> Result {
    let mut table = Table::new("Sizes of the packages", "Megabytes, as they are downloaded.", &["", "size"]);
    let packages = [
        ("the wheel", Some(&places.wheel)),
        ("the npm package of the platform", places.npm_packages.get(1)),
        ("the npm package", places.npm_packages.first()),
    ];
    for (what, path) in packages {
        let path = path.ok_or_else(|| format!("{what} is not there"))?;
        let length = fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.len();
        #[allow(clippy::cast_precision_loss)]
        let megabytes = length as f64 / MEGABYTE;
        table.row([what.to_owned(), format!("{megabytes:.2}")]);
        report.judge(Target::at_most(format!("Size of {what}"), MOST, "MB", Some(megabytes)));
    }
    report.add(table);
    Ok(())
}
