//! Lists of topics as Kafka's tools take them: regular expressions, several of them separated by
//! commas, each of which must match a whole name.

use regex::Regex;

use super::Ending;

/// Which topics are meant.
#[derive(Debug)]
pub struct IncludeList(Regex);

impl IncludeList {
    /// # Errors
    /// What is wrong with the expression.
    pub fn new(text: &str) -> Result<IncludeList, Ending> {
        let text = text.trim().replace(',', "|").replace(' ', "");
        let bare = text.trim_matches(['"', '\'']);
        let regex = Regex::new(&format!("^(?:{bare})$"))
            .map_err(|error| Ending::Failed(format!("{bare} is an invalid regex: {error}")))?;
        Ok(IncludeList(regex))
    }

    pub fn allows(&self, topic: &str) -> bool {
        self.0.is_match(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_names_and_expressions() {
        let list = IncludeList::new("orders, 'pay.*'").unwrap_or_else(|e| panic!("{e:?}"));
        assert!(list.allows("orders") && !list.allows("orders2"));
        assert!(IncludeList::new("a.*b").is_ok_and(|list| list.allows("a.b")));
        assert!(IncludeList::new("(").is_err());
    }
}
