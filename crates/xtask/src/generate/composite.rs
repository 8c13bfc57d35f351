//! The methods that send several requests, such as `calls.wait`, and the options of bulk
//! operations: their documentation in each language.

use std::time::Duration;

use callfluent::bindings::catalog::{
    ArgumentKind, BULK_CHANGE_OPTIONS, BULK_OPTIONS, BulkOperation, COMPOSITE_METHODS, CompositeMethod, DefaultValue,
    MethodArgument,
};
use callfluent::bindings::schema::Naming;
use minijinja::{Value as View, context};

use super::text::{Language, error_class, paragraphs, render};

/// The composite methods of a resource.
pub(super) fn of_resource(resource: &str) -> impl Iterator<Item = &'static CompositeMethod> {
    let is_own = move |method: &&CompositeMethod| method.name.split_once('.').is_some_and(|(own, _)| own == resource);
    COMPOSITE_METHODS.iter().copied().filter(is_own)
}

/// The options of a bulk operation.
pub(super) fn bulk_options(bulk: &BulkOperation) -> impl Iterator<Item = &'static MethodArgument> {
    BULK_OPTIONS.iter().chain(if bulk.is_change() { &BULK_CHANGE_OPTIONS[..] } else { &[] })
}

/// The documentation of a composite method.
pub(super) fn view(method: &CompositeMethod, language: Language) -> Result<View, String> {
    let (resource, verb) = method.name.split_once('.').unwrap_or((method.name, ""));
    let text = |text: &str| -> Result<Vec<String>, String> {
        // Some arguments have another name in Rust.
        let renamed = method.arguments.iter().fold(text.to_owned(), |text, argument| {
            text.replace(&format!("`{}`", argument.name), &format!("`{}`", name(argument, language)))
        });
        paragraphs(&renamed).iter().map(|paragraph| render(paragraph, language, resource)).collect()
    };
    let errors = method.errors.iter().map(|case| {
        let is_os_error = case.error == "File" && language == Language::Python;
        let class = if is_os_error { "OSError" } else { error_class(case.error)? };
        Ok(context! { variant => case.error, class, when => text(case.when)?.join(" ") })
    });
    let mut paragraphs = text(method.text)?.into_iter();
    Ok(context! {
        name => method.name,
        verb,
        summary => paragraphs.next().unwrap_or_default(),
        details => paragraphs.collect::<Vec<_>>(),
        returns => text(method.returns)?.join(" "),
        errors => errors.collect::<Result<Vec<View>, String>>()?,
        other_errors => text(method.other_errors)?.join(" "),
    })
}

/// The name of an argument.
pub(super) fn name(argument: &MethodArgument, language: Language) -> String {
    match (argument.kind, language) {
        (ArgumentKind::Progress, Language::TypeScript) => "onProgress".to_owned(),
        (ArgumentKind::Progress, Language::Rust) => "on_progress".to_owned(),
        (_, Language::TypeScript) => Naming::Camel.convert(argument.name).into_owned(),
        (_, Language::Rust) => argument.rust_name.unwrap_or(argument.name).to_owned(),
        _ => argument.name.to_owned(),
    }
}

/// The meaning of an argument, its unit, and its default.
pub(super) fn text(argument: &MethodArgument, language: Language) -> Result<String, String> {
    let unit = match language {
        Language::Python => " in seconds",
        Language::TypeScript => " in milliseconds",
        Language::Rust | Language::Plain => "",
    };
    let awaited = match language {
        Language::Python => "; async clients also accept a coroutine function",
        Language::TypeScript => ", or a promise of it",
        Language::Rust | Language::Plain => "",
    };
    let mut text = match argument.kind {
        ArgumentKind::Progress => progress(argument.text, language),
        _ => argument.text.replace("{unit}", unit).replace("{async}", awaited),
    };
    if let Some(default) = default(argument.default, language) {
        text = format!("{text} Default: {default}.");
    }
    render(&text, language, "calls")
}

