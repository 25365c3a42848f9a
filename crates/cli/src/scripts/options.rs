//! Command lines as Kafka's tools read them: long options with one dash or two, values behind a space
//! or an equals sign, names cut short where they stay unique.
//!
//! Kafka's tools use the library JOpt Simple; the errors below are worded as it words them, because
//! scripts look for them.

use std::fmt::Write;

use super::{Ending, usage};

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Nothing,
    /// What the value is, as the help shows it.
    Value(&'static str),
    /// Likewise, and the option may be repeated.
    Values(&'static str),
    /// As one value, which may be left out.
    Maybe(&'static str),
}

/// One option: its name, whether it takes a value, and what it is for.
pub type Spec = (&'static str, Takes, &'static str);

/// A tool's options, and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    pub about: &'static str,
    pub specs: &'static [Spec],
}

const HELP: Spec = ("help", Takes::Nothing, "Print usage information.");
const VERSION: Spec = ("version", Takes::Nothing, "Display Kafka version.");

/// What was given.
#[derive(Clone, Debug)]
pub struct Options {
    tool: Tool,
    given: Vec<(&'static str, Option<String>)>,
}

impl Tool {
    fn all(&self) -> impl Iterator<Item = &'static Spec> + use<> {
        self.specs.iter().chain([&HELP, &VERSION])
    }

    /// Reads a command line. Nothing at all and `--help` show the usage and fail, as with Kafka. Two
    /// values where there is to be one contradict each other, and neither is taken.
    ///
    /// # Errors
    /// How the tool ends.
    pub fn parse(self, arguments: &[String]) -> Result<Options, Ending> {
        let options = self.read(arguments).map_err(|message| usage(&self, &message))?;
        if arguments.is_empty() || options.has("help") {
            return Err(usage(&self, self.about));
        }
        if options.has("version") {
            return Err(Ending::Version);
        }
        for (name, takes, _) in self.specs {
            if !matches!(takes, Takes::Values(_)) {
                options.only_value(name)?;
            }
        }
        Ok(options)
    }

    fn read(self, arguments: &[String]) -> Result<Options, String> {
        let mut given = Vec::new();
        let mut rest = arguments.iter().peekable();
        while let Some(argument) = rest.next() {
            let Some(text) = argument.strip_prefix('-').filter(|text| !text.is_empty()) else {
                // Words without a dash are let be, as in Kafka.
                continue;
            };
            let text = text.strip_prefix('-').unwrap_or(text);
            if text.is_empty() {
                break;
            }
            let (name, inline) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (text, None),
            };
            let (name, takes, _) =
                self.find(name).ok_or_else(|| format!("{name} is not a recognized option"))?;
            let value = match (takes, inline) {
                (Takes::Nothing, Some(_)) => {
                    return Err(format!("Option {name} does not accept an argument"));
                }
                (Takes::Nothing, None) => None,
                (_, Some(value)) => Some(value),
                (Takes::Value(_) | Takes::Values(_), None) => Some(
                    rest.next()
                        .ok_or_else(|| format!("Option {name} requires an argument"))?
                        .clone(),
                ),
                (Takes::Maybe(_), None) => rest.next_if(|next| !next.starts_with('-')).cloned(),
            };
            given.push((*name, value));
        }
        Ok(Options { tool: self, given })
    }

    /// The option of that name, or the only one whose name begins so.
    fn find(&self, name: &str) -> Option<&'static Spec> {
        if let Some(exact) = self.all().find(|(known, ..)| *known == name) {
            return Some(exact);
        }
        let mut longer = self.all().filter(|(known, ..)| known.starts_with(name));
        longer.next().filter(|_| longer.next().is_none())
    }

    /// The table of options, in two columns of 80 letters together.
    pub fn help(&self) -> String {
        const LEFT: usize = 39;
        const RIGHT: usize = 39;
        let mut text = String::new();
        let mut row = |left: &str, right: &str| {
            let (mut left, mut right) =
                (wrap(left, LEFT).into_iter(), wrap(right, RIGHT).into_iter());
            loop {
                match (left.next(), right.next()) {
                    (None, None) => break,
                    (left, right) => {
                        let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
                        // Writing to a string cannot fail.
                        let _ = writeln!(text, "{left:<LEFT$}  {right:<RIGHT$}");
                    }
                }
            }
        };
        row("Option", "Description");
        row("------", "-----------");
        let mut all: Vec<&Spec> = self.all().collect();
        all.sort_by_key(|(name, ..)| *name);
        for (name, takes, doc) in all {
            let left = match takes {
                Takes::Nothing => format!("--{name}"),
                Takes::Value(what) | Takes::Values(what) => format!("--{name} <{what}>"),
                Takes::Maybe(what) => format!("--{name} [{what}]"),
            };
            row(&left, doc);
        }
        text
    }
}

