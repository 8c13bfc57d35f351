//! The meaning of a name, by its words: of a field, a query parameter or a header. It decides
//! whether the value is a secret, a phone number, or digits that stay, such as an ID or a time.

/// Last words of the names of secrets.
const SECRETS: [&str; 16] = [
    "apikey",
    "apikeys",
    "authorization",
    "credential",
    "credentials",
    "newpass",
    "oldpass",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pwd",
    "secret",
    "secrets",
    "token",
];
/// Words that make any name that of a secret, as in `password_hash`.
const SECRETS_ANYWHERE: [&str; 3] = ["password", "secret", "apikey"];
/// Last words of the names of keys. A key without another word, as in `{"key": "name"}`, is a name.
const KEYS: [&str; 2] = ["key", "keys"];
/// Words in the names of phone numbers.
const PHONES: [&str; 12] = [
    "phone",
    "phones",
    "telephone",
    "mobile",
    "cell",
    "cellphone",
    "tel",
    "msisdn",
    "whatsapp",
    "fax",
    "caller",
    "callee",
];
/// Last words of the names of IDs and times.
const KEPT: [&str; 18] = [
    "at",
    "on",
    "date",
    "time",
    "timestamp",
    "created",
    "updated",
    "modified",
    "expires",
    "since",
    "until",
    "ms",
    "sid",
    "uuid",
    "guid",
    "hash",
    "id",
    "ids",
];

/// The meaning of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Secret,
    /// A key, which is a secret only if it looks like one: `sort_key` is not.
    Key,
    PhoneNumber,
    /// One end of a call or of a period.
    End,
    /// An ID or a time: its digits are not a phone number.
    Kept,
    Other,
}

/// Returns the meaning of the value with this name.
pub(super) fn meaning(name: &str) -> Meaning {
    let words = words(name);
    let Some(last) = words.last().map(String::as_str) else {
        return Meaning::Other;
    };
    let follows = |first: &str, second: &str| words.windows(2).any(|pair| pair == [first, second]);
    if SECRETS.contains(&last)
        || words.iter().any(|word| SECRETS_ANYWHERE.contains(&word.as_str()))
        || follows("api", "key")
        || follows("api", "keys")
    {
        return Meaning::Secret;
    }
    if KEYS.contains(&last) && words.len() > 1 {
        return Meaning::Key;
    }
    // Also in one lower-case word, such as `callid`.
    if KEPT.contains(&last) || last.ends_with("id") {
        return Meaning::Kept;
    }
    if last.ends_with("number") || words.iter().any(|word| PHONES.contains(&word.as_str()) || word.contains("phone")) {
        return Meaning::PhoneNumber;
    }
    if ["to", "from"].contains(&last) { Meaning::End } else { Meaning::Other }
}

/// The words of a name in lower case, without digits at their ends: `openAIKey2` has three.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let starts = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase()));
        if starts || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    let stripped = words.iter().map(|word| word.trim_end_matches(|letter: char| letter.is_ascii_digit()).to_owned());
    stripped.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning};

    #[test]
    fn a_name_tells_the_meaning_by_its_words() {
        for (names, expected) in [
            ("apiKey api_key APIKey x-api-key twilio_auth_token smtp_pass oldPass pwd webhookSecret2", Meaning::Secret),
            ("password_hash Authorization clientSecretValue pin_token", Meaning::Secret),
            ("openai_key openAIKey elevenlabs_key sortKey", Meaning::Key),
            ("phone_number forwardNumber toNumber phone mobile callerTel phoneNumbers", Meaning::PhoneNumber),
            ("to from callTo", Meaning::End),
            ("id callid agentId field_ids started_at timestamp sid phone_number_id", Meaning::Kept),
            ("key keyboard compass max_tokens authorization_status token_type name transcription", Meaning::Other),
        ] {
            for name in names.split(' ') {
                assert_eq!(meaning(name), expected, "{name}");
            }
        }
    }
}
