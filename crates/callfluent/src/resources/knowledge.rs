//! Knowledge files: endpoints 8 and 9.

use super::resource_macro::resource;
use crate::body::Attachment;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::Agent;

resource! {
    /// Files that agents draw their knowledge from.
    pub struct Knowledge = "knowledge";

    /// Uploads files to an agent's knowledge. Files on disk are streamed, never held in memory.
    ///
    /// Returns the workspace's agents. The files' ids are in the answer of `agents.get`. An upload is not repeated where
    /// the server may have received it.
    UPLOAD = Put "/agent/knowledge/{id}", name "knowledge.upload", section("8. Upload an Agent's Knowledge Base File"),
        non_idempotent(), nested_as("agents");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "id" [required(), example("1")];
        /// The files.
        Files files: Files as "files" [required()];
    }
    output List<Agent>;
    async fn upload(self, agent_id: impl Into<Id>, files: impl IntoIterator<Item = impl Into<Attachment>>) -> Result<List<Agent>> {
        let invocation = Invocation::new(&UPLOAD).with("agent_id", agent_id.into()).with_files(files);
        self.client.invoke(invocation).await
    }

    /// Deletes a knowledge file.
    ///
    /// Returns the workspace's agents.
    DELETE = Delete "/agent/knowledge/{id}", name "knowledge.delete", section("9. Delete an Agent's Knowledge Base File"),
        nested_as("agents");
    parameters {
        /// The file's id, from the `files` of `agents.get`.
        Path file_id: Id as "id" [required(), example("11")];
    }
    output List<Agent>;
    async fn delete(self, file_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&DELETE).with("file_id", file_id.into())).await
    }
}

/// Stands for files among the parameters.
struct Files;

impl crate::decode::Described for Files {
    const KIND: crate::schema::Kind = crate::schema::Kind::Files;
}
