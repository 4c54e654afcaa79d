use std::{borrow::Cow, error::Error, fmt, io, time::Duration};

/// Why a task failed, as the state machine sees it.
///
/// ```
/// use std::time::Duration;
/// use stepwell_task::Failure;
///
/// let failure = Failure::new("MailServerBusy", "421 come back later")
///     .retry_after(Duration::from_secs(30));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    error: Cow<'static, str>,
    cause: String,
    retry_after: Option<Duration>,
    is_whole: bool,
}

/// Most characters of a cause, which may tell an input of any length.
const MAX_CAUSE: usize = 32_768;

impl Failure {
    /// A failure by the name that Retry and Catch match in `ErrorEquals`, and what happened, for
    /// people.
    ///
    /// A name without a dot gets the plugin's in front: `CardDeclined` of the plugin `payments`
    /// is seen as `Payments.CardDeclined`. Of the cause the first 32,768 characters are kept, as the
    /// host would.
    pub fn new(error: impl Into<Cow<'static, str>>, cause: impl Into<String>) -> Self {
        let mut cause = cause.into();
        if let Some((end, _)) = cause.char_indices().nth(MAX_CAUSE) {
            cause.truncate(end);
        }
        Self { error: error.into(), cause, retry_after: None, is_whole: false }
    }

    /// A failure by a name that is somebody else's, such as a function's that the task has called:
    /// it stays as it is, with or without a dot.
    pub fn foreign(error: impl Into<Cow<'static, str>>, cause: impl Into<String>) -> Self {
        Self { is_whole: true, ..Self::new(error, cause) }
    }

    /// A failure that another error caused; its cause tells that error and those behind it.
    pub fn caused_by(error: impl Into<Cow<'static, str>>, cause: &dyn Error) -> Self {
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        Self::new(error, text)
    }

    /// The host waits at least this long before the next attempt, if the state machine retries
    /// this error. It lengthens what Retry has computed and never shortens it.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The error's name.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// What happened.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// How long the host waits at least before the next attempt.
    pub fn delay(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The name as the state machine sees it.
    pub(crate) fn qualified(mut self, plugin: &str) -> Self {
        if !self.is_whole && !self.error.contains('.') {
            self.error = format!("{}.{}", pascal_case(plugin), self.error).into();
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.cause)
    }
}

impl Error for Failure {}

/// `PLUGIN.Io`; `PLUGIN.PermissionDenied` for what was not granted.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let name = match error.kind() {
            io::ErrorKind::PermissionDenied => "PermissionDenied",
            _ => "Io",
        };
        Self::caused_by(name, &error)
    }
}

/// `PLUGIN.Json`.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::caused_by("Json", &error)
    }
}

/// `PLUGIN.NotUtf8`.
impl From<std::string::FromUtf8Error> for Failure {
    fn from(error: std::string::FromUtf8Error) -> Self {
        Self::caused_by("NotUtf8", &error)
    }
}

/// `customer-mail` as `CustomerMail`.
fn pascal_case(name: &str) -> String {
    name.split(['-', '_', '.'])
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_dot_gets_the_plugins() {
        let failure = Failure::new("Declined", "no").qualified("card-payments");
        assert_eq!(failure.to_string(), "CardPayments.Declined: no");
        let failure = Failure::new("Bank.Declined", "no").qualified("card-payments");
        assert_eq!(failure.error(), "Bank.Declined");
        let failure = Failure::foreign("Declined", "no").qualified("card-payments");
        assert_eq!(failure.error(), "Declined");
    }

    #[test]
    fn a_cause_is_no_longer_than_causes_are() {
        let whole = "é".repeat(MAX_CAUSE);
        assert_eq!(Failure::new("Long", &*whole).cause(), whole);
        assert_eq!(Failure::new("Long", format!("{whole}!")).cause(), whole);
    }

    #[test]
    fn a_refused_file_is_told_from_a_broken_one() {
        let refused = Failure::from(io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!(refused.error(), "PermissionDenied");
        let broken = Failure::from(io::Error::other("disk on fire"));
        assert_eq!(broken.to_string(), "Io: disk on fire");
    }
}
