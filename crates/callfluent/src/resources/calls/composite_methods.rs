//! The methods of calls that send several requests: their descriptions for all languages.

use super::poll_schedule::{MAX_INTERVAL, MIN_INTERVAL};
use super::waiter::DEFAULT_TIMEOUT;
use super::{waiter, watcher};
use crate::documentation::{ArgumentKind, CompositeMethod, DefaultValue, ErrorCase, MethodArgument};
use crate::export;

/// All of them.
pub(crate) static COMPOSITE_METHODS: [&CompositeMethod; 3] = [&WAIT, &WATCH, &EXPORT];

const INVALID: ErrorCase = ErrorCase::new("InvalidRequest", "An argument is invalid; nothing was sent.");
const NO_AGENT: ErrorCase = ErrorCase::new("NotFound", "No agent has this ID.");
const FILE: ErrorCase = ErrorCase::new("File", "A file could not be read or written. The same export continues.");
const AGENT_ID: MethodArgument = MethodArgument::new("agent_id", ArgumentKind::Id, "ID of the agent.");
const MIN_INTERVAL_OPTION: MethodArgument = MethodArgument::option(
    "min_interval",
    ArgumentKind::Duration,
    "Shortest delay between polls{unit}, above 0.",
    DefaultValue::Duration(MIN_INTERVAL),
);
const MAX_INTERVAL_OPTION: MethodArgument = MethodArgument::option(
    "max_interval",
    ArgumentKind::Duration,
    "Longest delay between polls{unit}.",
    DefaultValue::Duration(MAX_INTERVAL),
);

pub(crate) static WAIT: CompositeMethod = CompositeMethod {
    name: waiter::METHOD,
    text: "Waits until a phone call has ended, and returns it as the call history has it then.\n\n\
        It polls the call history of the agent, with delays that grow from the shortest to the longest one. A phone \
        call has ended if its `status` is `completed`, `busy`, `no-answer`, `failed` or `canceled`. If the history has no such \
        status, a field whose name contains `duration` and that is positive means the end. The API documents neither: \
        pass `ended` for another condition. Reading the history is idempotent.",
    arguments: &[
        AGENT_ID,
        MethodArgument::new("call_id", ArgumentKind::Id, "ID of the phone call."),
        MethodArgument::option(
            "timeout",
            ArgumentKind::Duration,
            "Total timeout{unit}. Each request has the timeout of the client.",
            DefaultValue::Timeout(DEFAULT_TIMEOUT),
        ),
        MethodArgument::option(
            "ended",
            ArgumentKind::Predicate,
            "Function of the phone call that returns true when it has ended{async}. Replaces the default condition.",
            DefaultValue::Nothing,
        )
        .in_rust("until"),
        MIN_INTERVAL_OPTION,
        MAX_INTERVAL_OPTION,
    ],
    returns: "The phone call.",
    errors: &[
        INVALID,
        ErrorCase::new("Timeout", "The phone call has not ended in time. The message has its last state."),
        NO_AGENT,
    ],
    other_errors: "The history could not be read.",
    examples: [
        "call = client.calls.wait(1002, 50052, timeout=600)\nprint(call.id)",
        "const call = await client.calls.wait(1002, 50052, { timeout: 600_000 });\nconsole.log(call.id);",
        "let call = client.calls().wait(1002, 50052).timeout(Duration::from_secs(600)).await?;\n\
         println!(\"{}\", call.id);",
    ],
};

pub(crate) static WATCH: CompositeMethod = CompositeMethod {
    name: watcher::METHOD,
    text: "Returns the new and changed calls of an agent, without an end.\n\n\
        It polls the call history, with delays that grow from the shortest to the longest one. A new or changed call \
        sets the delay back. The first read of the history finds the calls that exist. A call that appears between two \
        polls is not lost. After an error, the same watch continues.",
    arguments: &[
        AGENT_ID,
        MethodArgument::option(
            "include_existing",
            ArgumentKind::Boolean,
            "Return the calls that exist already, too.",
            DefaultValue::Boolean(false),
        ),
        MIN_INTERVAL_OPTION,
        MAX_INTERVAL_OPTION,
    ],
    returns: "An iterator or stream over calls.",
    errors: &[INVALID, NO_AGENT],
    other_errors: "The history could not be read.",
    examples: [
        "for call in client.calls.watch(1002):\n    print(call.id)",
        "for await (const call of client.calls.watch(1002)) {\n  console.log(call.id, call['status']);\n}",
        "let mut calls = client.calls().watch(1002);\nwhile let Some(call) = calls.next().await {\n    \
         println!(\"{}\", call?.id);\n}",
    ],
};

pub(crate) static EXPORT: CompositeMethod = CompositeMethod {
    name: export::OPERATION,
    text: "Writes the call history of agents to a file.\n\n\
        The file appears when it is complete. Until then, the calls are in a hidden file next to it. If the program \
        ends before that, the same export continues there. It then loses no call and writes none twice. The rows are \
        those of [`Calls::list`], in the same order, with the field `agent_id`. The memory does not depend on the \
        number of calls.",
    arguments: &[
        MethodArgument::new("path", ArgumentKind::Path, "File to write. An existing file is replaced."),
        MethodArgument::option(
            "agent_ids",
            ArgumentKind::Ids,
            "IDs of the agents. Pass these or `workspace_id`. An empty list is an error.",
            DefaultValue::Nothing,
        ),
        MethodArgument::option(
            "workspace_id",
            ArgumentKind::Id,
            "ID of a workspace, for the calls of all its agents.",
            DefaultValue::Nothing,
        ),
        MethodArgument::option(
            "format",
            ArgumentKind::Format,
            "Format of the file.",
            DefaultValue::Text("the suffix of the path"),
        ),
        MethodArgument::option(
            "since",
            ArgumentKind::Path,
            "File that remembers the highest call ID of each agent. Only calls with higher IDs are exported, and the \
             file is updated at the end. A missing file means all calls.",
            DefaultValue::Nothing,
        ),
        MethodArgument::option(
            "mask",
            ArgumentKind::Masks,
            "Data to mask: `phone_numbers` keeps the last four digits of each number, `transcripts` removes the \
             values of fields whose name contains `transcript`.",
            DefaultValue::Nothing,
        ),
        MethodArgument::option(
            "columns",
            ArgumentKind::Columns,
            "Types of columns of a Parquet file, by name.",
            DefaultValue::Text("the columns that the first 1,000 calls have"),
        )
        .in_rust("column"),
        MethodArgument::option(
            "progress",
            ArgumentKind::Progress,
            "the numbers of complete and of all agents",
            DefaultValue::Nothing,
        ),
    ],
    returns: "The path, and the numbers of calls and agents.",
    errors: &[INVALID, FILE],
    other_errors: "A page could not be fetched. The same export continues.",
    examples: [
        "result = client.calls.export(\"calls.jsonl\", workspace_id=1)\n\
         print(result.calls)",
        "const { calls } = await client.calls.export('calls.jsonl', { agentIds: [1001, 1002] });\nconsole.log(calls);",
        "let result = client.calls().export(\"calls.jsonl\").agent_ids([1001, 1002]).await?;\n\
         println!(\"{} calls\", result.calls);",
    ],
};
