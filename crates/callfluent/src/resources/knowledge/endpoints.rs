//! Knowledge files: endpoints 8 and 9.

use crate::body::Attachment;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::{Agent, KnowledgeFile};
use crate::resources::resource_macro::resource;

resource! {
    /// Knowledge files of agents.
    pub struct Knowledge = "knowledge";

    /// Uploads files to the knowledge base of an agent and returns them with their IDs.
    ///
    /// Files on disk are streamed. The API does not return the files. Two more requests list the
    /// files of the agent, before and after the upload, and those that are new are returned. A
    /// failure of these requests is not an error of the upload. Each has at most 10 s, in addition
    /// to the timeout of the upload. [`Knowledge::upload_only`] does without them.
    ///
    /// Uploads of a client and its clones to one agent run one after another.
    UPLOAD = Put "/agent/knowledge/{id}", name "knowledge.upload", section("8. Upload an Agent's Knowledge Base File"),
        non_idempotent(), composite();
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "id" [required(), example("1")];
        /// Files, each given by its path or by name and content.
        Files files: Files as "files" [required()];
    }
    output List<KnowledgeFile>, "The new files with their `id`, in the order of the server. The list is empty if the files \
        of the agent could not be listed. A file that the server does not list yet is missing, and a file that another \
        program adds at the same moment is included.";
    later "The `files` of [`Agents::get`] contain the new files later.";
    errors {
        NotFound: "No agent has this ID.";
    }
    unknown_outcome "some files may be stored; check the `files` of [`Agents::get`] before you upload them again.";
    example {
        for file in knowledge.upload(agent_id: 1002, files: [file("prices.txt", "Bread 4")]) {
            print(file.id);
        }
    }
    async fn upload(self, agent_id: impl Into<Id>, files: impl IntoIterator<Item = impl Into<Attachment>>) -> Result<List<KnowledgeFile>> {
        let invocation = Invocation::new(&UPLOAD).with("agent_id", agent_id.into()).with_files(files);
        self.client.upload(invocation).await
    }

    /// Uploads files to the knowledge base of an agent, with one request.
    ///
    /// Unlike [`Knowledge::upload`], it does not list the files, and does not wait for other
    /// uploads to the agent.
    UPLOAD_ONLY = Put "/agent/knowledge/{id}", name "knowledge.upload_only", section("8. Upload an Agent's Knowledge Base File"),
        non_idempotent(), nested_as("agents");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "id" [required(), example("1")];
        /// Files, each given by its path or by name and content.
        Files files: Files as "files" [required()];
    }
    output List<Agent>, "The agents of the workspace.";
    later "The `files` of [`Agents::get`] contain the new files later.";
    errors {
        NotFound: "No agent has this ID.";
    }
    unknown_outcome "some files may be stored; check the `files` of [`Agents::get`] before you upload them again.";
    example {
        knowledge.upload_only(agent_id: 1002, files: [file("prices.txt", "Bread 4, rolls 1, cake 20")]);
    }
    async fn upload_only(self, agent_id: impl Into<Id>, files: impl IntoIterator<Item = impl Into<Attachment>>) -> Result<List<Agent>> {
        let invocation = Invocation::new(&UPLOAD_ONLY).with("agent_id", agent_id.into()).with_files(files);
        self.client.invoke(invocation).await
    }

    /// Deletes a knowledge file.
    DELETE = Delete "/agent/knowledge/{id}", name "knowledge.delete", section("9. Delete an Agent's Knowledge Base File"),
        nested_as("agents");
    parameters {
        /// ID of the file, from the `files` of [`Agents::get`].
        Path file_id: Id as "id" [required(), example("11")];
    }
    output List<Agent>, "The agents of the workspace.";
    later "The `files` of [`Agents::get`] are the remaining files later.";
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
