//! The names of state machines, executions and activities.

/// The longest name, in characters.
const MAX: usize = 80;

/// Whether a text can be a name: 1 to 80 characters, without white space, brackets, wildcards,
/// control characters and ``" # % \ ^ | ~ ` $ & , ; : /``.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>
pub fn is_name(text: &str) -> bool {
    (1..=MAX).contains(&text.chars().count()) && !text.chars().any(is_forbidden)
}

fn is_forbidden(character: char) -> bool {
    character.is_control()
        || character.is_whitespace()
        || r##"<>{}[]?*"#%\^|~`$&,;:/"##.contains(character)
        || matches!(character, '\u{FFFE}' | '\u{FFFF}' | '\u{10FFFF}')
}
