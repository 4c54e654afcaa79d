import logging

from stepwell import Failure, Plugin

plugin = Plugin("{{name}}", "0.1.0", "Greets people")


@plugin.task(
    effect="pure",
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
    return {"text": f"Hello, {name}!"}
