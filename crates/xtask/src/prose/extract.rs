//! Finds prose in source files: doc comments, comments, Markdown, messages, and names of tests.
//!
//! It works line by line, without a grammar. That finds all prose of this repository and stays
//! short.

use std::path::Path;

/// The origin of a piece of prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Doc comments: `///`, `//!`, docstrings, `/** */`.
    Doc,
    Comment,
    Markdown,
    Heading,
    /// String literals of three or more words.
    Message,
}

/// Lines that belong together, without comment markers.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// True if the first line opens a doc comment.
    pub(super) opens: bool,
    pub(super) lines: Vec<(usize, String)>,
}

/// The prose of a file.
#[derive(Debug, Default)]
pub(super) struct Prose {
    pub(super) blocks: Vec<Block>,
    /// Whole lines that have a limited width.
    pub(super) limited: Vec<(usize, String)>,
    pub(super) test_names: Vec<(usize, String)>,
    fence: bool,
    last: Option<(usize, Kind)>,
}

pub(super) fn extract(path: &str, text: &str) -> Prose {
    let mut prose = Prose::default();
    let lines = || text.lines().enumerate().map(|(index, line)| (index + 1, line));
    match Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "rs" => prose.rust(lines()),
        "py" | "pyi" => prose.python(lines()),
        "ts" | "mts" | "cts" | "js" | "mjs" | "cjs" => prose.javascript(lines()),
        "md" => prose.markdown(lines()),
        "toml" | "sh" | "yml" | "yaml" => prose.hash_comments(lines()),
        _ => {}
    }
    prose
}

/// Beginnings of a new block within a comment: a list item, a tag, a heading.
fn begins_block(text: &str) -> bool {
    let item = text.split_once(['.', ')']).is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    item || ["- ", "* ", "@", "#", "|"].iter().any(|start| text.starts_with(start))
}

impl Prose {
    /// Adds a line to the block before it, or begins a block.
    fn add(&mut self, kind: Kind, number: usize, text: &str) {
        let text = text.trim();
        let follows = self.last.is_some_and(|(last, last_kind)| last + 1 == number && last_kind == kind);
        if !follows {
            self.fence = false;
        }
        self.last = Some((number, kind));
        if text.starts_with("```") {
            self.fence = !self.fence;
            return;
        }
        if self.fence || text.starts_with(">>>") {
            return;
        }
        let continues = follows && !begins_block(text) && !text.is_empty();
        match self.blocks.last_mut() {
            Some(block) if continues && block.lines.last().is_some_and(|(last, _)| last + 1 == number) => {
                block.lines.push((number, text.to_owned()));
            }
            _ if !text.is_empty() => {
                let opens = kind == Kind::Doc && !follows;
                self.blocks.push(Block { kind, opens, lines: vec![(number, text.to_owned())] });
            }
            _ => {}
        }
    }

    fn add_line(&mut self, kind: Kind, number: usize, line: &str, text: &str) {
        self.add(kind, number, text);
        if !self.fence {
            self.limited.push((number, line.to_owned()));
        }
    }

