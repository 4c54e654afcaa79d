package stepwell

import (
	"fmt"
	"runtime"
	"time"
	"unsafe"
)

//go:wasmimport stepwell:task/call@0.1.0 info
func importInfo(result unsafe.Pointer)

//go:wasmimport stepwell:task/call@0.1.0 heartbeat
func importHeartbeat()

//go:wasmimport stepwell:task/config@0.1.0 get
func importConfigGet(name unsafe.Pointer, nameLen uint32, result unsafe.Pointer)

//go:wasmimport stepwell:task/config@0.1.0 names
func importConfigNames(result unsafe.Pointer)

//go:wasmimport stepwell:task/secrets@0.1.0 get
func importSecretsGet(name unsafe.Pointer, nameLen uint32, result unsafe.Pointer)

//go:wasmimport stepwell:task/log@0.1.0 write
func importLogWrite(level uint32, line unsafe.Pointer, lineLen uint32)

//go:wasmimport stepwell:task/key-value@0.1.0 get
func importGet(store unsafe.Pointer, storeLen uint32, key unsafe.Pointer, keyLen uint32, result unsafe.Pointer)

//go:wasmimport stepwell:task/key-value@0.1.0 set
func importSet(store unsafe.Pointer, storeLen uint32, key unsafe.Pointer, keyLen uint32, value unsafe.Pointer, valueLen uint32, result unsafe.Pointer)

//go:wasmimport stepwell:task/key-value@0.1.0 compare-and-swap
func importCompareAndSwap(store unsafe.Pointer, storeLen uint32, key unsafe.Pointer, keyLen uint32, isExpected uint32, expected uint64, value unsafe.Pointer, valueLen uint32, result unsafe.Pointer)

//go:wasmimport stepwell:task/key-value@0.1.0 delete
func importDelete(store unsafe.Pointer, storeLen uint32, key unsafe.Pointer, keyLen uint32, isExpected uint32, expected uint64, result unsafe.Pointer)

//go:wasmimport stepwell:task/key-value@0.1.0 keys
func importKeys(store unsafe.Pointer, storeLen uint32, prefix unsafe.Pointer, prefixLen uint32, isAfter uint32, after unsafe.Pointer, afterLen uint32, limit uint32, result unsafe.Pointer)

func hostCall() Call {
	raw := newRecord(64)
	receiving(func() { importInfo(raw.address()) })
	call := Call{
		Tenant:         raw.string(0),
		ExecutionARN:   raw.string(8),
		StateName:      raw.string(16),
		Attempt:        raw.uint32(24),
		IdempotencyKey: raw.string(28),
	}
	call.TaskToken, _ = raw.optional(36)
	if raw.bool(48) {
		call.Deadline = time.UnixMilli(int64(raw.uint64(56)))
	}
	return call
}

func hostHeartbeat() { importHeartbeat() }

func hostConfig(name string) (string, bool) {
	raw := newRecord(12)
	receiving(func() { importConfigGet(start(name), length(name), raw.address()) })
	runtime.KeepAlive(name)
	return raw.optional(0)
}

func hostConfigNames() []string {
	raw := newRecord(8)
	receiving(func() { importConfigNames(raw.address()) })
	return raw.strings(0)
}

func hostSecret(name string) (string, bool) {
	raw := newRecord(12)
	receiving(func() { importSecretsGet(start(name), length(name), raw.address()) })
	runtime.KeepAlive(name)
	return raw.optional(0)
}

func hostLog(level Level, line string) {
	importLogWrite(uint32(level), start(line), length(line))
	runtime.KeepAlive(line)
}

func hostGet(store, key string) (*Entry, error) {
	raw := newRecord(32)
	receiving(func() { importGet(start(store), length(store), start(key), length(key), raw.address()) })
	runtime.KeepAlive([]string{store, key})
	if err := raw.failure(8); err != nil || !raw.bool(8) {
		return nil, err
	}
	return &Entry{Value: raw.bytes(16), Version: raw.uint64(24)}, nil
}

func hostSet(store, key string, value []byte) (uint64, error) {
	raw := newRecord(24)
	receiving(func() {
		importSet(
			start(store), length(store), start(key), length(key),
			unsafe.Pointer(unsafe.SliceData(value)), uint32(len(value)), raw.address(),
		)
	})
	runtime.KeepAlive([]string{store, key})
	runtime.KeepAlive(value)
	return raw.uint64(8), raw.failure(8)
}

func hostCompareAndSwap(store, key string, expected *uint64, value []byte) (uint64, bool, error) {
	raw := newRecord(24)
	isExpected, version := optionalVersion(expected)
	receiving(func() {
		importCompareAndSwap(
			start(store), length(store), start(key), length(key), isExpected, version,
			unsafe.Pointer(unsafe.SliceData(value)), uint32(len(value)), raw.address(),
		)
	})
	runtime.KeepAlive([]string{store, key})
	runtime.KeepAlive(value)
	if err := raw.failure(8); err != nil || !raw.bool(8) {
		return 0, false, err
	}
	return raw.uint64(16), true, nil
}

func hostDelete(store, key string, expected *uint64) (bool, error) {
	raw := newRecord(16)
	isExpected, version := optionalVersion(expected)
	receiving(func() {
		importDelete(
			start(store), length(store), start(key), length(key), isExpected, version, raw.address(),
		)
	})
	runtime.KeepAlive([]string{store, key})
	if err := raw.failure(4); err != nil {
		return false, err
	}
	return raw.bool(4), nil
}

func hostKeys(store, prefix string, after *string, limit uint32) ([]string, error) {
	raw := newRecord(16)
	isAfter, from := uint32(0), ""
	if after != nil {
		isAfter, from = 1, *after
	}
	receiving(func() {
		importKeys(
			start(store), length(store), start(prefix), length(prefix),
			isAfter, start(from), length(from), limit, raw.address(),
		)
	})
	runtime.KeepAlive([]string{store, prefix, from})
	if err := raw.failure(4); err != nil {
		return nil, err
	}
	return raw.strings(4), nil
}

// failure reads the error of a result of the interface key-value; its case is at this place, and
// its text behind it.
func (r record) failure(at int) error {
	if !r.bool(0) {
		return nil
	}
	switch r[at] {
	case 0:
		return ErrAccessDenied
	case 1:
		return fmt.Errorf("%w: %s", ErrLimitExceeded, r.string(at+4))
	default:
		return fmt.Errorf("%w: %s", ErrUnavailable, r.string(at+4))
	}
}

func optionalVersion(version *uint64) (uint32, uint64) {
	if version == nil {
		return 0, 0
	}
	return 1, *version
}

func start(text string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(text)) }

func length(text string) uint32 { return uint32(len(text)) }
