//! Names of the options of clients and requests in each naming. They are not arguments: among
//! them, such a name is a mistake. Tests of the packages compare their options with this table.

use crate::schema::{Naming, is_same_word};

/// The name of an option in each naming; `None` if packages with that naming do not have it.
struct OptionName {
    snake: Option<&'static str>,
    camel: Option<&'static str>,
}

impl OptionName {
    const fn new(snake: &'static str, camel: &'static str) -> Self {
        Self { snake: Some(snake), camel: Some(camel) }
    }

    const fn of_snake(name: &'static str) -> Self {
        Self { snake: Some(name), camel: None }
    }

    const fn of_camel(name: &'static str) -> Self {
        Self { snake: None, camel: Some(name) }
    }

    fn name(&self, naming: Naming) -> Option<&'static str> {
        match naming {
            Naming::Snake => self.snake,
            Naming::Camel => self.camel,
        }
    }
}

/// Options of every request. Methods pass their values in this order.
const REQUEST: [OptionName; 7] = [
    OptionName::new("timeout", "timeout"),
    OptionName::new("max_retries", "maxRetries"),
    OptionName::new("extra_headers", "headers"),
    OptionName::new("request_id", "requestId"),
    OptionName::new("extra_body", "extraBody"),
    OptionName::of_camel("queueTimeout"),
    OptionName::of_camel("signal"),
];

/// Options of a client that a request does not take.
const CLIENT: [OptionName; 17] = [
    OptionName::new("api_key", "apiKey"),
    OptionName::new("base_url", "baseUrl"),
    OptionName::new("connect_timeout", "connectTimeout"),
    OptionName::of_snake("queue_timeout"),
    OptionName::new("max_concurrency", "maxConcurrency"),
    OptionName::new("requests_per_second", "requestsPerSecond"),
    OptionName::new("burst", "burst"),
    OptionName::new("default_headers", "defaultHeaders"),
    OptionName::new("proxy", "proxy"),
    OptionName::new("ca_bundle", "caBundle"),
    OptionName::of_snake("client_certificate"),
    OptionName::new("validate", "validate"),
    OptionName::new("allow_http", "allowHttp"),
    OptionName::new("strict", "strict"),
    OptionName::new("offline", "offline"),
    OptionName::new("hooks", "hooks"),
    OptionName::of_camel("logger"),
];

/// Returns the names of the options of every request.
pub fn request_options(naming: Naming) -> impl Iterator<Item = &'static str> {
    REQUEST.iter().filter_map(move |option| option.name(naming))
}

/// Returns the names of the options of a client that a request does not take.
pub fn client_options(naming: Naming) -> impl Iterator<Item = &'static str> {
    CLIENT.iter().filter_map(move |option| option.name(naming))
}

/// Returns the place of the options of a request in a language.
pub(super) fn place(naming: Naming) -> &'static str {
    match naming {
        Naming::Snake => "which is not among the arguments",
        Naming::Camel => "which is passed in the argument after this one",
    }
}

/// Returns the reason against a name among the arguments that is the name of an option.
pub(super) fn reason_against(name: &str, naming: Naming) -> Option<String> {
    if request_options(naming).any(|option| option == name) {
        return Some(format!("is an option of the request, {}", place(naming)));
    }
    let option = client_options(naming).find(|option| is_same_word(name, option))?;
    Some(format!("{option} is an option of the client, not of a request"))
}
