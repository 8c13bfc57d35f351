//! Workspaces: an extension.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::models::Workspace;

resource! {
    /// Workspaces, which agents and phone numbers belong to.
    pub struct Workspaces = "workspaces";

    /// Lists all workspaces.
    LIST = Get "/workspace/get-all", name "workspaces.list", extension, nested_as("workspaces");
    parameters {}
    output List<Workspace>;
    async fn list(self) -> Result<List<Workspace>> {
        self.client.invoke(Invocation::new(&LIST)).await
    }

    /// Creates a workspace.
    ///
    /// Returns all workspaces. `LimitReachedError` says that the account has all the workspaces it may have. A workspace
    /// is never created twice.
    CREATE = Post "/workspace/create", name "workspaces.create", extension, nested_as("workspaces");
    parameters {
        /// The workspace's name.
        Body name: String as "name" [required(), example("First Workspace")];
    }
    output List<Workspace>;
    async fn create(self, name: &str) -> Result<List<Workspace>> {
        self.client.invoke(Invocation::new(&CREATE).with("name", name)).await
    }
}
