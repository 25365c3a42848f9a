//! The content of `quorum-state`: what a voter must not forget, or it could vote twice in one
//! epoch. One line of JSON, version 0 for `kraft.version` 0 and version 1 for `kraft.version` 1,
//! byte for byte as Apache Kafka writes it.
//!
//! Text in, values out: who writes the file also syncs it and its directory before the vote
//! leaves the node.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use base::{BrokerId, LeaderEpoch, Uuid};

use super::voters::ReplicaKey;

/// The file's name, in the directory of the metadata log.
pub const FILE_NAME: &str = "quorum-state";

/// An epoch, and what is known or was done in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElectionState {
    pub epoch: LeaderEpoch,
    pub leader: Option<BrokerId>,
    /// Who got this node's vote in this epoch.
    pub voted: Option<ReplicaKey>,
    /// Written by version 0 alone; never used to decide anything.
    pub voters: Vec<BrokerId>,
}

impl ElectionState {
    /// The file's content for a cluster at `kraft_version` (0 or 1).
    pub fn to_text(&self, kraft_version: i16) -> String {
        let leader = self.leader.map_or(-1, |id| id.0);
        let voted = self.voted.map_or(-1, |key| key.id.0);
        let epoch = self.epoch.0;
        if kraft_version == 0 {
            let mut voters = String::new();
            for (index, id) in self.voters.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(voters, "{comma}{{\"voterId\":{id}}}");
            }
            format!(
                "{{\"clusterId\":\"\",\"leaderId\":{leader},\"leaderEpoch\":{epoch},\
                 \"votedId\":{voted},\"appliedOffset\":0,\"currentVoters\":[{voters}],\
                 \"data_version\":0}}"
            )
        } else {
            let directory = self.voted.map_or(Uuid::ZERO, |key| key.directory_or_zero());
            format!(
                "{{\"leaderId\":{leader},\"leaderEpoch\":{epoch},\"votedId\":{voted},\
                 \"votedDirectoryId\":\"{directory}\",\"data_version\":1}}"
            )
        }
    }

    /// Reads either version.
    ///
    /// # Errors
    /// Says what is wrong. A voter with an unreadable file must not start: it may have voted.
    pub fn parse(text: &str) -> Result<ElectionState, StateFileError> {
        let line = text.lines().next().unwrap_or_default();
        let fields = match Json::parse(line) {
            Some(Json::Object(fields)) => fields,
            _ => return Err(StateFileError::NotAnObject(line.chars().take(80).collect())),
        };
        let number = |name: &'static str| match fields.get(name) {
            Some(Json::Number(number)) => Ok(*number),
            _ => Err(StateFileError::Field(name)),
        };
        let id = |name| {
            let number = number(name)?;
            i32::try_from(number).map_err(|_| StateFileError::Field(name))
        };
        let version = number("data_version")?;
        if !(0..=1).contains(&version) {
            return Err(StateFileError::Version(version));
        }
        let directory = match fields.get("votedDirectoryId") {
            Some(Json::Text(text)) if version == 1 => {
                text.parse().map_err(|_| StateFileError::Field("votedDirectoryId"))?
            }
            None if version == 0 => Uuid::ZERO,
            _ => return Err(StateFileError::Field("votedDirectoryId")),
        };
        let (leader, epoch, voted) = (id("leaderId")?, id("leaderEpoch")?, id("votedId")?);
        Ok(ElectionState {
            epoch: LeaderEpoch(epoch),
            leader: (leader >= 0).then_some(BrokerId(leader)),
            voted: (voted >= 0).then(|| ReplicaKey::new(voted, directory)),
            voters: if version == 0 { voters(&fields)? } else { Vec::new() },
        })
    }
}

