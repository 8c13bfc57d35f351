//! A plain HTTP client for the tests. Requests are written out; the project's client is not used.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use callfluent_sandbox::Sandbox;
use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// A client with the sandbox's base URL and API key.
pub struct HttpClient {
    http: Client,
    base_url: String,
    api_key: String,
}

/// A received response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Returns the payload of a successful response.
    pub fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.json()["status"], true);
        self.json()["data"].clone()
    }

    /// Returns the errors of a 422 response, as `field: reason`.
    pub fn errors(&self) -> Vec<String> {
        assert_eq!(self.status, 422, "{}", self.text);
        let body = self.json();
        assert_eq!(body["status"], false);
        let errors: Vec<String> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| format!("{}: {}", error["field"].as_str().unwrap(), error["reason"].as_str().unwrap()))
            .collect();
        assert_eq!(body["error"], errors.join("; "));
        errors
    }
}

impl HttpClient {
    pub fn new(sandbox: &Sandbox) -> Self {
        Self::at(sandbox.base_url(), sandbox.api_key())
    }

    pub fn at(base_url: &str, api_key: &str) -> Self {
        Self {
            http: Client::builder().no_proxy().build().unwrap(),
            base_url: base_url.to_owned(),
            api_key: api_key.to_owned(),
        }
    }

    pub fn http2(sandbox: &Sandbox) -> Self {
        Self { http: Client::builder().no_proxy().http2_prior_knowledge().build().unwrap(), ..Self::new(sandbox) }
    }

    pub fn with_key(mut self, api_key: &str) -> Self {
        api_key.clone_into(&mut self.api_key);
        self
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url)).bearer_auth(&self.api_key)
    }

    pub fn request_without_key(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url))
    }

    pub async fn get(&self, path: &str) -> Response {
        send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Response {
        send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn upload(&self, agent_id: u64, files: &[(&'static str, &'static [u8])]) -> Response {
        let mut form = Form::new();
        for (name, content) in files {
            form = form.part("files", Part::bytes(*content).file_name(*name).mime_str("text/plain").unwrap());
        }
        send(self.request(Method::PUT, &format!("/agent/knowledge/{agent_id}")).multipart(form)).await
    }

    /// Sends a request to a control endpoint, without an API key.
    pub async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let url = format!("{}/sandbox{path}", self.base_url.trim_end_matches("/api"));
        let request = self.http.request(method, url);
        send(match body {
            // Without a JSON content type, like `curl -d`.
            Some(body) => request.body(body.to_string()),
            None => request,
        })
        .await
    }

    pub async fn create_agent(&self, payload: &Value) -> u64 {
        self.post("/agent/create", payload).await.data()["id"].as_u64().unwrap()
    }

    pub async fn start_call(&self, agent_id: u64) -> u64 {
        let path = format!("/call-api/make-call/{agent_id}");
        self.post(&path, &json!({"phone_number": "+14155550123"})).await.data()["id"].as_u64().unwrap()
    }
}

pub async fn send(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    assert!(status < 600);
    Response { status, headers, text: response.text().await.unwrap() }
}

pub async fn started() -> (Sandbox, HttpClient) {
    let sandbox = Sandbox::builder().likely_fields(true).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    (sandbox, http)
}

/// An agent with the required fields only.
pub fn inbound_agent() -> Value {
    json!({
        "workspaceId": 1, "format": "inbound", "timezone": "UTC+00:00", "name": "Reception", "lang": "en", "voice": "alloy",
        "agent_type": "sales", "background": "You are a support agent.", "goal": "Support clients", "tone": "Professional",
        "instructions": "",
    })
}

pub fn outbound_agent(number: &str) -> Value {
    with(inbound_agent(), &json!({"format": "outbound", "name": "Sales Bot", "phone_number": number}))
}

/// An agent with all documented fields.
pub fn complete_agent() -> Value {
    with(
        outbound_agent("+123456789"),
        &json!({
            "avatar": "https://images.example/a.png", "welcome_msg_flag": true, "welcome_msg": "How are you today?",
            "welcome_msg_delay": 3, "call_recording": true, "blocked_phone_types": "1,2,3", "enable_voice_mail": true,
            "voice_mail_mode": 1, "voice_mail_text": "Please try again.", "machine_detection_timeout": 10,
            "openai_model": "gpt-4o", "answer_creativity": 3, "context_max_tokens": 350, "speech_stop_sensitivity": 5,
            "answer_length": 25, "silence_message_delay": 10, "silence_end_call": 20, "utterance_detection": 1000,
            "transcribe_filler_words": true, "script_option": true, "script": "Say hello.",
            "background_sound": "office-ambience.wav",
        }),
    )
}

/// Returns the object with changed fields; null removes a field.
pub fn with(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
    object
}
