//! Voice agents. One table of fields defines the parameters of create, update and patch, and the
//! record of responses.

use std::path::Path;

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::KnowledgeFile;
use super::enumeration_macro::open_enumeration;
use super::params_macro::params;
use super::record_macro::record;
use super::values::{AgentType, BackgroundSound, Language, LineType, OpenaiModel, Timezone, Tone, Voice};
use crate::decode::{DecodeContext, DecodeScalar, Decoded, HasKind, List};
use crate::id::Id;
use crate::json::Json;
use crate::schema::Kind;

open_enumeration! {
    /// Direction of an agent's phone calls.
    pub enum AgentFormat {
        /// The agent makes phone calls.
        Outbound = "outbound",
        /// The agent receives phone calls.
        Inbound = "inbound",
    }
}

/// Picture of an agent: a public URL, or an image in base64.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Avatar(String);

impl Avatar {
    /// Refers to a picture by its public URL.
    pub fn url(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// Embeds a picture, e.g. the content of a PNG or JPEG file. It is sent in base64.
    pub fn bytes(image: impl AsRef<[u8]>) -> Self {
        Self(base64::engine::general_purpose::STANDARD.encode(image))
    }

    /// Reads a picture from a file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn file(path: impl AsRef<Path>) -> std::io::Result<Self> {
        std::fs::read(path).map(Self::bytes)
    }

    /// Returns the URL, or the image in base64.
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

impl HasKind for Avatar {
    const KIND: Kind = Kind::Image;
}

impl DecodeScalar for Avatar {
    fn decode(raw: Json<'_>, context: &mut DecodeContext<'_>) -> Option<Decoded<Self>> {
        String::decode(raw, context).map(|decoded| decoded.map(Self))
    }

