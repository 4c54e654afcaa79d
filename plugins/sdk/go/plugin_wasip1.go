package stepwell

import (
	"runtime/debug"
	"time"
	"unsafe"
)

//go:wasmexport stepwell:task/plugin@0.1.0#describe
func exportDescribe() unsafe.Pointer {
	const size = 44
	tasks := newRecord(len(plugin.Tasks) * size)
	for i, task := range plugin.Tasks {
		info := tasks[i*size:]
		info.setString(0, task.Name)
		info.setString(8, task.Summary)
		info[16] = byte(task.Effect)
		info.setOptional(20, task.InputSchema)
		info.setOptional(32, task.OutputSchema)
	}
	info := newRecord(72)
	info.setString(0, plugin.Name)
	info.setString(8, plugin.Version)
	info.setString(16, plugin.Summary)
	info.setRecords(24, len(plugin.Tasks), tasks)
	info.setStrings(32, plugin.Wants.HTTP)
	info.setStrings(40, plugin.Wants.Secrets)
	info.setStrings(48, plugin.Wants.Config)
	info.setStrings(56, plugin.Wants.Directories)
	info.setStrings(64, plugin.Wants.KeyValue)
	keep(info)
	return info.address()
}

//go:wasmexport stepwell:task/plugin@0.1.0#run
func exportRun(task, taskLength, input, inputLength uint32) unsafe.Pointer {
	// All that the host passes is there.
	debug.SetGCPercent(percent)
	result := newRecord(40)
	keep(result)
	output, failure := Run(string(memory(task, taskLength)), memory(input, inputLength))
	if failure == nil {
		result.setBytes(8, output)
		return result.address()
	}
	result[0] = 1
	result.setString(8, failure.Name)
	result.setString(16, failure.Cause)
	if failure.RetryAfter > 0 {
		result[24] = 1
		result.setUint64(32, uint64(failure.RetryAfter/time.Millisecond))
	}
	return result.address()
}
