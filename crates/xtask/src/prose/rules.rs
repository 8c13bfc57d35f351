//! The rules, each with the words that find it and the way to fix it.

use std::path::Path;

use super::extract::{Block, Kind, extract};
use crate::process::root;

/// A rule, and how to fix what breaks it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) fix: &'static str,
}

/// A line that breaks a rule.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) rule: &'static Rule,
    pub(super) line: usize,
    pub(super) text: String,
}

static DOC_START: Rule = Rule {
    name: "doc-start",
    fix: "begin with a verb in the third person (\"Returns ...\") or a noun phrase (\"Total timeout.\")",
};
static IS_NO: Rule = Rule { name: "is-no", fix: "write \"is not an X\", or name what it is" };
static IS_TOLD: Rule = Rule { name: "is-told", fix: "write \"receives\", \"reports\" or \"sets\"" };
static WHERE: Rule =
    Rule { name: "where", fix: "write \"if\" or \"when\"; \"where\" follows a place (\"the folder where ...\")" };
static METAPHOR: Rule = Rule { name: "metaphor", fix: "write what happens: \"could not resolve host\", \"is at\"" };
static WORD: Rule = Rule {
    name: "word",
    fix: "use the standard term: response, error response, idempotent, in flight, retry, omitted, integer, catalog",
};
static WIDTH: Rule = Rule { name: "width", fix: "wrap comments and Markdown at 100 columns" };
static TEST_NAME: Rule =
    Rule { name: "test-name", fix: "describe the behavior in at most 60 characters; details go into the test" };
static LINK: Rule = Rule { name: "link", fix: "name an existing file, relative to this one" };
static MACHINE: Rule = Rule { name: "machine-path", fix: "use a path relative to the repository, or a neutral one" };

const WIDTH_LIMIT: usize = 100;
const NAME_LIMIT: usize = 60;
const QUESTIONS: [&str; 6] = ["What", "How", "Whether", "Where", "Why", "What's"];
const BE: [&str; 5] = ["is", "are", "was", "were", "be"];
/// Words before a use of the word that the rule permits: places and questions.
const PLACES: &str = "place places folder folders directory directories file files line lines position positions offset \
    index point points page pages section sections table path paths host hosts server servers machine machines platform \
    platforms system systems environment environments country countries module package document list step layer column \
    cell row field byte bytes spot boundary branch test tests thread threads loop ci shell \
    know knows known show shows shown see find finds found remember remembers record records of about from to is are \
    decide decides note notes print prints explain explains check checks state states";
/// Words that a standard term replaces.
const WORDS: &str = "answer answers answered refusal refusals harmless catalogue";
const PHRASES: [&[&str]; 10] = [
    &["under", "way"],
    &["whole", "number"],
    &["whole", "numbers"],
    &["sent", "again"],
    &["send", "again"],
    &["sends", "again"],
    &["left", "out"],
    &["leave", "out"],
    &["waiting", "client"],
    &["awaited", "client"],
];
/// Folders whose string literals users see.
const SHIPPED: [&str; 5] =
    ["crates/callfluent/src/", "crates/callfluent-sandbox/src/", "bindings/", "python/src/", "node/src/"];

/// Applies all rules to a file.
pub(super) fn check(path: &str, text: &str) -> Vec<Hit> {
    let prose = extract(path, text);
    let mut hits = Vec::new();
    let mut hit = |rule, line, text: &str| hits.push(Hit { rule, line, text: text.trim().to_owned() });
    let is_test = path.split('/').any(|folder| folder == "tests");
    for block in &prose.blocks {
        if block.kind == Kind::Message && (is_test || !SHIPPED.iter().any(|folder| path.starts_with(folder))) {
            continue;
        }
        let words = words(block);
        for (index, word) in words.iter().enumerate() {
            for rule in rules_of_word(block, &words, index, is_test) {
                let line = block.lines.iter().find(|(number, _)| *number == word.line);
                hit(rule, word.line, line.map_or("", |(_, text)| text));
            }
        }
    }
    for (number, line) in &prose.limited {
        let is_link = line.contains("://") || line.contains("](");
        if line.chars().count() > WIDTH_LIMIT && !is_link {
            hit(&WIDTH, *number, line);
        }
    }
    for (number, name) in &prose.test_names {
        if name.chars().count() > NAME_LIMIT {
            hit(&TEST_NAME, *number, name);
        }
    }
    for (index, line) in text.lines().enumerate() {
        for target in broken_links(path, line) {
            hit(&LINK, index + 1, target);
        }
        if line.contains(concat!("/", "home/")) || line.contains(concat!("/", "root/")) {
            hit(&MACHINE, index + 1, line);
        }
    }
    hits.sort_by_key(|hit| hit.line);
    hits
}

