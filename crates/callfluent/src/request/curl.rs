//! A request as a curl command for a POSIX shell. The key is the variable `CALLFLUENT_API_KEY`, and
//! headers that look like credentials are variables of their own.

use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, USER_AGENT};

use super::EncodedRequest;
use crate::api_key::ApiKey;
use crate::body::Body;
use crate::header::is_secret;
use crate::operation::Method;
use crate::redaction::redact_secrets;

/// Returns the command. Each option has a line.
pub(crate) fn curl_command(
    method: Method,
    url: &str,
    headers: &HeaderMap,
    request: &EncodedRequest,
    key: &ApiKey,
) -> String {
    // Users and servers can repeat the key anywhere.
    let shown = |text: &str| quoted(&key.redact(redact_secrets(text, &request.secrets)));
    // curl takes brackets in a URL as a list of URLs.
    let globbing = if url.contains(['[', ']', '{', '}']) { " --globoff" } else { "" };
    let mut command = format!("curl{globbing} --request {} {}", method.as_str(), quoted(&key.redact(url.to_owned())));
    let mut option = |name: &str, value: &str| {
        command.push_str(" \\\n  --");
        command.push_str(name);
        command.push(' ');
        command.push_str(value);
    };
    if request.authenticated {
        option("header", "\"authorization: Bearer $CALLFLUENT_API_KEY\"");
    }
    for (name, value) in headers {
        let is_form = matches!(request.body, Body::Files(_));
        // curl has a name and a decoder of its own. It makes the content type of a form.
        if matches!(*name, AUTHORIZATION | USER_AGENT | ACCEPT_ENCODING) || (is_form && *name == CONTENT_TYPE) {
            continue;
        }
        if is_secret(name) {
            option("header", &format!("{}\"${}\"", quoted(&format!("{name}: ")), variable(name.as_str())));
        } else if value.is_empty() {
            // Without a value, curl takes `name:` as the wish to remove the header.
            option("header", &quoted(&format!("{name};")));
        } else {
            option("header", &shown(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))));
        }
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(json) => {
            if !headers.contains_key(CONTENT_TYPE) {
                option("header", "'content-type: application/json'");
            }
            option("data-raw", &shown(&String::from_utf8_lossy(json)));
        }
        Body::Files(files) => {
            for file in files.descriptions() {
                let name = form_quoted(&file.file_name);
                let source = form_quoted(&file.source);
                option("form", &shown(&format!("files=@{source};filename={name};type={}", file.media_type)));
            }
        }
    }
    command
}

/// Returns the name of the variable that stands for the value of a header.
fn variable(header: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    header.chars().map(letter).collect()
}

/// Quotes a word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Quotes a name in the value of curl's option `--form`.
fn form_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
