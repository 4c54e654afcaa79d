//! Asks the host for everything that the SDK has.

const stepwell = @import("stepwell");

comptime {
    stepwell.plugin(.{
        .name = "sdk-zig",
        .version = "0.1.0",
        .wants = .{ .config = &.{ "region", "empty" }, .key_value = &.{"notes"} },
        .tasks = &.{stepwell.task("everything", .idempotent, "", everything, .{})},
    });
}

const Input = struct { store: []const u8 };

const Output = struct {
    config: ?[]const u8,
    names: []const []const u8,
    secret: ?[]const u8,
    attempt: u32,
    value: []const u8,
    stale: bool,
    missing: bool,
    keys: []const []const u8,
    after: []const []const u8,
    deleted: [2]bool,
};

fn everything(input: Input) !Output {
    const call = stepwell.call();
    stepwell.heartbeat();
    stepwell.log.write(.info, "asked by {s}", .{call.state_name});
    const store = stepwell.KeyValue{ .store = input.store };
    const first = try store.set("k1", "one");
    const second = try store.compareAndSwap("k1", first, "two");
    const stale = try store.compareAndSwap("k1", first, "three");
    _ = try store.compareAndSwap("k2", null, "");
    const entry = (try store.get("k1")).?;
    return .{
        .config = stepwell.config.get("region"),
        .names = try stepwell.config.names(),
        .secret = stepwell.secrets.get("key"),
        .attempt = call.attempt,
        .value = entry.value,
        .stale = stale != null or entry.version != second.?,
        .missing = try store.get("k3") == null,
        .keys = try store.keys("k", null, 10),
        .after = try store.keys("", "k1", 10),
        .deleted = .{ try store.delete("k1", second), try store.delete("k1", null) },
    };
}
