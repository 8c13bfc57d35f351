//! Divides the text of a long list, so that no text is longer than what the engine has memory for at hand: for a longer one
//! it asks the kernel, and to have a megabyte handed out costs the event loop a fifth of what it costs to parse it.

use serde_json::value::RawValue;

/// How many bytes a text has at most that can be divided. With letters beyond Latin-1 it takes twice as many in the engine,
/// whose own bound is at 128 KiB.
pub(crate) const LONGEST: usize = 60 * 1024;

/// The items of a list in runs that are not too long, without what encloses the list. Nothing where it is short or no list.
pub(crate) fn of(text: &str) -> Vec<&str> {
    if text.len() <= LONGEST || !text.starts_with('[') {
        return Vec::new();
    }
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return Vec::new();
    };
    let place = |item: &RawValue| item.get().as_ptr().addr() - text.as_ptr().addr();
    let (mut runs, mut start, mut end) = (Vec::new(), 1, 1);
    for item in items {
        let after = place(item) + item.get().len();
        if after - start > LONGEST && end > start {
            runs.extend(text.get(start..end));
            start = place(item);
        }
        end = after;
    }
    runs.extend(text.get(start..end));
    runs
}
