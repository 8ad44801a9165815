//! TOML as a tree in which every key and value remembers its place.
//!
//! toml_edit's immutable document keeps spans but cannot be merged; this tree can: after inheritance each value still points
//! into the file that set it.

use std::collections::BTreeMap;

use serde_json::Value;
use toml_edit::{Document, Item, TableLike};

use crate::diag::Diagnostic;
use crate::source::{Excerpt, Source, Span};

#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    /// The value, or the header of a table.
    pub span: Span,
    /// Absent for array elements and the root.
    pub key: Option<Span>,
    /// Which file set it: larger numbers were applied later; 0 is lkmc's own defaults.
    pub layer: usize,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Table(BTreeMap<String, Node>),
    Array(Vec<Node>),
    String(String),
    Integer(i64),
    Boolean(bool),
    /// Something that no key of a profile takes, by its TOML name.
    Other(&'static str),
}

/// A dotted key.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_string()
    } else {
        format!("{path}.{key}")
    }
}

/// The layer of lkmc's own defaults.
pub const DEFAULT_LAYER: usize = 0;

impl Node {
    /// Parses one file.
    pub fn parse(source: &Source, layer: usize) -> Result<Node, Diagnostic> {
        Node::parse_excerpt(&Excerpt::whole(source), layer).map_err(|(span, message)| {
            Diagnostic::error("lkmc::profile::syntax", format!("{} is not TOML", source.name()))
                .label(&span, message)
                .help("https://toml.io describes the syntax; strings need quotes")
        })
    }

    /// Parses TOML that stands in another kind of file. An error is a place and what is wrong there.
    pub fn parse_excerpt(excerpt: &Excerpt, layer: usize) -> Result<Node, (Span, String)> {
        let document = Document::parse(excerpt.text()).map_err(|error| {
            let span = excerpt.span(error.span().unwrap_or(0..0));
            (span, error.message().trim().replace('\n', "; "))
        })?;
        let builder = Builder { excerpt, layer };
        Ok(builder.table(document.as_table(), excerpt.span(0..0), None))
    }

    pub fn empty(source: &Source, layer: usize) -> Node {
        Node {
            kind: Kind::Table(BTreeMap::new()),
            span: source.span(0..0),
            key: None,
            layer,
        }
    }

    /// The value under a dotted key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        key.split('.').try_fold(self, |node, part| node.table()?.get(part))
    }

    /// The same, if a file set it rather than lkmc's defaults.
    pub fn get_written(&self, key: &str) -> Option<&Node> {
        self.get(key).filter(|node| node.layer != DEFAULT_LAYER)
    }

    /// Takes the node with this dotted key out, if it is there.
    pub fn remove(&mut self, key: &str) {
        let Kind::Table(table) = &mut self.kind else { return };
        match key.split_once('.') {
            Some((first, rest)) => table.get_mut(first).into_iter().for_each(|node| node.remove(rest)),
            None => drop(table.remove(key)),
        }
    }

    pub fn table(&self) -> Option<&BTreeMap<String, Node>> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }

    pub fn elements(&self) -> &[Node] {
        match &self.kind {
            Kind::Array(elements) => elements,
            _ => &[],
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The place that a message about the setting as a whole points to.
    pub fn key_span(&self) -> &Span {
        self.key.as_ref().unwrap_or(&self.span)
    }

    /// Puts `over` on top: tables merge, everything else replaces.
    pub fn merge(&mut self, over: Node) {
        match (&mut self.kind, over.kind) {
            (Kind::Table(below), Kind::Table(above)) => {
                for (key, value) in above {
                    match below.get_mut(&key) {
                        Some(existing) => existing.merge(value),
                        None => {
                            below.insert(key, value);
                        }
                    }
                }
            }
            (_, kind) => self.kind = kind,
        }
        (self.span, self.key, self.layer) = (over.span, over.key, over.layer);
    }

    /// Puts a value under a dotted key, making the tables on the way.
    pub fn set(&mut self, key: &str, value: Node) {
        let (first, rest) = key
            .split_once('.')
            .map_or((key, None), |(first, rest)| (first, Some(rest)));
        let (span, layer) = (value.span.clone(), value.layer);
        let value = match rest {
            None => value,
            Some(rest) => {
                let mut table = Node {
                    kind: Kind::Table(BTreeMap::new()),
                    span: span.clone(),
                    key: None,
                    layer,
                };
                table.set(rest, value);
                table
            }
        };
        let root = Node {
            kind: Kind::Table([(first.to_string(), value)].into()),
            span,
            key: None,
            layer,
        };
        self.merge(root);
    }

    /// What files say, without lkmc's defaults.
    pub fn written(&self) -> Node {
        self.above(DEFAULT_LAYER)
    }

    /// What files say that were applied after this layer.
    pub fn above(&self, layer: usize) -> Node {
        let mut node = self.clone();
        if let Kind::Table(table) = &mut node.kind {
            table.retain(|_, child| child.layer > layer);
            table.values_mut().for_each(|child| *child = child.above(layer));
        }
        node
    }

    /// Visits every value that is not a table, with its dotted key.
    pub fn leaves(&self, path: &str, visit: &mut impl FnMut(&str, &Node)) {
        match self.table() {
            Some(table) => table
                .iter()
                .for_each(|(key, child)| child.leaves(&join(path, key), visit)),
            None => visit(path, self),
        }
    }

    pub fn set_layer(&mut self, layer: usize) {
        self.layer = layer;
        match &mut self.kind {
            Kind::Table(table) => table.values_mut().for_each(|node| node.set_layer(layer)),
            Kind::Array(elements) => elements.iter_mut().for_each(|node| node.set_layer(layer)),
            _ => {}
        }
    }

    /// As if all of it had been written at one place.
    pub fn moved_to(&mut self, span: &Span, layer: usize) {
        self.span = span.clone();
        self.key = self.key.as_ref().map(|_| span.clone());
        self.layer = layer;
        match &mut self.kind {
            Kind::Table(table) => table.values_mut().for_each(|node| node.moved_to(span, layer)),
            Kind::Array(elements) => elements.iter_mut().for_each(|node| node.moved_to(span, layer)),
            _ => {}
        }
    }

    /// Without spans, for deserialization.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Table(table) => table.iter().map(|(key, node)| (key.clone(), node.to_json())).collect(),
            Kind::Array(elements) => elements.iter().map(Node::to_json).collect(),
            Kind::String(text) => Value::from(text.as_str()),
            Kind::Integer(number) => Value::from(*number),
            Kind::Boolean(truth) => Value::from(*truth),
            Kind::Other(_) => Value::Null,
        }
    }
}

