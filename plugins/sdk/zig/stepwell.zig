//! Write Stepwell tasks in Zig.
//!
//! A plugin declares itself with `plugin`, once, in its root file:
//!
//! ```zig
//! const stepwell = @import("stepwell");
//!
//! comptime {
//!     stepwell.plugin(.{
//!         .name = "greetings",
//!         .version = "0.1.0",
//!         .tasks = &.{stepwell.task("greet", .pure, "Says hello.", greet, .{})},
//!     });
//! }
//!
//! const Person = struct { name: []const u8 };
//! const Greeting = struct { text: []const u8 };
//!
//! fn greet(person: Person) !Greeting {
//!     if (person.name.len == 0) return stepwell.fail("Nobody", "the name is empty", .{});
//!     return .{ .text = try stepwell.print("Hello, {s}!", .{person.name}) };
//! }
//! ```
//!
//! Each call has an instance of its own, so nothing is ever freed: `allocator` only grows.

const std = @import("std");

const abi = @import("abi.zig");

/// The memory of the call.
pub const allocator = abi.allocator;

/// What running a task twice with the same input would mean; after a crash the host acts on it.
pub const Effect = enum(u8) {
    /// Same input, same output, nothing else touched.
    pure,
    /// Safe to repeat under the same idempotency key.
    idempotent,
    /// Must not be repeated by itself.
    at_most_once,
};

/// A plugin, as it describes itself.
pub const Plugin = struct {
    name: []const u8,
    /// Semantic, such as `1.4.0`.
    version: []const u8,
    /// One line for people.
    summary: []const u8 = "",
    tasks: []const Task,
    wants: Wants = .{},
};

/// What the plugin would like to be granted. Nothing is granted by asking.
pub const Wants = struct {
    /// Hosts, as `host`, `host:port` or `*.domain`.
    http: []const []const u8 = &.{},
    secrets: []const []const u8 = &.{},
    config: []const []const u8 = &.{},
    /// Absolute paths at which directories are expected.
    directories: []const []const u8 = &.{},
    key_value: []const []const u8 = &.{},
};

/// JSON Schemas 2020-12 of a task, as text.
pub const Schemas = struct { input: ?[]const u8 = null, output: ?[]const u8 = null };

/// A task: JSON in, JSON out.
pub const Task = struct {
    name: []const u8,
    effect: Effect,
    /// One line for people.
    summary: []const u8,
    schemas: Schemas,
    run: *const fn (input: []const u8) anyerror![]const u8,
};

/// A task that is a function of one argument, which is read from the input's JSON, and whose result
/// is written as JSON: see `std.json` for how types are read and written. Input that does not fit
/// is the failure `PLUGIN.InvalidInput`.
pub fn task(
    name: []const u8,
    effect: Effect,
    summary: []const u8,
    comptime function: anytype,
    schemas: Schemas,
) Task {
    const Input = @typeInfo(@TypeOf(function)).@"fn".param_types[0].?;
    const typed = struct {
        fn run(text: []const u8) anyerror![]const u8 {
            const input = std.json.parseFromSliceLeaky(Input, allocator, text, .{
                .ignore_unknown_fields = true,
            }) catch |problem| {
                return fail("InvalidInput", "the input does not fit the task: {s}", .{
                    @errorName(problem),
                });
            };
            return std.json.Stringify.valueAlloc(allocator, try function(input), .{});
        }
    };
    return .{
        .name = name,
        .effect = effect,
        .summary = summary,
        .schemas = schemas,
        .run = typed.run,
    };
}

/// Why a task failed.
pub const Failure = struct {
    /// The name that Retry and Catch match.
    name: []const u8,
    /// What happened, for people.
    cause: []const u8,
    /// The host waits at least this many milliseconds before the next attempt.
    retry_after_ms: ?u64 = null,
};

var failure: ?Failure = null;

/// Fails the task: `return stepwell.fail("CardDeclined", "the card {s} is blocked", .{card})`. A
/// name without a dot gets the plugin's in front: `Payments.CardDeclined`.
///
/// Any other error that a task returns is the failure `PLUGIN.NAME_OF_THE_ERROR`.
pub fn fail(name: []const u8, comptime cause: []const u8, arguments: anytype) error{Failed} {
    return failWith(.{ .name = name, .cause = print(cause, arguments) catch cause });
}

/// Fails the task, saying also how long the host is to wait.
pub fn failWith(reason: Failure) error{Failed} {
    failure = reason;
    return error.Failed;
}

/// Formats a text.
pub fn print(comptime format: []const u8, arguments: anytype) ![]u8 {
    return std.fmt.allocPrint(allocator, format, arguments);
}

