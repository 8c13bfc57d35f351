//! Uploads files and finds their IDs. The API does not return the files of an upload, so the files
//! of the agent before and after it are compared.

use std::collections::HashSet;
use std::time::Duration;

use tracing::Instrument as _;

use super::endpoints::{UPLOAD, UPLOAD_ONLY};
use crate::client::{CallFluent, Invocation};
use crate::decode::List;
use crate::error::{Error, RequestTarget, Result};
use crate::id::Id;
use crate::inspection;
use crate::models::KnowledgeFile;
use crate::operation::Operation;
use crate::request::{EncodedRequest, encode_request};
use crate::response::error::with_operation;
use crate::runtime;

/// Maximum time of a request that lists files. It is not part of the timeout of the upload, which
/// would otherwise fail because of a slow list.
const LISTING_TIMEOUT: Duration = Duration::from_secs(10);

/// The request with the files, under the name that users invoke. The result does not depend on the
/// content of its response.
static SENT: Operation = Operation { name: UPLOAD.name, ..UPLOAD_ONLY }.output::<()>();

/// Returns whether an operation is the upload that lists files, which needs several requests.
pub(crate) fn is_upload(operation: &Operation) -> bool {
    operation.name == UPLOAD.name
}

impl CallFluent {
    /// Runs `knowledge.upload`.
    pub(crate) async fn upload(&self, invocation: Invocation) -> Result<List<KnowledgeFile>> {
        let Invocation { operation, arguments, attachments, unchecked, .. } = invocation;
        let agent_id = operation.parameters.first().and_then(|parameter| parameter.field.get(&arguments));
        let agent_id: Id =
            agent_id.cloned().map(serde_json::from_value).and_then(std::result::Result::ok).unwrap_or_default();
        let extra_body = self.options().extra_body_fields();
        // Invalid arguments are reported before anything is sent.
        let validate = self.options().validate && !unchecked;
        let request = encode_request(operation, arguments, attachments, extra_body, validate)?;
        if inspection::is_curl() {
            // The command is that of the request with the files.
            self.send_operation(&SENT, request).await?;
            return Ok(List::default());
        }
        let (client, target) = (self.clone(), self.target_at(SENT.method, &request.path));
        let upload = async move { client.upload_in_turn(&agent_id, request).await };
        let upload = Box::pin(upload.instrument((operation.span)()));
        runtime::run_unattended(upload).await.unwrap_or_else(|| Err(self.upload_shut_down(target)))
    }

    /// Uploads after the earlier uploads of this client and its clones to the agent: each compares
    /// the files, and would otherwise find those of the others.
    async fn upload_in_turn(&self, agent_id: &Id, request: EncodedRequest) -> Result<List<KnowledgeFile>> {
        let target = self.target_at(SENT.method, &request.path);
        let _turn = self.wait_to_upload(&agent_id.to_string(), target).await?;
        let before = self.files_of(agent_id).await;
        let response = self.send_operation(&SENT, request).await?;
        self.decoder()?.decode::<()>(&SENT, &response)?;
        let Some(before) = before else {
            return Ok(List::default());
        };
        let known: HashSet<String> = before.iter().map(|file| file.id.to_string()).collect();
        let after = self.files_of(agent_id).await.unwrap_or_default();
        let new: Vec<_> = after.into_iter().filter(|file| !known.contains(&file.id.to_string())).collect();
        Ok(new.into())
    }

    /// Returns the files of an agent; `None` if they cannot be listed.
    async fn files_of(&self, agent_id: &Id) -> Option<List<KnowledgeFile>> {
        let timeout = self.options().timeout.map_or(LISTING_TIMEOUT, |timeout| timeout.min(LISTING_TIMEOUT));
        let client = self.with_options(|options| options.timeout(timeout));
        match client.agents().get(agent_id).await {
            Ok(details) => Some(details.files),
            Err(error) => {
                // The message may contain what the server sent.
                let error = error.name();
                tracing::warn!(target: "callfluent::upload", error, "the files of an agent cannot be listed");
                None
            }
        }
    }

    /// Returns the error of an upload whose runtime was shut down.
    fn upload_shut_down(&self, target: RequestTarget) -> Error {
        let mut context = target.context("tokio runtime was shut down during the upload");
        context.outcome_unknown = true;
        with_operation(Error::Connection(context), &SENT, self.options().naming)
    }
}
