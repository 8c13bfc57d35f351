//! Forwards log records of the core to the environment whose client made the request. The task of a
//! request carries their destination, so that two clients or workers never see each other's
//! records.

use std::fmt::{self, Write as _};
use std::sync::Once;

use callfluent::bindings::schema::Naming;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// Targets of the events that a logger receives. Others, such as of retries, repeat what these say.
const TARGETS: [&str; 2] = ["callfluent", callfluent::bindings::HOOKS_LOG_TARGET];

/// Receives a record as JSON.
type Destination = Box<dyn Fn(String) + Send>;

tokio::task_local! {
    static DESTINATION: Destination;
}

/// Runs a task whose log records go to a destination.
pub(crate) fn to<T: Future>(destination: impl Fn(String) + Send + 'static, task: T) -> impl Future<Output = T::Output> {
    listen();
    DESTINATION.scope(Box::new(destination), task)
}

/// Runs code whose log records go to a destination, if a logger receives them.
pub(crate) fn during<T>(destination: Option<impl Fn(String) + Send + 'static>, run: impl FnOnce() -> T) -> T {
    let Some(destination) = destination else {
        return run();
    };
    listen();
    DESTINATION.sync_scope(Box::new(destination), run)
}

fn listen() {
    static LISTEN: Once = Once::new();
    // Nothing else in this library subscribes; if it did, records would be lost instead of an
    // error.
    LISTEN.call_once(|| drop(tracing::subscriber::set_global_default(Listener)));
}

fn is_forwarded(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && TARGETS.contains(&metadata.target())
}

struct Listener;

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Tasks differ in whether a logger receives their records.
        if is_forwarded(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_forwarded(metadata) && DESTINATION.try_with(|_| ()).is_ok()
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        fields.insert("level", event.metadata().level().as_str().to_ascii_lowercase());
        event.record(&mut fields);
        let content = format!("{{{}}}", fields.0);
        // A task without a logger has no destination.
        let _ = DESTINATION.try_with(|destination| destination(content));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The members of the JSON of a record, by their names in camel case. Their order is that of the
/// event, because the logger prints it.
struct Fields(String);

impl Fields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.insert(&Naming::Camel.convert(field.name()), value);
    }

    fn insert(&mut self, name: &str, value: impl Into<Value>) {
        let separator = if self.0.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{separator}{}:{}", Value::from(name), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }
}