/// The call that is being served.
pub const Call = struct {
    /// The account the execution belongs to.
    tenant: []const u8,
    execution_arn: []const u8,
    state_name: []const u8,
    /// 0 for the first attempt.
    attempt: u32,
    /// The same in every attempt of one entry of one state.
    idempotency_key: []const u8,
    /// Set where the state waits for a callback.
    task_token: ?[]const u8,
    /// When the host gives up, in milliseconds since 1970.
    deadline_unix_ms: ?u64,
};

/// The call at hand.
pub fn call() Call {
    var raw: abi.Context = undefined;
    abi.host_call.info(&raw);
    return .{
        .tenant = raw.tenant.slice(),
        .execution_arn = raw.execution_arn.slice(),
        .state_name = raw.state_name.slice(),
        .attempt = raw.attempt,
        .idempotency_key = raw.idempotency_key.slice(),
        .task_token = raw.task_token.get(),
        .deadline_unix_ms = raw.deadline_unix_ms.get(),
    };
}

/// Says that the task is still at work.
pub fn heartbeat() void {
    abi.host_call.heartbeat();
}

/// Values that the operator has set.
pub const config = struct {
    /// The value of that name, where the operator has granted one.
    pub fn get(name: []const u8) ?[]const u8 {
        var raw: abi.Optional(abi.Text) = undefined;
        abi.host_config.get(abi.at(name), name.len, &raw);
        return raw.get();
    }

    /// The names that have a value, in alphabetical order.
    pub fn names() ![]const []const u8 {
        var raw: abi.List(abi.Text) = undefined;
        abi.host_config.names(&raw);
        return abi.texts(raw);
    }
};

/// Keys of services and the like.
pub const secrets = struct {
    /// The secret of that name, or a placeholder that the host replaces in outgoing requests.
    pub fn get(name: []const u8) ?[]const u8 {
        var raw: abi.Optional(abi.Text) = undefined;
        abi.host_secrets.get(abi.at(name), name.len, &raw);
        return raw.get();
    }
};

/// Lines for people who look into what a task did.
pub const log = struct {
    pub const Level = enum(u8) { trace, debug, info, warn, @"error" };

    /// Adds a line to the log of the call.
    pub fn write(level: Level, comptime format: []const u8, arguments: anytype) void {
        const line = print(format, arguments) catch format;
        abi.host_log.write(@backingInt(level), abi.at(line), line.len);
    }
};

/// A store of data that outlives the call, by its name.
pub const KeyValue = struct {
    store: []const u8,

    pub const Error = abi.Error || error{OutOfMemory};

    /// A value, and the version that its write had.
    pub const Entry = struct { value: []const u8, version: u64 };

    /// What is kept under the key, if anything.
    pub fn get(self: KeyValue, key: []const u8) Error!?Entry {
        var raw: abi.Result(abi.Optional(abi.Entry)) = undefined;
        abi.host_key_value.get(abi.at(self.store), self.store.len, abi.at(key), key.len, &raw);
        const entry = (try raw.get()).get() orelse return null;
        return .{ .value = entry.value.slice(), .version = entry.version };
    }

    /// Writes an entry, in place of one that may be there, and gives its version.
    pub fn set(self: KeyValue, key: []const u8, value: []const u8) Error!u64 {
        var raw: abi.Result(u64) = undefined;
        abi.host_key_value.set(
            abi.at(self.store),
            self.store.len,
            abi.at(key),
            key.len,
            abi.at(value),
            value.len,
            &raw,
        );
        return raw.get();
    }

    /// Writes an entry only where the one that is there has this version, or where there is none
    /// and none is expected. Gives the new version, or null where nothing was written.
    pub fn compareAndSwap(
        self: KeyValue,
        key: []const u8,
        expected: ?u64,
        value: []const u8,
    ) Error!?u64 {
        var raw: abi.Result(abi.Optional(u64)) = undefined;
        abi.host_key_value.@"compare-and-swap"(
            abi.at(self.store),
            self.store.len,
            abi.at(key),
            key.len,
            @intFromBool(expected != null),
            expected orelse 0,
            abi.at(value),
            value.len,
            &raw,
        );
        return (try raw.get()).get();
    }

    /// Deletes the entry, where a version is given only one of that version; whether there was one.
    pub fn delete(self: KeyValue, key: []const u8, expected: ?u64) Error!bool {
        var raw: abi.Result(u8) = undefined;
        abi.host_key_value.delete(
            abi.at(self.store),
            self.store.len,
            abi.at(key),
            key.len,
            @intFromBool(expected != null),
            expected orelse 0,
            &raw,
        );
        return (try raw.get()) != 0;
    }

    /// At most `limit` of the keys that begin with `prefix` and come after `after`, in the order of
    /// their bytes.
    pub fn keys(
        self: KeyValue,
        prefix: []const u8,
        after: ?[]const u8,
        limit: u32,
    ) Error![]const []const u8 {
        const from = after orelse "";
        var raw: abi.Result(abi.List(abi.Text)) = undefined;
        abi.host_key_value.keys(
            abi.at(self.store),
            self.store.len,
            abi.at(prefix),
            prefix.len,
            @intFromBool(after != null),
            abi.at(from),
            from.len,
            limit,
            &raw,
        );
        return abi.texts(try raw.get());
    }
};