    fn is_passthrough(raw: Json<'_>) -> bool {
        String::is_passthrough(raw)
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
        params! {
            /// Fields of an agent, for create and update.
            pub struct AgentCreateParams, AgentCreateParamsBuilder, ignores &["id"];
            required { $( $(#[doc = $rd])* $required: $rt as $rw [ $($rs($($ra),*)),* ]; )* }
            optional { $( $(#[doc = $od])* $optional: $ot as $ow [ $($os($($oa),*)),* ]; )* }
        }

        params! {
            /// Fields of an agent to change or to clear. All other fields keep their values.
            pub struct AgentPatchParams, AgentPatchParamsBuilder, ignores &["id"];
            required {}
            optional {
                $( $(#[doc = $rd])* $required: $rt as $rw [ $($rs($($ra),*)),* ]; )*
                // The agent already has the fields that a patch omits.
                $( $(#[doc = $od])* $optional: $ot as $ow [ $($os($($oa),*),)* optional() ]; )*
                /// Names of optional fields whose value is removed, e.g. `welcome_msg`.
                clear: Vec<String> as "clear" [];
                /// Returns the result even if the server did not keep all values. Default: false.
                allow_dropped: bool as "allow_dropped" [];
            }
        }

        record! {
            /// A voice agent.
            pub struct Agent {
                /// ID of the agent.
                id: Id as "id" [required(), example("1")];
                $( $(#[doc = $rd])* $required: Option<$rt> as $rw [ required() $(, $rs($($ra),*))* ]; )*
                $( $(#[doc = $od])* $optional: Option<$ot> as $ow [ $($os($($oa),*)),* ]; )*
            }
        }
    };
}

agent! {
    required {
        /// ID of the agent's workspace.
        workspace_id: Id as "workspaceId" [example("1")];
        /// Direction of the phone calls: `outbound` or `inbound`.
        format: AgentFormat as "format" [called(&["direction"]), example("outbound")];
        /// Time zone: an offset from UTC, such as `UTC+01:00`, without summer time.
        /// [`Timezone`](crate::Timezone) has known values; other offsets are allowed.
        timezone: String as "timezone" [called(&["time_zone", "tz"]), values(&Timezone::ENUMERATION), example("UTC+00:00")];
        /// Name of the agent.
        name: String as "name" [example("Sales assistant")];
        /// Spoken language: a language tag (BCP 47). [`Language`](crate::Language) has known values;
        /// other tags are allowed.
        lang: String as "lang" [called(&["language"]), values(&Language::ENUMERATION), example("en")];
        /// Voice: a value from the workspace's list of voices. [`Voice`](crate::Voice) has known
        /// values; others are allowed.
        voice: String as "voice" [called(&["voice_id"]), values(&Voice::ENUMERATION), example("alloy")];
        /// Role of the agent. [`AgentType`](crate::AgentType) has known values; other strings are
        /// allowed.
        agent_type: String as "agent_type" [called(&["role"]), values(&AgentType::ENUMERATION), example("sales")];
        /// Background of the agent.
        background: String as "background" [example("You are a support agent.")];
        /// Goal of the agent.
        goal: String as "goal" [example("Support clients")];
        /// Tone of voice. [`Tone`](crate::Tone) has known values; other strings, such as their labels,
        /// are allowed.
        tone: String as "tone" [values(&Tone::ENUMERATION), example("Professional")];
        /// Instructions for the agent.
        instructions: String as "instructions" [called(&["prompt", "system_prompt", "system_message"])];
    }
    optional {
        /// Phone number of the agent, in E.164 format.
        phone_number: String as "phone_number" [called(&["number", "from_number"]), phone_number(), required_when("format", "outbound"), example("+123456789")];
        /// Picture of the agent: a public URL, or an image in base64.
        avatar: Avatar as "avatar" [example("https://...")];
        /// Plays the welcome message.
        welcome_msg_flag: bool as "welcome_msg_flag" [example("true")];
        /// Welcome message.
        welcome_msg: String as "welcome_msg" [called(&["greeting", "first_message", "welcome_message", "begin_message"]), example("How are you today?")];
        /// Delay before the welcome message, in seconds.
        welcome_msg_delay: f64 as "welcome_msg_delay" [example("3")];
        /// Records phone calls.
        call_recording: bool as "call_recording" [called(&["record", "recording"]), example("true")];
        /// Line types to block, as numbers. [`LineType`](crate::LineType) has their names.
        blocked_phone_types: Vec<i64> as "blocked_phone_types" [values(&LineType::ENUMERATION), comma_separated(), example("1,2,3")];
        /// Detects answering machines.
        enable_voice_mail: bool as "enable_voice_mail" [example("true")];
        /// Action if an answering machine responds: 1 leaves a voice message, 2 hangs up.
        voice_mail_mode: i64 as "voice_mail_mode" [range(1.0, 2.0), example("1")];
        /// Message that the agent leaves on an answering machine.
        voice_mail_text: String as "voice_mail_text" [example("Please try again.")];
        /// Timeout of the answering machine detection, in seconds.
        machine_detection_timeout: f64 as "machine_detection_timeout" [example("10")];
        /// OpenAI model. It takes effect if the workspace has a valid OpenAI key.
        /// [`OpenaiModel`](crate::OpenaiModel) has known values; other strings are allowed.
        openai_model: String as "openai_model" [called(&["model", "llm"]), values(&OpenaiModel::ENUMERATION), example("gpt-4o")];
        /// Creativity of the agent (temperature of the model), 0 to 10.
        answer_creativity: f64 as "answer_creativity" [called(&["temperature"]), range(0.0, 10.0), example("3")];
        /// Maximum number of tokens in a prompt.
        context_max_tokens: i64 as "context_max_tokens" [called(&["max_tokens"]), example("350")];
        /// Number of words from the other party that interrupt the agent, 0 to 10.
        speech_stop_sensitivity: i64 as "speech_stop_sensitivity" [range(0.0, 10.0), example("5")];
        /// Approximate maximum number of words in a reply.
        answer_length: i64 as "answer_length" [example("25")];
        /// Silence before the agent asks "Are you there?", in seconds.
        silence_message_delay: f64 as "silence_message_delay" [example("10")];
        /// Silence before the agent ends the phone call, in seconds.
        silence_end_call: f64 as "silence_end_call" [example("20")];
        /// Pause that ends an utterance, in milliseconds, at least 500.
        utterance_detection: f64 as "utterance_detection" [at_least(500.0), example("1000")];
        /// Transcribes filler words, e.g. "hmm".
        transcribe_filler_words: bool as "transcribe_filler_words" [example("true")];
        /// Makes the agent follow its script.
        script_option: bool as "script_option" [example("true")];
        /// Script of the agent.
        script: String as "script" [];
        /// Background sound. It applies to phone calls from a browser only.
        /// [`BackgroundSound`](crate::BackgroundSound) has known values; other strings are allowed.
        background_sound: String as "background_sound" [values(&BackgroundSound::ENUMERATION), example("office-ambience.wav")];
    }
}

record! {
    /// An agent with its knowledge files and call statistics.
    pub struct AgentDetails {
        /// The agent.
        agent: Agent as "agent" [required()];
        /// Knowledge files of the agent.
        files: List<KnowledgeFile> as "files" [required()];
        /// Number of phone calls.
        total_calls: Option<i64> as "totalCalls" [required()];
        /// Average duration of the phone calls. The API does not document the unit.
        average_duration: Option<f64> as "averageDuration" [required()];
    }
}

record! {
    /// Result of a patch.
    pub struct AgentPatchResult {
        /// The agent after the patch.
        agent: Agent as "agent" [required()];
        /// Fields that the server did not store as sent.
        dropped: List<DroppedField> as "dropped" [required()];
    }
}

record! {
    /// A field that the server did not store as sent.
    pub struct DroppedField {
        /// Public name of the field.
        field: Option<String> as "field" [required()];
        /// Value that was sent.
        sent: Option<Value> as "sent" [];
        /// Value that the server has; absent if it does not have the field.
        kept: Option<Value> as "kept" [];
    }
}

impl AgentPatchResult {
    pub(crate) fn new(agent: Agent, dropped: Vec<DroppedField>) -> Self {
        let mut patched = Self { agent, dropped: dropped.into(), ..Self::default() };
        // That nothing was dropped is said in every language, not left out.
        if let Ok(nothing) = serde_json::value::to_raw_value(&[(); 0]) {
            patched.raw_fields.keep("dropped", "dropped", nothing, false);
        }
        patched
    }
}

impl DroppedField {
    pub(crate) fn new(field: &str, sent: Value, kept: Option<Value>) -> Self {
        Self { field: Some(field.to_owned()), sent: Some(sent), kept, ..Self::default() }
    }
}

record! {
    /// Web origins from which browsers may use an agent.
    pub struct CorsOrigins {
        /// True if the origins are enabled.
        has_webhook_cors_origin: Option<bool> as "has_webhook_cors_origin" [required()];
        /// Allowed origins, e.g. `https://example.com`.
        webhook_cors_origin: Option<Vec<String>> as "webhook_cors_origin" [required()];
    }
}

record! {
    /// The public part of an agent, which its call button on a website shows.
    ///
    /// Only public programs show this response. All fields that it contains are kept.
    pub struct PublicAgent: undocumented {
        /// Name of the agent.
        name: Option<String> as "name" [required()];
        /// URL of the agent's picture.
        avatar: Option<String> as "avatar" [required()];
    }
}
