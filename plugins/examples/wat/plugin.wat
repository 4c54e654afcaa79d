;; Gives back what it is given: the whole contract in a page. The values of `info` and of `run`'s
;; result lie where the component model's canonical ABI puts them.
(module
  (memory (export "memory") 1)

  ;; The record `info`: name, version, summary, and one task; it wants nothing.
  (data (i32.const 16) "\00\02\00\00\04\00\00\00" "\10\02\00\00\05\00\00\00" "\20\02\00\00\1c\00\00\00"
                       "\60\00\00\00\01\00\00\00")
  ;; The record `task-info`: name, summary, the effect `pure`; no schemas.
  (data (i32.const 96) "\00\02\00\00\04\00\00\00" "\20\02\00\00\1c\00\00\00" "\00")
  ;; The failure, as a result's error.
  (data (i32.const 160) "\01\00\00\00\00\00\00\00" "\40\02\00\00\0c\00\00\00" "\50\02\00\00\11\00\00\00")

  (data (i32.const 0x200) "echo")
  (data (i32.const 0x210) "0.1.0")
  (data (i32.const 0x220) "Gives back what it is given.")
  ;; The same, for a task that there is not.
  (data (i32.const 0x280) "\01\00\00\00\00\00\00\00" "\d0\02\00\00\0f\00\00\00" "\e0\02\00\00\1b\00\00\00")

  (data (i32.const 0x240) "Echo.Nothing")
  (data (i32.const 0x250) "the input is null")
  (data (i32.const 0x270) "null")
  (data (i32.const 0x2d0) "Echo.NoSuchTask")
  (data (i32.const 0x2e0) "there is no task but `echo`")

  (func (export "stepwell:task/plugin@0.1.0#describe") (result i32)
    (i32.const 16))

  (func (export "stepwell:task/plugin@0.1.0#run")
    (param $task i32) (param $task-length i32) (param $input i32) (param $length i32)
    (result i32)
    ;; The one task there is has four letters, too.
    (if (i32.eqz (i32.and
          (i32.eq (local.get $task-length) (i32.const 4))
          (i32.eq (i32.load (local.get $task)) (i32.load (i32.const 0x200)))))
      (then (return (i32.const 0x280))))
    (if (i32.and
          (i32.eq (local.get $length) (i32.const 4))
          (i32.eq (i32.load (local.get $input)) (i32.load (i32.const 0x270))))
      (then (return (i32.const 160))))
    ;; A result's output: that it is none is 0, as the memory is already.
    (i32.store (i32.const 216) (local.get $input))
    (i32.store (i32.const 220) (local.get $length))
    (i32.const 208))

  ;; Memory for what the host passes; nothing is ever freed, as an instance serves one call.
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc")
    (param $old i32) (param $old-length i32) (param $alignment i32) (param $length i32)
    (result i32)
    (local $at i32) (local $pages i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $length)))
    (local.set $pages (i32.add (i32.shr_u (global.get $free) (i32.const 16)) (i32.const 1)))
    (if (i32.gt_u (local.get $pages) (memory.size))
      (then (drop (memory.grow (i32.sub (local.get $pages) (memory.size))))))
    (local.get $at)))
