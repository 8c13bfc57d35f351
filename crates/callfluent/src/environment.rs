//! Environment variables that a client takes defaults from. Bindings hand over those of their own
//! language, because `os.environ` and `process.env` may differ from the environment of the process.

use std::collections::HashMap;

/// Variables that a client reads. A binding hands over those of them that are set.
#[doc(hidden)]
pub const VARIABLES: [&str; 13] = [
    "CALLFLUENT_API_KEY",
    "CALLFLUENT_BASE_URL",
    "CALLFLUENT_OFFLINE",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The environment of the process, or the variables that a binding hands over instead.
#[derive(Debug, Clone, Default)]
pub(crate) enum Environment {
    #[default]
    Process,
    Given(HashMap<String, String>),
}

impl Environment {
    /// Returns the value of a variable, unless it is unset or blank.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Process => std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()),
            Self::Given(variables) => variables.get(name).cloned(),
        };
        value.filter(|value| !value.trim().is_empty())
    }

    /// Returns whether a variable is set without a usable value.
    pub(crate) fn is_blank(&self, name: &str) -> bool {
        let is_set = match self {
            Self::Process => std::env::var_os(name).is_some(),
            Self::Given(variables) => variables.contains_key(name),
        };
        is_set && self.get(name).is_none()
    }

    /// Returns the value of a variable that is written in upper or lower case.
    pub(crate) fn get_any_case(&self, name: &str) -> Option<String> {
        self.get(name).or_else(|| self.get(&name.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_environment_hides_that_of_the_process() {
        let given = Environment::Given(HashMap::from([("http_proxy".to_owned(), "http://a:1".to_owned())]));
        assert_eq!(given.get("PATH"), None);
        assert_eq!(given.get_any_case("HTTP_PROXY").as_deref(), Some("http://a:1"));
        assert!(Environment::default().get("PATH").is_some());
    }

    #[test]
    fn a_blank_variable_counts_as_unset() {
        let given = Environment::Given(HashMap::from([("CALLFLUENT_API_KEY".to_owned(), " ".to_owned())]));
        assert_eq!(given.get("CALLFLUENT_API_KEY"), None);
        assert!(given.is_blank("CALLFLUENT_API_KEY") && !given.is_blank("CALLFLUENT_BASE_URL"));
    }
}
