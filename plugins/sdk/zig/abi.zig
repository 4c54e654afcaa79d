//! The canonical ABI: how the contract's types lie in memory, and what the host offers. An `extern
//! struct` lies as the record with the same fields does.

const std = @import("std");

/// The memory of the call.
pub const allocator = std.heap.wasm_allocator;

pub fn List(comptime T: type) type {
    return extern struct {
        ptr: [*]const T,
        len: usize,

        /// The host looks at the address of an empty list too, which Zig leaves undefined.
        pub fn of(items: []const T) @This() {
            const nowhere: [*]const T = @ptrFromInt(@alignOf(T));
            return .{ .ptr = if (items.len == 0) nowhere else items.ptr, .len = items.len };
        }

        pub fn slice(self: @This()) []const T {
            return self.ptr[0..self.len];
        }
    };
}

pub const Text = List(u8);

pub fn Optional(comptime T: type) type {
    return extern struct {
        is_some: u8 = 0,
        value: T = undefined,

        const Plain = if (T == Text) []const u8 else T;

        pub fn get(self: @This()) ?Plain {
            if (self.is_some == 0) return null;
            return if (T == Text) self.value.slice() else self.value;
        }
    };
}

pub fn at(text: []const u8) [*]const u8 {
    return Text.of(text).ptr;
}

pub fn optionalText(text: ?[]const u8) Optional(Text) {
    return if (text) |some| .{ .is_some = 1, .value = .of(some) } else .{};
}

/// The variant `error` of the interface key-value.
pub const Error = error{ PermissionDenied, LimitExceeded, Unavailable };

/// A result of the interface key-value.
pub fn Result(comptime T: type) type {
    return extern struct {
        is_err: u8,
        value: extern union {
            ok: T,
            err: extern struct { kind: u8, text: Text },
        },

        pub fn get(self: @This()) Error!T {
            if (self.is_err == 0) return self.value.ok;
            return switch (self.value.err.kind) {
                0 => error.PermissionDenied,
                1 => error.LimitExceeded,
                else => error.Unavailable,
            };
        }
    };
}

pub const Entry = extern struct { value: Text, version: u64 };

pub const Context = extern struct {
    tenant: Text,
    execution_arn: Text,
    state_name: Text,
    attempt: u32,
    idempotency_key: Text,
    task_token: Optional(Text),
    deadline_unix_ms: Optional(u64),
};

pub const TaskInfo = extern struct {
    name: Text,
    summary: Text,
    effect: u8,
    input_schema: Optional(Text),
    output_schema: Optional(Text),
};

pub const Info = extern struct {
    name: Text,
    version: Text,
    summary: Text,
    tasks: List(TaskInfo),
    http: List(Text),
    secrets: List(Text),
    config: List(Text),
    directories: List(Text),
    key_value: List(Text),
};

pub const Failed = extern struct { name: Text, cause: Text, retry_after_ms: Optional(u64) };

pub const Ran = extern struct { is_err: u8, value: extern union { ok: Text, err: Failed } };

pub const host_call = struct {
    pub extern "stepwell:task/call@0.1.0" fn info(*Context) void;
    pub extern "stepwell:task/call@0.1.0" fn heartbeat() void;
};

pub const host_config = struct {
    pub extern "stepwell:task/config@0.1.0" fn get([*]const u8, usize, *Optional(Text)) void;
    pub extern "stepwell:task/config@0.1.0" fn names(*List(Text)) void;
};

pub const host_secrets = struct {
    pub extern "stepwell:task/secrets@0.1.0" fn get([*]const u8, usize, *Optional(Text)) void;
};

pub const host_log = struct {
    pub extern "stepwell:task/log@0.1.0" fn write(u32, [*]const u8, usize) void;
};

pub const host_key_value = struct {
    pub extern "stepwell:task/key-value@0.1.0" fn get(
        [*]const u8,
        usize,
        [*]const u8,
        usize,
        *Result(Optional(Entry)),
    ) void;
    pub extern "stepwell:task/key-value@0.1.0" fn set(
        [*]const u8,
        usize,
        [*]const u8,
        usize,
        [*]const u8,
        usize,
        *Result(u64),
    ) void;
    pub extern "stepwell:task/key-value@0.1.0" fn @"compare-and-swap"(
        [*]const u8,
        usize,
        [*]const u8,
        usize,
        u32,
        u64,
        [*]const u8,
        usize,
        *Result(Optional(u64)),
    ) void;
    pub extern "stepwell:task/key-value@0.1.0" fn delete(
        [*]const u8,
        usize,
        [*]const u8,
        usize,
        u32,
        u64,
        *Result(u8),
    ) void;
    pub extern "stepwell:task/key-value@0.1.0" fn keys(
        [*]const u8,
        usize,
        [*]const u8,
        usize,
        u32,
        [*]const u8,
        usize,
        u32,
        *Result(List(Text)),
    ) void;
};

pub fn list(from: []const []const u8) !List(Text) {
    const to = try allocator.alloc(Text, from.len);
    for (to, from) |*text, slice| text.* = .of(slice);
    return .of(to);
}

pub fn texts(from: List(Text)) ![]const []const u8 {
    const to = try allocator.alloc([]const u8, from.len);
    for (to, from.slice()) |*slice, text| slice.* = text.slice();
    return to;
}

/// Memory for what the host passes. It never asks for more of a piece it has.
pub fn realloc(old: ?[*]u8, old_len: usize, alignment: usize, len: usize) callconv(.c) [*]u8 {
    _ = .{ old, old_len, alignment };
    // An empty piece must lie in memory, too; Zig's allocators put it at the end of all addresses.
    const memory = allocator.alignedAlloc(u8, .@"8", @max(len, 1)) catch @panic("out of memory");
    return memory.ptr;
}
