//! CSV files of exports, as RFC 4180 describes them: a column for each field that any call has.
//! Objects and lists are JSON.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use memchr::{memchr, memchr3};

use crate::json::{Document, Json};

/// Converts a JSONL file of calls. The columns in `first` come first.
pub(super) fn write(source: &Path, target: &Path, first: &[&str]) -> io::Result<()> {
    let names = column_names(source, first)?;
    let positions: HashMap<&str, usize> = names.iter().enumerate().map(|(index, name)| (&**name, index)).collect();
    let file = File::create(target)?;
    let mut out = BufWriter::new(&file);
    let mut row = String::new();
    for (index, name) in names.iter().enumerate() {
        separate(index, &mut row);
        push_text(name, &mut row);
    }
    end_row(&mut row, &mut out)?;
    for_each_call(source, |call| {
        let mut cells: Vec<Option<Json<'_>>> = vec![None; names.len()];
        for entry in call.entries().into_iter().flatten() {
            if let Some(cell) = positions.get(&*entry.key()).and_then(|position| cells.get_mut(*position)) {
                *cell = Some(entry.raw);
            }
        }
        for (index, cell) in cells.into_iter().enumerate() {
            separate(index, &mut row);
            if let Some(json) = cell {
                push_value(json, &mut row);
            }
        }
        end_row(&mut row, &mut out)
    })?;
    out.flush()?;
    drop(out);
    file.sync_data()
}

/// Returns the names of all fields, in the order of their first appearance.
fn column_names(source: &Path, first: &[&str]) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = first.iter().map(|name| (*name).to_owned()).collect();
    let mut known: HashSet<String> = names.iter().cloned().collect();
    for_each_call(source, |call| {
        for entry in call.entries().into_iter().flatten() {
            let name = entry.key();
            if !known.contains(&*name) {
                known.insert(name.clone().into_owned());
                names.push(name.into_owned());
            }
        }
        Ok(())
    })?;
    Ok(names)
}

/// Passes each call of a JSONL file to a function.
fn for_each_call(source: &Path, mut take: impl FnMut(Json<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut lines = BufReader::new(File::open(source)?);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let document = Document::parse(line.as_bytes()).map_err(io::Error::from)?;
        take(document.root())?;
        line.clear();
    }
    Ok(())
}

fn end_row(row: &mut String, out: &mut impl Write) -> io::Result<()> {
    row.push_str("\r\n");
    out.write_all(row.as_bytes())?;
    row.clear();
    Ok(())
}

fn separate(index: usize, row: &mut String) {
    if index > 0 {
        row.push(',');
    }
}

fn push_value(json: Json<'_>, row: &mut String) {
    match json.as_string() {
        Some(text) => push_text(&text, row),
        None if json.is_null() => {}
        None => push_text(json.get(), row),
    }
}

fn push_text(text: &str, row: &mut String) {
    let bytes = text.as_bytes();
    if memchr3(b',', b'"', b'\n', bytes).is_some() || memchr(b'\r', bytes).is_some() {
        row.push('"');
        row.push_str(&text.replace('"', "\"\""));
        row.push('"');
    } else {
        row.push_str(text);
    }
}
