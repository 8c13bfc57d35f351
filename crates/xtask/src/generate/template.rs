//! Fills the templates in `templates/` with data of the catalog.

use fs_err as fs;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::{markdown, wrapping};
use crate::process::root;

/// A file that is derived from the catalog.
pub(super) struct Generated {
    /// Path below the root of the repository.
    pub(super) path: &'static str,
    pub(super) content: String,
}

/// Fills a template. Blocks take no line of their own, so that templates look like the files that
/// they make.
pub(super) fn fill(path: &'static str, name: &str, view: Value) -> Result<Generated, String> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| error.to_string())?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("wrap", wrapping::paragraph);
    environment.add_filter("plain", markdown::plain);
    environment.add_filter("cell", markdown::cell);
    environment.add_filter("tsdoc", |parts: Vec<String>, margin: &str| wrapping::tsdoc(&parts, margin));
    environment.set_loader(|name| {
        let path = root().join("crates/xtask/src/generate/templates").join(format!("{name}.j2"));
        let source = fs::read_to_string(&path);
        source.map(Some).map_err(|error| Error::new(ErrorKind::TemplateNotFound, error.to_string()))
    });
    let content = environment.get_template(name).and_then(|template| template.render(view));
    let content = content.map_err(|error| format!("cannot fill the template {name}: {error:#}"))?;
    Ok(Generated { path, content })
}
