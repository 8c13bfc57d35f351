//! The user of the API key: an extension.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::error::Result;
use crate::models::Profile;
use crate::schema::Certainty;

resource! {
    /// The user that owns the API key.
    pub struct User = "user";

    /// Returns the profile of the user that owns the API key.
    PROFILE = Get "/user/profile", name "user.profile", extension(Certainty::Printed);
    parameters {}
    output Profile, "The user's name and email address in `user`, and the account settings in `setting`.";
    errors {}
    example {
        let profile = user.profile();
        print(profile.user.email);
    }
    async fn profile(self) -> Result<Profile> {
        self.client.invoke(Invocation::new(&PROFILE)).await
    }
}
