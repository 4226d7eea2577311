//! What a property is called: one of those that always exist, or one of a scenario's own.

use std::fmt;
use std::sync::Arc;

use super::Property;

/// A property by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropertyName {
    /// One that every scenario has.
    Known(Property),
    /// One that a scenario states itself.
    Own {
        /// Its name.
        name: Arc<str>,
        /// What must hold, in the words of the file.
        statement: Arc<str>,
    },
}

impl PropertyName {
    /// The name by which scenarios and reports call it.
    pub fn id(&self) -> &str {
        match self {
            Self::Known(property) => property.id(),
            Self::Own { name, .. } => name,
        }
    }

    /// The property, unless it is a scenario's own.
    pub const fn known(&self) -> Option<Property> {
        match self {
            Self::Known(property) => Some(*property),
            Self::Own { .. } => None,
        }
    }

    /// What must hold, in a sentence.
    pub fn statement(&self) -> &str {
        match self {
            Self::Known(property) => property.statement(),
            Self::Own { statement, .. } => statement,
        }
    }
}

impl From<Property> for PropertyName {
    fn from(property: Property) -> Self {
        Self::Known(property)
    }
}

impl PartialEq<Property> for PropertyName {
    fn eq(&self, other: &Property) -> bool {
        matches!(self, Self::Known(property) if property == other)
    }
}

impl fmt::Display for PropertyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
