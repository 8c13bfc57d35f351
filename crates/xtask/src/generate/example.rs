//! The notation of the catalog's examples, which each language renders in its own way:
//!
//! ```text
//! let call = calls.start(agent_id: 1002, phone_number: "+15551234567");
//! for agent in agents.list(workspace_id: 1) { print(agent.name); }
//! ```
//!
//! A value is a string, number, boolean, list, path such as `call.id`, record with a type such as
//! `SendSms { name: "x" }`, or `file("name", "content")`.

use callfluent::bindings::catalog;
use callfluent::bindings::operation::Operation;

/// One line of an example.
pub(super) enum Statement {
    Let(String, Call),
    For(String, Call, Vec<Statement>),
    Print(String),
    Do(Call),
}

/// A call of an operation.
pub(super) struct Call {
    pub(super) operation: &'static Operation,
    pub(super) arguments: Vec<(String, Value)>,
}

impl Call {
    /// The argument with this name.
    pub(super) fn argument(&self, name: &str) -> Option<&Value> {
        self.arguments.iter().find(|(given, _)| given == name).map(|(_, value)| value)
    }
}

/// A value of an argument.
pub(super) enum Value {
    Text(String),
    Number(String),
    Boolean(bool),
    List(Vec<Value>),
    Path(String),
    Record(String, Vec<(String, Value)>),
    File(String, String),
}

/// Parses the example of an operation.
pub(super) fn parse(operation: &Operation) -> Result<Vec<Statement>, String> {
    let failed = |message: String| format!("the example of {}: {message}", operation.name);
    let tokens = tokens(operation.documentation.example).map_err(failed)?;
    let mut parser = Parser { tokens: tokens.into_iter().peekable() };
    let statements = parser.statements().map_err(failed)?;
    if statements.is_empty() { Err(failed("it is empty".into())) } else { Ok(statements) }
}

#[derive(Debug, PartialEq, Clone)]
enum Token {
    Name(String),
    Number(String),
    Text(String),
    Symbol(char),
}

fn tokens(source: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut letters = source.chars().peekable();
    while let Some(first) = letters.next() {
        let mut rest = |belongs: fn(char) -> bool| {
            let mut word = String::from(first);
            while let Some(letter) = letters.next_if(|letter| belongs(*letter)) {
                word.push(letter);
            }
            word
        };
        tokens.push(match first {
            space if space.is_whitespace() => continue,
            '"' => {
                let text: String = letters.by_ref().take_while(|letter| *letter != '"').collect();
                if text.contains('\\') {
                    return Err(format!("a string has no escapes: {text}"));
                }
                Token::Text(text)
            }
            digit if digit.is_ascii_digit() => Token::Number(rest(|letter| letter.is_ascii_digit() || letter == '.')),
            letter if letter.is_alphabetic() || letter == '_' => {
                Token::Name(rest(|letter| letter.is_alphanumeric() || letter == '_'))
            }
            symbol => Token::Symbol(symbol),
        });
    }
    Ok(tokens)
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Parser {
    fn statements(&mut self) -> Result<Vec<Statement>, String> {
        let mut statements = Vec::new();
        while self.tokens.peek().is_some_and(|token| *token != Token::Symbol('}')) {
            statements.push(self.statement()?);
        }
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Statement, String> {
        let statement = match self.name()?.as_str() {
            "for" => {
                let (name, _in, call) = (self.name()?, self.name()?, self.call()?);
                self.symbol('{')?;
                let body = self.statements()?;
                self.symbol('}')?;
                return Ok(Statement::For(name, call, body));
            }
            "let" => {
                let name = self.name()?;
                self.symbol('=')?;
                Statement::Let(name, self.call()?)
            }
            "print" => {
                self.symbol('(')?;
                let first = self.name()?;
                let path = self.path(first)?;
                self.symbol(')')?;
                Statement::Print(path)
            }
            resource => Statement::Do(self.call_of(resource)?),
        };
        self.symbol(';')?;
        Ok(statement)
    }

    fn call(&mut self) -> Result<Call, String> {
        let resource = self.name()?;
        self.call_of(&resource)
    }

    fn call_of(&mut self, resource: &str) -> Result<Call, String> {
        self.symbol('.')?;
        let name = format!("{resource}.{}", self.name()?);
        let operation = catalog::find(&name).ok_or_else(|| format!("there is no operation {name}"))?;
        self.symbol('(')?;
        Ok(Call { operation, arguments: self.named(')')? })
    }

    /// `name: value, ...` up to a closing symbol.
    fn named(&mut self, end: char) -> Result<Vec<(String, Value)>, String> {
        let mut named = Vec::new();
        while self.tokens.next_if_eq(&Token::Symbol(end)).is_none() {
            let name = self.name()?;
            self.symbol(':')?;
            named.push((name, self.value()?));
            self.separator(end)?;
        }
        Ok(named)
    }

    fn value(&mut self) -> Result<Value, String> {
        Ok(match self.tokens.next() {
            Some(Token::Text(text)) => Value::Text(text),
            Some(Token::Number(number)) => Value::Number(number),
            Some(Token::Symbol('[')) => {
                let mut values = Vec::new();
                while self.tokens.next_if_eq(&Token::Symbol(']')).is_none() {
                    values.push(self.value()?);
                    self.separator(']')?;
                }
                Value::List(values)
            }
            Some(Token::Name(name)) => match name.as_str() {
                "true" | "false" => Value::Boolean(name == "true"),
                "file" => {
                    self.symbol('(')?;
                    let (Value::Text(name), ()) = (self.value()?, self.symbol(',')?) else {
                        return Err("a file has a name and content".into());
                    };
                    let (Value::Text(content), ()) = (self.value()?, self.symbol(')')?) else {
                        return Err("a file has a name and content".into());
                    };
                    Value::File(name, content)
                }
                _ if self.tokens.next_if_eq(&Token::Symbol('{')).is_some() => Value::Record(name, self.named('}')?),
                _ => Value::Path(self.path(name)?),
            },
            other => return Err(format!("a value is expected, not {other:?}")),
        })
    }

    fn path(&mut self, first: String) -> Result<String, String> {
        let mut path = first;
        while self.tokens.next_if_eq(&Token::Symbol('.')).is_some() {
            path = format!("{path}.{}", self.name()?);
        }
        Ok(path)
    }

    fn name(&mut self) -> Result<String, String> {
        match self.tokens.next() {
            Some(Token::Name(name)) => Ok(name),
            other => Err(format!("a name is expected, not {other:?}")),
        }
    }

    fn symbol(&mut self, symbol: char) -> Result<(), String> {
        match self.tokens.next() {
            Some(Token::Symbol(given)) if given == symbol => Ok(()),
            other => Err(format!("'{symbol}' is expected, not {other:?}")),
        }
    }

    /// A comma, which may be omitted before the end.
    fn separator(&mut self, end: char) -> Result<(), String> {
        if self.tokens.peek() == Some(&Token::Symbol(end)) { Ok(()) } else { self.symbol(',') }
    }
}
