//! `Naming`: the case of names in the caller's language, for operations such as `calls.hang_up` and
//! for fields.

use crate::errors::{FieldErrors, did_you_mean};

/// The case of names in control requests and in their errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `calls.hang_up`: Rust, Python and the default.
    #[default]
    SnakeCase,
    /// `calls.hangUp`: JavaScript.
    CamelCase,
}

impl Naming {
    /// Decodes the query parameter `naming` of a control endpoint.
    pub(crate) fn from_query(query: &str) -> Result<Self, FieldErrors> {
        let naming = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "naming");
        match naming.as_ref().map(|(_, naming)| naming.as_ref()) {
            None | Some("snake_case") => Ok(Self::SnakeCase),
            Some("camel_case") => Ok(Self::CamelCase),
            Some(other) => {
                Err(FieldErrors::single("naming", format!("must be snake_case or camel_case, but is {other:?}")))
            }
        }
    }

    /// Converts a name from snake case.
    pub(crate) fn apply(self, name: &str) -> String {
        if self == Self::SnakeCase {
            return name.to_owned();
        }
        let mut words = name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |mut name, word| {
            let mut letters = word.chars();
            name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
            name.push_str(letters.as_str());
            name
        })
    }

    /// Converts the name of a field from the API documentation, which has both cases.
    pub(crate) fn of_field(self, name: &str) -> String {
        let mut snake_case = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() {
                snake_case.push('_');
            }
            snake_case.push(letter.to_ascii_lowercase());
        }
        self.apply(&snake_case)
    }

    /// Finds an operation by its name in this naming.
    pub(crate) fn find_operation(self, name: &str, known: &[&'static str]) -> Result<&'static str, FieldErrors> {
        let names: Vec<_> = known.iter().map(|operation| self.apply(operation)).collect();
        match names.iter().position(|known| known == name).and_then(|index| known.get(index)) {
            Some(operation) => Ok(operation),
            None => {
                let suggestion = did_you_mean(name, names.iter().map(String::as_str));
                Err(FieldErrors::single("operation", format!("unknown operation {name:?}{suggestion}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Naming;

    #[test]
    fn names_are_converted_to_camel_case_and_back() {
        let known = ["phone_numbers.list", "agents.set_cors_origins", "calls.list"];
        assert_eq!(Naming::CamelCase.apply("agents.set_cors_origins"), "agents.setCorsOrigins");
        assert_eq!(Naming::CamelCase.find_operation("phoneNumbers.list", &known).unwrap(), "phone_numbers.list");
        let error = Naming::CamelCase.find_operation("phone_numbers.list", &known).unwrap_err();
        let expected = "operation: unknown operation \"phone_numbers.list\"; did you mean `phoneNumbers.list`?";
        assert_eq!(error.to_string(), expected);
    }
}
