//! The state of the simulated account: workspaces with numbers, agents with their parts, and calls.
//! It is independent of HTTP. IDs, UUIDs and times depend only on the seed and the clock.

mod account;
mod agent;
mod call;
mod call_life;
mod call_plan;
mod call_status;
mod ids;
mod objects;
pub mod other_account;
mod workspace;

pub(crate) use account::Account;
pub(crate) use agent::{Action, Agent, CorsOrigins, KnowledgeFile};
pub(crate) use call::Call;
pub(crate) use call_plan::{CallPlan, CallScript, Outcome, ScriptedOutcome};
pub(crate) use call_status::CallStatus;
pub(crate) use objects::Objects;
#[cfg(feature = "data-dir")]
pub(crate) use objects::Stored;
pub(crate) use workspace::{PhoneNumber, Workspace};