impl Kind {
    /// With its article, for sentences.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Table(_) => "a table",
            Kind::Array(_) => "an array",
            Kind::String(_) => "a string",
            Kind::Integer(_) => "an integer",
            Kind::Boolean(_) => "a boolean",
            Kind::Other(name) => name,
        }
    }
}

struct Builder<'a> {
    excerpt: &'a Excerpt,
    layer: usize,
}

impl Builder<'_> {
    fn node(&self, kind: Kind, span: Span, key: Option<Span>) -> Node {
        Node {
            kind,
            span,
            key,
            layer: self.layer,
        }
    }

    fn table(&self, table: &dyn TableLike, span: Span, key: Option<Span>) -> Node {
        let entries = table.iter().map(|(name, item)| {
            let key = table
                .key(name)
                .and_then(|key| key.span())
                .map(|range| self.excerpt.span(range));
            (name.to_string(), self.item(item, key))
        });
        self.node(Kind::Table(entries.collect()), span, key)
    }

    fn item(&self, item: &Item, key: Option<Span>) -> Node {
        // A table that only dotted keys or sub-headers imply has no place of its own; its key has.
        let span = match item.span() {
            Some(range) => self.excerpt.span(range),
            None => key.clone().unwrap_or_else(|| self.excerpt.span(0..0)),
        };
        match item {
            Item::Value(value) => self.value(value, span, key),
            Item::ArrayOfTables(tables) => {
                let elements = tables.iter().map(|table| {
                    let span = table
                        .span()
                        .map_or_else(|| span.clone(), |range| self.excerpt.span(range));
                    self.table(table, span, None)
                });
                self.node(Kind::Array(elements.collect()), span.clone(), key)
            }
            Item::Table(table) => self.table(table, span, key),
            Item::None => self.node(Kind::Other("nothing"), span, key),
        }
    }

    fn value(&self, value: &toml_edit::Value, span: Span, key: Option<Span>) -> Node {
        use toml_edit::Value as Toml;
        let kind = match value {
            Toml::String(text) => Kind::String(text.value().clone()),
            Toml::Integer(number) => Kind::Integer(*number.value()),
            Toml::Boolean(truth) => Kind::Boolean(*truth.value()),
            Toml::Float(_) => Kind::Other("a decimal fraction"),
            Toml::Datetime(_) => Kind::Other("a date"),
            Toml::InlineTable(table) => return self.table(table, span, key),
            Toml::Array(array) => {
                let elements = array.iter().map(|element| {
                    let span = element
                        .span()
                        .map_or_else(|| span.clone(), |range| self.excerpt.span(range));
                    self.value(element, span, None)
                });
                Kind::Array(elements.collect())
            }
        };
        self.node(kind, span, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, text: &str, layer: usize) -> Node {
        Node::parse(&Source::new(name, text), layer).expect("test input is TOML")
    }

    #[test]
    fn tables_merge_and_arrays_replace_and_places_survive() {
        let mut base = parse("base", "list = [1, 2]\n[cpu]\nmodel = \"a\"\ncount = 1\n", 1);
        base.merge(parse("over", "list = [3]\ncpu.count = 2\n", 2));
        assert_eq!(
            base.to_json().to_string(),
            r#"{"cpu":{"count":2,"model":"a"},"list":[3]}"#
        );
        let place = |key: &str| base.get(key).map(|node| (node.span.to_string(), node.layer));
        assert_eq!(place("cpu.count"), Some(("over:2".into(), 2)));
        assert_eq!(place("cpu.model"), Some(("base:3".into(), 1)));
    }

    #[test]
    fn keys_and_values_have_their_own_places() {
        let tree = parse("x", "[[share]]\nhost = \"a\"\n[memory]\nsize = 1.5\n", 1);
        let size = tree.get("memory.size").expect("was written");
        assert_eq!(
            (size.key_span().text(), size.span.text(), size.kind.name()),
            ("size", "1.5", "a decimal fraction")
        );
        let share = &tree.get("share").expect("was written").elements()[0];
        assert_eq!(
            (share.span.text(), share.get("host").map(|node| node.span.line())),
            ("[[share]]", Some(2))
        );
    }
}
