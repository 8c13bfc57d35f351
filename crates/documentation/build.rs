//! Writes the Rust blocks of the documentation as tests, one module for each block. Those that need
//! the feature `parquet` of the crate are another set of tests: arrow-rs takes long to compile.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let mut pages = vec![root.join("README.md"), root.join("crates/callfluent/README.md")];
    let guide = root.join("docs/guide");
    add_pages(&guide, &mut pages)?;
    pages.sort();
    println!("cargo::rerun-if-changed={}", guide.display());
    let (mut modules, mut names) = (String::new(), Vec::new());
    for page in &pages {
        println!("cargo::rerun-if-changed={}", page.display());
        let place = page.strip_prefix(&root)?.display().to_string();
        for block in blocks(&fs::read_to_string(page)?) {
            let title = format!("{place}:{}", block.line);
            let name: String = title
                .chars()
                .map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
                .collect();
            module(&mut modules, &name, &block)?;
            if block.runs {
                names.push(format!("{} ({name:?}, {title:?})", block.condition));
            }
        }
    }
    write!(modules, "\npub(crate) const BLOCKS: &[(&str, &str)] = &[\n    {},\n];\n", names.join(",\n    "))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("blocks.rs"), modules)?;
    Ok(())
}

fn add_pages(folder: &Path, pages: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_pages(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    Ok(())
}

/// Attributes of the blocks in each set of tests.
const DEFAULT: &str = "#[cfg(not(feature = \"parquet\"))]";
const PARQUET: &str = "#[cfg(feature = \"parquet\")]";

struct Block {
    /// Number of the line of its opening fence.
    line: usize,
    runs: bool,
    /// Attribute with the feature that it needs.
    condition: &'static str,
    code: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::new(), None::<Block>);
    for (index, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => blocks.extend(open.take().filter(|block| block.line > 0)),
            (Some(block), None) => block.code.extend([line, "\n"]),
            (None, Some(info)) => {
                let is_rust = matches!(info, "rust" | "rust no-run" | "rust parquet");
                // A block of another language is skipped up to its end.
                let line = if is_rust { index + 1 } else { 0 };
                let condition = if info == "rust parquet" { PARQUET } else { DEFAULT };
                open = Some(Block { line, runs: info != "rust no-run", condition, code: String::new() });
            }
            (None, None) => {}
        }
    }
    blocks
}

/// A block with `main` is a program, a block with tests is a file of tests, and any other block is
/// the body of an async function.
fn module(modules: &mut String, name: &str, block: &Block) -> std::fmt::Result {
    let code = &block.code;
    let ignored = "#[ignore = \"runs in a process of its own\"]";
    writeln!(modules, "{}\nmod {name} {{", block.condition)?;
    if code.contains("fn main()") {
        writeln!(modules, "{code}")?;
        writeln!(modules, "#[test] {ignored} fn run() {{ main().unwrap(); }}")?;
    } else if code.contains("::test]") || code.contains("#[test]") {
        writeln!(modules, "{code}")?;
    } else {
        writeln!(modules, "#[tokio::test(flavor = \"multi_thread\")] {ignored}")?;
        writeln!(modules, "async fn run() -> Result<(), Box<dyn std::error::Error>> {{\n{code}\nOk(())\n}}")?;
    }
    writeln!(modules, "}}")
}
