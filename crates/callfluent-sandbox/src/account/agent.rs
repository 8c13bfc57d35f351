//! An agent and its parts: the sent payload, custom fields, actions, knowledge files, CORS origins.
//! The payload stays JSON: the API accepts unknown fields and must return them unchanged.

use serde_json::{Map, Value};

use super::objects::Stored;
use crate::clock::timestamp;
use crate::ordered_json::{Content, Written, field};
use crate::settings::ResponseFields;
use crate::validation::{AGENT_FIELDS, decode_id};

/// Fields of an agent that only the server sets. Sent values are ignored.
const SERVER_FIELDS: &[&str] =
    &["id", "has_webhook_cors_origin", "webhook_cors_origin", "custom_fields", "actions", "created_at", "updated_at"];

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Agent {
    pub(crate) id: u64,
    pub(crate) payload: Map<String, Value>,
    pub(crate) custom_fields: Vec<Map<String, Value>>,
    pub(crate) actions: Vec<Action>,
    pub(crate) knowledge_files: Vec<KnowledgeFile>,
    pub(crate) cors_origins: CorsOrigins,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
    #[cfg_attr(feature = "data-dir", serde(skip))]
    written: Written,
}

impl Stored for Agent {
    fn forget_derived(&mut self) {
        self.written.forget();
    }
}

impl Agent {
    pub(crate) fn new(id: u64, payload: &Map<String, Value>, now: u64) -> Self {
        Self {
            id,
            payload: without_server_fields(payload),
            custom_fields: Vec::new(),
            actions: Vec::new(),
            knowledge_files: Vec::new(),
            cors_origins: CorsOrigins::default(),
            created_at: now,
            updated_at: now,
            written: Written::default(),
        }
    }

    /// Replaces the payload. Omitted documented fields are removed and omitted undocumented fields
    /// stay. Fields in `dropped` silently keep their old values.
    pub(crate) fn replace(&mut self, payload: &Map<String, Value>, dropped: &[String], now: u64) {
        let is_dropped = |name: &String| dropped.contains(name);
        let mut replaced = without_server_fields(payload);
        replaced.retain(|name, _| !is_dropped(name));
        for (name, value) in &self.payload {
            let documented = AGENT_FIELDS.iter().any(|field| field.name == name);
            if is_dropped(name) || (!documented && !replaced.contains_key(name)) {
                replaced.insert(name.clone(), value.clone());
            }
        }
        self.payload = replaced;
        self.updated_at = now;
    }

    pub(crate) fn workspace_id(&self) -> u64 {
        self.payload.get("workspaceId").and_then(decode_id).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.payload.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn records_calls(&self) -> bool {
        self.payload.get("call_recording").and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn phone_number(&self) -> Option<&str> {
        self.payload.get("phone_number").and_then(Value::as_str)
    }

    pub(crate) fn is_outbound(&self) -> bool {
        self.payload.get("format").and_then(Value::as_str) == Some("outbound")
    }

    pub(crate) fn avatar(&self) -> Value {
        self.payload.get("avatar").cloned().unwrap_or_default()
    }

    /// Returns the agent for a response. The fields must be the same in each request.
    pub(crate) fn content(&self, fields: ResponseFields) -> Content {
        self.written.text(|| self.to_json(fields).into())
    }

    pub(crate) fn to_json(&self, fields: ResponseFields) -> Value {
        let mut json = Map::with_capacity(self.payload.len() + SERVER_FIELDS.len());
        json.insert("id".to_owned(), self.id.into());
        json.extend(self.payload.clone());
        if fields == ResponseFields::Documented {
            return Value::Object(json);
        }
        json.insert("has_webhook_cors_origin".to_owned(), self.cors_origins.enabled.into());
        json.insert("webhook_cors_origin".to_owned(), self.cors_origins.origins.clone());
        json.insert("custom_fields".to_owned(), self.custom_fields.iter().cloned().collect());
        json.insert("actions".to_owned(), self.actions.iter().map(|action| action.to_json(fields)).collect());
        json.insert("created_at".to_owned(), timestamp(self.created_at).into());
        json.insert("updated_at".to_owned(), timestamp(self.updated_at).into());
        Value::Object(json)
    }
}

fn without_server_fields(payload: &Map<String, Value>) -> Map<String, Value> {
    payload
        .iter()
        .filter(|(name, _)| !SERVER_FIELDS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// An action of the agent during a call. `agentId` and `actionType` are part of the payload.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Action {
    pub(crate) id: u64,
    pub(crate) agent_id: u64,
    pub(crate) payload: Map<String, Value>,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
}

impl Action {
    pub(crate) fn to_json(&self, fields: ResponseFields) -> Value {
        let mut json = Map::with_capacity(self.payload.len() + 4);
        json.insert("id".to_owned(), self.id.into());
        json.insert("agentId".to_owned(), self.agent_id.into());
        for (name, value) in &self.payload {
            if !matches!(name.as_str(), "id" | "agentId" | "created_at" | "updated_at") {
                json.insert(name.clone(), value.clone());
            }
        }
        if fields == ResponseFields::Documented {
            return Value::Object(json);
        }
        json.insert("created_at".to_owned(), timestamp(self.created_at).into());
        json.insert("updated_at".to_owned(), timestamp(self.updated_at).into());
        Value::Object(json)
    }

    pub(crate) fn action_type(&self) -> &str {
        self.payload.get("actionType").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A file of the agent's knowledge base, without its content.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct KnowledgeFile {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) content_type: String,
    pub(crate) created_at: u64,
}

impl KnowledgeFile {
    pub(crate) fn content(&self) -> Content {
        Content::Fields(vec![
            field("id", self.id),
            field("name", self.name.clone()),
            field("size", self.size),
            field("type", self.content_type.clone()),
            field("created_at", timestamp(self.created_at)),
        ])
    }
}

/// The origins from which browsers may request the agent's webhook.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct CorsOrigins {
    pub(crate) enabled: bool,
    /// An array of strings.
    pub(crate) origins: Value,
}

impl Default for CorsOrigins {
    fn default() -> Self {
        Self { enabled: false, origins: Value::Array(Vec::new()) }
    }
}
