//! The user of the API key: an extension.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::error::Result;
use crate::models::Profile;

resource! {
    /// The user that the API key belongs to.
    pub struct Users = "user";

    /// Returns the user's name and email address and the settings of the account.
    PROFILE = Get "/user/profile", name "user.profile", extension;
    parameters {}
    output Profile;
    async fn profile(self) -> Result<Profile> {
        self.client.invoke(Invocation::new(&PROFILE)).await
    }
}
