//! Whatever this process logs at the finest level, from the client and from every library below it,
//! is looked at for secrets.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, Once};

use callfluent_sandbox::faults::KEY_FRAGMENT;
use tracing::field::{Field, Visit};

/// The password of proxies, and what a header makes of it together with the user.
const PASSWORDS: [&str; 2] = ["proxy-secret", "YW5uOnByb3h5LXNlY3JldA"];

static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static TARGETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Returns true if a string contains the key in any encoding, or a proxy's password.
pub fn has_secret(text: &str) -> bool {
    text.contains(KEY_FRAGMENT) || PASSWORDS.iter().any(|password| text.contains(password))
}

/// Looks at everything from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Watcher).unwrap();
        log::set_logger(&Watcher).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// The records so far that show a secret.
pub fn leaks() -> Vec<String> {
    LEAKS.lock().unwrap().clone()
}

/// Who has logged something: the first parts of the targets.
pub fn libraries() -> BTreeSet<String> {
    TARGETS.lock().unwrap().clone()
}

fn look(target: &str, text: &str) {
    let library = target.split("::").next().unwrap_or(target);
    let mut targets = TARGETS.lock().unwrap();
    if !targets.contains(library) {
        targets.insert(library.to_owned());
    }
    drop(targets);
    if has_secret(text) {
        LEAKS.lock().unwrap().push(format!("{target}: {text}"));
    }
}

struct Watcher;

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl tracing::Subscriber for Watcher {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        look(span.metadata().target(), &fields.0);
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        look("a span", &fields.0);
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        look(event.metadata().target(), &fields.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

impl log::Log for Watcher {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        look(record.target(), &record.args().to_string());
    }

    fn flush(&self) {}
}
