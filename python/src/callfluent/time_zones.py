"""Offsets of time zones, for the error about a time zone that is passed by its name."""


def offset_today(zone: str) -> "str | None":
    """Returns today's offset from UTC of a zone, such as `UTC+01:00`; `None` for an unknown
    zone."""
    from datetime import datetime, timezone
    from zoneinfo import ZoneInfo

    try:
        offset = datetime.now(ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError, OSError):
        # An unknown name, a path outside of the database, a folder of it.
        return None
    name = str(timezone(offset)) if offset is not None else ""
    return "UTC+00:00" if name == "UTC" else name or None
