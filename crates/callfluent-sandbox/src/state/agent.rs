//! An agent and what belongs to it: the payload as it was sent, custom fields, actions, knowledge files, CORS origins.
//! The payload stays JSON, because the API is open and what it does not know must come back unchanged.

use serde_json::{Map, Value, json};

use crate::check::AGENT_FIELDS;
use crate::clock::timestamp;
use crate::settings::AnswerFields;

/// Names in an agent's answer that the server owns: a client that sends them back does not change them.
const OWN_NAMES: &[&str] =
    &["id", "has_webhook_cors_origin", "webhook_cors_origin", "custom_fields", "actions", "created_at", "updated_at"];

#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub(crate) id: u64,
    pub(crate) payload: Map<String, Value>,
    pub(crate) custom_fields: Vec<Map<String, Value>>,
    pub(crate) actions: Vec<Action>,
    pub(crate) knowledge_files: Vec<KnowledgeFile>,
    pub(crate) cross_origin: CrossOrigin,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
}

impl Agent {
    pub(crate) fn new(id: u64, payload: &Map<String, Value>, moment: u64) -> Self {
        Self {
            id,
            payload: without_own_names(payload),
            custom_fields: Vec::new(),
            actions: Vec::new(),
            knowledge_files: Vec::new(),
            cross_origin: CrossOrigin::default(),
            created_at: moment,
            updated_at: moment,
        }
    }

    /// Puts a new payload in the place of the old: a documented field that is missing from it is gone,
    /// an undocumented one stays, and one in `dropped` keeps its old value without a word.
    pub(crate) fn replace(&mut self, payload: &Map<String, Value>, dropped: &[String], moment: u64) {
        let is_dropped = |name: &String| dropped.contains(name);
        let mut replaced = without_own_names(payload);
        replaced.retain(|name, _| !is_dropped(name));
        for (name, value) in &self.payload {
            let documented = AGENT_FIELDS.iter().any(|field| field.name == name);
            if is_dropped(name) || (!documented && !replaced.contains_key(name)) {
                replaced.insert(name.clone(), value.clone());
            }
        }
        self.payload = replaced;
        self.updated_at = moment;
    }

    pub(crate) fn workspace_id(&self) -> u64 {
        self.payload.get("workspaceId").and_then(Value::as_u64).unwrap_or_default()
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

    pub(crate) fn to_json(&self, fields: AnswerFields) -> Value {
        let mut answer = Map::with_capacity(self.payload.len() + OWN_NAMES.len());
        answer.insert("id".to_owned(), self.id.into());
        answer.extend(self.payload.clone());
        if fields == AnswerFields::Documented {
            return Value::Object(answer);
        }
        answer.insert("has_webhook_cors_origin".to_owned(), self.cross_origin.enabled.into());
        answer.insert("webhook_cors_origin".to_owned(), self.cross_origin.origins.clone());
        answer.insert("custom_fields".to_owned(), self.custom_fields.iter().cloned().collect());
        answer.insert("actions".to_owned(), self.actions.iter().map(|action| action.to_json(fields)).collect());
        answer.insert("created_at".to_owned(), timestamp(self.created_at).into());
        answer.insert("updated_at".to_owned(), timestamp(self.updated_at).into());
        Value::Object(answer)
    }
}

fn without_own_names(payload: &Map<String, Value>) -> Map<String, Value> {
    payload
        .iter()
        .filter(|(name, _)| !OWN_NAMES.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What the agent can do in a call. `agentId` and `actionType` are part of the payload.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) id: u64,
    pub(crate) agent_id: u64,
    pub(crate) payload: Map<String, Value>,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
}

impl Action {
    pub(crate) fn to_json(&self, fields: AnswerFields) -> Value {
        let mut answer = Map::with_capacity(self.payload.len() + 4);
        answer.insert("id".to_owned(), self.id.into());
        answer.insert("agentId".to_owned(), self.agent_id.into());
        for (name, value) in &self.payload {
            if !matches!(name.as_str(), "id" | "agentId" | "created_at" | "updated_at") {
                answer.insert(name.clone(), value.clone());
            }
        }
        if fields == AnswerFields::Documented {
            return Value::Object(answer);
        }
        answer.insert("created_at".to_owned(), timestamp(self.created_at).into());
        answer.insert("updated_at".to_owned(), timestamp(self.updated_at).into());
        Value::Object(answer)
    }

    pub(crate) fn action_type(&self) -> &str {
        self.payload.get("actionType").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A file of the agent's knowledge base: what it was, not what was in it.
#[derive(Debug, Clone)]
pub(crate) struct KnowledgeFile {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) content_type: String,
    pub(crate) created_at: u64,
}

impl KnowledgeFile {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "size": self.size,
            "type": self.content_type,
            "created_at": timestamp(self.created_at),
        })
    }
}

/// From which origins a browser may call the agent's webhook.
#[derive(Debug, Clone)]
pub(crate) struct CrossOrigin {
    pub(crate) enabled: bool,
    /// A list of text.
    pub(crate) origins: Value,
}

impl Default for CrossOrigin {
    fn default() -> Self {
        Self { enabled: false, origins: Value::Array(Vec::new()) }
    }
}
