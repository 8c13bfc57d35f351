//! The documentation of the Rust methods, and the test driver that maps operation names to typed
//! methods. Summary and details of endpoints are in the source, next to the method.

use callfluent::bindings::catalog::{
    self, BULK_OPERATIONS, BulkOperation, COMPOSITE_METHODS, CompositeMethod, RESOURCES,
};
use callfluent::bindings::operation::{Location, Operation, Parameter};
use callfluent::bindings::schema::{Field, Kind, Presence};
use minijinja::{Value as View, context};

use super::example::{self, Call, Statement, Value};
use super::template::{self, Generated};
use super::text::Language;
use super::{bulk, composite, documentation};

/// All generated files of the core.
pub(super) fn files() -> Result<Vec<Generated>, String> {
    let operations = catalog::operations().map(operation).collect::<Result<Vec<_>, _>>()?;
    let composites = COMPOSITE_METHODS.iter().map(|method| composite_method(method)).collect::<Result<Vec<_>, _>>()?;
    let bulks = BULK_OPERATIONS.iter().map(|bulk| bulk::view(bulk, Language::Rust)).collect::<Result<Vec<_>, _>>()?;
    let driver = RESOURCES
        .iter()
        .flat_map(|resource| resource.operations)
        .map(|operation| driver(operation))
        .collect::<Vec<_>>();
    Ok(vec![
        template::fill(
            "crates/callfluent/src/resources/method_docs.rs",
            "method_docs.rs",
            context! { operations, composites, bulks },
        )?,
        template::fill(
            "crates/callfluent/tests/typed_methods/generated.rs",
            "typed.rs",
            context! { operations => driver },
        )?,
    ])
}

fn operation(operation: &Operation) -> Result<View, String> {
    let examples = context! { example => example(operation, ".await")?, blocking_example => example(operation, "")? };
    Ok(context! { ..examples, ..documentation::view(operation, Language::Rust)? })
}

fn composite_method(method: &CompositeMethod) -> Result<View, String> {
    let mut example = composite::example(method, Language::Rust);
    if example.iter().any(|line| line.contains("Duration::")) {
        example.splice(0..0, ["use std::time::Duration;".to_owned(), String::new()]);
    }
    Ok(context! { example, ..composite::view(method, Language::Rust)? })
}

/// An operation's call through its typed method, from arguments as JSON.
fn driver(operation: &Operation) -> View {
    let (resource, verb) = operation.resource_and_verb();
    let others: Vec<_> = operation.parameters.iter().map(|parameter| parameter.field.name).collect();
    let arguments: Vec<String> = operation
        .parameters
        .iter()
        .map(|Parameter { location, field, .. }| match (location, &field.kind) {
            (Location::Fields, Kind::Record(shape)) => format!("&given.fields::<{}>(&{others:?})?", shape.name),
            (Location::Object, Kind::Union(union)) => format!("&given.value::<{}>({:?})?", union.name, field.name),
            (Location::Files, _) => "given.files()".to_owned(),
            (_, Kind::Id | Kind::StringId) => format!("given.value::<Id>({:?})?", field.name),
            (_, Kind::Enumeration(enumeration)) => format!("given.value::<{}>({:?})?", enumeration.name, field.name),
            (_, Kind::List(_)) => format!("&given.value::<Vec<String>>({:?})?", field.name),
            (_, Kind::Boolean) if field.presence != Presence::Required => {
                format!("given.optional::<bool>({:?})?", field.name)
            }
            (_, Kind::Boolean) => format!("given.value::<bool>({:?})?", field.name),
            (_, Kind::Integer) => format!("given.value::<u32>({:?})?", field.name),
            _ => format!("&given.value::<String>({:?})?", field.name),
        })
        .collect();
    let result = match &operation.output {
        Kind::Page(_) => "page",
        Kind::Nothing => "nothing",
        Kind::List(_) => "list",
        _ => "record",
    };
    context! { name => operation.name, resource, verb, arguments, result }
}

/// The call of a method as text lists it.
pub(super) fn spelling(operation: &'static Operation) -> String {
    let (resource, verb) = operation.resource_and_verb();
    let arguments =
        operation.parameters.iter().map(|Parameter { location, field, .. }| match (location, &field.kind) {
            (Location::Fields, _) | (_, Kind::Union(_) | Kind::List(_)) => format!("&{}", field.name),
            _ => field.name.to_owned(),
        });
    format!("client.{resource}().{verb}({})", arguments.collect::<Vec<_>>().join(", "))
}

/// The type of the items of a bulk operation.
pub(super) fn bulk_items(bulk: &'static BulkOperation) -> String {
    let fields = bulk.item.parameters.iter().find(|parameter| parameter.location == Location::Fields);
    match fields.map(|parameter| type_of(&parameter.field.kind)) {
        Some(fields) if !bulk.takes_only_ids() => format!("impl IntoIterator<Item = (impl Into<Id>, {fields})>"),
        _ => "impl IntoIterator<Item = impl Into<Id>>".to_owned(),
    }
}

