//! Knowledge files: endpoints 8 and 9.

use super::resource_macro::resource;
use crate::body::Attachment;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::Agent;

resource! {
    /// Knowledge files of agents.
    pub struct Knowledge = "knowledge";

    /// Uploads files to the knowledge base of an agent.
    ///
    /// Files on disk are streamed. The response does not contain the IDs of the files; read them
    /// from the `files` of [`Agents::get`](crate::resources::Agents::get).
    UPLOAD = Put "/agent/knowledge/{id}", name "knowledge.upload", section("8. Upload an Agent's Knowledge Base File"),
        non_idempotent(), nested_as("agents");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "id" [required(), example("1")];
        /// Files, each given by its path or by name and content.
        Files files: Files as "files" [required()];
    }
    output List<Agent>, "The agents of the workspace.";
    errors {
        NotFound: "No agent has this ID.";
    }
    unknown_outcome "some files may be stored; check the `files` of [`Agents::get`] before you upload them again.";
    example {
        knowledge.upload(agent_id: 1002, files: [file("prices.txt", "Bread 4, rolls 1, cake 20")]);
    }
    async fn upload(self, agent_id: impl Into<Id>, files: impl IntoIterator<Item = impl Into<Attachment>>) -> Result<List<Agent>> {
        let invocation = Invocation::new(&UPLOAD).with("agent_id", agent_id.into()).with_files(files);
        self.client.invoke(invocation).await
    }

    /// Deletes a knowledge file.
    DELETE = Delete "/agent/knowledge/{id}", name "knowledge.delete", section("9. Delete an Agent's Knowledge Base File"),
        nested_as("agents");
    parameters {
        /// ID of the file, from the `files` of [`Agents::get`].
        Path file_id: Id as "id" [required(), example("11")];
    }
    output List<Agent>, "The agents of the workspace. The remaining files appear in the `files` of [`Agents::get`].";
    errors {
        NotFound: "No file has this ID.";
    }
    example {
        knowledge.delete(file_id: 3002);
    }
    async fn delete(self, file_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&DELETE).with("file_id", file_id.into())).await
    }
}

/// The type of the `files` parameter.
struct Files;

impl crate::decode::HasKind for Files {
    const KIND: crate::schema::Kind = crate::schema::Kind::Files;
}
