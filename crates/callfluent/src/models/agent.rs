//! Voice agents: what one is made of. The table of fields stands once; parameters, changes and answers come from it.

use std::path::Path;

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::KnowledgeFile;
use super::enumeration_macro::open_enumeration;
use super::record_macro::{input, model};
use crate::decode::{List, Reader, Reading, Scalar};
use crate::id::Id;
use crate::json::Json;
use crate::schema::Kind;

open_enumeration! {
    /// Whether an agent makes calls or takes them.
    pub enum AgentFormat {
        /// The agent makes calls.
        Outbound = "outbound",
        /// The agent takes calls.
        Inbound = "inbound",
    }
}

/// An agent's picture: a public URL, or an image in base64.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Avatar(String);

impl Avatar {
    /// A picture that is public under this URL.
    pub fn url(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// A picture's bytes, such as the content of a PNG or JPEG file; they are sent in base64.
    pub fn bytes(image: impl AsRef<[u8]>) -> Self {
        Self(base64::engine::general_purpose::STANDARD.encode(image))
    }

    /// A picture in a file, which is read at once.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn file(path: impl AsRef<Path>) -> std::io::Result<Self> {
        std::fs::read(path).map(Self::bytes)
    }

    /// The URL, or the image in base64.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Avatar {
    fn from(url: &str) -> Self {
        Self::url(url)
    }
}

impl From<String> for Avatar {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl Scalar for Avatar {
    const KIND: Kind = Kind::Image;

    fn read(raw: Json<'_>, reader: &mut Reader<'_>) -> Option<Reading<Self>> {
        String::read(raw, reader).map(|reading| reading.map(Self))
    }