/// Links of a Markdown line to files that do not exist.
fn broken_links<'a>(path: &str, line: &'a str) -> impl Iterator<Item = &'a str> {
    let folder = root().join(path).parent().map(Path::to_owned).unwrap_or_default();
    let is_markdown = Path::new(path).extension().is_some_and(|extension| extension == "md");
    let links = line.split("](").skip(if is_markdown { 1 } else { usize::MAX });
    let targets = links.filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(move |target| !target.contains("://") && !folder.join(target).exists())
}

/// The rules that are broken at one word.
fn rules_of_word(block: &Block, words: &[Word], index: usize, is_test: bool) -> Vec<&'static Rule> {
    let at = |offset: isize| {
        let word = index.checked_add_signed(offset).and_then(|index| words.get(index));
        word.map_or("", |word| word.lower.as_str())
    };
    let Some(word) = words.get(index).filter(|word| !word.is_code()) else { return Vec::new() };
    let mut rules = Vec::new();
    if block.opens && index == 0 && QUESTIONS.contains(&word.text.as_str()) {
        rules.push(&DOC_START);
    }
    if BE.contains(&at(0)) && at(1) == "no" && !["longer", "more", "less"].contains(&at(2)) && at(-1) != "there" {
        rules.push(&IS_NO);
    }
    if (BE.contains(&at(0)) || at(0) == "been") && at(1) == "told" {
        rules.push(&IS_TOLD);
    }
    if at(0) == "where" && block.kind != Kind::Heading && !is_place(words, index) {
        rules.push(&WHERE);
    }
    if (at(0).starts_with("lead") && at(1) == "nowhere") || (at(0).starts_with("stand") && at(1) == "there") {
        rules.push(&METAPHOR);
    }
    let names_term = WORDS.split_whitespace().any(|term| term == at(0))
        || PHRASES.iter().any(|phrase| phrase.iter().zip(0..).all(|(part, offset)| at(offset) == *part));
    let is_checked = if is_test { block.kind == Kind::Markdown } else { block.kind != Kind::Comment };
    if names_term && is_checked {
        rules.push(&WORD);
    }
    rules
}

/// True if this word follows a place or asks for one.
fn is_place(words: &[Word], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| words.get(before));
    let follows = before.filter(|_| words.get(index).is_some_and(|word| !word.starts_sentence));
    let asks = words.get(index + 1).is_some_and(|word| word.lower == "to");
    asks || follows.is_some_and(|word| word.is_code() || PLACES.split_whitespace().any(|place| place == word.lower))
}

struct Word {
    text: String,
    lower: String,
    line: usize,
    starts_sentence: bool,
}

impl Word {
    fn is_code(&self) -> bool {
        self.text == CODE
    }
}

/// Stands for a span of code.
const CODE: &str = "`";

/// The words of a block, without code and the targets of links.
fn words(block: &Block) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut in_code, mut starts_sentence) = (false, true);
    for (line, text) in &block.lines {
        for part in prose_of(text, &mut in_code).split_whitespace() {
            let word = part.trim_matches(|character: char| !character.is_alphanumeric() && character != '_');
            let word = if part.contains(CODE) { CODE } else { word };
            if word.is_empty() {
                continue;
            }
            words.push(Word { text: word.to_owned(), lower: word.to_lowercase(), line: *line, starts_sentence });
            let end = part.trim_end_matches(['"', '\'', ')', '*', '_']);
            starts_sentence = end.ends_with(['.', '!', '?', ':', ';']) && !["e.g.", "i.e.", "etc."].contains(&part);
        }
    }
    words
}

