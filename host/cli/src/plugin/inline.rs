//! TOML in an option of a command.

use serde::Deserialize;

/// What an inline table of TOML says.
pub(crate) fn inline<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Document<T> {
        value: T,
    }
    let document: Document<T> = toml::from_str(&format!("value = {text}"))
        .map_err(|error| error.message().trim().to_owned())?;
    Ok(document.value)
}