/// Lines of at most `width` letters, broken between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("  {word}"));
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

impl Options {
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// The value of an option, if it was given one; the first of an option that may be repeated.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.given.iter().find(|(given, _)| *given == name)?;
        value.as_deref()
    }

    /// As [`Options::value`], for an option that this action takes only once.
    ///
    /// # Errors
    /// It was given several.
    pub fn only_value(&self, name: &str) -> Result<Option<&str>, Ending> {
        match self.values(name)[..] {
            [] => Ok(None),
            [value] => Ok(Some(value)),
            _ => Err(Ending::Failed(format!(
                "Found multiple arguments for option {name}, but you asked for only one"
            ))),
        }
    }

    /// Everything that was given, in the order of the command line.
    pub fn in_order(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.given.iter().map(|(name, value)| (*name, value.as_deref()))
    }

    pub fn values(&self, name: &str) -> Vec<&str> {
        let given = self.given.iter().filter(|(given, _)| *given == name);
        given.filter_map(|(_, value)| value.as_deref()).collect()
    }

    /// A value that is a number.
    ///
    /// # Errors
    /// The usage, if it is none.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Ending> {
        self.value(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    self.usage(&format!("Cannot parse argument '{text}' of option {name}"))
                })
            })
            .transpose()
    }

    /// # Errors
    /// The usage, if one of them is missing.
    pub fn require(&self, names: &[&str]) -> Result<(), Ending> {
        match names.iter().find(|name| !self.has(name)) {
            Some(name) => Err(self.usage(&format!("Missing required argument \"[{name}]\""))),
            None => Ok(()),
        }
    }

    /// # Errors
    /// The usage, if `used` was given together with one of `others`.
    pub fn refuse_together(&self, used: &str, others: &[&str]) -> Result<(), Ending> {
        match others.iter().find(|other| self.has(used) && self.has(other)) {
            Some(other) => {
                Err(self
                    .usage(&format!("Option \"[{used}]\" can't be used with option \"[{other}]\"")))
            }
            None => Ok(()),
        }
    }

    /// How many of these were given.
    pub fn count(&self, names: &[&str]) -> usize {
        names.iter().filter(|name| self.has(name)).count()
    }

    /// Ends with a message and the table of options.
    pub fn usage(&self, message: &str) -> Ending {
        usage(&self.tool, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOL: Tool = Tool {
        about: "This tool is a test.",
        specs: &[
            ("topic", Takes::Values("String: topic"), "The topic."),
            ("topic-id", Takes::Value("String: topic-id"), "The topic's id."),
            ("list", Takes::Nothing, "List."),
            ("state", Takes::Maybe("String"), "The state."),
            ("shift-by", Takes::Value("Long: number-of-offsets"), "Shift."),
        ],
    };

    fn read(arguments: &[&str]) -> Result<Options, String> {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        TOOL.read(&arguments)
    }

    #[test]
    fn options_come_in_every_spelling() {
        let options = read(&["--topic", "a", "-topic=b", "--li", "--state", "--shift-by", "-60"]);
        let options = options.unwrap();
        assert_eq!(options.values("topic"), ["a", "b"]);
        assert!(options.has("list") && options.has("state"));
        assert_eq!(options.value("state"), None);
        assert!(matches!(options.number::<i64>("shift-by"), Ok(Some(-60))));
        assert_eq!(read(&["--state", "stable"]).unwrap().value("state"), Some("stable"));
    }

    #[test]
    fn mistakes_are_answered_in_the_words_of_kafkas_tools() {
        assert_eq!(read(&["--nothing"]).unwrap_err(), "nothing is not a recognized option");
        assert_eq!(read(&["--topic"]).unwrap_err(), "Option topic requires an argument");
        assert_eq!(read(&["--t", "a"]).unwrap_err(), "t is not a recognized option");
    }

    #[test]
    fn two_values_of_what_is_asked_for_once_are_refused() {
        let parse = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
            TOOL.parse(&arguments)
        };
        assert!(parse(&["--topic", "a", "--topic", "b", "--list", "--list"]).is_ok());
        for twice in [&["--shift-by", "1", "--shift-by=1"], &["--topic-id=a", "--topic-id", "b"]] {
            assert!(matches!(
                parse(twice),
                Err(Ending::Failed(text)) if text.ends_with(", but you asked for only one")
            ));
        }
    }

    #[test]
    fn the_help_has_two_columns() {
        let help = TOOL.help();
        assert!(help.lines().all(|line| line.chars().count() == 80), "{help}");
        assert!(help.contains("--shift-by <Long: number-of-offsets>     Shift."));
    }
}