    fn rust<'a>(&mut self, lines: impl Iterator<Item = (usize, &'a str)>) {
        let (mut is_test, mut tests_begin) = (false, false);
        for (number, line) in lines {
            let code = line.trim_start();
            if let Some(text) = code.strip_prefix("///").or_else(|| code.strip_prefix("//!")) {
                self.add_line(Kind::Doc, number, line, text);
                continue;
            }
            if let Some(text) = code.strip_prefix("//") {
                self.add_line(Kind::Comment, number, line, text);
                continue;
            }
            tests_begin |= code.starts_with("#[cfg(test)]");
            if code.starts_with("#[test") || code.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some((_, name)) = code.split_once("fn ").filter(|_| is_test) {
                self.test_name(number, name.split(['(', '<']).next().unwrap_or_default());
                is_test = false;
            }
            self.trailing(number, code, " // ");
            if !tests_begin {
                self.messages(number, code, &['"']);
            }
        }
    }

    fn python<'a>(&mut self, lines: impl Iterator<Item = (usize, &'a str)>) {
        // Whether the line is in a string of several lines, and whether that is a docstring.
        let (mut within, mut is_doc) = (false, false);
        for (number, line) in lines {
            let code = line.trim_start();
            let quotes = line.matches("\"\"\"").count();
            if within {
                if is_doc {
                    self.add_line(Kind::Doc, number, line, code.trim_end().trim_end_matches("\"\"\""));
                }
                within = quotes % 2 == 0;
                continue;
            }
            if let Some(text) = code.trim_start_matches(['r', 'f']).strip_prefix("\"\"\"") {
                self.last = None;
                self.add_line(Kind::Doc, number, line, text.trim_end().trim_end_matches("\"\"\""));
                (within, is_doc) = (quotes % 2 == 1, true);
                continue;
            }
            (within, is_doc) = (quotes % 2 == 1, false);
            if let Some(text) = code.strip_prefix('#') {
                self.add_line(Kind::Comment, number, line, text);
                continue;
            }
            if let Some((_, name)) = code.split_once("def test_").filter(|(before, _)| before.len() < 7) {
                self.test_name(number, &format!("test_{}", name.split('(').next().unwrap_or_default()));
            }
            self.trailing(number, code, "  # ");
            self.messages(number, code, &['"', '\'']);
        }
    }

    fn javascript<'a>(&mut self, lines: impl Iterator<Item = (usize, &'a str)>) {
        // Whether the line is in a block comment, and whether that is a doc comment.
        let (mut within, mut is_doc) = (false, false);
        for (number, line) in lines {
            let code = line.trim_start();
            let starts = code.starts_with("/*");
            if within || starts {
                if starts {
                    (is_doc, self.last) = (code.starts_with("/**"), None);
                }
                within = !code.contains("*/");
                let text = code.trim_end().trim_end_matches("*/").trim_start_matches(['/', '*']);
                let kind = if is_doc { Kind::Doc } else { Kind::Comment };
                // A line with nothing but the marker does not begin the comment.
                if starts && text.trim().is_empty() {
                    continue;
                }
                self.add_line(kind, number, line, text);
                continue;
            }
            if let Some(text) = code.strip_prefix("//") {
                self.add_line(Kind::Comment, number, line, text);
                continue;
            }
            if let Some((_, name)) = code.split_once("test(").or_else(|| code.split_once(" it("))
                && let Some(quote) = name.chars().next().filter(|quote| "'\"`".contains(*quote))
            {
                self.test_name(number, name.trim_start_matches(quote).split(quote).next().unwrap_or_default());
            }
            self.trailing(number, code, " // ");
            self.messages(number, code, &['"', '\'', '`']);
        }
    }

    fn markdown<'a>(&mut self, lines: impl Iterator<Item = (usize, &'a str)>) {
        let mut is_html = false;
        for (number, line) in lines {
            let text = line.trim();
            is_html |= text.starts_with("<!--");
            if is_html {
                is_html = !text.contains("-->");
            } else if text.starts_with('#') && !self.fence {
                self.add(Kind::Heading, number, text);
            } else if text.starts_with('|') && !self.fence {
                for cell in text.split('|') {
                    self.last = None;
                    self.add(Kind::Markdown, number, cell);
                }
            } else if text.is_empty() {
                // An empty line ends a paragraph, not a fence.
                self.last = self.last.filter(|_| self.fence).map(|(_, kind)| (number, kind));
            } else {
                self.add_line(Kind::Markdown, number, line, text);
            }
        }
    }

    fn hash_comments<'a>(&mut self, lines: impl Iterator<Item = (usize, &'a str)>) {
        for (number, line) in lines {
            if let Some(text) = line.trim_start().strip_prefix("# ") {
                self.add_line(Kind::Comment, number, line, text);
            }
        }
    }

    fn test_name(&mut self, number: usize, name: &str) {
        self.test_names.push((number, name.to_owned()));
    }

    /// A comment behind code.
    fn trailing(&mut self, number: usize, code: &str, marker: &str) {
        if let Some((before, text)) = code.split_once(marker)
            && before.matches('"').count() % 2 == 0
        {
            self.last = None;
            self.add(Kind::Comment, number, text);
        }
    }

    /// String literals that begin on this line.
    fn messages(&mut self, number: usize, code: &str, quotes: &[char]) {
        let mut characters = code.chars();
        while let Some(quote) = characters.find(|character| quotes.contains(character)) {
            let mut text = String::new();
            while let Some(character) = characters.next().filter(|character| *character != quote) {
                text.push(character);
                text.extend(if character == '\\' { characters.next() } else { None });
            }
            if text.split_whitespace().count() >= 3 {
                self.blocks.push(Block { kind: Kind::Message, opens: false, lines: vec![(number, text)] });
            }
        }
    }
}
