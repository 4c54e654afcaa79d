//! Greets people.

const stepwell = @import("stepwell");

comptime {
    stepwell.plugin(.{
        .name = "{{name}}",
        .version = "0.1.0",
        .summary = "Greets people.",
        .wants = .{ .config = &.{"greeting"} },
        .tasks = &.{
            stepwell.task("greet", .idempotent, "Says hello to somebody.", greet, .{
                .input =
                \\{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}
                ,
                .output =
                \\{"type":"object","required":["text"],"properties":{"text":{"type":"string"}}}
                ,
            }),
        },
    });
}

const Person = struct { name: []const u8 };
const Greeting = struct { text: []const u8 };

fn greet(person: Person) !Greeting {
    if (person.name.len == 0) return stepwell.fail("Nobody", "the name is empty", .{});
    const greeting = stepwell.config.get("greeting") orelse "Hello";
    return .{ .text = try stepwell.print("{s}, {s}!", .{ greeting, person.name }) };
}