/// The example of a bulk operation as the body of an async function.
pub(super) fn bulk_program(bulk: &'static BulkOperation) -> Result<Vec<String>, String> {
    let call = bulk::first_call(bulk.item)?;
    let bulk::Example { shared, ids, .. } = bulk::example(bulk)?;
    let mut lines = Lines { wait: ".await", ..Lines::default() };
    let ids = ids.iter().map(plain).collect::<Result<Vec<_>, _>>()?.join(", ");
    let mut items = ids.clone();
    if !bulk.takes_only_ids() {
        for Parameter { location, field, .. } in bulk.item.parameters {
            if let (Location::Fields, Kind::Record(shape)) = (location, &field.kind) {
                lines.import(shape.name);
                lines.build(&call, field.name, shape, "")?;
                items = format!("({ids}, {})", field.name);
            }
        }
    }
    let (resource, verb) = bulk.resource_and_verb();
    let shared = shared.as_ref().map(plain).transpose()?.map(|shared| format!("{shared}, ")).unwrap_or_default();
    lines.written.push(format!("for item in client.{resource}().{verb}({shared}[{items}]).await? {{"));
    lines.written.push("    println!(\"{} {:?}\", item.id, item.error);".to_owned());
    lines.written.push("}".to_owned());
    Ok(with_client(lines.with_imports()))
}

/// The example of a method as the body of an async function.
pub(super) fn program(operation: &'static Operation) -> Result<Vec<String>, String> {
    Ok(with_client(example(operation, ".await")?))
}

/// Statements with a client as the body of an async function.
pub(super) fn with_client(mut lines: Vec<String>) -> Vec<String> {
    if let Some(duration) = lines.iter().any(|line| line.contains("Duration::")).then_some("use std::time::Duration;") {
        let params = lines.iter().any(|line| line.contains("CallStartParams::"));
        let import =
            if params { "use callfluent::{CallFluent, CallStartParams};" } else { "use callfluent::CallFluent;" };
        let start = [duration, "", import, "", "let client = CallFluent::from_env()?;"].map(str::to_owned);
        return start.into_iter().chain(lines).collect();
    }
    let client = "let client = CallFluent::from_env()?;".to_owned();
    match lines.first().and_then(|first| first.strip_prefix("use callfluent::")) {
        Some(imported) => {
            let imported = imported.trim_end_matches(';').trim_matches(['{', '}']);
            let mut names: Vec<_> = imported.split(", ").chain(["CallFluent"]).map(str::to_owned).collect();
            names.sort();
            let import = format!("use callfluent::{{{}}};", names.join(", "));
            lines.splice(0..2, [import, String::new(), client]);
        }
        None => drop(lines.splice(0..0, ["use callfluent::CallFluent;".to_owned(), String::new(), client])),
    }
    lines
}

/// The type of a field, without the `Option` of those that can be absent. Arguments accept
/// everything that converts to it.
pub(super) fn field_type(field: &Field) -> String {
    type_of(&field.kind)
}

fn type_of(kind: &Kind) -> String {
    match kind {
        Kind::Id | Kind::StringId => "Id".into(),
        Kind::String | Kind::PhoneNumber => "String".into(),
        Kind::Integer => "i64".into(),
        Kind::Number => "f64".into(),
        Kind::Boolean => "bool".into(),
        Kind::Image => "Avatar".into(),
        Kind::Enumeration(enumeration) => enumeration.name.into(),
        Kind::List(Kind::Record(record)) => format!("List<{}>", record.name),
        Kind::List(kind) => format!("Vec<{}>", type_of(kind)),
        Kind::Map(kind) => format!("BTreeMap<String, {}>", type_of(kind)),
        Kind::Record(record) => record.name.into(),
        Kind::Union(union) => union.name.into(),
        Kind::Page(_) => "Page".into(),
        Kind::Files => "Attachment".into(),
        _ => "Value".into(),
    }
}

/// The example as a doctest shows it; `wait` comes after each request.
fn example(operation: &Operation, wait: &'static str) -> Result<Vec<String>, String> {
    let statements = example::parse(operation)?;
    let mut lines = Lines { wait, ..Lines::default() };
    lines.statements(&statements, "")?;
    Ok(lines.with_imports())
}

#[derive(Default)]
struct Lines {
    wait: &'static str,
    written: Vec<String>,
    imports: Vec<String>,
}

impl Lines {
    fn with_imports(self) -> Vec<String> {
        let mut lines = self;
        if !lines.imports.is_empty() {
            lines.imports.sort();
            let imports = match lines.imports.as_slice() {
                [only] => only.clone(),
                several => format!("{{{}}}", several.join(", ")),
            };
            lines.written.splice(0..0, [format!("use callfluent::{imports};"), String::new()]);
        }
        lines.written
    }

