//! `cargo xtask generate`: writes everything that is derived from the core's catalog, and reports
//! stale files. The files are templates (in `templates/`) filled with data that is collected here.

mod documentation;
mod example;
mod openapi;
mod python;
mod reachable;
mod rust;
mod text;
mod typescript;

use fs_err as fs;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::process::{self, root};

/// A file that is derived from the catalog.
pub(crate) struct Generated {
    /// Path below the root of the repository.
    pub(crate) path: &'static str,
    pub(crate) content: String,
}

fn files() -> Result<Vec<Generated>, String> {
    let mut files = vec![openapi::file()?];
    files.extend(rust::files()?);
    files.extend(python::files()?);
    files.extend(typescript::files()?);
    Ok(files)
}

/// Writes all generated files.
pub(crate) fn write() -> process::Result {
    for file in files()? {
        let path = root().join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.content)?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

/// Fails if a generated file differs from what would be written.
pub(crate) fn check() -> process::Result {
    let stale: Vec<_> = files()?
        .into_iter()
        .filter(|file| fs::read_to_string(root().join(file.path)).ok().as_ref() != Some(&file.content))
        .map(|file| file.path)
        .collect();
    if stale.is_empty() {
        println!("   up to date");
        return Ok(());
    }
    Err(format!("stale: {}; run `cargo xtask generate` and commit the result", stale.join(", ")).into())
}

/// Fills a template. Blocks take no line of their own, so that templates look like the files that
/// they make.
fn template(path: &'static str, name: &str, view: Value) -> Result<Generated, String> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| error.to_string())?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("wrap", wrap);
    environment.add_filter("tsdoc", |parts: Vec<String>, margin: &str| typescript::comment(&parts, margin));
    environment.set_loader(|name| {
        let path = root().join("crates/xtask/src/generate/templates").join(format!("{name}.j2"));
        let source = fs::read_to_string(&path);
        source.map(Some).map_err(|error| Error::new(ErrorKind::TemplateNotFound, error.to_string()))
    });
    let content = environment.get_template(name).and_then(|template| template.render(view));
    let content = content.map_err(|error| format!("cannot fill the template {name}: {error:#}"))?;
    Ok(Generated { path, content })
}

/// Wraps a paragraph to 100 columns. Its lines after the first one begin with `margin`; `reserved`
/// columns remain free, e.g. for quotes.
fn wrap(text: &str, margin: &str, reserved: Option<usize>) -> String {
    let width = 100 - margin.chars().count() - reserved.unwrap_or_default();
    text::wrap(text, width).join(&format!("\n{margin}"))
}
