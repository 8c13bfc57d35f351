//! Methods that move calls: the clock, scripts, inbound calls, the end of a call, webhooks.

use serde_json::Value;

use super::{Sandbox, object};
use crate::control;
use crate::errors::FieldErrors;
use crate::fixtures;
use crate::names::Naming;
use crate::webhooks::WebhookDelivery;

impl Sandbox {
    /// Moves the clock by some seconds and returns the new time in seconds since 1970.
    ///
    /// Calls progress: they ring, are in progress, and end. The second per request moves no call.
    /// After an ended conversation, the agent's webhook actions send a request to their URLs;
    /// [`webhooks`](Self::webhooks) waits for them.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::Sandbox;
    /// # fn example(sandbox: &Sandbox) {
    /// let before = sandbox.now();
    /// assert_eq!(sandbox.advance(30), before + 30);
    /// # }
    /// ```
    pub fn advance(&self, seconds: u64) -> u64 {
        let mut state = self.shared().lock();
        self.shared().advance(&mut state, seconds);
        state.now()
    }

    /// Returns the time of the sandbox's clock, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.shared().read().now()
    }

    /// Decides the future of later calls. The latest script for a number takes precedence.
    ///
    /// Fields are `phone_number` (all numbers if omitted), `outcome` (`completed`, `voicemail`,
    /// `no_answer`, `busy`, `failed` or `random`), `ring_seconds`, `duration` in seconds,
    /// `transcript`, `summary`, `custom_fields` (values that the other person tells), and `seed` of
    /// the outcome `random`. By default a call rings for 5 seconds and is completed after 60.
    ///
    /// # Errors
    /// Returns an error if a field is unknown or invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// sandbox.script_call(json!({"outcome": "random", "seed": 7}))?;
    /// sandbox.script_call(json!({"phone_number": "+14155550123", "outcome": "busy"}))
    /// # }
    /// ```
    pub fn script_call(&self, script: Value) -> Result<(), FieldErrors> {
        self.shared().check_account()?;
        fixtures::script_call(&mut self.shared().lock().account, &object(script)?, Naming::SnakeCase)
    }

    /// Starts an inbound call of an agent, which rings, and returns it as the API does.
    ///
    /// Overrides are the fields of [`script_call`](Self::script_call). `phone_number` is the
    /// caller's number.
    ///
    /// # Errors
    /// Returns an error if the agent is unknown or outbound, or if an override is invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let call = sandbox.receive_call(1001, json!({"custom_fields": {"name": "Ada"}}))?;
    /// assert_eq!(call["status"], "ringing");
    /// # Ok(())
    /// # }
    /// ```
    pub fn receive_call(&self, agent_id: u64, overrides: Value) -> Result<Value, FieldErrors> {
        self.shared().check_account()?;
        let mut fields = object(overrides)?;
        fields.insert("agent_id".to_owned(), agent_id.into());
        let mut state = self.shared().lock();
        state.account.now = state.now();
        fixtures::receive_call(&mut state.account, &fields, Naming::SnakeCase)
    }

    /// Moves the clock to the end of a call and returns the call as the API does.
    ///
    /// Other calls progress, too. Overrides are the fields of [`script_call`](Self::script_call);
    /// they change the future of this call.
    ///
    /// # Errors
    /// Returns an error if the call is unknown or has ended, or if an override is invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let call = sandbox.finish(50001, json!({"duration": 42}))?;
    /// assert_eq!(call["duration"], 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish(&self, call_id: u64, overrides: Value) -> Result<Value, FieldErrors> {
        self.shared().check_account()?;
        let mut fields = object(overrides)?;
        fields.insert("call_id".to_owned(), call_id.into());
        control::finish(self.shared(), &fields, Naming::SnakeCase)
    }

    /// Waits until all requests to webhooks have been sent, and returns them, oldest first.
    ///
    /// Only URLs on this machine receive requests; others are reported with an error.
    pub async fn webhooks(&self) -> Vec<WebhookDelivery> {
        self.shared().webhooks().wait().await;
        self.shared().read().deliveries.entries().cloned().collect()
    }

    /// Returns the future that [`webhooks`](Self::webhooks) waits for, without a borrow, for bindings.
    #[doc(hidden)]
    pub fn webhooks_sent(&self) -> impl Future<Output = ()> + Send + 'static {
        let webhooks = self.shared().webhooks().clone();
        async move { webhooks.wait().await }
    }

    /// Returns the function that [`webhooks_blocking`](Self::webhooks_blocking) waits for, without a
    /// borrow, for bindings.
    #[doc(hidden)]
    pub fn webhooks_sent_blocking(&self) -> impl FnOnce() + Send + 'static {
        let webhooks = self.shared().webhooks().clone();
        move || webhooks.wait_blocking()
    }

    /// Waits like [`webhooks`](Self::webhooks), in code that is not async.
    pub fn webhooks_blocking(&self) -> Vec<WebhookDelivery> {
        self.shared().webhooks().wait_blocking();
        self.shared().read().deliveries.entries().cloned().collect()
    }
}