fn voters(fields: &BTreeMap<String, Json>) -> Result<Vec<BrokerId>, StateFileError> {
    let wrong = || StateFileError::Field("currentVoters");
    let list = match fields.get("currentVoters") {
        Some(Json::List(list)) => list,
        Some(Json::Null) => return Ok(Vec::new()),
        _ => return Err(wrong()),
    };
    list.iter()
        .map(|voter| match voter {
            Json::Object(fields) => match fields.get("voterId") {
                Some(Json::Number(id)) => i32::try_from(*id).map(BrokerId).map_err(|_| wrong()),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        })
        .collect()
}

/// Why a `quorum-state` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFileError {
    NotAnObject(String),
    Version(i64),
    Field(&'static str),
}

impl fmt::Display for StateFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateFileError::NotAnObject(text) => {
                write!(
                    f,
                    "quorum-state is not one line with a JSON object, it begins with `{text}`"
                )
            }
            StateFileError::Version(version) => {
                write!(f, "quorum-state has data_version {version}, this program reads 0 and 1")
            }
            StateFileError::Field(name) => {
                write!(f, "quorum-state has no usable field `{name}`")
            }
        }
    }
}

impl std::error::Error for StateFileError {}

/// The little JSON that the file may hold: no fractions, no escapes beyond a quoted character.
#[derive(Debug, PartialEq)]
enum Json {
    Null,
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// Objects in a list in an object is as deep as the file goes; the bound keeps a crafted one from
/// using up the stack.
const DEPTH_MAX: usize = 4;

impl Json {
    fn parse(text: &str) -> Option<Json> {
        let mut parser = Parser { rest: text.trim() };
        let value = parser.value(0)?;
        parser.rest.is_empty().then_some(value)
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.rest.as_bytes().first()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.text().map(Json::Text),
            b'n' => self.word("null").then_some(Json::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.eat('{');
        let mut fields = BTreeMap::new();
        while !self.eat('}') {
            if !fields.is_empty() && !self.eat(',') {
                return None;
            }
            let name = self.text()?;
            if !self.eat(':') {
                return None;
            }
            fields.insert(name, self.value(depth + 1)?);
        }
        Some(Json::Object(fields))
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        self.eat('[');
        let mut items = Vec::new();
        while !self.eat(']') {
            if !items.is_empty() && !self.eat(',') {
                return None;
            }
            items.push(self.value(depth + 1)?);
        }
        Some(Json::List(items))
    }

    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut escaped = false;
        let inner = self.rest.strip_prefix('"')?;
        for (index, c) in inner.char_indices() {
            match c {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.rest = inner[index + 1..].trim_start();
                    return Some(text);
                }
                _ => text.push(c),
            }
        }
        None
    }

    fn number(&mut self) -> Option<Json> {
        let end =
            self.rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(self.rest.len());
        let number = self.rest[..end].parse().ok()?;
        self.rest = self.rest[end..].trim_start();
        Some(Json::Number(number))
    }

    fn word(&mut self, word: &str) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_read_and_write_as_apache_does() {
        let leader = ElectionState {
            epoch: LeaderEpoch(3),
            leader: Some(BrokerId(1)),
            voted: None,
            voters: Vec::new(),
        };
        let text = r#"{"leaderId":1,"leaderEpoch":3,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#;
        assert_eq!(leader.to_text(1), text);
        assert_eq!(ElectionState::parse(text), Ok(leader));

        let voted = ElectionState {
            epoch: LeaderEpoch(7),
            leader: None,
            voted: Some(ReplicaKey::new(2, Uuid::ZERO)),
            voters: vec![BrokerId(1), BrokerId(2)],
        };
        let text = r#"{"clusterId":"","leaderId":-1,"leaderEpoch":7,"votedId":2,"appliedOffset":0,"currentVoters":[{"voterId":1},{"voterId":2}],"data_version":0}"#;
        assert_eq!(voted.to_text(0), text);
        assert_eq!(ElectionState::parse(text), Ok(voted));
    }

    #[test]
    fn a_damaged_file_is_refused_and_never_guessed_at() {
        for text in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"data_version":2}"#,
            r#"{"leaderId":1,"leaderEpoch":99999999999,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#,
            r#"{"leaderId":1,"leaderEpoch":3,"votedId":-1,"data_version":1}"#,
            r#"{"leaderId":1,"leaderEpoch":3,"votedId":-1,"votedDirectoryId":"AAAA"#,
            &"[".repeat(10_000),
        ] {
            assert!(ElectionState::parse(text).is_err(), "{text}");
        }
    }
}
