package stepwell

import (
	"errors"
	"fmt"
	"time"
)

// Call is the call that a task is serving.
type Call struct {
	// Tenant is the account the execution belongs to.
	Tenant       string
	ExecutionARN string
	StateName    string
	// Attempt is 0 for the first one.
	Attempt uint32
	// IdempotencyKey is the same in every attempt of one entry of one state.
	IdempotencyKey string
	// TaskToken is empty unless the state waits for a callback.
	TaskToken string
	// Deadline is when the host gives up; zero where it never does.
	Deadline time.Time
}

// CurrentCall is the call at hand.
func CurrentCall() Call { return hostCall() }

// Heartbeat says that the task is still at work.
func Heartbeat() { hostHeartbeat() }

// Config is the configuration value of that name, and whether the operator has granted one.
func Config(name string) (string, bool) { return hostConfig(name) }

// ConfigNames are the names that have a value, in alphabetical order.
func ConfigNames() []string { return hostConfigNames() }

// Secret is the secret of that name, or a placeholder that the host replaces in outgoing requests,
// and whether one was granted.
func Secret(name string) (string, bool) { return hostSecret(name) }

// Level is how much a line of the log matters.
type Level uint8

const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
)

// Log adds a line to the log of the call.
func Log(level Level, format string, arguments ...any) {
	hostLog(level, fmt.Sprintf(format, arguments...))
}

// Why a store could not be read or written.
var (
	// ErrAccessDenied: the store was not granted.
	ErrAccessDenied = errors.New("the key-value store is not granted")
	// ErrLimitExceeded: the key, the value or the store would be over its limit.
	ErrLimitExceeded = errors.New("over the limit")
	// ErrUnavailable: the host could not read or write it.
	ErrUnavailable = errors.New("the key-value store is unavailable")
)

// Store is a store of data that outlives the call, by its name.
type Store string

// Entry is what is kept under a key.
type Entry struct {
	Value []byte
	// Version differs for any two writes to a store, and grows.
	Version uint64
}

// Get gives what is kept under the key; nil where there is nothing.
func (store Store) Get(key string) (*Entry, error) { return hostGet(string(store), key) }

// Set writes an entry, in place of one that may be there, and gives its version.
func (store Store) Set(key string, value []byte) (uint64, error) {
	return hostSet(string(store), key, value)
}

// CompareAndSwap writes an entry only where the one that is there has the version expected, or
// where there is none and nil is expected. It gives the new version, and whether it was written.
func (store Store) CompareAndSwap(key string, expected *uint64, value []byte) (uint64, bool, error) {
	return hostCompareAndSwap(string(store), key, expected, value)
}

// Delete deletes the entry, where a version is given only one of that version; whether there was
// one.
func (store Store) Delete(key string, expected *uint64) (bool, error) {
	return hostDelete(string(store), key, expected)
}

// Keys gives at most limit of the keys that begin with the prefix and come after that one; after is
// nil for the first page.
func (store Store) Keys(prefix string, after *string, limit uint32) ([]string, error) {
	return hostKeys(string(store), prefix, after, limit)
}
