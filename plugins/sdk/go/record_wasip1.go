package stepwell

import (
	"encoding/binary"
	"runtime/debug"
	"unsafe"
)

// A record is memory that the host reads or writes, in which each value lies where the component
// model's canonical ABI puts it.
type record []byte

// newRecord makes one that is aligned to eight bytes.
func newRecord(size int) record {
	words := make([]uint64, size/8+1)
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size)
}

func (r record) address() unsafe.Pointer { return unsafe.Pointer(&r[0]) }

func (r record) bool(at int) bool { return r[at] != 0 }

func (r record) uint32(at int) uint32 { return binary.LittleEndian.Uint32(r[at:]) }

func (r record) uint64(at int) uint64 { return binary.LittleEndian.Uint64(r[at:]) }

// bytes copies a list of bytes whose address and length are here.
func (r record) bytes(at int) []byte {
	return append([]byte{}, memory(r.uint32(at), r.uint32(at+4))...)
}

func (r record) string(at int) string { return string(memory(r.uint32(at), r.uint32(at+4))) }

// optional reads an optional text.
func (r record) optional(at int) (string, bool) {
	if !r.bool(at) {
		return "", false
	}
	return r.string(at + 4), true
}

// strings copies a list of texts.
func (r record) strings(at int) []string {
	texts := record(memory(r.uint32(at), r.uint32(at+4)*8))
	copied := make([]string, 0, len(texts)/8)
	for i := 0; i < len(texts); i += 8 {
		copied = append(copied, texts.string(i))
	}
	return copied
}

func (r record) setUint32(at int, value uint32) { binary.LittleEndian.PutUint32(r[at:], value) }

func (r record) setUint64(at int, value uint64) { binary.LittleEndian.PutUint64(r[at:], value) }

// setBytes lets a list of bytes begin elsewhere.
func (r record) setBytes(at int, value []byte) {
	keep(value)
	r.setUint32(at, uint32(uintptr(unsafe.Pointer(unsafe.SliceData(value)))))
	r.setUint32(at+4, uint32(len(value)))
}

func (r record) setString(at int, value string) { r.setBytes(at, []byte(value)) }

// setOptional writes a text; an empty one as none.
func (r record) setOptional(at int, value string) {
	if value != "" {
		r[at] = 1
		r.setString(at+4, value)
	}
}

// setRecords writes a list of records, which follow each other.
func (r record) setRecords(at, count int, records record) {
	r.setBytes(at, records)
	r.setUint32(at+4, uint32(count))
}

func (r record) setStrings(at int, values []string) {
	texts := newRecord(len(values) * 8)
	for i, value := range values {
		texts.setString(i*8, value)
	}
	r.setRecords(at, len(values), texts)
}

// memory is what the host put at an address. It has asked for it with cabi_realloc.
func memory(address, length uint32) []byte {
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(address))), length)
}

// kept is memory that the host has the address of, which the garbage collector does not know. An
// instance serves one call, so nothing is ever let go.
var kept [][]byte

func keep(bytes []byte) { kept = append(kept, bytes) }

// percent is what the garbage collector is set to while the plugin's own code runs. While the host
// passes something it is off: it would ask the host for the time, which must not be called then.
var percent = debug.SetGCPercent(-1)

// receiving has the host pass something.
func receiving(call func()) {
	debug.SetGCPercent(-1)
	call()
	debug.SetGCPercent(percent)
}

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldLength, alignment, length uint32) unsafe.Pointer {
	// The host only ever asks for something new.
	allocated := newRecord(int(length))
	keep(allocated)
	return unsafe.Pointer(unsafe.SliceData(allocated))
}
