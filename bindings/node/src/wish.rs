//! The wish of a caller: the result of a request, the raw response next to it, or the curl command
//! that would send it.

use callfluent::bindings::PublicJson;
use callfluent::{RawResponse, RequestExt as _, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::chunks::Payload;

/// The wish of a caller.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Wish {
    /// The parsed result.
    #[default]
    Value,
    /// The result with its response.
    Response,
    /// The curl command. Nothing is sent.
    Curl,
}

impl Wish {
    /// Returns what the caller wants as JSON.
    pub(crate) async fn of(self, request: impl Future<Output = Result<PublicJson>> + Send) -> Result<Payload> {
        match self {
            Self::Value => Ok(request.await?.into()),
            Self::Response => request.with_response().await.map(|response| with_value(response).into()),
            Self::Curl => Ok(Value::from(request.as_curl().await?).to_string().into()),
        }
    }
}

/// Encodes a response. Its value is JSON already.
fn with_value(response: RawResponse<PublicJson>) -> String {
    let RawResponse { value, status, headers, body, request_id, attempts, method, url, .. } = response;
    let value = value.into_text();
    let mut parts = serde_json::json!({
        "status": status,
        "headers": headers,
        "body": body,
        "attempts": attempts,
        "method": method,
        "url": url,
    });
    // In JavaScript, an ID that there is not is undefined, as in errors.
    if let (Some(request_id), Some(parts)) = (request_id, parts.as_object_mut()) {
        parts.insert("requestId".to_owned(), request_id.into());
    }
    let parts = parts.to_string();
    format!("{{\"value\":{value},{}", parts.trim_start_matches('{'))
}
