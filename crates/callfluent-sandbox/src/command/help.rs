//! The text of `--help`. Programs without a feature do not list its options.

/// Returns the text.
pub(super) fn help() -> String {
    [OPTIONS, DATA_DIR, RECORD, MORE_OPTIONS, CONTROLS].concat()
}

/// The text before the options of features.
const OPTIONS: &str = "\
Local sandbox of the CallFluent API for demos and tests. It sends nothing to the network, unless
it records a real server.

Usage: callfluent-sandbox [options]

  --port PORT              port on 127.0.0.1; 0 selects a free one (default: 4010)
  --demo                   start with two workspaces, six agents and sixty calls
  --api-key KEY            API key that requests must have
  --seed NUMBER            seed of IDs, UUIDs and demo data (default: 0)
  --clock SECONDS          start of the sandbox's clock, in seconds since 1970
  --page-size NUMBER       calls per page (default: 20)
  --seconds-per-poll N     each request for the first page of a call history moves the clock by N
                           seconds, so that calls end while a program waits for them (default: 0)
  --agent-limit NUMBER     maximum number of agents (default: 100)
  --workspace-limit NUMBER maximum number of workspaces (default: 5)
  --likely-fields          add likely but undocumented fields to responses, such as created_at
  --drop-fields NAMES      fields that updates of agents silently ignore, separated by commas
";

#[cfg(feature = "data-dir")]
const DATA_DIR: &str = "  --data-dir DIR           keep the state in a SQLite database in this directory
                           (default: memory only)
";
#[cfg(not(feature = "data-dir"))]
const DATA_DIR: &str = "";

#[cfg(feature = "record")]
const RECORD: &str =
    "  --record FILE            forward requests to --target and write the exchanges to this file; phone
                           numbers and secrets that are recognized are replaced
  --target URL             base URL of the real server for --record
";
#[cfg(not(feature = "record"))]
const RECORD: &str = "";

const MORE_OPTIONS: &str = "  --replay FILE            send the recorded responses; nothing is sent to a network
  --journal-limit NUMBER   maximum number of journal entries (default: 10000)
  --faults RATE            share of requests with a random fault, from 0 to 1: lost connections,
                           truncated bodies, status 429, 500, 503 and 504, delays; some before
                           the request is processed and some after
  --fault-seed NUMBER      seed of the random faults (default: 0)
  --help                   print this help
  --version                print the version
";

/// The rest of the text. A test compares the list with the control endpoints.
const CONTROLS: &str = "
A page in a browser at http://127.0.0.1:PORT shows calls, agents and requests.

Control endpoints for tests at http://127.0.0.1:PORT/sandbox, without an API key:
  GET    /sandbox              all operations with method and path
  GET    /sandbox/state        the newest objects and requests, for the page
  GET    /sandbox/journal      received requests with the status of their responses
  DELETE /sandbox/journal      remove all journal entries
  POST   /sandbox/assert-requested
                               compare received requests with expected ones:
                               {\"operation\": \"agents.create\", \"arguments\": {\"name\": \"Sales\"}};
                               also \"times\"
  POST   /sandbox/reset        restore the initial state
  POST   /sandbox/snapshot     copy the whole state and return the ID of the copy
  POST   /sandbox/restore      return to a copy: {\"snapshot\": 1}
  POST   /sandbox/respond      queue a response for the next matching requests:
                               {\"operation\": \"agents.create\", \"times\": 1, \"status\": 429,
                               \"headers\": {\"retry-after\": \"1\"}}
                               other fields: \"path_contains\", \"after\", \"probability\", \"seed\",
                               \"for_seconds\", \"retry_after\", \"body\", \"body_text\",
                               \"delay_ms\", \"process_first\", and \"disconnect\" to close the
                               connection: \"before_response\", \"in_body\" or \"reset\"
  DELETE /sandbox/respond      remove all queued responses
  POST   /sandbox/drop-fields  {\"fields\": [\"tone\"]}
  POST   /sandbox/faults       {\"rate\": 0.2, \"seed\": 7}; a rate of 0 stops random faults
  POST   /sandbox/limits       {\"agents\": 3, \"workspaces\": 1}
  POST   /sandbox/permissions  {\"workspace_id\": 1, \"allowed\": false}
  POST   /sandbox/api-key      {\"revoked\": true}
  POST   /sandbox/phone-numbers
                               add a phone number to a workspace: {\"workspace_id\": 1,
                               \"phone_number\": \"+13125550142\"}; also \"verified\"; all fields are
                               optional
  POST   /sandbox/agents       add an agent: {\"name\": \"Reception\"}; all fields are optional
  POST   /sandbox/calls        add a call: {\"agent_id\": 1001, \"status\": \"no-answer\"}
  GET    /sandbox/clock        the time of the clock
  POST   /sandbox/clock        {\"advance\": 30} moves the clock by seconds; calls progress and end
  POST   /sandbox/call-scripts decide the future of calls: {\"phone_number\": \"+14155550123\",
                               \"outcome\": \"no_answer\"}; also \"ring_seconds\", \"duration\",
                               \"transcript\", \"summary\", \"custom_fields\", \"seed\"
  DELETE /sandbox/call-scripts remove all call scripts
  POST   /sandbox/start-call   start an outbound call: {\"agent_id\": 1002}
  POST   /sandbox/receive-call start an inbound call: {\"agent_id\": 1001}
  POST   /sandbox/finish       move the clock to the end of a call: {\"call_id\": 50001}
  GET    /sandbox/webhooks     sent webhook requests with the status of their responses

Operation names are in snake case (calls.hang_up), or with ?naming=camel_case in camel case
(calls.hangUp). Phone numbers are in E.164 format: + and 7 to 15 digits, the first not 0.
";
