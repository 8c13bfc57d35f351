//! Workspaces: an extension.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::Workspace;
use crate::schema::Certainty;

resource! {
    /// Workspaces. Each agent and phone number belongs to one.
    pub struct Workspaces = "workspaces";

    /// Lists all workspaces of the account.
    LIST = Get "/workspace/get-all", name "workspaces.list", extension(Certainty::Printed), nested_as("workspaces");
    parameters {}
    output List<Workspace>, "The workspaces, each with its `id` and `name`.";
    errors {}
    example {
        for workspace in workspaces.list() {
            print(workspace.name);
        }
    }
    async fn list(self) -> Result<List<Workspace>> {
        self.client.invoke(Invocation::new(&LIST)).await
    }

    /// Returns one workspace.
    GET = Get "/workspace/get/{id}", name "workspaces.get", extension(Certainty::Cut), nested_as("workspace");
    parameters {
        /// ID of the workspace.
        Path workspace_id: Id as "id" [required(), example("1")];
    }
    output Workspace, "The workspace, with its `id` and `name`.";
    errors {
        NotFound: "No workspace has this ID.";
    }
    example {
        let workspace = workspaces.get(workspace_id: 1);
        print(workspace.name);
    }
    async fn get(self, workspace_id: impl Into<Id>) -> Result<Workspace> {
        self.client.invoke(Invocation::new(&GET).with("workspace_id", workspace_id.into())).await
    }

    /// Creates a workspace.
    CREATE = Post "/workspace/create", name "workspaces.create", extension(Certainty::Printed), nested_as("workspaces");
    parameters {
        /// Name of the workspace.
        Body name: String as "name" [required(), example("First Workspace")];
    }
    output List<Workspace>, "All workspaces of the account, including the new one.";
    errors {
        LimitReached: "The account has reached its maximum number of workspaces.";
    }
    unknown_outcome "the workspace may exist; check [`Workspaces::list`] before you create it again.";
    example {
        for workspace in workspaces.create(name: "Second shop") {
            print(workspace.id);
        }
    }
    async fn create(self, name: &str) -> Result<List<Workspace>> {
        self.client.invoke(Invocation::new(&CREATE).with("name", name)).await
    }
}
