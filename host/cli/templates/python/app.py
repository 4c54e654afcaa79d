import logging

from stepwell import Failure, Plugin, Wants, config

plugin = Plugin("{{name}}", "0.1.0", "Greets people", Wants(config=["greeting"]))


@plugin.task(
    effect="idempotent",
    input={
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    },
    output={
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}},
    },
)
def greet(input):
    """Greets a person by name"""
    name = input["name"]
    if not name.strip():
        raise Failure("{{Name}}.Nobody", "the name is empty")
    logging.info("greeting %s", name)
    greeting = config.get("greeting", "Hello")
    return {"text": f"{greeting}, {name}!"}
