//! The options of every method in Python.

use minijinja::{Value, context};

use super::types::resolved_lazily;

/// An option of every method: its name, its type, and its meaning.
pub(super) type RequestOption = (&'static str, &'static str, &'static str);

/// The options of every method. The last one does not apply to `request`, whose body has no
/// documented form.
pub(super) const OPTIONS: [RequestOption; 5] = [
    (
        "timeout",
        "float | timedelta | None",
        "Request timeout in seconds, including retries and backoff. It does not limit phone calls. Default: the client's \
         timeout (60 s); ``math.inf`` disables it.",
    ),
    ("max_retries", "int | None", "Maximum number of retries. Default: the client's setting (2)."),
    ("extra_headers", "Mapping[str, str] | None", "Additional request headers."),
    (
        "request_id",
        "str | None",
        "ID of the request, sent as the header ``X-Request-Id``. Logs, hooks and errors contain it.",
    ),
    (
        "extra_body",
        "Mapping[str, object] | None",
        "Additional fields of the request body, sent under their own names. They override documented fields.",
    ),
];

/// The option that `with_options` has in addition.
pub(super) const QUEUE_TIMEOUT: RequestOption = (
    "queue_timeout",
    "float | timedelta | None",
    "Maximum wait for the turn of a request, in seconds. Default: the client's setting (unlimited).",
);

/// The option of lists in pages, whose length is not known.
pub(super) const LIST_PROGRESS: RequestOption = (
    "progress",
    "bool | Callable[[int, int | None], object] | type[Any] | None",
    "``True`` shows in a notebook, a terminal or a log how many items were fetched while the list is iterated. A \
     function gets that number, and ``None``, because the number of all items is not known. A class such as ``tqdm`` is \
     used as a bar.",
);

/// The option of uploads.
pub(super) const UPLOAD_PROGRESS: RequestOption = (
    "progress",
    "bool | Callable[[int, int], object] | type[Any] | None",
    "``True`` shows the progress in a notebook, a terminal or a log. A function gets the numbers of sent and of all \
     bytes; an error that it raises cancels the upload. A class such as ``tqdm`` is used as a bar.",
);

/// The view of an option.
pub(super) fn option_view((name, kind, text): RequestOption) -> Value {
    context! { name, kind, text, runtime_kind => resolved_lazily(kind), last => name == "extra_body" }
}

#[cfg(test)]
mod tests {
    use callfluent::bindings::options::request_options;
    use callfluent::bindings::schema::Naming;

    use super::*;

    #[test]
    fn methods_have_the_options_that_the_core_knows() {
        let names: Vec<_> = OPTIONS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, request_options(Naming::Snake).collect::<Vec<_>>());
    }
}