    fn stands_as_public(raw: Json<'_>) -> bool {
        String::stands_as_public(raw)
    }
}

/// Turns the table of an agent's fields into `AgentCreateParams`, `AgentPatchParams` and `Agent`.
macro_rules! agent {
    (
        required {
            $( $(#[doc = $rd:literal])* $required:ident: $rt:ty as $rw:literal [ $($rs:ident($($ra:expr),*)),* ]; )*
        }
        optional {
            $( $(#[doc = $od:literal])* $optional:ident: $ot:ty as $ow:literal [ $($os:ident($($oa:expr),*)),* ]; )*
        }
    ) => {
        input! {
            /// Everything an agent is made of, for creating one or replacing what it is.
            ///
            /// `AgentCreateParams::builder()` asks for the required fields; text and numbers convert by themselves.
            pub struct AgentCreateParams
            required { $( $(#[doc = $rd])* $required: $rt as $rw [ $($rs($($ra),*)),* ]; )* }
            optional { $( $(#[doc = $od])* $optional: $ot as $ow [ $($os($($oa),*)),* ]; )* }
        }

        input! {
            /// Some of an agent's fields, for changing them and leaving the others as they are.
            pub struct AgentPatchParams
            required {}
            optional {
                $( $(#[doc = $rd])* $required: $rt as $rw [ $($rs($($ra),*)),* ]; )*
                // What a change leaves out, the agent has already.
                $( $(#[doc = $od])* $optional: $ot as $ow [ $($os($($oa),*),)* optional() ]; )*
            }
        }

        model! {
            /// A voice agent.
            pub struct Agent {
                /// The agent's id.
                id: Id as "id" [required(), example("1")];
                $( $(#[doc = $rd])* $required: Option<$rt> as $rw [ required() $(, $rs($($ra),*))* ]; )*
                $( $(#[doc = $od])* $optional: Option<$ot> as $ow [ $($os($($oa),*)),* ]; )*
            }
        }
    };
}

agent! {
    required {
        /// The id of the workspace that the agent belongs to.
        workspace_id: Id as "workspaceId" [example("1")];
        /// Whether the agent makes calls (`outbound`) or takes them (`inbound`).
        format: AgentFormat as "format" [example("outbound")];
        /// The agent's time zone, as an offset from UTC.
        timezone: String as "timezone" [example("UTC+00:00")];
        /// The agent's name.
        name: String as "name" [example("Sales assistant")];
        /// The language that the agent speaks: a value of the API's list of languages.
        lang: String as "lang" [example("en")];
        /// The agent's voice: a value of the workspace's list of voices.
        voice: String as "voice" [example("alloy")];
        /// The agent's role.
        agent_type: String as "agent_type" [example("sales")];
        /// Who the agent is.
        background: String as "background" [example("You are a support agent.")];
        /// What the agent is to achieve.
        goal: String as "goal" [example("Support clients")];
        /// How the agent speaks.
        tone: String as "tone" [example("Professional")];
        /// What the agent is told to do.
        instructions: String as "instructions" [];
    }
    optional {
        /// The number that the agent calls from or answers, in E.164 form. Required for outbound agents.
        phone_number: String as "phone_number" [phone_number(), required_when("format", "outbound"), example("+123456789")];
        /// The agent's picture: a public URL, or an image in base64.
        avatar: Avatar as "avatar" [example("https://...")];
        /// Whether the agent opens with a welcome message.
        welcome_msg_flag: bool as "welcome_msg_flag" [example("true")];
        /// The welcome message.
        welcome_msg: String as "welcome_msg" [example("How are you today?")];
        /// How long to wait before the welcome message, in seconds.
        welcome_msg_delay: f64 as "welcome_msg_delay" [example("3")];
        /// Whether calls are recorded.
        call_recording: bool as "call_recording" [example("true")];
        /// The types of phone to block, as a list of numbers. On the wire they are one text with commas.
        blocked_phone_types: Vec<i64> as "blocked_phone_types" [comma_separated(), example("1,2,3")];
        /// Whether the agent detects that a machine has answered.
        enable_voice_mail: bool as "enable_voice_mail" [example("true")];
        /// What to do when a machine answers: 1 leaves a voice message, 2 hangs up.
        voice_mail_mode: i64 as "voice_mail_mode" [range(1.0, 2.0), example("1")];
        /// The voice message that is left when a machine answers.
        voice_mail_text: String as "voice_mail_text" [example("Please try again.")];
        /// How long Twilio tries to tell a machine from a person, in seconds.
        machine_detection_timeout: f64 as "machine_detection_timeout" [example("10")];
        /// The OpenAI model. It takes effect where the workspace has a valid OpenAI key.
        openai_model: String as "openai_model" [example("gpt-4o")];
        /// How freely the agent answers (the model's temperature), from 0 to 10.
        answer_creativity: f64 as "answer_creativity" [range(0.0, 10.0), example("3")];
        /// The most tokens of a prompt.
        context_max_tokens: i64 as "context_max_tokens" [example("350")];
        /// How many words of the other side stop the agent's speech, from 0 to 10.
        speech_stop_sensitivity: i64 as "speech_stop_sensitivity" [range(0.0, 10.0), example("5")];
        /// About how many words an answer has at most.
        answer_length: i64 as "answer_length" [example("25")];
        /// After how many seconds of silence the agent asks whether anybody is there.
        silence_message_delay: f64 as "silence_message_delay" [example("10")];
        /// After how many seconds of silence the call ends.
        silence_end_call: f64 as "silence_end_call" [example("20")];
        /// How long a pause ends an utterance, in milliseconds, at least 500.
        utterance_detection: f64 as "utterance_detection" [at_least(500.0), example("1000")];
        /// Whether filler words such as "hmm" are transcribed.
        transcribe_filler_words: bool as "transcribe_filler_words" [example("true")];
        /// Whether the agent follows its script.
        script_option: bool as "script_option" [example("true")];
        /// The agent's script.
        script: String as "script" [];
        /// The background noise; it is heard in calls from a browser only.
        background_sound: String as "background_sound" [example("office-ambience.wav")];
    }
}

model! {
    /// An agent with its knowledge files and the figures of its calls.
    pub struct AgentDetails {
        /// The agent.
        agent: Agent as "agent" [required()];
        /// The agent's knowledge files.
        files: List<KnowledgeFile> as "files" [required()];
        /// How many calls the agent has had.
        total_calls: Option<i64> as "totalCalls" [required()];
        /// How long these calls took on average, as the API gives it (the unit is not documented).
        average_duration: Option<f64> as "averageDuration" [required()];
    }
}

model! {
    /// What became of a patch.
    pub struct AgentPatchResult {
        /// The agent as the server has it now.
        agent: Agent as "agent" [required()];
        /// The fields that the server did not take over as they were sent.
        dropped: List<DroppedField> as "dropped" [required()];
    }
}

model! {
    /// A field that the server did not take over as it was sent.
    pub struct DroppedField {
        /// The field's public name.
        field: Option<String> as "field" [required()];
        /// What was sent.
        sent: Option<Value> as "sent" [];
        /// What the server has; absent where it does not have the field.
        kept: Option<Value> as "kept" [];
    }
}

impl AgentPatchResult {
    pub(crate) fn new(agent: Agent, dropped: Vec<DroppedField>) -> Self {
        let mut patched = Self { agent, dropped: dropped.into(), ..Self::default() };
        // That nothing was dropped is said in every language, not left out.
        if let Ok(nothing) = serde_json::value::to_raw_value(&[(); 0]) {
            patched.origin.keep("dropped", "dropped", nothing, false);
        }
        patched
    }
}

impl DroppedField {
    pub(crate) fn new(field: &str, sent: Value, kept: Option<Value>) -> Self {
        Self { field: Some(field.to_owned()), sent: Some(sent), kept, ..Self::default() }
    }
}

model! {
    /// From which web origins an agent may be reached.
    pub struct CorsOrigins {
        /// Whether the list of origins is in force.
        has_webhook_cors_origin: Option<bool> as "has_webhook_cors_origin" [required()];
        /// The origins, such as `https://example.com`.
        webhook_cors_origin: Option<Vec<String>> as "webhook_cors_origin" [required()];
    }
}
