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
    later "Repeat the request to get the current workspaces.";
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
    later "Repeat the request to get the current workspace.";
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
    ///
    /// The server returns all workspaces. The result is the one with this name; of several ones,
    /// that with the greatest ID. If another program creates a workspace of the same name at the
    /// same moment, the result can be that one.
    CREATE = Post "/workspace/create", name "workspaces.create", extension(Certainty::Printed), nested_as("workspaces"),
        created_by(&["name"]);
    parameters {
        /// Name of the workspace.
        Body name: String as "name" [required(), example("First Workspace")];
    }
    output Workspace, "The new workspace.";
    later "[`Workspaces::get`] and [`Workspaces::list`] return the workspace later.";
    errors {
        LimitReached: "The account has reached its maximum number of workspaces.";
    }
    unknown_outcome "the workspace may exist; check [`Workspaces::list`] before you create it again.";
    example {
        let workspace = workspaces.create(name: "Second shop");
        print(workspace.id);
    }
    async fn create(self, name: &str) -> Result<Workspace> {
        self.client.invoke(Invocation::new(&CREATE).with("name", name)).await
    }
}
