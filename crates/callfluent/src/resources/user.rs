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
    later "Repeat the request to get the current profile.";
    errors {}
    example {
        let profile = user.profile();
        print(profile.user.email);
    }
    async fn profile(self) -> Result<Profile> {
        self.client.invoke(Invocation::new(&PROFILE)).await
    }

    /// Changes the password of the user.
    ///
    /// Errors, logs and the journal of the sandbox do not contain the passwords.
    RESET_PASSWORD = Post "/user/reset-password", name "user.reset_password", extension(Certainty::Printed),
        wrapped_in("data");
    parameters {
        /// Current password.
        Body old_password: String as "oldPass" [required(), secret()];
        /// New password.
        Body new_password: String as "newPass" [required(), secret()];
    }
    output (), "Nothing.";
    later "The API documents no endpoint that shows the result: sign in with the new password.";
    errors {
        Status: "The current password is wrong. The status can be 200.";
    }
    unknown_outcome "the password may be changed; sign in to the CallFluent dashboard to check.";
    example {
        user.reset_password(old_password: "sandbox-password", new_password: "correct horse battery staple");
    }
    async fn reset_password(self, old_password: &str, new_password: &str) -> Result<()> {
        let invocation =
            Invocation::new(&RESET_PASSWORD).with("old_password", old_password).with("new_password", new_password);
        self.client.invoke(invocation).await
    }
}