/// Makes the root file a plugin: exports what a host calls. To be called once, at comptime.
pub fn plugin(comptime declared: Plugin) void {
    const exported = struct {
        fn describe() callconv(.c) *const abi.Info {
            return information(declared) catch @panic("no memory to describe the plugin");
        }

        fn run(
            name: [*]const u8,
            name_len: usize,
            input: [*]const u8,
            input_len: usize,
        ) callconv(.c) *const abi.Ran {
            return runTask(declared, name[0..name_len], input[0..input_len]);
        }
    };
    @export(&exported.describe, .{ .name = "stepwell:task/plugin@0.1.0#describe" });
    @export(&exported.run, .{ .name = "stepwell:task/plugin@0.1.0#run" });
    @export(&abi.realloc, .{ .name = "cabi_realloc" });
}

fn information(declared: Plugin) !*const abi.Info {
    const tasks = try allocator.alloc(abi.TaskInfo, declared.tasks.len);
    for (tasks, declared.tasks) |*to, from| {
        to.* = .{
            .name = .of(from.name),
            .summary = .of(from.summary),
            .effect = @backingInt(from.effect),
            .input_schema = abi.optionalText(from.schemas.input),
            .output_schema = abi.optionalText(from.schemas.output),
        };
    }
    const described = try allocator.create(abi.Info);
    described.* = .{
        .name = .of(declared.name),
        .version = .of(declared.version),
        .summary = .of(declared.summary),
        .tasks = .of(tasks),
        .http = try abi.list(declared.wants.http),
        .secrets = try abi.list(declared.wants.secrets),
        .config = try abi.list(declared.wants.config),
        .directories = try abi.list(declared.wants.directories),
        .key_value = try abi.list(declared.wants.key_value),
    };
    return described;
}

var ran: abi.Ran = undefined;

fn runTask(declared: Plugin, name: []const u8, input: []const u8) *const abi.Ran {
    for (declared.tasks) |candidate| {
        if (!std.mem.eql(u8, candidate.name, name)) continue;
        if (candidate.run(input)) |output| {
            ran = .{ .is_err = 0, .value = .{ .ok = .of(output) } };
            return &ran;
        } else |problem| {
            return failed(declared.name, failure orelse .{
                .name = @errorName(problem),
                .cause = "the task returned this error",
            });
        }
    }
    return failed(declared.name, .{ .name = "NoSuchTask", .cause = "there is no such task" });
}

fn failed(name: []const u8, reason: Failure) *const abi.Ran {
    ran = .{ .is_err = 1, .value = .{ .err = .{
        .name = .of(qualified(name, reason.name) catch reason.name),
        .cause = .of(cut(reason.cause)),
        .retry_after_ms = if (reason.retry_after_ms) |delay|
            .{ .is_some = 1, .value = delay }
        else
            .{},
    } } };
    return &ran;
}

/// The first characters of a text in UTF-8, as many as the host keeps of a cause.
fn cut(text: []const u8) []const u8 {
    var characters: usize = 0;
    for (text, 0..) |byte, at| {
        if (byte & 0xc0 == 0x80) continue;
        characters += 1;
        if (characters > 32_768) return text[0..at];
    }
    return text;
}

/// `card-payments` and `Declined` as `CardPayments.Declined`.
fn qualified(name: []const u8, reason: []const u8) ![]const u8 {
    if (std.mem.indexOfScalar(u8, reason, '.') != null) return reason;
    const text = try allocator.alloc(u8, name.len + 1 + reason.len);
    var len: usize = 0;
    var begins = true;
    for (name) |letter| {
        const separates = std.mem.indexOfScalar(u8, "-_.", letter) != null;
        if (!separates) {
            text[len] = if (begins) std.ascii.toUpper(letter) else letter;
            len += 1;
        }
        begins = separates;
    }
    text[len] = '.';
    @memcpy(text[len + 1 ..][0..reason.len], reason);
    return text[0 .. len + 1 + reason.len];
}
