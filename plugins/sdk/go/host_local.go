//go:build !wasip1

package stepwell

import (
	"fmt"
	"os"
)

// Outside a host, as in a plugin's own tests, nothing is granted.

func hostCall() Call {
	return Call{Tenant: "000000000000", StateName: "Local", IdempotencyKey: "local"}
}

func hostHeartbeat() {}

func hostConfig(string) (string, bool) { return "", false }

func hostConfigNames() []string { return nil }

func hostSecret(string) (string, bool) { return "", false }

func hostLog(_ Level, line string) { fmt.Fprintln(os.Stderr, line) }

func hostGet(string, string) (*Entry, error) { return nil, ErrAccessDenied }

func hostSet(string, string, []byte) (uint64, error) { return 0, ErrAccessDenied }

func hostCompareAndSwap(string, string, *uint64, []byte) (uint64, bool, error) {
	return 0, false, ErrAccessDenied
}

func hostDelete(string, string, *uint64) (bool, error) { return false, ErrAccessDenied }

func hostKeys(string, string, *string, uint32) ([]string, error) { return nil, ErrAccessDenied }
