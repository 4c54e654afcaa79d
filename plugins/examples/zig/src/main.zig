//! Checks the numbers under barcodes, and completes those that lack their check digit.

const stepwell = @import("stepwell");

comptime {
    stepwell.plugin(.{
        .name = "barcodes",
        .version = "0.1.0",
        .summary = "Checks and completes the numbers under barcodes (GTIN-8, -12, -13 and -14).",
        .tasks = &.{
            stepwell.task("check", .pure, "Whether a GTIN's check digit is right.", check, .{
                .input = digits,
                .output =
                \\{"type":"object","required":["format","valid"],"properties":{
                \\"format":{"type":"string"},"valid":{"type":"boolean"}}}
                ,
            }),
            stepwell.task("complete", .pure, "A GTIN with its check digit.", complete, .{
                .input = digits,
                .output =
                \\{"type":"object","required":["digits"],"properties":{"digits":{"type":"string"}}}
                ,
            }),
        },
    });
}

const digits =
    \\{"type":"object","required":["digits"],"properties":{"digits":{"type":"string",
    \\"pattern":"^[0-9]+$"}}}
;

const Number = struct { digits: []const u8 };
const Verdict = struct { format: []const u8, valid: bool };

fn check(number: Number) !Verdict {
    const format = try formatOf(number.digits.len, number.digits);
    const last = number.digits.len - 1;
    const expected = try checkDigit(number.digits[0..last]);
    return .{ .format = format, .valid = number.digits[last] == expected };
}

fn complete(number: Number) !Number {
    _ = try formatOf(number.digits.len + 1, number.digits);
    const last = try checkDigit(number.digits);
    return .{ .digits = try stepwell.print("{s}{c}", .{ number.digits, last }) };
}

fn formatOf(len: usize, text: []const u8) ![]const u8 {
    return switch (len) {
        8 => "GTIN-8",
        12 => "GTIN-12",
        13 => "GTIN-13",
        14 => "GTIN-14",
        else => stepwell.fail("WrongLength", "\"{s}\" has {d} digits, which no GTIN has", .{
            text, text.len,
        }),
    };
}

/// From the right the digits weigh 3, 1, 3, 1 and so on; the check digit makes their sum a multiple
/// of ten.
fn checkDigit(text: []const u8) !u8 {
    var sum: usize = 0;
    for (text, 0..) |digit, index| {
        if (digit < '0' or digit > '9') {
            return stepwell.fail("NotADigit", "\"{s}\" has something else than digits", .{text});
        }
        const weight: usize = if ((text.len - index) % 2 == 1) 3 else 1;
        sum += weight * (digit - '0');
    }
    return @intCast('0' + (10 - sum % 10) % 10);
}