/// A line with one mark for each span of code, and without the targets of links.
fn prose_of(text: &str, in_code: &mut bool) -> String {
    let mut prose = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '`' {
            while characters.next_if_eq(&'`').is_some() {}
            *in_code = !*in_code;
            if *in_code {
                prose.push_str(CODE);
            }
        } else if *in_code {
        } else if character == ']' && characters.next_if_eq(&'(').is_some() {
            let _ = characters.by_ref().find(|character| *character == ')');
        } else {
            prose.push(character);
        }
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(&'static str, usize)> {
        check(path, text).iter().map(|hit| (hit.rule.name, hit.line)).collect()
    }

    #[test]
    fn doc_comments_do_not_start_with_a_question() {
        assert_eq!(found("a.rs", "/// What it does.\n///\n/// How it does.\nfn a() {}\n"), [("doc-start", 1)]);
        assert_eq!(found("a.py", "def a():\n    \"\"\"Whether it is.\n\n    How so.\"\"\"\n"), [("doc-start", 2)]);
        assert_eq!(found("a.ts", "/**\n * How often.\n */\n/** Why. */\n"), [("doc-start", 2), ("doc-start", 4)]);
        assert_eq!(found("a.rs", "//! Howls.\n// What this comment says.\n/// `What` is code.\n"), []);
    }

    #[test]
    fn is_no_is_found_across_lines_but_not_after_there() {
        assert_eq!(found("a.md", "This text is\nno JSON.\n"), [("is-no", 1)]);
        assert_eq!(found("a.py", "# they are no more, and it is no longer\n"), []);
        assert_eq!(found("a.ts", "// There is no agent with this id.\n"), []);
        assert_eq!(found("crates/callfluent/src/a.rs", "error(\"{name} is no URL\");\n"), [("is-no", 1)]);
    }

    #[test]
    fn a_program_is_not_told() {
        assert_eq!(found("a.rs", "// The loop is told of it.\n"), [("is-told", 1)]);
    }

    #[test]
    fn where_follows_a_place() {
        assert_eq!(found("a.md", "Retried only where that is safe. Where it fails, stop.\n").len(), 2);
        assert_eq!(found("a.md", "The folder where it is, `a/`, where all are. It shows where to go.\n"), []);
        assert_eq!(found("a.md", "## Where things are\n"), []);
        assert_eq!(found("a.rs", "/// Sorts `where T: Ord`.\nfn a<T>() where T: Ord {}\n"), []);
    }

    #[test]
    fn metaphors_and_replaced_words_are_found() {
        assert_eq!(found("a.md", "The name leads nowhere. It stands there.\n"), [("metaphor", 1), ("metaphor", 1)]);
        assert_eq!(found("a.md", "The answer is sent again.\n"), [("word", 1), ("word", 1)]);
        assert_eq!(found("a.md", "`answer_creativity` and `answer`\n"), []);
        assert_eq!(found("node/src/a.ts", "fail('the answer is late')\n// an answer\n"), [("word", 1)]);
    }

    #[test]
    fn tables_links_and_code_may_be_wide() {
        let wide = "word ".repeat(25);
        assert_eq!(found("a.md", &format!("{wide}\n")), [("width", 1)]);
        assert_eq!(found("a.rs", &format!("fn a() {{\n    // {wide}\n}}\n")), [("width", 2)]);
        assert_eq!(found("a.py", &format!("\"\"\"First.\n\n{wide}\n\"\"\"\n")), [("width", 3)]);
        assert_eq!(
            found("a.md", &format!("| {wide} |\n\n```sh\n{wide}\n\n{wide}\n```\n[x]: https://a.com/{wide}\n")),
            []
        );
        assert_eq!(found("a.rs", &format!("/// ```\n/// {wide}\n/// ```\nlet a = \"{wide}\";\n")), []);
    }

    #[test]
    fn links_lead_to_files() {
        let text = "[a](README.md) [b](docs/README.md#x) [c](#d) [e](https://a.com/b.md) [f](gone.md)\n";
        assert_eq!(found("CHANGELOG.md", text), [("link", 1)]);
    }

    #[test]
    fn names_of_tests_are_short() {
        let name = "x".repeat(61);
        assert_eq!(found("a.rs", &format!("#[test]\nfn {name}() {{}}\nfn b{name}() {{}}\n")), [("test-name", 2)]);
        assert_eq!(found("a.py", &format!("async def test_{name}(): ...\n")), [("test-name", 1)]);
        assert_eq!(found("a.mjs", &format!("test('{name}', () => {{}});\ntest('short', f);\n")), [("test-name", 1)]);
    }

    #[test]
    fn paths_of_one_machine_are_found_in_any_file() {
        assert_eq!(found("a.json", concat!("{\"path\": \"/", "home/ada\"}\n")), [("machine-path", 1)]);
    }
}
