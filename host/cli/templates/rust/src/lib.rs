//! Greets people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stepwell_task::{Call, Failure, config};

stepwell_task::plugin! {
    summary: "Greets people.",
    wants: { config: ["greeting"] },
    tasks: [
        "greet": idempotent "Says hello to somebody." => greet,
    ],
}

/// Whom to greet.
#[derive(Deserialize, JsonSchema)]
pub struct Person {
    name: String,
}

/// What to say.
#[derive(Serialize, JsonSchema)]
pub struct Greeting {
    text: String,
}

fn greet(person: Person, _call: &Call) -> Result<Greeting, Failure> {
    if person.name.is_empty() {
        return Err(Failure::new("Nobody", "the name is empty"));
    }
    let greeting = config::get("greeting").unwrap_or_else(|| "Hello".to_owned());
    Ok(Greeting { text: format!("{greeting}, {}!", person.name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_greeted() {
        let output = plugin().run("greet", r#"{"name":"Ada"}"#, &Call::local("a key"));
        assert_eq!(output.unwrap(), r#"{"text":"Hello, Ada!"}"#);
    }
}