fn progress(numbers: &str, language: Language) -> String {
    match language {
        Language::Python => format!(
            "`True` shows the progress in a notebook, a terminal or a log. A function gets {numbers}. A class such as \
             `tqdm` is used as a bar."
        ),
        Language::TypeScript => {
            format!("Receives {numbers}, and more. An error that it throws ends the operation. It must not be async.")
        }
        Language::Rust | Language::Plain => format!("Function that gets {numbers}, and more."),
    }
}

fn default(value: DefaultValue, language: Language) -> Option<String> {
    let duration = |duration: Duration| match language {
        Language::Python => duration.as_secs().to_string(),
        Language::TypeScript => with_commas(duration.as_millis()),
        Language::Rust | Language::Plain => format!("{} s", duration.as_secs()),
    };
    Some(match value {
        DefaultValue::Boolean(value) => value.to_string(),
        DefaultValue::Integer(value) => value.to_string(),
        DefaultValue::Duration(value) => duration(value),
        DefaultValue::Timeout(value) => {
            let infinite = match language {
                Language::Python => "`math.inf`",
                Language::TypeScript => "`Infinity`",
                Language::Rust | Language::Plain => "`Duration::MAX`",
            };
            format!("{}; {infinite} disables it", duration(value))
        }
        DefaultValue::Text(text) => text.to_owned(),
        _ => return None,
    })
}

/// `3,600,000` for 3600000.
fn with_commas(number: u128) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// The type of an argument.
pub(super) fn type_of(kind: ArgumentKind, language: Language) -> &'static str {
    use ArgumentKind as Kind;
    let [python, typescript, rust]: [&str; 3] = match kind {
        Kind::Id => ["int | str", "IdInput", "impl Into<Id>"],
        Kind::Ids => ["int | str | Iterable[int | str]", "IdInput | Iterable<IdInput>", "impl IntoIterator"],
        Kind::Path => ["str | PathLike[str]", "string | URL", "impl Into<PathBuf>"],
        Kind::Duration => ["float | timedelta", "number", "Duration"],
        Kind::Integer => ["int", "number", "usize"],
        Kind::Boolean => ["bool", "boolean", "bool"],
        Kind::Predicate => ["Callable[[Call], object]", "(call: Call) => unknown", "impl FnMut(&Call) -> bool"],
        Kind::Format => ["ExportFormat", "ExportFormat", "ExportFormat"],
        Kind::Masks => ["Iterable[ExportMask]", "ExportMask | Iterable<ExportMask>", "ExportMask"],
        Kind::Columns => ["Mapping[str, ColumnType]", "Record<string, ColumnType>", "&str, ColumnType"],
        Kind::Resolutions => ["Mapping[Any, Resolution]", "Map<IdInput, Resolution>", "Id, Resolution"],
        Kind::Progress => {
            ["bool | Callable[[int, int], object] | type[Any]", "(progress) => void", "impl FnMut(ExportProgress)"]
        }
        _ => ["Any", "unknown", "Value"],
    };
    match language {
        Language::Python => python,
        Language::TypeScript => typescript,
        Language::Rust | Language::Plain => rust,
    }
}

/// The statements of the example.
pub(super) fn example(method: &CompositeMethod, language: Language) -> Vec<String> {
    let [python, typescript, rust] = method.examples;
    let example = match language {
        Language::Python => python,
        Language::TypeScript => typescript,
        Language::Rust | Language::Plain => rust,
    };
    example.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_have_the_units_of_each_language() {
        let wait = of_resource("calls").find(|method| method.name == "calls.wait").unwrap();
        let timeout = wait.arguments.iter().find(|argument| argument.name == "timeout").unwrap();
        let ends = [
            (Language::Python, "Total timeout in seconds.", "Default: 3600; ``math.inf`` disables it."),
            (Language::TypeScript, "Total timeout in milliseconds.", "Default: 3,600,000; `Infinity` disables it."),
            (Language::Rust, "Total timeout.", "Default: 3600 s; `Duration::MAX` disables it."),
        ];
        for (language, start, end) in ends {
            let text = text(timeout, language).unwrap();
            assert!(text.starts_with(start) && text.ends_with(end), "{text}");
        }
    }
}
