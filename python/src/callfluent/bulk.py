"""Bulk operations: one operation for many items, with one result for each.

The core runs them. Python passes all items at once and takes results in chunks.
"""

# Type checkers read `bulk.pyi`; jedi does not follow generic classes that are defined twice.

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


class _Generic:
    __slots__ = ()

    # The type of `list[int]`, without an import.
    __class_getitem__ = classmethod(type(list[int]))  # pyright: ignore[reportArgumentType]


class BulkItem(_Generic):
    """The result of one item of a bulk operation."""

    __slots__ = ("error", "from_journal", "id", "value")

    def __init__(self, id, value=None, error=None, from_journal=False):
        self.id = id
        self.value = value
        self.error = error
        self.from_journal = from_journal

    @property
    def outcome_unknown(self) -> "bool":
        """True if the server may have processed the item although it failed."""
        return bool(getattr(self.error, "outcome_unknown", False))

    def __repr__(self) -> str:
        fields = [f"id={self.id!r}"]
        if self.error is not None:
            fields.append(f"error={self.error!r}")
        elif self.value is not None:
            fields.append(f"value={self.value!r}")
        if self.from_journal:
            fields.append("from_journal=True")
        return f"BulkItem({', '.join(fields)})"

    def __eq__(self, other: object) -> "bool":
        if type(other) is not BulkItem:
            return NotImplemented
        own, others = ((item.id, item.value, item.error, item.from_journal) for item in (self, other))
        return own == others

    def __hash__(self) -> "int":
        return hash(self.id)


class BulkCall:
    """A bulk operation with its arguments, for a transport."""

    __slots__ = ("items", "options", "progress", "record_type", "report", "results", "shared", "verb")

    def __init__(self, verb, shared, items, record_type, options, progress):
        self.verb = verb
        self.shared = shared
        self.items = items
        self.record_type = record_type
        self.options = options
        self.progress = progress
        self.results = []

    def prepare(self, native, request_options):
        """Returns the operation, which the first request for results starts."""
        from .progress import reporter

        report = reporter(self.progress, self.verb)
        run = native.bulk(self.verb, self.shared, self.items, self.options, request_options)
        # `report` can run code of the user and raise an error. Nothing has been sent yet.
        self.report = report(len(run.ids))
        return run

    def add(self, run, chunk) -> "bool":
        """Adds a chunk of results. Returns false at the end."""
        if chunk is None:
            return False
        if not chunk:
            # Only hooks have run.
            return True
        results, completed, failed = chunk
        ids = run.ids
        for value, error, from_journal in results:
            if type(value) is list:
                # The native module has imported it before the request was sent.
                from .record_sequence import Records

                value = Records(value, record_type=self.record_type)
            self.results.append(BulkItem(ids[len(self.results)], value, error, from_journal))
        self.report.update(completed, failed)
        return True

    def close(self, run) -> "None":
        """Ends the progress, and cancels what is left."""
        run.cancel()
        self.report.close()
