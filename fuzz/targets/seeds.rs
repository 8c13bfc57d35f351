//! Writes the seeds to `corpus/`, where cargo-fuzz looks for them.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (index, (target, seed)) in callfluent_fuzz::seeds()?.iter().enumerate() {
        fs::create_dir_all(corpus.join(target))?;
        fs::write(corpus.join(target).join(format!("seed-{index:04}")), seed)?;
    }
    Ok(())
}
