//! What is the same for a whole definition: the findings about it, and the states found so far.

use std::cell::{Cell, RefCell};

use indexmap::IndexMap;

use crate::{
    Diagnostic, State,
    definition::{Name, QueryLanguage, Type},
    diagnostic::Severity,
};

/// How many findings of one severity are kept. Who has a thousand errors reads no more of them,
/// and a hostile text shall not make millions.
const MAX_FINDINGS: usize = 1000;

/// For how many findings a name that was probably meant is looked for, and among how many names.
const MAX_SUGGESTIONS: usize = 20;
const MAX_CANDIDATES: usize = 1000;
/// How many bytes such a name may have.
const MAX_LENGTH: usize = 100;

/// What is the same for the whole definition.
pub(crate) struct Context {
    type_: Cell<Type>,
    query_language: Cell<QueryLanguage>,
    errors: RefCell<Vec<Diagnostic>>,
    warnings: RefCell<Vec<Diagnostic>>,
    states: RefCell<IndexMap<Name, State>>,
    suggestions: Cell<usize>,
}

impl Context {
    pub(super) fn new(type_: Type) -> Self {
        Self {
            type_: Cell::new(type_),
            query_language: Cell::default(),
            errors: RefCell::default(),
            warnings: RefCell::default(),
            states: RefCell::default(),
            suggestions: Cell::default(),
        }
    }

    /// The type of the workflow that is read.
    pub(super) fn type_(&self) -> Type {
        self.type_.get()
    }

    /// Reads a workflow of another type: a distributed Map names that of its child executions.
    pub(super) fn in_type<T>(&self, type_: Type, read: impl FnOnce() -> T) -> T {
        let outer = self.type_.replace(type_);
        let result = read();
        self.type_.set(outer);
        result
    }

    /// The query language of the machine.
    pub(super) fn query_language(&self) -> QueryLanguage {
        self.query_language.get()
    }

    pub(super) fn set_query_language(&self, language: QueryLanguage) {
        self.query_language.set(language);
    }

    /// Keeps a state. Of two states with one name the first stays; the second is a finding.
    pub(super) fn add_state(&self, state: State) {
        self.states.borrow_mut().entry(state.name.clone()).or_insert(state);
    }

    pub(super) fn take_states(&self) -> IndexMap<Name, State> {
        self.states.take()
    }

    pub(super) fn report(&self, finding: Diagnostic) {
        let list = match finding.severity {
            Severity::Error => &self.errors,
            Severity::Warning => &self.warnings,
        };
        let mut list = list.borrow_mut();
        if list.len() < MAX_FINDINGS {
            list.push(finding);
        }
    }

    /// All findings in the order of the text, and whether an error is among them.
    pub(super) fn into_findings(self) -> (Vec<Diagnostic>, bool) {
        let mut findings = self.errors.into_inner();
        let refused = !findings.is_empty();
        findings.append(&mut self.warnings.into_inner());
        findings.sort_by_key(|finding| finding.span.as_ref().map_or(0, |span| span.start));
        (findings, refused)
    }

    /// What was probably meant by `name`.
    pub(crate) fn nearest<'n>(
        &self,
        name: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        // One comparison is quadratic in the lengths, so that a hostile text could ask for many
        // long ones.
        let suggestions = self.suggestions.get();
        if name.len() > MAX_LENGTH || suggestions >= MAX_SUGGESTIONS {
            return None;
        }
        self.suggestions.set(suggestions + 1);
        let lower = name.to_lowercase();
        names
            .into_iter()
            .take(MAX_CANDIDATES)
            .filter(|candidate| candidate.len() <= 2 * MAX_LENGTH)
            .map(|candidate| {
                (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate)
            })
            .filter(|(distance, candidate)| *distance <= candidate.chars().count() / 3)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, candidate)| candidate)
    }
}