    fn statements(&mut self, statements: &[Statement], indent: &str) -> Result<(), String> {
        for statement in statements {
            match statement {
                Statement::Let(name, call) => {
                    let call = self.call(call, indent)?;
                    self.written.push(format!("{indent}let {name} = {call}?;"));
                }
                Statement::Do(call) => {
                    let call = self.call(call, indent)?;
                    self.written.push(format!("{indent}{call}?;"));
                }
                Statement::Print(path) => self.written.push(format!("{indent}println!(\"{{:?}}\", {path});")),
                Statement::For(name, call, body) => {
                    let (call, paged) = (self.call(call, indent)?, matches!(call.operation.output, Kind::Page(_)));
                    let items = if paged { ".items" } else { "" };
                    self.written.push(format!("{indent}for {name} in {call}?{items} {{"));
                    self.statements(body, &format!("{indent}    "))?;
                    self.written.push(format!("{indent}}}"));
                }
            }
        }
        Ok(())
    }

    /// The call; records are built in a statement before it.
    fn call(&mut self, call: &Call, indent: &str) -> Result<String, String> {
        let (resource, verb) = call.operation.resource_and_verb();
        let mut arguments = Vec::new();
        for Parameter { location, field, .. } in call.operation.parameters {
            let given = call.argument(field.name);
            arguments.push(match (location, &field.kind, given) {
                (Location::Fields, Kind::Record(shape), _) => {
                    self.import(shape.name);
                    self.build(call, field.name, shape, indent)?;
                    format!("&{}", field.name)
                }
                (_, Kind::Union(_), Some(Value::Record(variant, fields))) => {
                    self.import(variant);
                    let steps = fields.iter().map(|(name, value)| Ok(format!(".{name}({})", plain(value)?)));
                    let mut steps = steps.collect::<Result<Vec<_>, String>>()?;
                    steps.push(".build()".to_owned());
                    self.chain(&format!("{indent}let {} = {variant}::builder()", field.name), &steps, indent);
                    format!("&{}", field.name)
                }
                (_, Kind::Enumeration(enumeration), Some(Value::Text(value))) => {
                    self.import(enumeration.name);
                    let known = enumeration.values.iter().find(|known| known.value == value);
                    let known = known.ok_or_else(|| format!("{} has no value {value}", enumeration.name))?;
                    format!("{}::{}", enumeration.name, known.name)
                }
                (Location::Files, _, Some(files)) => plain(files)?,
                (_, Kind::List(_), Some(values)) => format!("&{}", plain(values)?),
                (_, _, Some(value)) => plain(value)?,
                (Location::Query, Kind::Integer, None) => "1".to_owned(),
                (Location::Body, Kind::Boolean, None) => "None".to_owned(),
                _ => return Err(format!("the example of {} lacks {}", call.operation.name, field.name)),
            });
        }
        Ok(format!("client.{resource}().{verb}({}){}", arguments.join(", "), self.wait))
    }

    /// Builds a record of fields; names that it does not document are added with `with`.
    fn build(
        &mut self,
        call: &Call,
        name: &str,
        shape: &callfluent::bindings::schema::RecordType,
        indent: &str,
    ) -> Result<(), String> {
        let is_own = |given: &str| call.operation.parameters.iter().any(|parameter| parameter.field.name == given);
        let (mut steps, mut others) = (Vec::new(), Vec::new());
        for (given, value) in call.arguments.iter().filter(|(given, _)| !is_own(given)) {
            match shape.field(given) {
                Some(_) => steps.push(format!(".{given}({})", plain(value)?)),
                None => others.push(format!(".with(\"{given}\", {})", plain(value)?)),
            }
        }
        steps.push(".build()".to_owned());
        steps.append(&mut others);
        self.chain(&format!("{indent}let {name} = {}::builder()", shape.name), &steps, indent);
        Ok(())
    }

    /// Writes a chain of method calls, on one line if it fits.
    fn chain(&mut self, start: &str, steps: &[String], indent: &str) {
        let line = format!("{start}{};", steps.concat());
        if line.len() <= 100 {
            self.written.push(line);
        } else {
            self.written.push(start.to_owned());
            self.written.extend(steps.iter().map(|step| format!("{indent}    {step}")));
            self.written.last_mut().into_iter().for_each(|line| line.push(';'));
        }
    }

    fn import(&mut self, name: &str) {
        if !self.imports.iter().any(|known| known == name) {
            self.imports.push(name.to_owned());
        }
    }
}

fn plain(value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Number(number) => number.clone(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::List(values) => format!("[{}]", values.iter().map(plain).collect::<Result<Vec<_>, _>>()?.join(", ")),
        Value::Path(path) => format!("&{path}"),
        Value::File(name, content) => format!("({name:?}, {content:?})"),
        Value::Record(name, _) => return Err(format!("{name} is a value of its own argument only")),
    })
}
