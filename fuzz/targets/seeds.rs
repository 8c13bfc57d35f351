//! Writes the seeds of all targets into `corpus/`, from the wire vectors.

use std::fs;
use std::path::Path;

use callfluent::bindings::catalog;
use serde_json::Value;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vectors = |name: &str| -> std::io::Result<Vec<Value>> {
        let text = fs::read(folder.join("../tests/wire").join(name))?;
        Ok(serde_json::from_slice(&text)?)
    };
    let mut seeds = Seeds { folder: folder.join("corpus"), count: 0 };
    for vector in vectors("requests.json")? {
        let which = position(&vector);
        seeds.write("arguments", &[which], vector["arguments"].to_string().as_bytes())?;
        for answer in vector["answers"].as_array().into_iter().flatten() {
            seeds.write("responses", &[which, 0], answer["body"].to_string().as_bytes())?;
            seeds.records(&answer["body"])?;
        }
    }
    for vector in vectors("refusals.json")? {
        seeds.write("arguments", &[position(&vector)], vector["arguments"].to_string().as_bytes())?;
    }
    for vector in vectors("errors.json")? {
        let answer = &vector["answer"];
        let body = answer["body_text"].as_str().map_or_else(|| answer["body"].to_string(), str::to_owned);
        // The indexes of 200 and 400 in the target's statuses.
        for status in [0, 4] {
            seeds.write("responses", &[position(&vector), status], body.as_bytes())?;
        }
    }
    println!("{} seeds in {}", seeds.count, seeds.folder.display());
    Ok(())
}

/// Returns the byte for the operation of a vector.
fn position(vector: &Value) -> u8 {
    let mut simple = catalog::operations().filter(|operation| !operation.composite);
    let place = simple.position(|operation| vector["operation"] == operation.name);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}

struct Seeds {
    folder: std::path::PathBuf,
    count: usize,
}

impl Seeds {
    fn write(&mut self, target: &str, beginning: &[u8], rest: &[u8]) -> std::io::Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        self.count += 1;
        fs::write(folder.join(format!("seed-{:04}", self.count)), [beginning, rest].concat())
    }

    /// Writes every object of a response, at any depth.
    fn records(&mut self, value: &Value) -> std::io::Result<()> {
        match value {
            Value::Object(fields) => {
                self.write("records", &[], value.to_string().as_bytes())?;
                fields.values().try_for_each(|field| self.records(field))
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.records(item)),
            _ => Ok(()),
        }
    }
}
