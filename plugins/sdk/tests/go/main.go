// Asks the host for everything that the SDK has.
package main

import "stepwell"

func init() {
	stepwell.Register(stepwell.Plugin{
		Name:    "sdk-go",
		Version: "0.1.0",
		Wants:   stepwell.Wants{Config: []string{"region", "empty"}, KeyValue: []string{"notes"}},
		Tasks: []stepwell.Task{
			stepwell.NewTask("everything", stepwell.Idempotent, "", everything),
		},
	})
}

func main() {}

type input struct {
	Store stepwell.Store `json:"store"`
}

type output struct {
	Config  string   `json:"config"`
	Names   []string `json:"names"`
	Secret  *string  `json:"secret"`
	Attempt uint32   `json:"attempt"`
	Value   string   `json:"value"`
	Stale   bool     `json:"stale"`
	Missing bool     `json:"missing"`
	Keys    []string `json:"keys"`
	After   []string `json:"after"`
	Deleted [2]bool  `json:"deleted"`
}

func everything(in input) (out output, err error) {
	call := stepwell.CurrentCall()
	stepwell.Heartbeat()
	stepwell.Log(stepwell.LevelInfo, "asked by %s", call.StateName)
	out = output{Names: stepwell.ConfigNames(), Attempt: call.Attempt}
	out.Config, _ = stepwell.Config("region")
	if secret, granted := stepwell.Secret("key"); granted {
		out.Secret = &secret
	}

	first, err := in.Store.Set("k1", []byte("one"))
	if err != nil {
		return out, err
	}
	second, _, err := in.Store.CompareAndSwap("k1", &first, []byte("two"))
	if err != nil {
		return out, err
	}
	if _, out.Stale, err = in.Store.CompareAndSwap("k1", &first, []byte("three")); err != nil {
		return out, err
	}
	if _, _, err = in.Store.CompareAndSwap("k2", nil, nil); err != nil {
		return out, err
	}
	entry, err := in.Store.Get("k1")
	if err != nil {
		return out, err
	}
	out.Value = string(entry.Value)
	out.Stale = out.Stale || entry.Version != second
	missing, err := in.Store.Get("k3")
	if err != nil {
		return out, err
	}
	out.Missing = missing == nil
	if out.Keys, err = in.Store.Keys("k", nil, 10); err != nil {
		return out, err
	}
	after := "k1"
	if out.After, err = in.Store.Keys("", &after, 10); err != nil {
		return out, err
	}
	if out.Deleted[0], err = in.Store.Delete("k1", &second); err != nil {
		return out, err
	}
	out.Deleted[1], err = in.Store.Delete("k1", nil)
	return out, err
}
